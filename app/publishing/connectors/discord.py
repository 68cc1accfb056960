"""Discord: one channel, through a webhook or through a bot.

A webhook needs only its address, which is a secret. A bot can also read its channel back, so that a
message without an answer can be looked for.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from app.core.settings import settings
from app.core.wire import Answer
from app.publishing.address import Address, secure
from app.publishing.answers import asked_to_wait, moment_of, said
from app.publishing.connector import UPLOAD_SECONDS, Connector, Seen
from app.publishing.delivery import CannotTell, Delivery, Kind, Metrics, Part, Profile, PublishError, Receipt

HOOK = re.compile(r"/api(?:/v\d+)?/webhooks/(\d+)/([\w-]+)$")
SHUT_OUT = {0, 10003, 10004, 10015, 40001, 50001, 50013, 50014, 50027}
PASSING = {130000, 40004, 20016, 20028, 20029}
SKEW = timedelta(minutes=2)  # how far the platform's clock may be behind ours
PAGE, PAGES = 100, 5  # how many messages are read back at a time, and how often, when we look for one


class Discord(Connector):
    """One channel of one server."""

    slug, label = "discord", "Discord"
    channels = ("webhook_message", "bot_message")
    measures = ("likes",)
    patience = 600  # a 429 without a time comes from the network in front of it, which blocks for minutes
    permalink = r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(?:@me|\d+)/\d+/(?P<id>\d+)/?"
    address_field = "webhook_url"  # empty for a bot: all bots share one API
    counts = (("POST", "", "messages", True), ("", "", "looks", False))  # each route has a bucket of its own

    class Credentials(BaseModel):
        """What a person gives to connect a channel: a webhook's address, or a bot's token and the channel."""

        webhook_url: SecretStr | None = Field(
            None,
            description="Channel settings → Integrations → Webhooks → Copy webhook URL. Empty: use a bot.",
            examples=["https://discord.com/api/webhooks/1/example-token"],
        )
        bot_token: SecretStr | None = Field(
            None, description="Only for a bot: its token, from the developer portal → Bot."
        )
        channel_id: str | None = Field(
            None, description="Only for a bot: right-click the channel → Copy channel ID.", pattern=r"^\d+$"
        )
        api_base: Address = Field(
            "https://discord.com", description="Only for a bot: the address of the API."
        )

        @field_validator("webhook_url")
        @classmethod
        def _is_a_webhook(cls, url: SecretStr | None) -> SecretStr | None:
            if url and not HOOK.search(secure(url.get_secret_value())):
                raise ValueError("A webhook URL looks like https://discord.com/api/webhooks/…/…")
            return url

        @model_validator(mode="after")
        def _has_one_door(self) -> Self:
            if not self.webhook_url and not (self.bot_token and self.channel_id):
                raise ValueError("Give a webhook URL, or a bot token and a channel ID.")
            return self

    # -- publishing ---------------------------------------------------------------------------------

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        if delivery.reply_to:
            part, root = delivery.answer()
            return {"requests": [self._reply_shown(delivery, part, root.remote_id)]}
        request: dict[str, Any] = {"method": "POST", "url": self._shown(), "json": self._message(delivery)}
        if delivery.pictures:
            request["files"] = [
                {
                    "field": f"files[{n}]",
                    "name": picture.name,
                    "mime": picture.mime,
                    "bytes": picture.bytes_size,
                }
                for n, picture in enumerate(delivery.pictures)
            ]
        replies = [self._reply_shown(delivery, part, "(id of the message before)") for part in delivery.parts]
        return {"requests": [request, *replies]}

    def create(self, delivery: Delivery) -> Receipt:
        self._guild()  # asked before, so that nothing stands between the message and its receipt
        files = {
            f"files[{n}]": (picture.name, picture.read(), picture.mime)
            for n, picture in enumerate(delivery.pictures)
        }
        return self._receipt(self._post(self._message(delivery), files))

    def reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt:
        return self._receipt(self._post(self._reply(delivery, part, parent.remote_id), {}))

    def look(self, delivery: Delivery) -> Receipt | None:
        return self._searched(self.wording(delivery), delivery.begun_at, None)

    def find_reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt | None:
        begun = delivery.handles.get("parts", {}).get(part.id, {})
        return self._searched(begun.get("text", part.text), delivery.begun_at, parent.remote_id)

    def read_back(self, since: datetime) -> list[Seen]:
        return [
            Seen(self._receipt(message), message["content"], datetime.fromisoformat(message["timestamp"]))
            for message in self._back_to(since - SKEW)
        ]

    @property
    def reads_back(self) -> bool:
        return self._hook() is None

    # -- the account --------------------------------------------------------------------------------

    def check(self) -> Profile:
        path = "" if self._hook() else f"/channels/{self.credentials.channel_id}"
        place = self.read(self._send("GET", f"{self._root()}{path}"))
        guild, channel = place.get("guild_id"), place.get("channel_id") or place["id"]
        self.remember({"guild": guild})
        name = place.get("name") or "Webhook"
        return Profile(str(place["id"]), f"#{name}", name, f"https://discord.com/channels/{guild}/{channel}")

    def metrics(self, remote_ids: list[str]) -> dict[str, Metrics]:
        found = {}
        for remote_id in remote_ids:
            answer = self._call("GET", f"/{remote_id}", accept=(404,))
            if self._is_there(answer):
                reactions = self.read(answer).get("reactions", [])
                found[remote_id] = Metrics(likes=sum(reaction["count"] for reaction in reactions))
        return found

    def remove(self, remote_id: str) -> None:
        self._is_there(self._call("DELETE", f"/{remote_id}", accept=(404,)))

    def still_there(self, remote_id: str) -> bool:
        return self._is_there(self._call("GET", f"/{remote_id}", accept=(404,)))

    # -- reading errors -----------------------------------------------------------------------------

    def judge(self, answer: Answer, reason: str) -> Kind | None:
        code = said(answer).get("code")
        if answer.status in (403, 404) and (code is None or code in SHUT_OUT):
            return Kind.RECONNECT
        if code in SHUT_OUT and code:
            return Kind.RECONNECT
        return Kind.TRANSIENT if code in PASSING else None

    def reason(self, answer: Answer) -> str:
        words = said(answer)
        details = "; ".join(_messages(words.get("errors")))
        return f"{words.get('message', '')}{': ' if details else ''}{details}"

    def waits(self, answer: Answer) -> datetime | None:
        moments = (moment_of(said(answer).get("retry_after")), asked_to_wait(answer.headers))
        return max((moment for moment in moments if moment), default=None)

    def secrets(self) -> set[str]:
        hook = self._hook()
        return super().secrets() | ({hook[1]} if hook else set())

    # -- inside -------------------------------------------------------------------------------------

    def _hook(self) -> tuple[str, str] | None:
        """The webhook's id and token, when this account is one."""
        url = self.credentials.webhook_url
        found = HOOK.search(secure(url.get_secret_value())) if url else None
        return (found.group(1), found.group(2)) if found else None

    def _root(self) -> str:
        hook = self._hook()
        if not hook:
            return f"{self.credentials.api_base}/api/v10"
        parts = urlsplit(secure(self.credentials.webhook_url.get_secret_value()))
        return f"{parts.scheme}://{parts.netloc}/api/v10/webhooks/{hook[0]}/{hook[1]}"

    def _messages_url(self) -> str:
        channel = "" if self._hook() else f"/channels/{self.credentials.channel_id}"
        return f"{self._root()}{channel}/messages"

    def _shown(self) -> str:
        hook = self._hook()
        if not hook:
            return self._messages_url()
        return f"{self._root().removesuffix(hook[1])}(token)?wait=true"

    def _send(self, method: str, url: str, **options: Any) -> Answer:
        home = settings().public_url or "https://localhost"
        headers = {"User-Agent": f"DiscordBot ({home}, 0.1)"}
        if not self._hook():
            headers["Authorization"] = f"Bot {self.credentials.bot_token.get_secret_value()}"
        return self.send(method, url, headers=headers, **options)

    def _call(self, method: str, path: str, **options: Any) -> Answer:
        return self._send(method, f"{self._messages_url()}{path}", **options)

    def _post(self, message: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
        hook = self._hook()
        url = self._root() if hook else self._messages_url()
        options: dict[str, Any] = {"params": {"wait": "true"}} if hook else {}
        if files:
            options |= {
                "data": {"payload_json": json.dumps(message)},
                "files": files,
                "timeout": UPLOAD_SECONDS,
            }
        else:
            options["json"] = message
        return dict(self.read(self._send("POST", url, once=True, **options), once=True))

    def _words(self, text: str, key: str) -> dict[str, Any]:
        words: dict[str, Any] = {"content": text, "allowed_mentions": {"parse": []}}
        if self._hook():
            return words
        return words | {"nonce": sha256(key.encode()).hexdigest()[:25], "enforce_nonce": True}

    def _reply(self, delivery: Delivery, part: Part, parent: str) -> dict[str, Any]:
        """A webhook cannot answer a message, so there a part is simply the next one in the channel."""
        words = self._words(part.text, delivery.key_of(part))
        above = {"message_id": parent, "fail_if_not_exists": False}
        return words if self._hook() else words | {"message_reference": above}

    def _reply_shown(self, delivery: Delivery, part: Part, parent: str) -> dict[str, Any]:
        return {"method": "POST", "url": self._shown(), "json": self._reply(delivery, part, parent)}

    def _searched(self, text: str, begun: datetime, parent: str | None) -> Receipt | None:
        """Our message of these words that answers `parent` (None: that answers none). Raise CannotTell."""
        for message in self._back_to(begun - SKEW):
            above = (message.get("message_reference") or {}).get("message_id")
            if above == parent and message["content"].strip() == text.strip():
                return self._receipt(message)
        return None

    def _back_to(self, since: datetime) -> Iterator[dict[str, Any]]:
        """Our messages in the channel, newest first, until that moment. Raise CannotTell."""
        if self._hook():
            raise CannotTell("A Discord webhook cannot read its channel back: look whether the message is there.")
        last, me = None, self._bot_id()
        for _ in range(PAGES):
            page = self.read(self._call("GET", "", params={"limit": PAGE, "before": last}))
            for message in page:
                if datetime.fromisoformat(message["timestamp"]) < since:
                    return
                if message["author"]["id"] == me:
                    yield message
            if len(page) < PAGE:
                return
            last = page[-1]["id"]
        raise CannotTell(f"The channel has over {PAGE * PAGES} newer messages: too many to look through.")

    def _message(self, delivery: Delivery) -> dict[str, Any]:
        message = self._words(self.wording(delivery), delivery.key)
        if delivery.pictures:
            message["attachments"] = [
                {"id": n, "filename": picture.name, "description": picture.alt_text}
                for n, picture in enumerate(delivery.pictures)
            ]
        return message

    def _receipt(self, message: dict[str, Any]) -> Receipt:
        guild = message.get("guild_id") or self._guild()
        place = f"{guild}/{message['channel_id']}/{message['id']}"
        url = f"https://discord.com/channels/{place}" if guild else None
        return Receipt(str(message["id"]), url, {"channel": message["channel_id"]})

    def _guild(self) -> str | None:
        """The server the channel belongs to, which only a permalink needs: no reason to fail a post."""
        if "guild" not in self.session:
            try:
                self.check()
            except PublishError:
                return None
        return self.session.get("guild")

    def _bot_id(self) -> str:
        if "bot" not in self.session:
            self.remember({"bot": self.read(self._send("GET", f"{self._root()}/users/@me"))["id"]})
        return str(self.session["bot"])

    def _is_there(self, answer: Answer) -> bool:
        """Whether a message was found. Raise PublishError when it is the webhook that is gone."""
        if answer.status == 404 and said(answer).get("code") != 10008:
            raise self.trouble(answer, once=False)
        return answer.ok


def _messages(errors: Any) -> list[str]:
    """Every message in Discord's nested account of what is wrong with a form."""
    if not isinstance(errors, dict):
        return []
    own = [str(error.get("message", "")) for error in errors.get("_errors", [])]
    return own + [text for key, inner in errors.items() if key != "_errors" for text in _messages(inner)]
