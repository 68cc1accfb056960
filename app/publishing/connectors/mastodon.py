"""Mastodon and the servers that speak like it (GoToSocial, Pleroma, Akkoma, Pixelfed)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, Field, SecretStr

from app.core.time import now
from app.core.wire import Answer
from app.publishing.address import Address
from app.publishing.answers import asked_to_wait, missing, said, unmarked
from app.publishing.connector import UPLOAD_SECONDS, Connector, Profile, Seen
from app.publishing.delivery import CannotTell, Delivery, Kind, Metrics, Part, Picture, PublishError, Receipt

KEY_LIFE = timedelta(minutes=55)  # the server honours a key for an hour; we stop trusting it before that
SKEW = timedelta(minutes=2)  # how far the server's clock may be behind ours
PAGE, PAGES = 40, 5  # how many statuses are read back at a time, and how often, when we look for one
MANY = 20  # as many statuses as one request may name
FORGETFUL = ("gotosocial", "pixelfed", "pleroma", "akkoma")  # a repeated key is not known to be safe there
NEEDED = {"write:statuses": "all", "write:media": "pictures"}  # scopes, and the posts that need them
NO_ANSWER = (401, 403, 404, 410, 422, 500, 502, 503)  # to a question that not every server understands
POLLS = (0.5, 1, 1, 2, 2, 4, 4, 8, 8)  # seconds between looks at an upload that is being processed


class Mastodon(Connector):
    """An account on a server of the Mastodon family, by access token."""

    slug, label = "mastodon", "Mastodon"
    channels: ClassVar[tuple[str, ...]] = ("status", "media_status")
    measures = ("likes", "shares", "comments")
    patience, address_field = 300, "server"  # it counts requests in windows of five minutes
    permalink = r"/(?:@[\w.-]+(?:/statuses)?|users/[\w.-]+/statuses|p/[\w.-]+|notice|web/statuses)/(?P<id>\w+)/?"
    counts = (("POST", "/media", "uploads", False), ("POST", "", "posts", True))

    class Credentials(BaseModel):
        """What a person gives to connect an account."""

        server: Address = Field(
            description="Your server, for example https://mastodon.social",
            examples=["https://mastodon.example"],
        )
        token: SecretStr = Field(
            description="The access token: Preferences → Development → New application, "
            "with the scopes read, write:statuses and write:media.",
            examples=["example-token"],
        )
        visibility: Literal["public", "unlisted", "private"] = Field(
            "public", description="Who sees the posts: everyone, everyone but not in timelines, or followers."
        )

    # -- publishing ---------------------------------------------------------------------------------

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        if delivery.reply_to:
            part, root = delivery.answer()
            return {"requests": [self._shown(delivery.key, self._reply(part, root.remote_id))]}
        requests: list[dict[str, Any]] = [
            {
                "method": "POST",
                "url": self._url("/api/v2/media"),
                "form": {"description": picture.alt_text},
                "files": [
                    {"field": "file", "name": picture.name, "mime": picture.mime, "bytes": picture.bytes_size}
                ],
            }
            for picture in delivery.pictures
        ]
        media = [f"(id of picture {n})" for n in range(1, len(delivery.pictures) + 1)]
        requests.append(self._shown(delivery.key, self._status(delivery, media)))
        before = "(id of the post before)"
        replies = [self._shown(delivery.key_of(part), self._reply(part, before)) for part in delivery.parts]
        return {"requests": [*requests, *replies]}

    def create(self, delivery: Delivery) -> Receipt:
        forgotten = now() - delivery.begun_at > KEY_LIFE
        if forgotten and (found := self._found_late(self.look, delivery)):
            return found
        media = [self._uploaded(delivery, n, picture) for n, picture in enumerate(delivery.pictures)]
        words = self.wording(delivery)
        try:
            body = self._status(delivery, media)
            return self._posted(delivery, delivery.key, body, self.look, delivery)
        except PublishError as error:
            if error.kind in (Kind.UNSURE, Kind.TRANSIENT):  # a later edit must not hide it from a look
                delivery.keep(sent=[*(o for o in delivery.handles.get("sent", []) if o != words), words])
            raise

    def reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt:
        body, looked = self._reply(part, parent.remote_id), (delivery, part, root, parent)
        return self._posted(delivery, delivery.key_of(part), body, self.find_reply, *looked)

    def look(self, delivery: Delivery) -> Receipt | None:
        # Any try may be the one that arrived, also one made before the text was changed.
        wanted = [self.wording(delivery), *delivery.handles.get("sent", [])]
        return self._searched(wanted, delivery.begun_at, None)

    def find_reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt | None:
        begun = delivery.handles.get("parts", {}).get(part.id, {})
        return self._searched([part.text, begun.get("text", part.text)], delivery.begun_at, parent.remote_id)

    def read_back(self, since: datetime) -> list[Seen]:
        found = self._back_to(since - SKEW)
        return [Seen(self._receipt(s), unmarked(s["content"]), datetime.fromisoformat(s["created_at"])) for s in found]

    def plain(self, text: str) -> str:
        """White space in one form, and a mention without its server."""
        return re.sub(r"(@\w+)@[\w.-]+\w", r"\1", super().plain(text))

    @property
    def repeats_safely(self) -> bool:
        return self.session.get("software", self.slug) not in FORGETFUL

    def may_repeat(self, since: datetime) -> bool:
        return self.repeats_safely and now() - since < KEY_LIFE

    # -- the account --------------------------------------------------------------------------------

    def check(self) -> Profile:
        account = self._ask("GET", "/api/v1/accounts/verify_credentials")
        server = self._server()
        configuration = server.get("configuration", {})
        self.remember({"account": account["id"], "software": _software_of(server)})
        limits = {
            "version": server.get("version"),
            **configuration.get("statuses", {}),
            **configuration.get("media_attachments", {}),
        }
        name = f"@{account['acct']}"
        return Profile(
            str(account["id"]), name, account.get("display_name") or name, account.get("url"), limits,
            self._lacks(),
        )

    def metrics(self, remote_ids: list[str]) -> dict[str, Metrics]:
        found: dict[str, Metrics] = {}
        for start in range(0, len(remote_ids), MANY):
            named = {"id[]": remote_ids[start : start + MANY]}
            for status in self._ask("GET", "/api/v1/statuses", params=named):
                found[str(status["id"])] = Metrics(
                    likes=status.get("favourites_count"),
                    shares=status.get("reblogs_count"),
                    comments=status.get("replies_count"),
                )
        return found

    def remove(self, remote_id: str) -> None:
        self._call("DELETE", self._url(f"/api/v1/statuses/{remote_id}"), accept=(404,))

    def still_there(self, remote_id: str) -> bool:
        return self._call("GET", self._url(f"/api/v1/statuses/{remote_id}"), accept=(404, 410)).ok

    # -- reading errors -----------------------------------------------------------------------------

    def judge(self, answer: Answer, reason: str) -> Kind | None:
        if answer.status == 422 and "have not finished processing" in reason.lower():
            return Kind.TRANSIENT
        if answer.status == 403 and "empty statuses" not in reason.lower():
            return Kind.RECONNECT  # a scope is missing, or the account is suspended: a person must act
        return None

    def reason(self, answer: Answer) -> str:
        words = said(answer)
        return str(words.get("error_description") or words.get("error") or "")

    def waits(self, answer: Answer) -> datetime | None:
        return asked_to_wait(answer.headers, "x-ratelimit-reset")

    # -- inside -------------------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        return f"{self.credentials.server}{path}"

    def _call(self, method: str, url: str, **options: Any) -> Answer:
        return self.send(method, url, bearer=self.credentials.token.get_secret_value(), **options)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        return self.read(self._call(method, self._url(path), **options))

    def _server(self) -> dict[str, Any]:
        answer = self._call("GET", self._url("/api/v2/instance"), accept=(404,))
        if answer.status == 404:  # older servers, and several of the dialects
            answer = self._call("GET", self._url("/api/v1/instance"))
        return dict(self.read(answer))

    def _lacks(self) -> dict[str, str]:
        """The scopes that posting needs and the application was not given; newer servers name them."""
        answer = self._call("GET", self._url("/api/v1/apps/verify_credentials"), accept=NO_ANSWER)
        return missing(said(answer).get("scopes"), NEEDED, whole="write")

    def _software(self) -> str:
        if "software" not in self.session:
            self.remember({"software": _software_of(self._server())})
        return str(self.session["software"])

    def _status(self, delivery: Delivery, media: list[str]) -> dict[str, Any]:
        body = {"status": self.wording(delivery), "visibility": self.credentials.visibility}
        return body | ({"media_ids": media} if media else {})

    def _reply(self, part: Part, parent: str) -> dict[str, Any]:
        return {"status": part.text, "in_reply_to_id": parent, "visibility": self.credentials.visibility}

    def _shown(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        url = self._url("/api/v1/statuses")
        return {"method": "POST", "url": url, "headers": {"Idempotency-Key": key}, "json": body}

    def _receipt(self, status: dict[str, Any]) -> Receipt:
        return Receipt(str(status["id"]), status.get("url") or status.get("uri"))

    def _uploaded(self, delivery: Delivery, place: int, picture: Picture) -> str:
        """The id of a picture that the server has ready; one that an earlier attempt sent is used again."""
        kept, mine = delivery.handles.get("media", {}), f"{place} {picture.mark}"
        media = kept.get(mine)
        if media and self._ready(media):
            return str(media)
        answer = self._call(
            "POST", self._url("/api/v2/media"), data={"description": picture.alt_text},
            files={"file": (picture.name, picture.read(), picture.mime)}, timeout=UPLOAD_SECONDS,
        )  # fmt: skip
        media = str(self.read(answer)["id"])
        delivery.keep(media={**kept, mine: media})
        if answer.status == 202 and not self._ready(media):
            self.refuse(f"{self.label} could not process {picture.name}.")
        return media

    def _ready(self, media: str) -> bool:
        """Wait until an upload is processed; False when the server no longer has it or gave up."""
        for pause in (*POLLS, None):
            answer = self._call("GET", self._url(f"/api/v1/media/{media}"), accept=(404, 422))
            if answer.status != 206:
                return answer.ok
            if pause:
                self.sleep(pause)
        raise PublishError(f"{self.label} is still processing a picture.", kind=Kind.TRANSIENT, retry_in=30)

    def _posted(
        self, delivery: Delivery, key: str, body: dict[str, Any], look: Callable[..., Any], *about: Any
    ) -> Receipt:
        """Make a status under a key. Pixelfed refuses a key it has seen, even if that attempt failed: it is
        looked for there, else it takes a new key.
        """
        once, newer = self._software() in FORGETFUL, delivery.handles.get("keys", {})
        headers = {"Idempotency-Key": newer.get(key, key)}
        url = self._url("/api/v1/statuses")
        answer = self._call("POST", url, once=once, accept=(400,), json=body, headers=headers)
        if answer.status != 400:
            return self._receipt(self.read(answer, once=once))
        if "duplicate idempotency key" not in self.reason(answer).lower():
            raise self.trouble(answer, once)
        if found := self._found_late(look, *about):
            return found
        delivery.keep(keys={**newer, key: str(uuid5(NAMESPACE_URL, newer.get(key, key)))})
        again = f"{self.label} wants the post once more under a new key."
        raise PublishError(again, kind=Kind.TRANSIENT, retry_in=1)

    def _found_late(self, look: Callable[..., Receipt | None], *about: Any) -> Receipt | None:
        """The server has forgotten the key by now, so a repeat could double: look before sending again."""
        try:
            return look(*about)
        except CannotTell as unknown:
            trouble = PublishError(unknown.reason, kind=Kind.UNSURE)
        raise trouble

    def _searched(self, texts: list[str], begun: datetime, parent: str | None) -> Receipt | None:
        """A status of these words under `parent` (None: under nothing). Raise CannotTell."""
        wanted = {self.plain(text) for text in texts}
        for status in self._back_to(begun - SKEW):
            above = status.get("in_reply_to_id")
            if (above and str(above)) == parent and self.plain(unmarked(status["content"])) in wanted:
                return self._receipt(status)
        return None

    def _back_to(self, since: datetime) -> Iterator[dict[str, Any]]:
        """The account's statuses, newest first, until that moment. Raise CannotTell."""
        last = None
        for _ in range(PAGES):
            page = self._newest(last)
            for status in page:
                if datetime.fromisoformat(status["created_at"]) < since:
                    return
                yield status
            if len(page) < PAGE:
                return
            last = page[-1]["id"]
        raise CannotTell(f"The account has over {PAGE * PAGES} newer posts: too many to look through.")

    def _newest(self, before: str | None) -> list[dict[str, Any]]:
        if "account" not in self.session:
            self.remember({"account": self._ask("GET", "/api/v1/accounts/verify_credentials")["id"]})
        params = {"limit": PAGE, "exclude_reblogs": "true", "max_id": before}
        return list(self._ask("GET", f"/api/v1/accounts/{self.session['account']}/statuses", params=params))


def _software_of(server: dict[str, Any]) -> str:
    """Which dialect a server speaks, from what it says of itself."""
    said = f"{server.get('version', '')} {server.get('source_url', '')}".lower()
    return next((name for name in FORGETFUL if name in said), "mastodon")
