"""What can go wrong, in words for a person. `core.ui` turns these into answers."""


class Problem(Exception):
    """Something a person can read and act on.

    `message` is a whole sentence; `fields` maps a form field to what is wrong with it.
    """

    def __init__(self, message: str = "", **fields: str) -> None:
        super().__init__(message)
        self.message = message or "Something in the form is not right."
        self.fields = fields


class Invalid(Problem):
    """What was typed or sent cannot be used."""


class WrongState(Problem):
    """Somebody was faster, or the thing is past this step."""


class NotAllowed(Problem):
    """The person's role does not reach that far."""


class Missing(Problem):
    """There is no such thing here."""


class Unavailable(Problem):
    """An outside service, or a part of Slogan, does not answer now."""
