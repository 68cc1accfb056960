"""What every connector is and does: the contract between Slogan and a platform.

A connector is one file in `connectors/`. It says how a post looks on its platform, sends it, looks for
it, and says in words what went wrong. It never decides what happens next: `publishing` does.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn, Self

from pydantic import BaseModel, SecretStr

from app.core.time import now
from app.core.waiting import in_thread, pause
from app.core.wire import Answer, BadAnswer, Forbidden, NotSent, TooBig, Wire, WireError
from app.core.wire import wire as the_wire
from app.publishing import parts
from app.publishing.address import Named
from app.publishing.allowances import Attentive
from app.publishing.answers import asked_to_wait, usual_kind
from app.publishing.declaring import check_declaration
from app.publishing.delivery import (
    CannotTell,
    Delivery,
    Kind,
    Metrics,
    Part,
    Picture,
    Profile,
    PublishError,
    Receipt,
    Seen,
    with_link,
)  # fmt: skip
from app.publishing.reading_back import Legible

__all__ = [
    "CannotTell", "Connector", "Delivery", "Kind", "Metrics", "Part", "Picture", "Profile", "PublishError",
    "Receipt", "Seen",
]  # fmt: skip

log = logging.getLogger(__name__)
MASK = "•••"
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)  # what a strange answer ends in
LONGEST_REASON = 500  # characters of a platform's own words: a page of HTML helps nobody
UPLOAD_SECONDS = 300  # a byte upload may take this long; an ordinary call half a minute


class Connector(Attentive, Legible, Named):
    """One account on one platform.

    `credentials` is the platform's own `Credentials`, `session` what an earlier connector asked to have
    remembered (tokens, the server's kind), and `remember` is called with the new session whenever it
    changes: the caller seals and stores it before the next call leaves.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    Credentials: ClassVar[type[BaseModel]]
    measures: ClassVar[tuple[str, ...]] = ()  # the fields of Metrics that this platform gives
    patience: ClassVar[float] = 300  # seconds to wait after a 429 that names no moment
    carries_parts: ClassVar[bool] = False  # a post's parts, and what it answers, travel in its own request

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a connector that forgot something, when it is imported and not when it is needed."""
        super().__init_subclass__(**kwargs)
        check_declaration(cls, Connector)

    def __init__(
        self,
        credentials: Any,
        wire: Wire = the_wire,
        *,
        session: dict[str, Any] | None = None,
        remember: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        super().__init__()
        self.credentials = credentials
        self.wire = wire
        self.session: dict[str, Any] = dict(session or {})
        self._remember = remember
        self.sleep: Callable[[float], None] = pause

    @classmethod
    def on_paper(cls) -> Self:
        """The connector of an account without credentials: it can build a payload, and must not be sent."""
        fields = cls.Credentials.model_fields.items()
        examples = {name: field.examples[0] for name, field in fields if field.examples}
        return cls(cls.Credentials.model_validate(examples))

    def remember(self, session: dict[str, Any]) -> None:
        """Add `session` to what is known of the account and hand the whole to the caller to keep."""
        self.session.update(session)
        if self._remember:
            in_thread(self._remember, dict(self.session))

    # -- what a platform's file writes --------------------------------------------------------------

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        """The requests that would be sent, in order, without any secret: {"requests": [{…}, …]}."""
        raise NotImplementedError

    def create(self, delivery: Delivery) -> Receipt:
        """Put the post on the platform. Raise PublishError."""
        raise NotImplementedError

    def reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt:
        """Put a part under `parent`, in the thread of `root`, with a key of its own. Raise PublishError."""
        raise PublishError(f"{self.label} takes no replies from Slogan.", kind=Kind.REFUSED)

    def find_reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt | None:
        """Search the platform for a part. None: it is surely not there. Raise CannotTell."""
        raise CannotTell(f"{self.label} offers no way to look whether a reply has arrived.")

    def look(self, delivery: Delivery) -> Receipt | None:
        """Search the platform for the post. None: it is surely not there. Raise CannotTell."""
        raise CannotTell(f"{self.label} offers no way to look whether a post has arrived.")

    def check(self) -> Profile:
        """Test the connection and say whose account it is. Raise PublishError."""
        raise NotImplementedError

    def metrics(self, remote_ids: list[str]) -> dict[str, Metrics]:
        """The present counts of each post that still exists; {} where the platform gives none."""
        return {}

    def remove(self, remote_id: str) -> None:
        """Take a post off the platform; one that is gone already is no error. Raise PublishError."""
        raise PublishError(f"{self.label} cannot take a post back.", kind=Kind.REFUSED)

    def still_there(self, remote_id: str) -> bool:
        """Whether a published post can still be seen. Raise CannotTell, PublishError."""
        raise CannotTell(f"{self.label} offers no way to look at a published post.")

    @property
    def repeats_safely(self) -> bool:
        """Whether a second publish with the same key can never make a second post."""
        return False

    def may_repeat(self, since: datetime) -> bool:
        """Whether that still holds for what was first sent at a moment."""
        return self.repeats_safely

    def wording(self, delivery: Delivery) -> str:
        """The text exactly as the platform will count it: the link is added where it is not in it yet."""
        return with_link(delivery.text, delivery.link)

    # -- what publishing calls ----------------------------------------------------------------------

    def publish(self, delivery: Delivery) -> Receipt:
        """Send the post, once, and its parts after it; an attempt that broke off is resumed where it stopped.

        Where nothing follows the post, nothing is committed after it: what came of it is written down next.
        Raise PublishError.
        """
        receipt = self._kept(delivery) or self.made(self._create, delivery)
        if delivery.parts and not self.carries_parts:
            return parts.send(self, delivery, receipt)
        delivery.handles.update(remote_id=receipt.remote_id, url=receipt.url)
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        """Whether an earlier attempt arrived. None: not, or not all of it. Raise CannotTell."""
        try:
            receipt = self._kept(delivery) or self._look(delivery)
            walk = receipt and delivery.parts and not self.carries_parts
            return parts.find(self, delivery, receipt) if receipt and walk else receipt
        except UNREADABLE:
            log.exception("%s answered in a shape that its connector does not know", self.label)
        raise CannotTell(f"{self.label} answered with something that cannot be read.", passing=True)

    def made(self, make: Callable[..., Any], *about: Any) -> Any:
        """What a call made. Raise PublishError, UNSURE also where the answer has a strange shape."""
        try:
            return make(*about)
        except UNREADABLE:
            log.exception("%s answered in a shape that its connector does not know", self.label)
        raise PublishError(f"{self.label} answered with something that cannot be read.", kind=Kind.UNSURE)

    def _create(self, delivery: Delivery) -> Receipt:
        if delivery.reply_to is None or self.carries_parts:
            return self.create(delivery)
        part, root = delivery.answer()
        return self.reply(delivery, part, root, root)

    def _look(self, delivery: Delivery) -> Receipt | None:
        if delivery.reply_to is None or self.carries_parts:
            return self.look(delivery)
        part, root = delivery.answer()
        return self.find_reply(delivery, part, root, root)

    @staticmethod
    def _kept(delivery: Delivery) -> Receipt | None:
        remote_id, url = delivery.handles.get("remote_id"), delivery.handles.get("url")
        return Receipt(str(remote_id), url) if remote_id else None

    # -- the one place that turns answers into outcomes ---------------------------------------------

    def send(
        self, method: str, url: str, *, once: bool = False, accept: tuple[int, ...] = (), **options: Any
    ) -> Answer:
        """Make one call. `once`: a repeat could make a second post, so an unknown outcome is UNSURE.

        Statuses in `accept` are returned like a success. Raise PublishError for everything else.
        """
        trouble: PublishError
        try:
            answer = self.wire.request(method, url, **options)
        except WireError as fault:
            trouble = self._fault(fault, once)
        else:
            self.listen(method, answer)
            if answer.ok or answer.status in accept:
                return answer
            trouble = self.trouble(answer, once)
        raise trouble  # outside of except, so that no traceback carries the address with its token

    def ask(self, method: str, url: str, *, once: bool = False, **options: Any) -> Any:
        """Make one call and read its JSON. Raise PublishError."""
        return self.read(self.send(method, url, once=once, **options), once=once)

    def read(self, answer: Answer, *, once: bool = False) -> Any:
        """The JSON of an answer; one that is none leaves a create unsure. Raise PublishError."""
        try:
            return answer.json()
        except BadAnswer:
            kind = Kind.UNSURE if once else Kind.TRANSIENT
        raise PublishError(f"{self.label} answered with something that cannot be read.", kind=kind)

    def trouble(self, answer: Answer, once: bool) -> PublishError:
        """What an error status means. A platform's file overrides `judge`, `reason` and `waits`."""
        reason = self.redact(self.reason(answer)).strip()
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[:LONGEST_REASON]}…"
        kind = self.judge(answer, reason) or usual_kind(answer.status, once)
        said = f": {reason}" if reason else f" (status {answer.status})."
        text = self._sentence(kind).removesuffix(".") + said
        until = self.waits(answer)
        if kind not in (Kind.RATE_LIMITED, Kind.TRANSIENT) or (kind is Kind.TRANSIENT and not until):
            return PublishError(text, kind=kind)
        until = until or now() + timedelta(seconds=self.patience)
        wait = max(0.0, (until - now()).total_seconds())
        return PublishError(text, kind=kind, retry_in=wait, until=until)

    def judge(self, answer: Answer, reason: str) -> Kind | None:
        """This platform's own reading of an error answer; None for the usual one."""
        return None

    def reason(self, answer: Answer) -> str:
        """The platform's own words in an error answer, or nothing."""
        return ""

    def waits(self, answer: Answer) -> datetime | None:
        """Until when a 429 asks us to wait, from the headers of this platform."""
        return asked_to_wait(answer.headers)

    def _fault(self, fault: WireError, once: bool) -> PublishError:
        if isinstance(fault, Forbidden):
            return PublishError(self.redact(str(fault)), kind=Kind.RECONNECT)
        if isinstance(fault, NotSent):
            return PublishError(f"{self.label} cannot be reached; nothing was sent.", kind=Kind.TRANSIENT)
        if isinstance(fault, TooBig | BadAnswer):
            said = f"{self.label} answered with something that cannot be read."
            return PublishError(said, kind=Kind.UNSURE if once else Kind.TRANSIENT)
        if once:
            return PublishError(f"{self.label} gave no answer after the post was sent.", kind=Kind.UNSURE)
        return PublishError(f"{self.label} did not answer.", kind=Kind.TRANSIENT)

    def _sentence(self, kind: Kind) -> str:
        return {
            Kind.TRANSIENT: f"{self.label} has a fault of its own.",
            Kind.RATE_LIMITED: f"{self.label} asks us to slow down.",
            Kind.RECONNECT: f"{self.label} no longer accepts this connection.",
            Kind.REFUSED: f"{self.label} refused.",
            Kind.DUPLICATE: f"{self.label} has this post already.",
            Kind.UNSURE: f"{self.label} failed after the post was sent, so it may be out.",
        }[kind]

    # -- secrets ------------------------------------------------------------------------------------

    def secrets(self) -> set[str]:
        """Every text that must never be shown: the secret fields and what the session keeps."""
        values = (getattr(self.credentials, name) for name in type(self.credentials).model_fields)
        sealed = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
        return {secret for secret in sealed if secret}

    def redact(self, text: str) -> str:
        """`text` without any secret of this account."""
        for secret in sorted(self.secrets(), key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def refuse(self, message: str, kind: Kind = Kind.REFUSED) -> NoReturn:
        """Raise a PublishError whose words hold no secret."""
        raise PublishError(self.redact(message), kind=kind)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
