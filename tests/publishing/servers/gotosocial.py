"""A Gotosocial server: the Mastodon one, speaking its dialect."""

from tests.publishing.servers import mastodon


class Server(mastodon.Server):
    slug = "gotosocial"
    variants = {"plain": {"dialect": "gotosocial"}}
