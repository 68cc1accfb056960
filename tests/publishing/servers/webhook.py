"""A receiver of signed posts: checks the signature, and drops a repeated key when it is told to."""

import hmac

from tests.publishing.servers.platform import RETRY_SECONDS, Platform, Said

SECRET = "webhook-secret-0123456789"


class Server(Platform):
    slug = "webhook"
    variants = {"plain": {}, "keyed": {"honours_key": True}}
    shows_history = False

    def __init__(self, honours_key=False):
        super().__init__()
        self.honours_key = honours_key
        self.keys = {}

    def credentials(self):
        return {"url": f"{self.url}/posts", "secret": SECRET, "honours_key": self.honours_key}

    def creates(self, asked):
        return asked.headers.get("idempotency-key") != "ping"

    def error(self, status):
        return Said(status, {"error": {401: "bad signature", 422: "no text"}.get(status, "out of order")})

    def slow(self, named):
        return Said(429, {"error": "slow down"}, {"Retry-After": str(RETRY_SECONDS)} if named else {})

    def answer(self, asked):
        secret = ("another" if self.revoked else SECRET).encode()
        right = "sha256=" + hmac.new(secret, asked.body, "sha256").hexdigest()
        if not hmac.compare_digest(right, asked.headers.get("x-webhook-signature", "")):
            return self.error(401)
        body = asked.json()
        if asked.path != "/posts" or asked.headers["x-webhook-timestamp"] != body["timestamp"]:
            return self.error(404)
        if body["event"] == "ping":
            return Said(204)
        if not body["data"]["text"].strip():
            return self.error(422)
        key = asked.headers["idempotency-key"]
        if self.honours_key and key in self.keys:
            return self.keys[key]
        self.posts.append(body["data"])
        number = str(len(self.posts))
        self.keys[key] = Said(201, {"id": number, "url": f"{self.url}/posts/{number}"})
        return self.keys[key]
