"""A Pleroma server: the Mastodon one, speaking its dialect."""

from tests.publishing.servers import mastodon


class Server(mastodon.Server):
    slug = "pleroma"
    variants = {"plain": {"dialect": "pleroma"}}
