"""Posts that need a person, grouped by what went wrong: a thousand failures of one cause are one notice.

The engine only moves posts. A sweep gives each that failed, is held, was missed or cannot be settled a cause
(its state, its kind, whose trouble it is, and the platform's sentence without what differs from post to post); the
database forgets it when the post moves on. A notice is open for as long as posts have its cause.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.accounts.notices import Notice, notify, settle
from app.core.database import everywhere, session
from app.core.queries import queries
from app.platforms.models import Account
from app.schedule.alike import Alike
from app.schedule.together import said_of_all

sql = queries(__file__)
PREFIX = "posts-"
BATCH = 1000  # posts given a cause in one transaction
MOST_BATCHES = 50  # in one sweep
KEPT = 20  # posts that a notice names
HELD_TOGETHER = 100  # sentences of one cause that are compared
TITLES = {
    "failed": "Failed on {where}", "held": "Held for {where}", "missed": "Missed on {where}",
    "unsure": "May be out on {where}, or not", "published": "Not wholly out on {where}",
}  # fmt: skip
UNTOLD = "No reason was written down. The history of each post tells what happened."
ALSO_UNTOLD = {"unsure": "The sending had begun, and how it ended is not known."}  # what is known all the same
OURS = ("late",)  # kinds whose sentence is ours and differs only by its times
OF_PLATFORM = ("transient", "rules")  # kinds that strike all accounts of a platform alike
OF_ALL = ("late", "restored", "approval", "archived")  # kinds that have nothing to do with the account
DIFFERS = (  # what differs from post to post in a platform's sentence, and what it becomes
    (re.compile(r"https?://\S+"), "‹link›"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "‹address›"),
    (re.compile(r"[“\"][^”\"]*[”\"]"), "“…”"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "#"),
    (re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun) \d{1,2} [a-z]{3}\b", re.IGNORECASE), "‹day›"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[a-z])\w{8,}\b", re.IGNORECASE), "#"),
    (re.compile(r"\d+(?:[.,:/-]\d+)*"), "#"),
    (re.compile(r"\s+"), " "),
)


class Unnoticed(NamedTuple):
    """A post that nobody was told of yet."""

    id: UUID
    workspace_id: UUID
    account_id: UUID
    platform_id: UUID
    state: str
    problem_kind: str | None
    last_error: str | None
    account_state: str

    @property
    def cause(self) -> str:
        """The same for all posts that one repair mends."""
        if self.problem_kind == "account":  # whatever each platform call said: the account is what must be mended
            said = "paused" if self.account_state == "paused" else ""
        else:
            said = "" if self.problem_kind in OURS else pattern_of(self.last_error or "")
        whole = "|".join((self.state, self.problem_kind or "", self.whose, said))
        return PREFIX + hashlib.sha256(whole.encode()).hexdigest()[:24]

    @property
    def whose(self) -> str:
        """Whose trouble it is: an account's, a platform's, or everybody's."""
        if self.problem_kind in OF_ALL:
            return ""
        return str(self.platform_id if self.problem_kind in OF_PLATFORM else self.account_id)


def pattern_of(sentence: str) -> str:
    """A sentence without its links, addresses, quotations, ids, days and numbers."""
    for what, becomes in DIFFERS:
        sentence = what.sub(becomes, sentence)
    return sentence.strip().casefold()


def said_of(notice: Notice) -> Alike:
    """What is said of all posts that have the cause of a notice now, and what of each alone."""
    asked = {"workspace": notice.workspace_id, "cause": notice.cause, "most": HELD_TOGETHER}
    return Alike.of(session.scalars(sql["sentences"], asked).all() or [notice.sentence])


def sweep() -> int:
    """Tell people of the posts that need them, and close the notices of causes that are gone. Commits."""
    noticed = 0
    with everywhere():
        for _ in range(MOST_BATCHES):
            asked = {"batch": BATCH}
            rows = [row for name in ("unnoticed", "unnoticed_rest") for row in session.execute(sql[name], asked)]
            some = [Unnoticed(*row) for row in rows]
            if some:
                _notice(some)
            session.commit()
            noticed += len(some)
            if len(some) < BATCH:
                break
        keep_count()
        session.commit()
    return noticed


def keep_count() -> None:
    """Let each open notice say how many posts have its cause now; close those that have none."""
    for row in session.execute(sql["drifted"]).all():
        if row.size:
            session.execute(sql["recount"], {"id": row.id, "size": row.size})
        else:
            settle(row.workspace_id, row.cause, "None of its posts needs anybody any more.")


def _notice(some: list[Unnoticed]) -> None:
    groups: dict[tuple[UUID, str], list[Unnoticed]] = defaultdict(list)
    causes = [post.cause for post in some]
    for post, cause in zip(some, causes, strict=True):
        groups[post.workspace_id, cause].append(post)
    session.execute(sql["give_causes"], {"ids": [post.id for post in some], "causes": causes})
    asked = {"workspaces": [workspace for workspace, _ in groups], "causes": [cause for _, cause in groups]}
    sizes = {row.cause: row for row in session.execute(sql["sizes"], asked)}
    accounts = _accounts(one for row in sizes.values() for one in row.accounts)
    for (workspace_id, cause), posts in groups.items():
        struck = [accounts[one] for one in sizes[cause].accounts]
        _tell(workspace_id, cause, posts, sizes[cause].size, struck)


def _tell(workspace_id: UUID, cause: str, posts: list[Unnoticed], size: int, struck: list[Account]) -> None:
    last = posts[-1]
    kind = "account" if last.problem_kind == "account" and last.account_state != "paused" else last.state
    if last.problem_kind in ("burst", "same_text"):
        kind = "burst"
    if last.state == "published":
        kind = "parts"
    notify(
        workspace_id, cause=cause, kind=kind, title=TITLES[last.state].format(where=where(struck)),
        sentence=_said(last, cause, size) or ALSO_UNTOLD.get(last.state, UNTOLD), link=f"/causes/{cause}", total=size,
        post_ids=[post.id for post in posts[:KEPT]],
    )  # fmt: skip


def _said(last: Unnoticed, cause: str, size: int) -> str | None:
    asked = {"workspace": last.workspace_id, "cause": cause, "most": KEPT}
    sentences = session.scalars(sql["sentences"], asked).all() if size > 1 else []
    return said_of_all(sentences) if sentences else last.last_error


def where(struck: Collection[Account]) -> str:
    """The account that something struck; if there are several: “Mastodon (3 accounts)”, “5 accounts”."""
    if len(struck) == 1:
        return next(iter(struck)).label
    platforms = {account.platform.display_name for account in struck}
    return f"{platforms.pop()} ({len(struck)} accounts)" if len(platforms) == 1 else f"{len(struck)} accounts"


def _accounts(ids: Iterable[UUID]) -> dict[UUID, Any]:
    found = select(Account).where(Account.id.in_(set(ids)))
    return {account.id: account for account in session.scalars(found).unique()}
