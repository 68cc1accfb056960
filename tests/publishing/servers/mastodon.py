"""A Mastodon server: counts like Mastodon, remembers keys for an hour, and can speak two dialects."""

import html
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import regex
from PIL import Image

from tests.publishing.servers.platform import RETRY_SECONDS, Platform, Said

TOKEN = "mastodon-secret-token-7f3a"
LIMIT, MEDIA, ALT, IMAGE_BYTES, URL = 500, 4, 1500, 16_777_216, 23
MIMES = ["image/jpeg", "image/png", "image/gif", "image/webp"]
KEY_LIFE = timedelta(hours=1)


class Server(Platform):
    slug = "mastodon"

    def __init__(self, dialect="mastodon"):
        super().__init__()
        self.dialect = dialect
        self.needs_picture = dialect == "pixelfed"
        self.media = {}
        self.keys = {}
        self.late_by = timedelta(0)  # how far this server's clock has been moved on
        self.processing = 0  # how many looks an upload takes until it is ready
        self.scopes = None  # what the application was given, where this server names it
        self.rating = {"favourites_count": 3, "reblogs_count": 2, "replies_count": 1}

    def now(self):
        return datetime.now(UTC) + self.late_by

    def credentials(self):
        return {"server": self.url, "token": TOKEN}

    def creates(self, asked):
        return (asked.method, asked.path) == ("POST", "/api/v1/statuses")

    def error(self, status):
        words = {401: "The access token is invalid", 422: "Validation failed: Text can't be blank"}
        return Said(status, {"error": words.get(status, "Something went wrong")})

    def slow(self, named):
        reset = (self.now() + timedelta(seconds=RETRY_SECONDS)).isoformat().replace("+00:00", "Z")
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return Said(429, {"error": "Too many requests"}, headers if named else {})

    budget = None  # requests that are left, told with every answer; None tells nothing
    window = timedelta(seconds=RETRY_SECONDS)

    def answer(self, asked):
        if self.budget is None:
            return self.said_to(asked)
        self.budget -= 1
        said = self.slow(named=True) if self.budget < 0 else self.said_to(asked)
        reset = (self.now() + self.window).isoformat().replace("+00:00", "Z")
        left = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(max(0, self.budget))}
        said.headers |= {**left, "X-RateLimit-Reset": reset}
        return said

    def said_to(self, asked):
        if asked.path in ("/api/v2/instance", "/api/v1/instance"):
            return self.instance(asked)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}" or self.revoked:
            return self.error(401)
        route = (asked.method, re.sub(r"\d+", "N", asked.path.removeprefix("/api")))
        number = (re.findall(r"/(\d+)", asked.path) or [""])[-1]
        return {
            ("GET", "/vN/accounts/verify_credentials"): lambda: Said(200, self.account()),
            ("GET", "/vN/apps/verify_credentials"): self.application,
            ("GET", "/vN/accounts/N/statuses"): lambda: self.timeline(asked),
            ("POST", "/vN/media"): lambda: self.upload(asked),
            ("GET", "/vN/media/N"): lambda: self.look_at_upload(number),
            ("POST", "/vN/statuses"): lambda: self.post(asked),
            ("GET", "/vN/statuses"): lambda: self.several(asked.query.get("id[]", [])),
            ("GET", "/vN/statuses/N"): lambda: self.one(number),
            ("DELETE", "/vN/statuses/N"): lambda: self.delete(number),
        }.get(route, lambda: Said(404, {"error": "Record not found"}))()

    def instance(self, asked):
        versions = {
            "mastodon": "4.5.2",
            "gotosocial": "0.20.1+git-gotosocial",
            "pleroma": "2.7.2 (compatible; Pleroma 2.9.1)",
            "pixelfed": "3.5.3 (compatible; Pixelfed 0.12.3)",
        }
        if self.dialect != "mastodon" and asked.path.startswith("/api/v2"):
            return Said(404, {"error": "Not found"})
        configuration = {
            "statuses": {
                "max_characters": LIMIT,
                "max_media_attachments": MEDIA,
                "characters_reserved_per_url": URL,
            },
            "media_attachments": {"supported_mime_types": MIMES, "image_size_limit": IMAGE_BYTES},
        }
        return Said(200, {"version": versions[self.dialect], "configuration": configuration})

    def account(self):
        return {"id": "14", "acct": "alice", "display_name": "Alice", "url": f"{self.url}/@alice"}

    def application(self):
        return Said(200, {"name": "Slogan"} | ({"scopes": self.scopes} if self.scopes else {}))

    def upload(self, asked):
        fields, files = asked.form()
        _, mime, content = files["file"]
        if mime not in MIMES:
            return Said(422, {"error": "Validation failed: File content type is invalid"})
        if len(content) > IMAGE_BYTES or len(fields.get("description", "")) > ALT:
            return Said(422, {"error": "Validation failed: Description is too long"})
        Image.open(BytesIO(content)).verify()
        number = str(len(self.media) + 1)
        self.media[number] = {
            "alt": fields.get("description"),
            "looks": self.processing,
            "bytes": len(content),
        }
        return Said(202 if self.processing else 200, {"id": number, "type": "image"})

    def look_at_upload(self, number):
        upload = self.media.get(number)
        if not upload:
            return Said(404, {"error": "Record not found"})
        upload["looks"] = max(0, upload["looks"] - 1)
        return Said(206 if upload["looks"] else 200, {"id": number})

    def post(self, asked):
        key, body = asked.headers.get("idempotency-key"), asked.json()
        known = self.keys.get(key)
        if known and self.dialect == "pixelfed":
            return Said(400, {"error": "Duplicate idempotency key."})
        if known and self.dialect == "mastodon" and self.now() - known[1] < KEY_LIFE:
            return Said(200, known[0])
        if trouble := self.complaint(body):
            return trouble
        status = self.status_of(body)
        self.posts.append(status)
        if key:
            self.keys[key] = (status, self.now())
        return Said(200, status)

    def complaint(self, body):
        text, media = body.get("status", ""), body.get("media_ids", [])
        counted = re.sub(r"(@\w+)@[\w.-]+", r"\1", re.sub(r"https?://\S+", "x" * URL, text))
        if self.needs_picture and not media and not body.get("in_reply_to_id"):
            return Said(403, {"error": "Empty statuses are not allowed"})
        if not text.strip() and not media:
            return Said(422, {"error": "Validation failed: Text can't be blank"})
        if len(regex.findall(r"\X", counted)) > LIMIT:
            return Said(422, {"error": f"Validation failed: Text character limit of {LIMIT} exceeded"})
        if len(media) > MEDIA:
            return Said(422, {"error": f"Validation failed: Cannot attach more than {MEDIA} files"})
        if any(number not in self.media for number in media):
            return Said(422, {"error": "Validation failed: Media attachments are invalid"})
        if any(self.media[number]["looks"] for number in media):
            return Said(422, {"error": "Cannot attach files that have not finished processing. Try again!"})
        return None

    def status_of(self, body):
        number = str(1000 + len(self.posts))
        return {
            "id": number,
            "uri": f"{self.url}/users/alice/statuses/{number}",
            "url": f"{self.url}/@alice/{number}",
            "created_at": self.now().isoformat().replace("+00:00", "Z"),
            "content": _as_html(body["status"]),
            "visibility": body.get("visibility", "public"),
            "in_reply_to_id": body.get("in_reply_to_id"),
            "media_attachments": [self.media[number]["alt"] for number in body.get("media_ids", [])],
            "text": body["status"],
            **self.rating,
        }

    def timeline(self, asked):
        newest = [s for s in reversed(self.posts) if int(s["id"]) < int(asked.first("max_id", "99999"))]
        return Said(200, newest[: int(asked.first("limit", "20"))])

    def several(self, numbers):
        if len(numbers) > 20:
            return Said(422, {"error": "Too many statuses"})
        return Said(200, [status for status in self.posts if status["id"] in numbers])

    def one(self, number):
        found = [status for status in self.posts if status["id"] == number]
        return Said(200, found[0]) if found else Said(404, {"error": "Record not found"})

    def delete(self, number):
        found = self.one(number)
        self.posts = [status for status in self.posts if status["id"] != number]
        return found


def _as_html(text):
    """Text as Mastodon shows it: paragraphs, breaks, links cut into visible and invisible parts."""
    escaped = html.escape(text, quote=False)
    linked = re.sub(
        r"(https?://)(\S{1,30})(\S*)",
        r'<a href="\1\2\3"><span class="invisible">\1</span><span class="ellipsis">\2</span>'
        r'<span class="invisible">\3</span></a>',
        escaped,
    )
    named = re.sub(
        r"@(\w+)@([\w.-]+\w)",
        r'<span class="h-card"><a href="https://\2/@\1">@<span>\1</span></a></span>',
        linked,
    )
    paragraphs = [p.replace("\n", "<br />") for p in re.split(r"\n{2,}", named)]
    return "".join(f"<p>{p}</p>" for p in paragraphs)
