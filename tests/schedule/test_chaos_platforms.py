"""The failure matrix, small: whatever platforms do, each post is out once, refused, or a person's to judge."""

import pytest

from benchmarks.chaos.cells import PLATFORMS

COUNT = 10
pytestmark = pytest.mark.waits


@pytest.fixture(scope="module")
def verdicts(chaos):
    return chaos(PLATFORMS, COUNT)


@pytest.mark.parametrize("slug", [cell.slug for cell in PLATFORMS])
def test_no_post_is_doubled_lost_stuck_or_called_what_it_is_not(verdicts, slug):
    assert verdicts[slug].good, str(verdicts[slug])


def test_only_where_nobody_can_tell_is_a_person_asked(verdicts):
    plain = COUNT // 5  # the posts of the receiver that drops no repeat and cannot be read
    assert all(one.unsure <= plain for slug, one in verdicts.items() if slug != "repeat"), verdicts
