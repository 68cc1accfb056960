"""Telegram channels and groups, by a bot that is an administrator there.

The bot's token is part of every address, so nothing here ever shows an address. Telegram has no key
against doubles and shows a bot no history: a send without an answer stays unsure until a person looked.
"""

import json
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from app.core.wire import Answer
from app.publishing.address import Address
from app.publishing.answers import asked_to_wait, moment_of, said
from app.publishing.connector import UPLOAD_SECONDS, Connector
from app.publishing.delivery import Delivery, Kind, Part, Profile, Receipt

SHUT_OUT = (
    "chat not found", "not enough rights", "have no rights", "need administrator rights", "bot was kicked",
    "bot is not a member", "bot was blocked", "chat_write_forbidden",
)  # fmt: skip
PASSING = ("temporarily unavailable", "failed to get http url content")
GONE = "message to delete not found"


class Telegram(Connector):
    """A bot that posts to one chat."""

    slug, label = "telegram", "Telegram"
    channels = ("channel_message", "photo", "media_group")
    permalink = r"https://(?:t|telegram)\.me/(?:c/)?\w+/(?:\d+/)?(?P<id>\d+)(?:\?.*)?"
    address_field = "api_base"
    patience = 60  # every 429 names its seconds; this is for a proxy that drops them

    class Credentials(BaseModel):
        """What a person gives to connect a channel."""

        token: SecretStr = Field(
            description="The bot's token, from @BotFather. The bot must be an administrator of the channel.",
            examples=["1:example-token"],
        )
        chat: str = Field(
            description="The channel: @name, or its number, which begins with -100.", examples=["@example"]
        )
        api_base: Address = Field(
            "https://api.telegram.org", description="Change it only if you run your own Bot API server."
        )

    # -- publishing ---------------------------------------------------------------------------------

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        if delivery.reply_to:
            part, root = delivery.answer()
            return {"requests": [self._reply_shown(part, _first(root))]}
        method, data, files = self._message(delivery)
        request: dict[str, Any] = {
            "method": "POST",
            "url": f"{self.credentials.api_base}/bot(token)/{method}",
        }
        if files:
            request |= {"form": data, "files": files}
        else:
            request["json"] = data
        replies = [self._reply_shown(part, "(id of the message before)") for part in delivery.parts]
        return {"requests": [request, *replies]}

    def create(self, delivery: Delivery) -> Receipt:
        method, data, files = self._message(delivery)
        contents = {
            file["field"]: (file["name"], picture.read(), file["mime"])
            for file, picture in zip(files, delivery.pictures, strict=False)
        }
        result = self._bot(method, data, contents, once=True)
        messages = result if isinstance(result, list) else [result]
        ids = [str(message["message_id"]) for message in messages]
        return Receipt(",".join(ids), self._permalink(messages[0]), {"chat": messages[0]["chat"]["id"]})

    def reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt:
        message = self._bot("sendMessage", self._reply(part, _first(parent)), once=True)
        return Receipt(str(message["message_id"]), self._permalink(message))

    # -- the account --------------------------------------------------------------------------------

    def check(self) -> Profile:
        bot = self._bot("getMe")
        chat = self._bot("getChat", {"chat_id": self._chat()})
        member = self._bot("getChatMember", {"chat_id": chat["id"], "user_id": bot["id"]})
        allowed = member["status"] == "creator" or (
            member["status"] == "administrator" and member.get("can_post_messages", True)
        )
        if chat["type"] == "channel" and not allowed:
            self.refuse(
                f"The bot @{bot['username']} may not post there: make it an administrator.", Kind.RECONNECT
            )
        name = f"@{chat['username']}" if chat.get("username") else str(chat["id"])
        url = f"https://t.me/{chat['username']}" if chat.get("username") else None
        return Profile(str(chat["id"]), name, chat.get("title") or name, url, {"bot": bot["username"]})

    def remove(self, remote_id: str) -> None:
        for message in remote_id.split(","):
            data = {"chat_id": self._chat(), "message_id": int(message)}
            answer = self._send("deleteMessage", data, accept=(400,))
            if not answer.ok and GONE not in self.reason(answer).lower():
                raise self.trouble(answer, once=False)

    # -- reading errors -----------------------------------------------------------------------------

    def judge(self, answer: Answer, reason: str) -> Kind | None:
        words = reason.lower()
        if answer.status in (403, 404) or any(known in words for known in SHUT_OUT):
            return Kind.RECONNECT  # 404 is what a malformed token gets
        return Kind.TRANSIENT if any(known in words for known in PASSING) else None

    def reason(self, answer: Answer) -> str:
        return str(said(answer).get("description", ""))

    def waits(self, answer: Answer) -> Any:
        seconds = said(answer).get("parameters", {}).get("retry_after")
        return moment_of(seconds) or asked_to_wait(answer.headers)

    # -- inside -------------------------------------------------------------------------------------

    def _chat(self) -> str:
        return str(self.session.get("chat") or self.credentials.chat)

    def _message(self, delivery: Delivery) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
        """The method, its fields and its files: a text, a photo with a caption, or an album."""
        words, chat = self.wording(delivery), self._chat()
        files = [
            {"field": f"f{n}", "name": picture.name, "mime": picture.mime, "bytes": picture.bytes_size}
            for n, picture in enumerate(delivery.pictures)
        ]
        if not files:
            preview = {"url": delivery.link} if delivery.link else {"is_disabled": False}
            return "sendMessage", {"chat_id": chat, "text": words, "link_preview_options": preview}, []
        if len(files) == 1:
            return "sendPhoto", {"chat_id": chat, "caption": words}, [{**files[0], "field": "photo"}]
        media = [{"type": "photo", "media": f"attach://{file['field']}"} for file in files]
        media[0]["caption"] = words
        return "sendMediaGroup", {"chat_id": chat, "media": json.dumps(media, ensure_ascii=False)}, files

    def _reply(self, part: Part, message: int | str) -> dict[str, Any]:
        reply = {"message_id": message}
        return {"chat_id": self._chat(), "text": part.text, "reply_parameters": reply}

    def _reply_shown(self, part: Part, message: int | str) -> dict[str, Any]:
        url = f"{self.credentials.api_base}/bot(token)/sendMessage"
        return {"method": "POST", "url": url, "json": self._reply(part, message)}

    def _bot(
        self,
        method: str,
        data: dict[str, Any] | None = None,
        files: dict[str, Any] | None = None,
        once: bool = False,
    ) -> Any:
        """Call a bot method and return its result; a chat that has moved is followed once."""
        answer = self._send(method, data or {}, files, once=once, accept=(400,))
        moved = said(answer).get("parameters", {}).get("migrate_to_chat_id") if not answer.ok else None
        if moved:
            self.remember({"chat": str(moved)})
            answer = self._send(method, {**(data or {}), "chat_id": str(moved)}, files, once=once)
        if not answer.ok:
            raise self.trouble(answer, once)
        return self.read(answer, once=once)["result"]

    def _send(
        self, method: str, data: dict[str, Any], files: dict[str, Any] | None = None, **options: Any
    ) -> Answer:
        url = f"{self.credentials.api_base}/bot{self.credentials.token.get_secret_value()}/{method}"
        if files:
            return self.send("POST", url, data=data, files=files, timeout=UPLOAD_SECONDS, **options)
        return self.send("POST", url, json=data, **options)

    def _permalink(self, message: dict[str, Any]) -> str:
        chat = message["chat"]
        place = chat.get("username") or f"c/{str(chat['id']).removeprefix('-100')}"
        return f"https://t.me/{place}/{message['message_id']}"


def _first(receipt: Receipt) -> int:
    """The message that answers go under: of an album, its first."""
    return int(receipt.remote_id.split(",")[0])
