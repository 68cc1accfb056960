"""A Discord server with one channel, a webhook and a bot. Without wait=true a message is lost."""

import json
import re
import time
from datetime import UTC, datetime

from tests.publishing.servers.platform import RETRY_SECONDS, Platform, Said

HOOK, HOOK_TOKEN = "1122334455", "discord-webhook-secret_Zq8"
BOT_TOKEN, CHANNEL, GUILD, BOT = "discord-bot-secret.abc.def", "555", "777", "999"
CONTENT, FILES, FILE_BYTES, ALT = 2000, 10, 10 * 1024 * 1024, 1024


class Server(Platform):
    slug = "discord"
    variants = {"webhook": {}, "bot": {"bot": True}}

    def __init__(self, bot=False):
        super().__init__()
        self.bot = self.shows_history = bot
        self.nonces = {}

    def credentials(self):
        if self.bot:
            return {"bot_token": BOT_TOKEN, "channel_id": CHANNEL, "api_base": self.url}
        return {"webhook_url": f"{self.url}/api/webhooks/{HOOK}/{HOOK_TOKEN}"}

    def creates(self, asked):
        return asked.method == "POST"

    def error(self, status, code=0, message="", errors=None):
        usual = {401: (50027, "Invalid Webhook Token"), 422: (50035, "Invalid Form Body")}
        code, message = (code, message) if message else usual.get(status, (0, f"{status}: Server Error"))
        return Said(status, {"message": message, "code": code} | ({"errors": errors} if errors else {}))

    def slow(self, named):
        if not named:
            return Said(429, b"<html>error 1015</html>")
        headers = {
            "Retry-After": str(RETRY_SECONDS),
            "X-RateLimit-Reset": str(time.time() + RETRY_SECONDS),
            "X-RateLimit-Reset-After": str(RETRY_SECONDS),
            "X-RateLimit-Scope": "user",
        }
        said = {
            "message": "You are being rate limited.",
            "retry_after": RETRY_SECONDS + 0.25,
            "global": False,
        }
        return Said(429, said, headers)

    def answer(self, asked):
        if not asked.headers.get("user-agent", "").startswith("DiscordBot ("):
            return Said(403, b"<html>blocked</html>")
        if self.bot:
            return self.answer_bot(asked)
        place = re.fullmatch(r"/api/v10/webhooks/(\d+)/([\w-]+)(?:/messages/(\d+))?", asked.path)
        if not place or place[1] != HOOK:
            return self.error(404, 10015, "Unknown Webhook")
        if place[2] != HOOK_TOKEN or self.revoked:
            return self.error(401)
        if place[3]:
            return self.one(asked.method, place[3])
        if asked.method == "GET":
            return Said(200, {"id": HOOK, "name": "Slogan", "guild_id": GUILD, "channel_id": CHANNEL})
        return self.post(asked, saved=asked.first("wait") == "true")

    def answer_bot(self, asked):
        if asked.headers.get("authorization") != f"Bot {BOT_TOKEN}" or self.revoked:
            return self.error(401, 0, "401: Unauthorized")
        if asked.path == "/api/v10/users/@me":
            return Said(200, {"id": BOT, "username": "slogan"})
        if asked.path == f"/api/v10/channels/{CHANNEL}":
            return Said(200, {"id": CHANNEL, "guild_id": GUILD, "name": "news", "type": 0})
        place = re.fullmatch(rf"/api/v10/channels/{CHANNEL}/messages(?:/(\d+))?", asked.path)
        if not place:
            return self.error(404, 10003, "Unknown Channel")
        if place[1]:
            return self.one(asked.method, place[1])
        return self.newest(asked) if asked.method == "GET" else self.post(asked, saved=True)

    def newest(self, asked):
        before = int(asked.first("before", "99999"))
        found = [message for message in reversed(self.posts) if int(message["id"]) < before]
        return Said(200, found[: int(asked.first("limit", "50"))])

    def post(self, asked, saved):
        multipart = "multipart" in asked.headers.get("content-type", "")
        fields, files = asked.form() if multipart else ({}, {})
        body = json.loads(fields["payload_json"]) if multipart else asked.json()
        nonce = body.get("nonce")
        if nonce and body.get("enforce_nonce") and nonce in self.nonces:
            return Said(200, self.nonces[nonce])
        if trouble := self.complaint(body, files):
            return trouble
        message = {
            "id": str(2000 + len(self.posts)),
            "channel_id": CHANNEL,
            "content": body["content"],
            "author": {"id": BOT if self.bot else HOOK},
            "timestamp": datetime.now(UTC).isoformat(),
            "message_reference": body.get("message_reference"),
            "pings": body.get("allowed_mentions", {}).get("parse", ["everyone"]),
            "attachments": [a.get("description") for a in body.get("attachments", [])],
            "reactions": [{"count": 2, "emoji": {"name": "a"}}, {"count": 1, "emoji": {"name": "b"}}],
        }
        if saved:
            self.posts.append(message)
        if nonce:
            self.nonces[nonce] = message
        return Said(200, message) if saved else Said(204)

    def complaint(self, body, files):
        if body.get("message_reference") and not self.bot:
            return self.error(400, 50035, "Invalid Form Body")  # a webhook cannot answer a message
        if not body.get("content", "").strip() and not files:
            return self.error(400, 50006, "Cannot send an empty message")
        if len(body["content"].encode("utf-16-le")) // 2 > CONTENT:
            said = {"code": "BASE_TYPE_MAX_LENGTH", "message": f"Must be {CONTENT} or fewer in length."}
            return self.error(400, 50035, "Invalid Form Body", {"content": {"_errors": [said]}})
        if len(nonce := str(body.get("nonce", ""))) > 25:
            return self.error(400, 50035, f"Invalid nonce {nonce}")
        if len(files) > FILES or any(len(content) > FILE_BYTES for _, _, content in files.values()):
            return self.error(413, 40005, "Request entity too large")
        for attachment in body.get("attachments", []):
            if f"files[{attachment['id']}]" not in files or len(attachment.get("description") or "") > ALT:
                return self.error(400, 50035, "Invalid Form Body")
        return None

    def one(self, method, number):
        found = [message for message in self.posts if message["id"] == number]
        if not found:
            return self.error(404, 10008, "Unknown Message")
        if method == "DELETE":
            self.posts.remove(found[0])
            return Said(204)
        return Said(200, found[0])
