"""How long a platform asks us to wait, in the many ways that platforms say so."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.time import now
from app.publishing.answers import asked_to_wait, moment_of


@pytest.mark.parametrize("value", ["37", 37, "37.0", 36.9])
def test_a_small_number_is_seconds_from_now(value):
    soonest = now() + timedelta(seconds=36.9)
    assert soonest <= moment_of(value) <= now() + timedelta(seconds=37)


@pytest.mark.parametrize(
    "value",
    [
        "1795305600",
        "1795305600.000",
        "2026-11-22T00:00:00Z",
        "2026-11-22T00:00:00.000000Z",
        "2026-11-22T01:00:00+01:00",
        "Sun, 22 Nov 2026 00:00:00 GMT",
    ],
)
def test_a_moment_is_a_moment_however_it_is_written(value):
    assert moment_of(value) == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("value", [
    None, "", "soon", "-5", "nan", "inf", "1e300", [], {},
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Wed, 99999999999999999999 Oct 2026 07:28:00 GMT",
])  # fmt: skip
def test_nonsense_is_no_moment(value):
    assert moment_of(value) is None


def test_the_later_of_two_headers_counts():
    headers = {"retry-after": "5", "x-reset": "90"}
    assert asked_to_wait(headers, "x-reset") - now() > timedelta(seconds=80)
    assert asked_to_wait({}, "x-reset") is None
