"""What a scheduled post knows of a backup that it was put back from."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.schedule.guard import Objection

RESTORED = "restored"  # the problem_kind of what is looked for (unsure) or waits for a person (held)
FIRST = (
    "This copy of Slogan was restored or moved, and the post is from before, so it may have gone out since. Slogan "
    "looks before it sends it."
)


class Doubted:
    """A post that another copy of Slogan may have sent: see `catching_up`.

    `known_until` is the moment up to which this copy knows what became of it; None where it knows all.
    """

    known_until: Mapped[datetime | None] = mapped_column()

    def decided(self: Any, verb: str) -> dict[str, Any]:
        """What a person's verb changes: who sends what they were asked about knows what they do."""
        asked = self.state == "held" and self.problem_kind == RESTORED
        return {"known_until": None} if asked or verb == "absent" else {}


def objection_to(post: Any, moment: datetime) -> Objection | None:
    """A post of which it is not known whether it is out is looked for first; where nothing can send, it is kept."""
    if post.known_until is None or post.sender.state != "connected":
        return None
    return Objection("lose", RESTORED, FIRST, moment)
