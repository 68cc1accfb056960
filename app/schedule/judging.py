"""What a person says of a scheduled post: it is out, it is not, it may be late, its rest is to be sent."""

from typing import Any

from sqlalchemy import select

from app.accounts.lateness import check_late, in_short
from app.accounts.models import Member, Workspace, record
from app.core.database import session
from app.core.errors import Invalid, WrongState
from app.core.states import move
from app.core.time import now
from app.publishing.accounts import connector_for
from app.publishing.connector import UNREADABLE
from app.publishing.delivery import PublishError
from app.publishing.models import Attempt
from app.schedule import rest
from app.schedule.doubted import RESTORED
from app.schedule.lateness import inherited
from app.schedule.moves import NO_LEASE, NO_TROUBLE
from app.schedule.words import WHY_NOT, in_words


def checked_address(url: str | None) -> str | None:
    """The address of a post that a person gives. Raise Invalid for what no page may link to."""
    if url and not url.startswith(("https://", "http://")):
        raise Invalid("The link is no web address.", url="Begin with https://.")
    return url or None


class Judged:
    """The verbs of a scheduled post that need a person who looked, or who decides."""

    @property
    def why_not(self: Any) -> str:
        """What a person reads whose button came too late."""
        return WHY_NOT[self.state].format(when=in_words(self.scheduled_time, self.zone))

    def mark_published(self: Any, by: Member, url: str | None = None, **engagement: int) -> None:
        """Note that a person posted it by hand. What they counted is kept in the history."""
        by.must("schedule")
        found = self._its_own(self._found_at(checked_address(url)))
        said = "Looked on the platform: it is out." if self.problem_kind == RESTORED else "Posted by hand."
        move(self, "mark_published", published_at=now(), **found, **NO_TROUBLE)
        self.note("mark_published", f"{said}{self.without_address}", by.name, **engagement)
        record(by, "posted by hand", self, **engagement)

    def mark_failed(self: Any, by: Member, reason: str = "") -> None:
        """Note that it will not go out, with the reason."""
        by.must("schedule")
        reason = reason.strip() or f"{by.name} says that it failed."
        move(self, "mark_failed", problem_kind="person", last_error=reason, **NO_LEASE)
        self.note("mark_failed", reason, by.name)
        record(by, "marked as failed", self, reason=reason)

    def allow_late(self: Any, policy: str | None, minutes: int | None, by: Member) -> None:
        """Say what happens when its moment is missed: skip, send (if less than so late) or ask.

        None takes its own choice back: then it is as its campaign says, or the workspace.
        """
        by.must("schedule")
        if policy:
            check_late(policy, minutes)
            self.late_policy, self.late_minutes = policy, minutes or self.late_minutes
        else:
            self.late_policy, self.late_minutes = inherited(
                self.post, session.get_one(Workspace, self.workspace_id)
            )
        self.late_own, self.detached = bool(policy), self.series_id is not None
        record(by, "changed how late it may be", self)
        self.note("late", f"{in_short(self.late_policy, self.late_minutes).capitalize()}.", by.name)
        session.flush()

    def skip(self: Any, by: Member) -> None:
        """It was too late, and a person lets it go: it is not sent. It can still be moved or sent later."""
        by.must("schedule")
        move(self, "skip", problem_kind="person", last_error=f"{by.name} skipped it, since it was too late.")
        self.note("skip", "Skipped, since it was too late.", by.name)
        record(by, "skipped", self)

    def settle(
        self: Any, went_out: bool, by: Member, url: str | None = None, *, tried: int | None = None
    ) -> None:
        """A person looked on the platform and says whether an unsure post is out. If not, it is sent.

        Where it is known to be out and one of its parts is unsure, it is that part of which they speak. `tried`
        is the try that they looked for: raise WrongState when it has been sent once more since.
        """
        by.must("schedule")
        url, last = checked_address(url), Attempt.last_of(self.id)
        if tried is not None and last and last.number != tried:
            raise WrongState("It has been sent once more since you looked. Look again, then say whether it is there.")
        if rest.root_of(self):
            rest.settle(self, went_out, by, url)
        elif went_out:
            found = {"published_at": self.begun_at or now(), **self._its_own(self._found_at(url or self.remote_url))}
            move(self, "publish", **found, **NO_TROUBLE, **NO_LEASE)
            self.note("settle", f"Looked on the platform: it is out.{self.without_address}", by.name)
        else:
            at = max(now(), self.scheduled_time) if self.known_until else now()
            self._start_over("absent", at)
            when = f"sent at {in_words(at, self.zone)}" if at > now() else "sent now"
            self.note("settle", f"Looked on the platform: it is not out. To be {when}.", by.name)
        record(by, "settled", self, went_out=went_out)

    @property
    def unanswerable(self: Any) -> int:
        """How many planned follow-ups cannot be sent, since nobody has said where their post is."""
        if self.remote_id or self.part_id or self._found_at(None)["remote_id"]:
            return 0
        return sum(part.kind == "follow_up" and part.is_for(self) for part in self.post.parts)

    @property
    def without_address(self: Any) -> str:
        """How a line ends that says a post is out of which Slogan does not know where."""
        if not (number := self.unanswerable):
            return ""
        those = "its planned follow-up" if number == 1 else f"its {number} planned follow-ups"
        if connector_for(self.account):
            return f" Without its address {those} cannot be sent."
        return f" {those[0].upper()}{those[1:]} cannot be sent, since {self.account.name} is not connected."

    @property
    def lacks_address(self: Any) -> bool:
        """Whether a person may say where it is."""
        return self.state == "published" and not self.remote_id and connector_for(self.account) is not None

    def give_address(self: Any, url: str | None, by: Member) -> int:
        """Say where a post is that a person found or posted there: from then on its follow-ups can answer it.

        How many were planned. Raise Invalid where the address does not say which post it is.
        """
        from app.schedule.follow_ups import plan

        by.must("schedule")
        if self.state != "published" or self.remote_id:
            raise WrongState("Slogan knows where this post is." if self.remote_id else self.why_not)
        found = self._its_own(self._found_at(checked_address(url)))
        if not found["remote_id"]:
            name = self.platform.display_name
            raise Invalid(f"Slogan cannot tell from this address which post of {self.account.name} it is.",
                          url=f"Open the post on {name}, and copy the address of that page.")  # fmt: skip
        self.remote_url, self.remote_id, self.look_planned_at = found["remote_url"], found["remote_id"], None
        self.note("address", f"Its address is known now: {self.remote_url or 'its number here'}", by.name)
        record(by, "gave the address", self, url=self.remote_url)
        session.flush()
        return plan(self.id)

    def _found_at(self: Any, url: str | None) -> dict[str, str | None]:
        """Where a person found it, and by which id its platform knows it, as far as the address tells."""
        connector = connector_for(self.account)
        try:
            known = connector.named(url, self.key) if connector else None
        except (PublishError, *UNREADABLE):  # the platform would have to be asked, and is away
            known = None
        return {"remote_url": url, "remote_id": self.remote_id or known}

    def _its_own(self: Any, found: dict[str, str | None]) -> dict[str, str | None]:
        """That place, unless another post of its account is there. Raise Invalid."""
        post = type(self)
        there = select(post).where(post.account_id == self.account_id, post.remote_id == found["remote_id"])
        other = session.scalar(there.where(post.id != self.id).limit(1)) if found["remote_id"] else None
        if other is None:
            return found
        when, name = in_words(other.scheduled_time, other.zone), self.platform.display_name
        raise Invalid(f"At this address is another post: “{other.first_line[:60]}” of {when}.",
                      url=f"Open this very post on {name}, and copy the address of that page.")  # fmt: skip

    def send_rest(self: Any, by: Member) -> None:
        """Send what is missing of a post that is out. Raise WrongState when nothing is."""
        by.must("schedule")
        rest.send(self, by)
        record(by, "sent the rest", self)
