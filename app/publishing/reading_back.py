"""What a platform says when it is asked what was posted, by whomever: for a copy that was put back."""

from datetime import datetime
from typing import ClassVar

from app.publishing.delivery import CannotTell, Seen


class Legible:
    """The part of a connector that reads an account back; a platform's file overrides `read_back` where it can."""

    label: ClassVar[str]

    def read_back(self, since: datetime) -> list[Seen]:
        """What was put on the account since a moment. Raise CannotTell, PublishError."""
        raise CannotTell(f"{self.label} does not say what was posted.")

    @property
    def reads_back(self) -> bool:
        """Whether this account can be asked."""
        return type(self).read_back is not Legible.read_back

    def plain(self, text: str) -> str:
        """A text as it can be compared with what was read back."""
        return " ".join(text.split())
