"""Pleroma and Akkoma: speak like Mastodon. A repeated key is not verified, so not relied on."""

from app.publishing.connectors.mastodon import Mastodon


class Pleroma(Mastodon):
    """An account on a Pleroma or Akkoma server."""

    slug, label = "pleroma", "Pleroma"
    channels = ("status",)
