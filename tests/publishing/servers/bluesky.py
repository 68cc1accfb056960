"""A personal data server: sessions that run out, records under chosen keys, blobs of limited size."""

import hashlib
import json
import time

import regex

from tests.publishing.servers.platform import Platform, Said

HANDLE, PASSWORD, DID = "alice.test", "bsky-app-pass-9x2q", "did:plc:alice000000000000000000"
GRAPHEMES, BYTES, BLOB_BYTES, IMAGES = 300, 3000, 1_000_000, 4
MIMES = ("image/jpeg", "image/png", "image/webp", "image/gif")
PROFILE = {"did": DID, "handle": HANDLE, "displayName": "Alice"}
KNOWN = {"bob.test": "did:plc:bob0000000000000000000000"}


class Server(Platform):
    slug = "bluesky"

    def __init__(self):
        super().__init__()
        self.records = {}
        self.blobs = {}
        self.sign_ins = 0
        self.refreshes = 0
        self.access = self.refresh = None

    def credentials(self):
        return {"handle": HANDLE, "app_password": PASSWORD, "service": self.url}

    def creates(self, asked):
        return asked.path == "/xrpc/com.atproto.repo.putRecord"

    def expire(self):
        """End the access token, as happens after two hours."""
        self.access = "expired"

    def error(self, status, name=None, message=""):
        names = {401: "AuthenticationRequired", 400: "InvalidRequest", 422: "InvalidRequest"}
        words = message or "Invalid identifier or password"
        return Said(status, {"error": name or names.get(status, "InternalServerError"), "message": words})

    def slow(self, named):
        headers = {
            "ratelimit-limit": "3000",
            "ratelimit-remaining": "0",
            "ratelimit-reset": str(int(time.time()) + 37),
        }
        return Said(
            429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, headers if named else {}
        )

    def answer(self, asked):
        name = asked.path.removeprefix("/xrpc/")
        if name == "com.atproto.server.createSession":
            return self.sign_in(asked)
        bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.revoked:
            return self.error(400, "InvalidToken", "Token could not be verified")
        if name == "com.atproto.server.refreshSession":
            return self.refreshed(bearer)
        if bearer != self.access:
            return self.error(400, "ExpiredToken", "Token has expired")
        return {
            "com.atproto.server.getSession": lambda: Said(200, {"did": DID, "handle": HANDLE}),
            "app.bsky.actor.getProfile": lambda: Said(
                200, {"did": DID, "handle": HANDLE, "displayName": "Alice"}
            ),
            "com.atproto.repo.uploadBlob": lambda: self.upload(asked),
            "com.atproto.repo.putRecord": lambda: self.put(asked.json()),
            "com.atproto.repo.getRecord": lambda: self.get(asked),
            "com.atproto.repo.listRecords": lambda: self.page(asked),
            "com.atproto.repo.deleteRecord": lambda: self.delete(asked.json()),
            "com.atproto.identity.resolveHandle": lambda: self.resolve(asked.first("handle")),
            "app.bsky.feed.getPosts": lambda: self.several(asked.query.get("uris", [])),
        }.get(name, lambda: self.error(404, "MethodNotImplemented", "Method Not Implemented"))()

    def sign_in(self, asked):
        self.sign_ins += 1
        given = asked.json()
        if self.revoked or (given["identifier"], given["password"]) != (HANDLE, PASSWORD):
            return self.error(401)
        document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": self.url}]}
        return Said(200, {**self.tokens(), "didDoc": document})

    def refreshed(self, bearer):
        if bearer != self.refresh:
            return self.error(400, "ExpiredToken", "Token has been revoked")
        self.refreshes += 1
        return Said(200, self.tokens())

    def tokens(self):
        number = self.sign_ins + self.refreshes
        self.access, self.refresh = f"access-jwt-secret-{number}", f"refresh-jwt-secret-{number}"
        return {"accessJwt": self.access, "refreshJwt": self.refresh, "did": DID, "handle": HANDLE}

    def upload(self, asked):
        mime = asked.headers.get("content-type")
        if mime not in MIMES:
            return self.error(400, "InvalidMimeType", "Wrong type of file")
        link = "bafkrei" + hashlib.sha256(asked.body).hexdigest()[:40]
        self.blobs[link] = len(asked.body)
        size = len(asked.body)
        blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": mime, "size": size}
        return Said(200, {"blob": blob})

    def put(self, body):
        record, place = body["record"], (body["collection"], body["rkey"])
        if body["repo"] != DID or len(body["rkey"]) != 13:
            return self.error(400, "InvalidRequest", "Invalid repo or record key")
        cid = "bafyrei" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:40]
        uri = f"at://{DID}/{body['collection']}/{body['rkey']}"
        known = self.records.get(place)
        if known and known["cid"] == cid:
            return Said(200, {"uri": uri, "cid": cid, "validationStatus": "valid"})
        if known and "swapRecord" in body:
            return self.error(400, "InvalidSwap", f"Record was at {known['cid']}")
        if trouble := self.complaint(record):
            return trouble
        self.records[place] = {"uri": uri, "cid": cid, "value": record}
        self.posts.append(record)
        return Said(200, {"uri": uri, "cid": cid, "commit": {"rev": "3k"}, "validationStatus": "valid"})

    def complaint(self, record):
        text = record["text"]
        if len(regex.findall(r"\X", text)) > GRAPHEMES or len(text.encode()) > BYTES:
            said = f"Invalid app.bsky.feed.post record: Record/text must not be longer than {GRAPHEMES}"
            return self.error(400, "InvalidRequest", said)
        images = record.get("embed", {}).get("images", [])
        if len(images) > IMAGES or any("alt" not in image for image in images):
            return self.error(400, "InvalidRequest", "Invalid app.bsky.feed.post record: Record/embed/images")
        for image in images:
            link = image["image"]["ref"]["$link"]
            if link not in self.blobs:
                return self.error(400, "BlobNotFound", f"Could not find blob: {link}")
            if self.blobs[link] > BLOB_BYTES:
                return self.error(
                    400, "BlobTooLarge", f"This file is too large. Maximum size is {BLOB_BYTES}"
                )
        for facet in record.get("facets", []):
            if not 0 <= facet["index"]["byteStart"] < facet["index"]["byteEnd"] <= len(text.encode()):
                return self.error(400, "InvalidRequest", "Invalid app.bsky.feed.post record: Record/facets")
        return None

    def get(self, asked):
        found = self.records.get((asked.first("collection"), asked.first("rkey")))
        return Said(200, found) if found else self.error(400, "RecordNotFound", "Could not locate record")

    def page(self, asked):
        """Newest first, by their keys; the cursor is the last key of the page before."""
        kept = sorted((place for place in self.records if place[0] == asked.first("collection")), reverse=True)
        rest = [place for place in kept if place[1] < asked.first("cursor", "~")]
        some = rest[: int(asked.first("limit", "50"))]
        said = {"records": [self.records[place] for place in some]}
        return Said(200, said | ({"cursor": some[-1][1]} if len(rest) > len(some) else {}))

    def delete(self, body):
        gone = self.records.pop((body["collection"], body["rkey"]), None)
        if gone:
            self.posts.remove(gone["value"])
        return Said(200, {})

    def resolve(self, handle):
        did = KNOWN.get(handle)
        return (
            Said(200, {"did": did}) if did else self.error(400, "InvalidRequest", "Unable to resolve handle")
        )

    def several(self, uris):
        if len(uris) > 25:
            return self.error(400, "InvalidRequest", "Error: uris must not have more than 25 elements")
        counts = {"likeCount": 3, "repostCount": 1, "quoteCount": 1, "replyCount": 1, "bookmarkCount": 5}
        found = [record["uri"] for record in self.records.values() if record["uri"] in uris]
        return Said(200, {"posts": [{"uri": uri, **counts} for uri in found]})
