"""What a personal data server counts, as its headers say."""

import re
from datetime import timedelta

from app.core.time import now
from app.core.wire import Answer
from app.publishing.allowances import REQUESTS, Allowance, sensible, standard
from app.publishing.answers import asked_to_wait

LONG_WINDOW = re.compile(r"w=(3600|86400)")  # points for what is written, by the hour and by the day


def allowances(answer: Answer, patience: float) -> list[Allowance]:
    """Sign-ins and writes are counted by account, all else by the address that we come from.

    `patience`: seconds to wait where a refusal for haste names no moment.
    """
    if answer.url.endswith("createSession"):
        return [one._replace(stops=False) for one in standard(answer.headers, "sign-ins")]
    if LONG_WINDOW.search(answer.headers.get("ratelimit-policy") or ""):
        return standard(answer.headers, "write points")
    told = standard(answer.headers)
    if not told and answer.status == 429:  # from what stands before the server, which knows no account either
        until = sensible(asked_to_wait(answer.headers)) or now() + timedelta(seconds=patience)
        told = [Allowance(REQUESTS, None, 0, until)]
    return [one._replace(shared=True) for one in told]
