"""GoToSocial: speaks like Mastodon, but ignores the Idempotency-Key, so an unknown outcome is looked up."""

from app.publishing.connectors.mastodon import Mastodon


class Gotosocial(Mastodon):
    """An account on a GoToSocial server."""

    slug, label = "gotosocial", "GoToSocial"
    channels = ("status",)
