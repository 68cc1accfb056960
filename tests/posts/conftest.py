"""A desk to write at: a draft for three channels, pictures drawn on the spot."""

import io
from collections.abc import Callable

import pytest
from PIL import Image


@pytest.fixture
def rules(workspace):
    """Lochcarron, where the rules of all platforms are rows already."""
    return workspace


@pytest.fixture
def draw() -> Callable[..., bytes]:
    """A picture's bytes: `draw(600, 400, "JPEG", "red")`."""

    def drawn(width: int = 60, height: int = 40, kind: str = "PNG", colour: str = "red", **more) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(out, kind, **more)
        return out.getvalue()

    return drawn


@pytest.fixture
def post(rules, alice):
    """A draft for three channels that count in three ways."""
    from app.core.database import session
    from app.posts.writing import compose

    made = compose(
        rules, alice, text="Behind the loom: how a Highland scarf is made. #tartan", title="Behind the loom",
        link="https://example.com/loom", variants={
            "x/post": None,
            "mastodon/status": "Own words for this one.", "bluesky/post": None,
        },
    )  # fmt: skip
    session.commit()  # an answer that says no takes back what is not committed
    return made
