"""The platforms of our own, found like the connectors: a server is here because its file is."""

import json
import pkgutil
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from uuid import uuid4

import pytest
from PIL import Image

from app.core.wire import Answer, Wire
from app.publishing.connector import Delivery, Picture, PublishError
from app.publishing.connectors import CONNECTORS

SERVERS = {
    module.name: import_module(f"{__name__}.{module.name}").Server
    for module in pkgutil.iter_modules(__path__)
    if module.name != "platform"
}
WAITS = 0.3  # seconds that an impatient connector waits for an answer that never comes


def a_delivery(**changes):
    """A post on its way, with a key of its own."""
    text = "Nine tartans for the autumn – woven in Lochcarron."
    made = Delivery(key=str(uuid4()), channel="post", text=text, begun_at=datetime.now(UTC), handles={})
    return replace(made, **changes)


def a_picture(folder, width=320, height=200):
    """A green picture in a file of its own."""
    path = folder / f"{width}x{height}.png"
    Image.new("RGB", (width, height), "darkgreen").save(path)
    return Picture(path, "image/png", width, height, "A green tartan", path.stat().st_size)


def a_connector(platform, session=None, remember=None):
    """A connector of an account on this platform, as a worker makes one: new."""
    kind = CONNECTORS[platform.slug]
    connector = kind(kind.Credentials(**platform.credentials()), session=session, remember=remember)
    connector.sleep = lambda seconds: None
    return connector


class Impatient(Wire):
    """A wire that gives up soon on the request that gets no answer, and on no other, however slow the machine."""

    def __init__(self, platform):
        super().__init__()
        self.platform = platform

    def request(self, method, url, **options):
        if self.platform.is_about_to_hang(method, url):
            options["timeout"] = WAITS
        return super().request(method, url, **options)


def impatient(connector, platform):
    """The same connector, on such a wire."""
    connector.wire = Impatient(platform)
    return connector


def as_kept(kept):
    """Something for `on_keep` that collects what is kept, as the attempt would hold it."""
    return lambda handles: kept.append(json.loads(json.dumps(handles)))


def as_answer(said):
    """What a server says, as the wire hands it over."""
    return Answer(said.status, said.headers, json.dumps(said.content).encode(), "http://server")


def stop(connector):
    """Forget connections that a stopped server still holds open."""
    connector.wire = Wire()


def failure(connector, delivery):
    """The PublishError that publishing ends in."""
    with pytest.raises(PublishError) as caught:
        connector.publish(delivery)
    return caught.value


def stir(platform, trouble):
    """Let go wrong what `trouble` names, at the next post."""
    platform.limited = "named" if trouble == "limited" else None
    platform.revoked = trouble == "revoked"
    if trouble in ("422", "502"):
        platform.status(int(trouble), after=trouble == "502")
    elif trouble == "drop":
        platform.drop(after=False)
    elif trouble == "hang":
        platform.hang()
