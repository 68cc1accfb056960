"""Bluesky and other servers of the AT protocol, by app password.

A record is written under a key that we choose, so the same post can be sent any number of times and
exists once. That, and a session that is reused (an account may sign in only 300 times a day), is what
this file is careful about.
"""

from typing import Any

from pydantic import BaseModel, Field, SecretStr

from app.core.waiting import in_thread
from app.core.wire import Answer
from app.publishing.address import Address
from app.publishing.allowances import Allowance
from app.publishing.answers import asked_to_wait, said
from app.publishing.connector import UPLOAD_SECONDS, Connector
from app.publishing.connectors.bluesky.counting import allowances
from app.publishing.connectors.bluesky.reading import Reading
from app.publishing.connectors.bluesky.records import POSTS, post_record, reply_record, tid
from app.publishing.delivery import Delivery, Kind, Metrics, Part, Picture, Profile, PublishError, Receipt
from app.publishing.shrinking import shrunk

BLOB_BYTES = 976 * 1024  # newer servers take 2 000 000; older ones refuse more than 1 000 000
MANY = 25  # as many posts as one request may name
STALE = ("ExpiredToken", "InvalidToken")
SHUT_OUT = (
    *STALE, "AuthMissing", "AuthenticationRequired", "AuthFactorTokenRequired", "AccountTakedown",
    "AccountDeactivated", "AccountSuspended",
)  # fmt: skip


