"""What a personal data server counts, as its headers say."""

import re

from app.core.wire import Answer
from app.publishing.allowances import Allowance, standard

LONG_WINDOW = re.compile(r"w=(3600|86400)")  # points for what is written, by the hour and by the day


def allowances(answer: Answer) -> list[Allowance]:
    """Sign-ins and writes are counted by account, all else by the address that we come from."""
    if answer.url.endswith("createSession"):
        return [one._replace(stops=False) for one in standard(answer.headers, "sign-ins")]
    if LONG_WINDOW.search(answer.headers.get("ratelimit-policy") or ""):
        return standard(answer.headers, "write points")
    return [one._replace(shared=True) for one in standard(answer.headers)]
