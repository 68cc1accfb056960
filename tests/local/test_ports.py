"""A busy port is seen as busy, and the next free one is found."""

import socket

import pytest

from app.core.errors import Unavailable
from app.local import ports, web

HERE = "127.1.77.1"  # an address of this machine that nobody else listens on, whatever tests run beside this one


@pytest.fixture
def busy():
    with socket.create_server((HERE, 0)) as listener:
        yield listener.getsockname()[1]


def test_the_next_free_port_is_above_the_busy_one(busy):
    assert not ports.is_free(HERE, busy)
    free = ports.next_free(HERE, busy)
    assert busy < free < busy + 100
    assert ports.is_free(HERE, free)


def test_no_free_port_is_said_with_what_to_do(busy):
    with pytest.raises(Unavailable, match=rf"No port from {busy} to {busy} is free on {HERE}. Set PORT"):
        ports.next_free(HERE, busy, tries=1)


def test_a_port_that_is_taken_is_held_against_others(busy):
    with pytest.raises(OSError, match="in use"):
        web.listen(HERE, busy)
    with web.listen(HERE, 0) as ear:
        assert not ports.is_free(HERE, ear.getsockname()[1])