class Bluesky(Reading, Connector):
    """An account on a personal data server."""

    slug, label = "bluesky", "Bluesky"
    channels = ("post", "link_post", "image_post")
    measures = ("likes", "shares", "comments", "saves")
    patience = 300  # the server counts requests in windows of five minutes
    counts = (("POST", "createSession", "sign-ins", False),)  # and what `counting` reads
    permalink = r"https://[\w.-]+/profile/(?P<whose>[\w.:-]+)/post/(?P<id>\w+)/?"
    address_field = "service"

    class Credentials(BaseModel):
        """What a person gives to connect an account."""

        handle: str = Field(
            description="Your handle without the @, for example name.bsky.social", examples=["name.example"]
        )
        app_password: SecretStr = Field(
            description="An app password, not your own: Settings → Privacy and security → App passwords.",
            examples=["aaaa-bbbb-cccc-dddd"],
        )
        service: Address = Field(
            "https://bsky.social",
            description="The server you sign in to. Change it only if you host your own.",
        )

    # -- publishing ---------------------------------------------------------------------------------

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        if delivery.reply_to:
            answered = {"uri": delivery.reply_to, "cid": "(cid of the post)"}
            return {"requests": [self._reply_shown(delivery, delivery.answer()[0], answered)]}
        requests: list[dict[str, Any]] = []
        for picture in delivery.pictures:
            file = {"name": picture.name, "mime": picture.mime, "bytes": min(picture.bytes_size, BLOB_BYTES)}
            requests.append(
                {"method": "POST", "url": self._url("com.atproto.repo.uploadBlob"), "files": [file]}
            )
        blobs = [({"$type": "blob", "ref": f"(picture {n})"}, p.width, p.height)
                 for n, p in enumerate(delivery.pictures, 1)]  # fmt: skip
        record = post_record(self.wording(delivery), delivery, blobs, lambda handle: f"(did of {handle})")
        requests.append(self._shown(delivery.key, delivery, record))
        before = {"uri": "(uri of the post before)", "cid": "(cid of the post before)"}
        requests += [self._reply_shown(delivery, part, before) for part in delivery.parts]
        return {"requests": requests}

    def create(self, delivery: Delivery) -> Receipt:
        record, made_of = delivery.handles.get("record"), self._made_of(delivery)
        if not record or delivery.handles.get("made_of") != made_of:
            blobs = [self._uploaded(delivery, n, picture) for n, picture in enumerate(delivery.pictures)]
            record = post_record(self.wording(delivery), delivery, blobs, self._did_of)
            delivery.keep(record=record, rkey=tid(delivery.key, delivery), made_of=made_of)
        try:
            written = self._put(tid(delivery.key, delivery), record)
        except PublishError as error:
            if "BlobNotFound" not in error.message or delivery.handles.get("uploaded_again"):
                raise
            delivery.keep(record=None, blobs={}, uploaded_again=True)
            lost = "The server no longer has the pictures; they are sent again."
            raise PublishError(lost, kind=Kind.TRANSIENT, retry_in=1) from None
        return self._receipt(written)

    def reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt:
        refs = {"root": self._ref(root), "parent": self._ref(parent)}
        record = reply_record(delivery, part, refs, self._did_of)
        return self._receipt(self._put(tid(delivery.key_of(part), delivery), record))

    def look(self, delivery: Delivery) -> Receipt | None:
        found = self._get(tid(delivery.key, delivery))
        return self._receipt(found) if found else None

    def find_reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt | None:
        found = self._get(tid(delivery.key_of(part), delivery))
        return self._receipt(found) if found else None

    @property
    def repeats_safely(self) -> bool:
        return True

    # -- the account --------------------------------------------------------------------------------

    def check(self) -> Profile:
        account = self._ask("GET", "com.atproto.server.getSession")
        self.remember({"did": account["did"], "handle": account["handle"]})
        seen = self._ask("GET", "app.bsky.actor.getProfile", params={"actor": account["did"]})
        name = seen.get("displayName") or account["handle"]
        page = f"https://bsky.app/profile/{account['handle']}"
        return Profile(account["did"], f"@{account['handle']}", name, page)

    def metrics(self, remote_ids: list[str]) -> dict[str, Metrics]:
        return {
            post["uri"]: Metrics(
                likes=post.get("likeCount"),
                shares=post.get("repostCount", 0) + post.get("quoteCount", 0),
                comments=post.get("replyCount"),
                saves=post.get("bookmarkCount"),
            )
            for post in self._posts(remote_ids)
        }

    def remove(self, remote_id: str) -> None:
        repo, collection, rkey = remote_id.removeprefix("at://").split("/")
        where = {"repo": repo, "collection": collection, "rkey": rkey}
        self._xrpc("POST", "com.atproto.repo.deleteRecord", json=where)

    def named(self, url: str | None, key: str) -> str | None:
        """Of this account's posts alone; their addresses name it by its handle or for ever."""
        rkey = super().named(url, key)
        mine = (self._did(), self.session.get("handle")) if rkey else ()
        return f"at://{mine[0]}/{POSTS}/{rkey}" if mine and str(url).split("/")[4] in mine else None

    def still_there(self, remote_id: str) -> bool:
        return bool(self._posts([remote_id]))

    # -- reading errors -----------------------------------------------------------------------------

    def judge(self, answer: Answer, reason: str) -> Kind | None:
        error = _error(answer)
        if error in SHUT_OUT:
            return Kind.RECONNECT
        if error == "InvalidSwap":
            return Kind.DUPLICATE
        return {"UpstreamFailure": Kind.TRANSIENT, "RateLimitExceeded": Kind.RATE_LIMITED}.get(error)

    def reason(self, answer: Answer) -> str:
        words = said(answer)
        return " – ".join(str(words[name]) for name in ("error", "message") if words.get(name))

    def allowances(self, method: str, answer: Answer) -> list[Allowance]:
        return allowances(answer, self.patience)

    def waits(self, answer: Answer) -> Any:
        return asked_to_wait(answer.headers, "ratelimit-reset")

    def secrets(self) -> set[str]:
        return super().secrets() | {
            self.session[name] for name in ("access", "refresh") if self.session.get(name)
        }

    # -- the session --------------------------------------------------------------------------------

    def _url(self, method: str) -> str:
        return f"{self.session.get('pds') or self.credentials.service}/xrpc/{method}"

    def _xrpc(self, method: str, name: str, *, accept: tuple[int, ...] = (), **options: Any) -> Answer:
        """Call a method in the session, which is renewed once when it has run out."""
        if not self.session.get("access"):
            self._sign_in()
        answer = self._in_session(method, name, **options)
        if _error(answer) in STALE:
            self._renew()
            answer = self._in_session(method, name, **options)
        if not answer.ok and answer.status not in accept:
            raise self.trouble(answer, once=False)
        return answer

    def _in_session(self, method: str, name: str, **options: Any) -> Answer:
        return self.send(method, self._url(name), bearer=self.session["access"], accept=(400, 401), **options)

    def _ask(self, method: str, name: str, **options: Any) -> Any:
        return self.read(self._xrpc(method, name, **options))

    def _sign_in(self) -> None:
        secret = self.credentials.app_password.get_secret_value()
        url = f"{self.credentials.service}/xrpc/com.atproto.server.createSession"
        opened = self.ask("POST", url, json={"identifier": self.credentials.handle, "password": secret})
        services = (opened.get("didDoc") or {}).get("service", [])
        home = next(
            (s["serviceEndpoint"] for s in services if s.get("id", "").endswith("#atproto_pds")), None
        )
        self._opened(opened, pds=home or self.credentials.service)

    def _renew(self) -> None:
        url = self._url("com.atproto.server.refreshSession")
        answer = self.send("POST", url, bearer=self.session.get("refresh"), accept=(400, 401))
        if answer.ok:
            self._opened(self.read(answer))
        else:
            self._sign_in()

    def _opened(self, session: dict[str, Any], **more: Any) -> None:
        kept = {"access": session["accessJwt"], "refresh": session["refreshJwt"], "did": session["did"]}
        self.remember({**kept, "handle": session["handle"], **more})

    # -- records ------------------------------------------------------------------------------------

    def _did(self) -> str:
        if not self.session.get("did"):
            self._sign_in()
        return str(self.session["did"])

    def _put(self, rkey: str, record: dict[str, Any]) -> dict[str, Any]:
        where = {"repo": self._did(), "collection": POSTS, "rkey": rkey}
        body = {**where, "record": record, "swapRecord": None}
        return dict(self._ask("POST", "com.atproto.repo.putRecord", json=body))

    def _get(self, rkey: str) -> dict[str, Any] | None:
        where = {"repo": self._did(), "collection": POSTS, "rkey": rkey}
        answer = self._xrpc("GET", "com.atproto.repo.getRecord", params=where, accept=(400, 404))
        if answer.ok:
            return dict(self.read(answer))
        if _error(answer) == "RecordNotFound" or "could not locate record" in self.reason(answer).lower():
            return None
        raise self.trouble(answer, once=False)

    def _receipt(self, record: dict[str, Any]) -> Receipt:
        repo, _, rkey = record["uri"].removeprefix("at://").split("/")
        return Receipt(record["uri"], f"https://bsky.app/profile/{repo}/post/{rkey}", {"cid": record["cid"]})

    def _made_of(self, delivery: Delivery) -> list[str | None]:
        """What the record says: when a person changes it after a refusal, the record is made anew."""
        marks = [picture.mark for picture in delivery.pictures]
        return [self.wording(delivery), delivery.link, delivery.title, *marks]

    def _ref(self, receipt: Receipt) -> dict[str, str]:
        """What names a post in a reply: where it is, and the digest of what it says."""
        cid = receipt.extra.get("cid")
        if not cid:
            found = self._get(receipt.remote_id.rsplit("/", 1)[-1])
            if found is None:
                self.refuse("The post is no longer there, so nothing can be put under it.")
            cid = found["cid"]
        return {"uri": receipt.remote_id, "cid": cid}

    def wording(self, delivery: Delivery) -> str:
        """The text as it is counted. A link has a card of its own unless pictures take that place."""
        return super().wording(delivery) if delivery.pictures else delivery.text

    def _uploaded(self, delivery: Delivery, place: int, picture: Picture) -> tuple[dict[str, Any], int, int]:
        kept, mine = delivery.handles.get("blobs", {}), f"{place} {picture.mark}"
        if mine in kept:
            blob, width, height = kept[mine]
            return blob, width, height
        content, mime, width, height = in_thread(shrunk, picture, BLOB_BYTES)
        answer = self._xrpc("POST", "com.atproto.repo.uploadBlob", body=content,
                            headers={"Content-Type": mime}, timeout=UPLOAD_SECONDS)  # fmt: skip
        blob = self.read(answer)["blob"]
        delivery.keep(blobs={**kept, mine: [blob, width, height]})
        return blob, width, height

    def _did_of(self, handle: str) -> str | None:
        params = {"handle": handle}
        answer = self._xrpc("GET", "com.atproto.identity.resolveHandle", params=params, accept=(400, 404))
        return str(self.read(answer)["did"]) if answer.ok else None

    def _posts(self, uris: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(uris), MANY):
            some = {"uris": uris[start : start + MANY]}
            found += self._ask("GET", "app.bsky.feed.getPosts", params=some)["posts"]
        return found

    def _reply_shown(self, delivery: Delivery, part: Part, answered: dict[str, str]) -> dict[str, Any]:
        refs = {"root": answered, "parent": answered}
        record = reply_record(delivery, part, refs, lambda handle: f"(did of {handle})")
        return self._shown(delivery.key_of(part), delivery, record)

    def _shown(self, key: str, delivery: Delivery, record: dict[str, Any]) -> dict[str, Any]:
        repo = self.session.get("did", f"(did of {self.credentials.handle})")
        body = {"repo": repo, "collection": POSTS, "rkey": tid(key, delivery), "record": record}
        url = self._url("com.atproto.repo.putRecord")
        return {"method": "POST", "url": url, "json": {**body, "swapRecord": None}}


def _error(answer: Answer) -> str:
    return "" if answer.ok else str(said(answer).get("error", ""))
