"""A signed POST to an address of one's own: any system that can take JSON can take posts."""

import hmac
from base64 import b64encode
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel, Field, SecretStr

from app.core.time import now
from app.core.waiting import in_thread
from app.core.wire import Answer
from app.publishing.address import Address, host_of
from app.publishing.answers import said
from app.publishing.connector import UPLOAD_SECONDS, Connector
from app.publishing.delivery import CannotTell, Delivery, Kind, Picture, Profile, Receipt, Seen

LONGEST_REASON = 200  # characters of a receiver's own words that are worth showing


class Webhook(Connector):
    """One address that takes posts, and the secret both sides sign with.

    The receiver checks `X-Webhook-Signature`, which is `sha256=` and the hex HMAC-SHA256 of the body, and
    drops a body whose `Idempotency-Key` it has seen. Any 2xx answer means accepted.
    """

    slug, label = "webhook", "Webhook"
    channels = ("message",)
    patience = 60  # a receiver that says "slow down" and no time
    carries_parts = True
    address_field = "url"

    class Credentials(BaseModel):
        """What a person gives to connect a receiver."""

        url: Address = Field(
            description="The address that receives posts. Put no secret into it: it is shown on pages.",
            examples=["https://receiver.example/posts"],
        )
        secret: SecretStr = Field(
            description="Signs every request, so that the receiver knows it is from you. "
            "Choose 16 characters or more.",
            min_length=16,
            examples=["example-secret-example"],
        )
        honours_key: bool = Field(
            False,
            description="The receiver drops a repeated Idempotency-Key, so a post may be sent again.",
        )

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        pictures = [{**_facts(picture), "content": f"({picture.bytes_size} bytes, base64)"}
                    for picture in delivery.pictures]  # fmt: skip
        headers = {"Idempotency-Key": delivery.key, "X-Webhook-Signature": "sha256=(signature of the body)"}
        body = self._body(delivery, pictures)
        return {
            "requests": [{"method": "POST", "url": self.credentials.url, "headers": headers, "json": body}]
        }

    def create(self, delivery: Delivery) -> Receipt:
        pictures = [in_thread(_packed, picture) for picture in delivery.pictures]
        keyed = self.credentials.honours_key
        had_it = (409,) if keyed else ()  # the key is this post's own, so what it has already is this post
        answer = self._post(self._body(delivery, pictures), delivery.key, once=not keyed, accept=had_it)
        accepted = said(answer)
        remote_id, url = accepted.get("id"), accepted.get("url") or answer.headers.get("location")
        return Receipt(str(remote_id or delivery.key), str(url) if url else None, {"status": answer.status})

    def look(self, delivery: Delivery) -> Receipt | None:
        raise CannotTell("Only the receiver knows whether the post arrived: look there.")

    def named(self, url: str | None, key: str) -> str | None:
        """The key, which was in the body: every receiver knows the post by it, whatever it answered."""
        return key

    def read_back(self, since: datetime) -> list[Seen]:
        """A receiver that drops what it has need not be asked: the key is the same for ever."""
        if not self.repeats_safely:
            raise CannotTell("Only the receiver knows what has arrived.")
        return []

    @property
    def reads_back(self) -> bool:
        return self.repeats_safely

    @property
    def repeats_safely(self) -> bool:
        return bool(self.credentials.honours_key)

    def wording(self, delivery: Delivery) -> str:
        """The text alone: the link travels beside it."""
        return delivery.text

    def check(self) -> Profile:
        body = {"event": "ping", "id": "ping", "timestamp": now().isoformat(), "data": {}}
        self._post(body, "ping", once=False)
        url = self.credentials.url
        return Profile(url, host_of(url), host_of(url), url)

    # -- reading errors -----------------------------------------------------------------------------

    def judge(self, answer: Answer, reason: str) -> Kind | None:
        if answer.status in (403, 404, 405, 410):
            return Kind.RECONNECT  # the address or the secret is no longer right
        return Kind.DUPLICATE if answer.status == 409 else None

    def reason(self, answer: Answer) -> str:
        words = said(answer)
        return str(words.get("error") or words.get("message") or "")[:LONGEST_REASON]

    # -- inside -------------------------------------------------------------------------------------

    def _body(self, delivery: Delivery, pictures: list[dict[str, Any]]) -> dict[str, Any]:
        """The same at every attempt, so that its signature is too."""
        data = {
            "channel": delivery.channel,
            "title": delivery.title,
            "text": delivery.text,
            "link": delivery.link,
            "parts": [{"id": part.id, "kind": part.kind, "text": part.text} for part in delivery.parts],
            "reply_to": delivery.reply_to,
            "pictures": pictures,
        }
        moment = delivery.begun_at.isoformat()
        return {"event": "post.published", "id": delivery.key, "timestamp": moment, "data": data}

    def _post(self, body: dict[str, Any], key: str, *, once: bool, accept: tuple[int, ...] = ()) -> Answer:
        heavy = bool(body["data"].get("pictures"))  # then it takes long enough to hold up other lanes
        content, signature = in_thread(self._signed, body) if heavy else self._signed(body)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "X-Webhook-Timestamp": body["timestamp"],
            "X-Webhook-Signature": signature,
        }
        url = self.credentials.url
        return self.send(
            "POST", url, once=once, accept=accept, body=content, headers=headers, timeout=UPLOAD_SECONDS
        )

    def _signed(self, body: dict[str, Any]) -> tuple[bytes, str]:
        content = orjson.dumps(body)
        secret = self.credentials.secret.get_secret_value().encode()
        return content, "sha256=" + hmac.digest(secret, content, "sha256").hex()


def _facts(picture: Picture) -> dict[str, Any]:
    return {
        "name": picture.name,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "alt_text": picture.alt_text,
    }


def _packed(picture: Picture) -> dict[str, Any]:
    """A picture as it travels in the body."""
    return {**_facts(picture), "content": b64encode(picture.read()).decode()}
