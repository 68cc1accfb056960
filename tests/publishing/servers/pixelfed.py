"""A Pixelfed server: the Mastodon one, speaking its dialect."""

from tests.publishing.servers import mastodon


class Server(mastodon.Server):
    slug = "pixelfed"
    variants = {"plain": {"dialect": "pixelfed"}}
