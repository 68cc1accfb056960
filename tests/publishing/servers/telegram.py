"""A Bot API server: the token in the address, UTF-16 limits, albums of two to ten, no keys, no history."""

import json
import re
from io import BytesIO

from PIL import Image

from tests.publishing.servers.platform import RETRY_SECONDS, Platform, Said

TOKEN = "7700112233:AAH-telegram-secret-token"
CHAT, MOVED, BOT = -1001234567890, -1009876543210, 7700112233
TEXT, CAPTION, PHOTO_BYTES, SIDES, RATIO = 4096, 1024, 10_000_000, 10_000, 20


class Server(Platform):
    slug = "telegram"
    shows_history = False

    def __init__(self):
        super().__init__()
        self.migrated = False
        self.is_admin = True
        self.number = 100

    def credentials(self):
        return {"token": TOKEN, "chat": "@example_channel", "api_base": self.url}

    def creates(self, asked):
        return asked.path.rsplit("/", 1)[-1] in ("sendMessage", "sendPhoto", "sendMediaGroup")

    def error(self, status, description="", **parameters):
        words = {401: "Unauthorized", 500: "Internal Server Error", 502: "Bad Gateway", 422: "Unprocessable"}
        body = {"ok": False, "error_code": status, "description": description or words.get(status, "Error")}
        return Said(status, body | ({"parameters": parameters} if parameters else {}))

    def slow(self, named):
        if not named:
            return Said(429, b"<html>429 Too Many Requests</html>")
        said = self.error(429, f"Too Many Requests: retry after {RETRY_SECONDS}", retry_after=RETRY_SECONDS)
        return Said(429, said.content, {"Retry-After": str(RETRY_SECONDS)})

    def answer(self, asked):
        token, method = re.fullmatch(r"/bot([^/]+)/(\w+)", asked.path).groups()
        if token != TOKEN or self.revoked:
            return self.error(401)
        fields, files = (
            asked.form() if "multipart" in asked.headers.get("content-type", "") else (asked.json(), {})
        )
        if method == "getMe":
            return self.ok({"id": BOT, "is_bot": True, "username": "example_bot"})
        if str(fields.get("chat_id")) not in ("@example_channel", str(CHAT), str(MOVED)):
            return self.error(400, "Bad Request: chat not found")
        if self.migrated and str(fields["chat_id"]) != str(MOVED):
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            return self.error(400, said, migrate_to_chat_id=MOVED)
        return {
            "getChat": lambda: self.ok(self.chat() | {"title": "Example channel"}),
            "getChatMember": lambda: self.ok({"status": "administrator" if self.is_admin else "member"}),
            "deleteMessage": lambda: self.delete(int(fields["message_id"])),
            "sendMessage": lambda: self.send_text(fields),
            "sendPhoto": lambda: self.send_photo(fields, files),
            "sendMediaGroup": lambda: self.send_album(fields, files),
        }.get(method, lambda: self.error(404, "Not Found"))()

    def ok(self, result):
        return Said(200, {"ok": True, "result": result})

    def chat(self):
        return {"id": MOVED if self.migrated else CHAT, "type": "channel", "username": "example_channel"}

    def posted(self, text, **more):
        self.number += 1
        self.posts.append({"message_id": self.number, "text": text, **more})
        return {"message_id": self.number, "chat": self.chat(), "date": 1}

    def send_text(self, fields):
        if not self.is_admin:
            return self.error(400, "Bad Request: need administrator rights in the channel chat")
        text = fields.get("text", "")
        if not text.strip():
            return self.error(400, "Bad Request: message text is empty")
        if _units(text) > TEXT:
            return self.error(400, "Bad Request: message is too long")
        return self.ok(self.posted(text, reply_to=fields.get("reply_parameters", {}).get("message_id")))

    def send_photo(self, fields, files):
        if trouble := self.complaint(fields.get("caption", ""), files.values()):
            return trouble
        return self.ok(self.posted(fields.get("caption", ""), photos=1))

    def send_album(self, fields, files):
        media = json.loads(fields["media"])
        if not 2 <= len(media) <= 10:
            return self.error(400, "Bad Request: media group must include 2-10 items")
        if any(item["media"].removeprefix("attach://") not in files for item in media):
            return self.error(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if trouble := self.complaint(media[0].get("caption", ""), files.values()):
            return trouble
        messages = [self.posted(media[0].get("caption", ""), photos=len(media))]
        for _ in media[1:]:
            self.number += 1
            messages.append({"message_id": self.number, "chat": self.chat(), "date": 1})
        return self.ok(messages)

    def complaint(self, caption, files):
        if not self.is_admin:
            return self.error(400, "Bad Request: need administrator rights in the channel chat")
        if _units(caption) > CAPTION:
            return self.error(400, "Bad Request: message caption is too long")
        for _, _, content in files:
            width, height = Image.open(BytesIO(content)).size
            if len(content) > PHOTO_BYTES:
                return self.error(413, "Request Entity Too Large")
            if width + height > SIDES or max(width, height) / min(width, height) > RATIO:
                return self.error(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        return None

    def delete(self, number):
        before = len(self.posts)
        self.posts = [post for post in self.posts if post["message_id"] != number]
        gone = len(self.posts) < before
        return self.ok(True) if gone else self.error(400, "Bad Request: message to delete not found")


def _units(text):
    return len(text.encode("utf-16-le")) // 2
