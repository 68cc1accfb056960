"""What goes out right after a post: the next posts of its thread, and comments under it, each exactly once.

The handles hold what is known of every part, under its id: that it was begun, where it is, or why the
platform refused it. That it was begun is committed, with where the part before it is, before its call
leaves; so an attempt that broke off is resumed at the part where it stopped. A part that was begun and
never answered is looked for before anything is sent, and never sent again blindly.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.core.time import now
from app.publishing.delivery import CannotTell, Delivery, Kind, Part, PublishError, Receipt

if TYPE_CHECKING:
    from app.publishing.connector import Connector

MOST_TRIES = 5  # of one part that the platform keeps failing at
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def send(connector: "Connector", delivery: Delivery, root: Receipt) -> Receipt:
    """Send every part that is not out yet, in order. `root` is the post itself.

    What the platform refuses for good is told by the receipt, since the post is out by then. Raise
    PublishError, with that post as its `out`, for what may still become good.
    """
    return Walk(connector, delivery, root).send()


def find(connector: "Connector", delivery: Delivery, root: Receipt) -> Receipt | None:
    """Look for the parts that were begun. None: something is still to be sent. Raise CannotTell."""
    return Walk(connector, delivery, root).find()


def name_of(part: Part, parts: tuple[Part, ...]) -> str:
    """What people call a part: “part 3 of 5” of a thread (the post is its first), “the first comment”."""
    same = [one.id for one in parts if one.kind == part.kind]
    place = same.index(part.id)
    if part.kind == "thread":
        return f"part {place + 2} of {len(same) + 1}"
    return f"the {ORDINALS[place]} comment" if place < len(ORDINALS) else f"comment {place + 1}"


def waiting(parts: tuple[Part, ...], known: dict[str, dict[str, Any]]) -> list[Part]:
    """What is neither out nor given up, and does not hang on a post of the thread that was given up."""
    left, broken = [], False
    for part in parts:
        told = known.get(part.id, {})
        broken = broken or (part.kind == "thread" and "problem" in told)
        if "id" not in told and "problem" not in told and not (broken and part.kind == "thread"):
            left.append(part)
    return left


class Walk:
    """One delivery's parts, and what is known of each."""

    def __init__(self, connector: "Connector", delivery: Delivery, root: Receipt) -> None:
        self.connector, self.delivery = connector, delivery
        self.known: dict[str, dict[str, Any]] = dict(delivery.handles.get("parts", {}))
        out_at = delivery.handles.get("out_at")
        self.out_at = datetime.fromisoformat(out_at) if out_at else now()
        self.root = Receipt(root.remote_id, root.url, root.extra or delivery.handles.get("extra", {}))

    def send(self) -> Receipt:
        parent, broken = self.root, False
        for part in self.delivery.parts:
            if part.kind != "thread":
                self._ensure(part, self.root)
            elif not broken:
                receipt = self._ensure(part, parent)
                broken, parent = receipt is None, receipt or parent
        self.keep()
        return self.receipt()

    def find(self) -> Receipt | None:
        parent = self.root
        for part in self.delivery.parts:
            above = parent if part.kind == "thread" else self.root
            if "begun" in self.known.get(part.id, {}):
                try:
                    found = self.connector.find_reply(self.delivery, part, self.root, above)
                except CannotTell as unknown:
                    if not self._may_repeat(part):
                        raise CannotTell(self._of(part, unknown.reason), passing=unknown.passing) from None
                else:
                    self.known[part.id] = _handle(found) if found else {}
            if part.kind == "thread":
                parent = self._out(part) or parent
        self.keep()
        return None if waiting(self.delivery.parts, self.known) else self.receipt()

    def keep(self) -> None:
        """Commit what is known, with where the post itself is."""
        root = {"remote_id": self.root.remote_id, "url": self.root.url, "extra": self.root.extra}
        self.delivery.keep(**root, out_at=self.out_at.isoformat(), parts=self.known)

    def receipt(self) -> Receipt:
        """The post's, with a sentence about what is not out."""
        refused = [part for part in self.delivery.parts if "problem" in self.known.get(part.id, {})]
        said = [
            f"{name_of(part, self.delivery.parts)} is not out: {self.known[part.id]['problem']}"
            for part in refused
        ]
        trouble = " ".join(sentence[0].upper() + sentence[1:] for sentence in said) or None
        return Receipt(self.root.remote_id, self.root.url, self.root.extra, trouble, self.out_at)

    def _out(self, part: Part) -> Receipt | None:
        known = self.known.get(part.id, {})
        return Receipt(known["id"], known.get("url"), known.get("extra", {})) if "id" in known else None

    def _ensure(self, part: Part, parent: Receipt) -> Receipt | None:
        """The part is out afterwards, or the platform has refused it for good (None)."""
        known = self.known.get(part.id, {})
        if "id" in known or "problem" in known:
            return self._out(part)
        if "begun" in known and (found := self._looked_for(part, parent)):
            self.known[part.id] = _handle(found)
            return found
        tries = known.get("tries", 0) + 1
        begun = known.get("begun") or now().isoformat()
        self.known[part.id] = {"begun": begun, "text": part.text, "tries": tries}
        self.keep()
        try:
            made = self.connector.made(self.connector.reply, self.delivery, part, self.root, parent)
        except PublishError as error:
            made = self._failed(part, parent, error, tries)
            if made is None:
                return None
        self.known[part.id] = _handle(made)
        return made

    def _failed(self, part: Part, parent: Receipt, error: PublishError, tries: int) -> Receipt | None:
        """Where it is after all; None when it is given up. Raise what may still become good."""
        safe = self.connector.repeats_safely
        given_up = error.kind is Kind.TRANSIENT and tries >= MOST_TRIES
        may_be_out = error.kind is Kind.DUPLICATE or (given_up and safe)
        if may_be_out and (found := self._looked_for(part, parent, last=True)):
            return found
        if given_up or error.kind in (Kind.REFUSED, Kind.DUPLICATE):
            self.known[part.id] = {"problem": error.message}
            self.keep()
            return None
        if error.kind is not Kind.UNSURE and not (error.kind is Kind.TRANSIENT and safe):
            counted = tries if error.kind is Kind.TRANSIENT else tries - 1
            self.known[part.id] = {"tries": counted}  # surely not out
            self.keep()
        raise self._about(part, error)

    def _looked_for(self, part: Part, parent: Receipt, last: bool = False) -> Receipt | None:
        """Where an earlier try left it; None when it may be sent. Raise PublishError."""
        try:
            return self.connector.made(self.connector.find_reply, self.delivery, part, self.root, parent)
        except CannotTell as unknown:
            if self._may_repeat(part) and not last:
                return None
            trouble = PublishError(unknown.reason, kind=Kind.UNSURE)
        except PublishError as error:
            kind = Kind.UNSURE if error.kind in (Kind.REFUSED, Kind.DUPLICATE) else error.kind
            trouble = PublishError(error.message, kind=kind, retry_in=error.retry_in, until=error.until)
        raise self._about(part, trouble)

    def _may_repeat(self, part: Part) -> bool:
        return self.connector.may_repeat(datetime.fromisoformat(self.known[part.id]["begun"]))

    def _about(self, part: Part, error: PublishError) -> PublishError:
        words = self._of(part, error.message)
        return PublishError(
            words, kind=error.kind, retry_in=error.retry_in, until=error.until, out=self.receipt()
        )

    def _of(self, part: Part, reason: str) -> str:
        return f"The post is out, {name_of(part, self.delivery.parts)} not yet: {reason}"


def _handle(receipt: Receipt) -> dict[str, Any]:
    return {"id": receipt.remote_id, "url": receipt.url, "extra": receipt.extra, "at": now().isoformat()}
