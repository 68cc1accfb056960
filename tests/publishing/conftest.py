"""Every connector with a platform of our own to speak to."""

from functools import partial

import pytest

from app.core.settings import settings
from app.publishing.connectors import CONNECTORS
from tests.publishing.servers import SERVERS, a_connector, a_delivery, a_picture, as_kept


@pytest.fixture
def reachable(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def kept():
    return []


@pytest.fixture
def delivery(kept, platform, picture):
    pictures = (picture,) if platform.needs_picture else ()
    return a_delivery(on_keep=as_kept(kept), pictures=pictures)


@pytest.fixture
def picture(tmp_path):
    return a_picture(tmp_path)


CASES = [
    (slug, variant)
    for slug in sorted(CONNECTORS)
    if not getattr(CONNECTORS[slug], "at_home", False)  # the practice network talks to nobody outside
    for variant in (SERVERS[slug].variants if slug in SERVERS else ("untested",))
]


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    return request.param


@pytest.fixture
def slug(case):
    return case[0]


@pytest.fixture
def platform(case):
    slug, variant = case
    if slug not in SERVERS:
        pytest.fail(
            f"tests/publishing/servers/{slug}.py is missing: a connector needs a server to be tested on."
        )
    with SERVERS[slug](**SERVERS[slug].variants[variant]) as server:
        yield server


@pytest.fixture
def connect(platform):
    return partial(a_connector, platform)


@pytest.fixture
def connector(connect):
    return connect()
