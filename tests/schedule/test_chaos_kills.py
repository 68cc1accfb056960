"""The failure matrix, small: workers are killed with -9 at each step, and at random moments."""

import pytest

from benchmarks.chaos.cells import KILLS

COUNT = 10
pytestmark = pytest.mark.waits


@pytest.fixture(scope="module")
def verdicts(chaos):
    return chaos(KILLS, COUNT)


@pytest.mark.parametrize("slug", [cell.slug for cell in KILLS])
def test_no_post_is_doubled_lost_stuck_or_called_what_it_is_not(verdicts, slug):
    assert verdicts[slug].good, str(verdicts[slug])
