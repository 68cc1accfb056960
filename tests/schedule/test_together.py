"""Many posts of one trouble are spoken of in the plural, as nobody would who has just one in mind."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.core.time import now
from app.schedule.lateness import verdict
from app.schedule.together import said_of_all

PASSED = "Their time had passed before they could go out"


@pytest.mark.parametrize(("policy", "said"), [
    ("ask", f"{PASSED}. Nobody has said whether they may go out that late."),
    ("skip", f"{PASSED}, so they were skipped."),
    ("send", "They were later than they may be, so they were not sent."),
])  # fmt: skip
def test_posts_that_were_late_for_different_lengths_of_time(policy, said):
    def late(hours):
        at = now() - timedelta(hours=hours)
        post = SimpleNamespace(scheduled_time=at, due_at=at, late_policy=policy, late_minutes=60, zone="Europe/London")
        return verdict(post, now())[1]

    assert said_of_all([late(3), late(40)]) == said


@pytest.mark.parametrize(("sentences", "said"), [
    (["Mill is paused. It goes out when the account is resumed."],
     "Mill is paused. They go out when the account is resumed."),
    (["Mill has had the same text within 7 days: Mon 2 Nov 2026, 09:00 (UTC).",
      "Mill has had the same text within 7 days: Tue 3 Nov 2026, 10:00 (UTC)."],
     "Mill has had the same texts within 7 days."),
    (["Mastodon refused: 600 exceeds 500", "Mastodon refused: 601 exceeds 500"], "Mastodon refused: … exceeds 500"),
    (["Out of stock; there were 4.", "No longer on sale."], "Out of stock; there were 4."),
])  # fmt: skip
def test_what_is_common_is_told(sentences, said):
    assert said_of_all(sentences) == said
