"""A promise of seconds for a whole rewrite: each answer gets what is left of it."""

import time
from dataclasses import dataclass, field

from app.core.errors import Unavailable
from app.rewriting.providers import Completion, Provider


@dataclass
class Deadline:
    """A provider that answers within `seconds` altogether, counted from now, or says that it cannot."""

    provider: Provider
    seconds: float
    begun: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        return self.provider.name

    @property
    def model(self) -> str:
        return self.provider.model

    def complete(
        self, messages: list[dict[str, str]], *, max_tokens: int, temperature: float, timeout: float
    ) -> Completion:
        """Ask with what is left of the time. Raise Unavailable when it is used up."""
        left = self.seconds - (time.monotonic() - self.begun)
        if left < 0.5:
            raise Unavailable(f"The model did not finish within {self.seconds:g} seconds altogether.")
        return self.provider.complete(
            messages, max_tokens=max_tokens, temperature=temperature, timeout=min(left, timeout or left)
        )
