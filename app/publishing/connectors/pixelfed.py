"""Pixelfed: speaks like Mastodon, wants a picture in every post, and refuses a repeated Idempotency-Key."""

from app.publishing.connectors.mastodon import Mastodon


class Pixelfed(Mastodon):
    """An account on a Pixelfed server."""

    slug, label = "pixelfed", "Pixelfed"
    channels = ("media_status",)
