"""The failure matrix, small: Redis and PostgreSQL go away, workers and clocks compete, clocks disagree."""

import pytest

from benchmarks.chaos.cells import STACK

COUNT = 20
pytestmark = pytest.mark.waits


@pytest.fixture(scope="module")
def verdicts(chaos):
    return chaos(STACK, COUNT)


@pytest.mark.parametrize("slug", [cell.slug for cell in STACK])
def test_no_post_is_doubled_lost_stuck_or_called_what_it_is_not(verdicts, slug):
    assert verdicts[slug].good, str(verdicts[slug])
