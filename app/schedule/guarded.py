"""What a scheduled post knows of the burst guard: whether a person said yes, and what that means for its buttons."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Member, record
from app.core.errors import WrongState
from app.core.time import now

KINDS = ("burst", "same_text")  # the problem_kind of what waits for a person's yes


class Guarded:
    """A post that the guard may hold."""

    allowed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # to go beyond the guard

    @property
    def is_guarded(self: Any) -> bool:
        """Whether the guard holds it."""
        return bool(self.state == "held" and self.problem_kind in KINDS)

    def unfit(self: Any) -> set[str]:
        """The verbs that its state allows and its trouble does not."""
        return {"publish_now"} if self.is_guarded else {"allow"}

    def allow(self: Any, by: Member) -> None:
        """Say yes to what the guard held: it goes out, whatever the cap, and whatever went out before.

        Raise WrongState when the guard does not hold it. To try it again instead leaves the guard its say.
        """
        by.must("schedule")
        if not self.is_guarded:
            raise WrongState("The burst guard does not hold this post.")
        self._start_over("allow", max(self.scheduled_time, now()), allowed=True)
        self.note("allow", "Allowed beyond what the account may send by itself.", by.name)
        record(by, "allowed beyond the burst guard", self)
