"""After a backup was put back, what has gone out since is found on its platform and is not sent again."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.accounts.instance import Instance
from app.accounts.models import Workspace
from app.accounts.notices import Notice
from app.core.database import session
from app.core.time import now
from app.maintenance.overdue import send_on, standing
from app.posts.models import PostPart
from app.publishing.delivery import Receipt, Seen
from app.schedule import causes, follow_ups
from app.schedule.catching_up import AGAIN, catch_up
from app.schedule.engine import publish_due
from app.schedule.models import ScheduledPost
from app.schedule.remedies import Cause
from app.schedule.standing import Planned, compared
from app.schedule.story import what_next
from app.schedule.sweeping import sweep
from tests.publishing.servers import SERVERS, a_connector, a_delivery
from tests.schedule.cast import a_post, an_account, as_texts, on, planned, story

CHANNELS = {"mastodon": "status", "bluesky": "post", "telegram": "channel_message", "webhook": "message"}
DAY = 24 * 60
WORDS = "Nine tartans for the autumn, woven in Lochcarron."


@pytest.fixture(params=["mastodon", "bluesky"])
def platform(request):
    """A platform that can be read back."""
    with SERVERS[request.param]() as server:
        yield server


@pytest.fixture
def mute():
    """A platform that says nothing of what was posted."""
    with SERVERS["telegram"]() as server:
        yield server


@pytest.fixture
def put_back(world):
    """A copy as it stands after a backup of an hour ago was put back and noticed."""
    values = {"sending": False, "off_since": now() + timedelta(seconds=1), "beat_at": now() - timedelta(hours=1)}
    session.execute(update(Instance).values(**values, noticed=["The database went back in time."]))
    return world


def for_later(account, text=WORDS, minutes=DAY, **more):
    """A post that was planned before the backup, for another day."""
    workspace = session.get_one(Workspace, account.workspace_id)
    slug = f"{account.platform.name}/{CHANNELS[account.platform.name]}"
    return planned(account, slug, post=a_post(workspace, text), minutes=minutes, **more)


def sent_there(server, text=WORDS, minutes=30):
    """What the original sent so long ago, after the backup."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    server.late_by = timedelta(minutes=-minutes)
    receipt = a_connector(server).publish(a_delivery(text=text, begun_at=at))
    server.late_by = timedelta()
    return receipt


def confirm(world, **choice):
    send_on(choice.pop("overdue", "policy"), by=world.alice, **choice)
    catch_up(lanes=0)


def as_now(post):
    session.refresh(post)
    return post


class TestWhatWasPlannedForLater:
    def test_it_is_published_when_it_stands_there(self, put_back, platform):
        post = for_later(on(platform, put_back.workspace))
        receipt = sent_there(platform)
        confirm(put_back)
        assert as_now(post).state == "published"
        assert (post.remote_id, post.begun_at) == (receipt.remote_id, post.published_at)
        assert timedelta(minutes=29) < now() - post.published_at < timedelta(minutes=31)
        verb, sentence = story(post)[-1]
        assert verb == "look"
        assert "after the backup from which this copy of Slogan was put back" in sentence
        publish_due(lanes=0)
        assert len(platform.posts) == 1

    def test_it_goes_out_at_its_time_when_it_does_not(self, put_back, platform):
        post = for_later(on(platform, put_back.workspace))
        planned_for = post.scheduled_time
        sent_there(platform, "Something of another day altogether.")
        confirm(put_back)
        assert (as_now(post).state, post.due_at, post.known_until) == ("scheduled", planned_for, None)
        assert "it has not gone out since the backup" in story(post)[-1][1]

    def test_it_is_never_sent_before_somebody_looked(self, put_back, platform):
        post = for_later(on(platform, put_back.workspace))
        send_on("policy", by=put_back.alice)
        assert as_now(post).state == "unsure"
        post.scheduled_time = now()
        session.flush()
        publish_due(lanes=0)
        sweep(lanes=0)
        assert as_now(post).state == "unsure"
        assert "reads" in what_next(post)
        assert platform.posts == []

    def test_what_is_nearly_the_same_is_left_to_a_person(self, put_back, platform):
        post = for_later(on(platform, put_back.workspace))
        sent_there(platform, f"{WORDS} At last!")
        confirm(put_back)
        assert as_now(post).state == "held"
        assert "Its words, or nearly, stand on" in post.last_error

    def test_what_was_made_here_needs_no_look(self, put_back, platform):
        post = for_later(on(platform, put_back.workspace), created_at=now() + timedelta(minutes=1))
        confirm(put_back)
        assert (as_now(post).state, post.known_until) == ("scheduled", None)
        assert platform.asked == []

    def test_an_admin_may_say_that_nothing_went_out(self, put_back, platform):
        post = for_later(on(platform, put_back.workspace))
        confirm(put_back, planned="keep")
        assert as_now(post).state == "scheduled"
        assert platform.asked == []

    def test_what_is_not_connected_waits_for_nobody(self, put_back):
        post = planned(an_account(put_back.workspace, state="new"), minutes=DAY)
        confirm(put_back)
        assert as_now(post).state == "scheduled"

    def test_an_account_is_read_once_for_all_its_posts(self, put_back, mastodon):
        account = on(mastodon, put_back.workspace)
        posts = [for_later(account, f"Tartan number {n}.", DAY + n) for n in range(9)]
        confirm(put_back)
        assert {as_now(post).state for post in posts} == {"scheduled"}
        assert len([one for one in mastodon.asked if one.path.endswith("/statuses")]) == 1


class TestWhereNobodyCanTell:
    def test_many_posts_are_one_question(self, put_back, mute):
        account = on(mute, put_back.workspace)
        posts = [for_later(account, f"Tartan number {n}.", DAY + n) for n in range(3)]
        assert standing(put_back.workspace).silent == {account: 3}
        confirm(put_back)
        assert {as_now(post).state for post in posts} == {"held"}
        assert posts[0].last_error.startswith("It is from before the backup from which this copy of Slogan")
        causes.sweep()
        [told] = session.scalars(select(Notice).where(Notice.workspace_id == put_back.workspace.id))
        assert told.count == 3
        when = [post.scheduled_time for post in posts]
        Cause.find(put_back.workspace, told.cause).retry_all(put_back.alice, here=True)
        assert [(as_now(post).state, post.due_at, post.known_until) for post in posts] == [
            ("scheduled", at, None) for at in when
        ]

    def test_a_receiver_that_drops_repeats_is_not_asked(self, put_back):
        with SERVERS["webhook"]() as server:
            account = an_account(put_back.workspace, "webhook", None, as_texts(server) | {"honours_key": "true"})
            post = for_later(account)
            confirm(put_back)
            assert as_now(post).state == "scheduled"

    def test_a_platform_that_is_away_is_asked_again(self, put_back, mastodon):
        post = for_later(on(mastodon, put_back.workspace))
        said, mastodon.answer = mastodon.answer, lambda asked: mastodon.error(503)
        confirm(put_back)
        assert as_now(post).state == "unsure"
        assert timedelta(0) < post.due_at - now() <= AGAIN
        mastodon.answer, post.due_at = said, now()
        session.flush()
        catch_up(lanes=0)
        assert as_now(post).state == "scheduled"

    def test_one_whose_time_is_long_over_is_left_to_a_person(self, put_back, mastodon):
        post = for_later(on(mastodon, put_back.workspace))
        mastodon.answer = lambda asked: mastodon.error(503)
        confirm(put_back)
        session.execute(update(Instance).values(decided_at=now() - timedelta(hours=2)))
        post.due_at, post.scheduled_time = now(), now() - timedelta(hours=2)
        session.flush()
        catch_up(lanes=0)
        assert as_now(post).state == "held"

    def test_a_person_who_looked_is_believed(self, put_back, mute):
        account = on(mute, put_back.workspace)
        one, other = (for_later(account, text) for text in ("One.", "Other."))
        confirm(put_back)
        assert as_now(one).buttons["mark_published"] == "It is out already"
        one.mark_published(by=put_back.alice)
        other = as_now(other)
        other.publish_now(by=put_back.alice)
        publish_due(lanes=0)
        assert (as_now(one).state, as_now(other).state) == ("published", "published")
        assert story(one)[-1] == ("mark_published", "Looked on the platform: it is out.")
        assert len(mute.posts) == 1


class TestOtherDoors:
    def test_overdue_posts_are_looked_for_too(self, put_back, mastodon):
        account = on(mastodon, put_back.workspace)
        there = for_later(account, "Out at its time.", -30)
        missing = for_later(account, "Never sent, since all was down.", -30)
        sent_there(mastodon, "Out at its time.", 30)
        confirm(put_back, overdue="hold")
        assert (as_now(there).state, as_now(missing).state) == ("published", "held")

    @pytest.mark.parametrize("state", ["failed", "cancelled", "missed", "held"])
    def test_what_was_not_planned_is_looked_for_when_somebody_sends_it(self, put_back, mastodon, state):
        post = for_later(on(mastodon, put_back.workspace), state=state, problem_kind="refused")
        sent_there(mastodon)
        confirm(put_back)
        assert as_now(post).state == state
        post.restore(by=put_back.alice) if state == "cancelled" else post.publish_now(by=put_back.alice)
        post.scheduled_time = post.due_at = now()
        session.flush()
        publish_due(lanes=0)
        assert as_now(post).state == "unsure"
        catch_up(lanes=0)
        assert as_now(post).state == "published"
        assert len(mastodon.posts) == 1

    def test_a_person_settles_one_before_the_look(self, put_back, mastodon):
        post = for_later(on(mastodon, put_back.workspace))
        when = post.scheduled_time
        send_on("policy", by=put_back.alice)
        as_now(post).settle(False, by=put_back.alice)
        assert (post.state, post.due_at, post.known_until) == ("scheduled", when, None)

    def test_a_follow_up_that_went_out_too_is_found_as_well(self, put_back, mastodon):
        post = for_later(on(mastodon, put_back.workspace))
        more = {"kind": "follow_up", "text": "Still a few left.", "delay_minutes": 5, "position": 0,
                "created_at": now() - timedelta(hours=2)}  # fmt: skip
        session.add(PostPart(workspace_id=post.workspace_id, post_id=post.post_id, **more))
        session.flush()
        root = sent_there(mastodon)
        mastodon.late_by = timedelta(minutes=-25)
        a_connector(mastodon).publish(a_delivery(text="Still a few left.", reply_to=root.remote_id))
        confirm(put_back)
        follow_ups.sweep()
        child = session.scalars(select(ScheduledPost).where(ScheduledPost.parent_id == post.id)).one()
        publish_due(lanes=0)
        catch_up(lanes=0)
        assert as_now(child).state == "published"
        assert len(mastodon.posts) == 2


class TestByWords:
    """What recurs says the same again and again, and is out only as often as it was seen."""

    def seen(self, *hours):
        begin, numbers = datetime(2026, 11, 23, tzinfo=UTC), count()
        return [Seen(Receipt(f"r{next(numbers)}"), "x", begin + timedelta(hours=one)) for one in hours]

    def planned(self, *hours, text="Good morning."):
        begin = datetime(2026, 11, 23, tzinfo=UTC)
        return [Planned(uuid4(), text, begin + timedelta(hours=one)) for one in hours]

    def test_the_one_of_its_time_is_out_and_those_of_later_days_are_not(self):
        posts, seen = self.planned(9, 33, 57), self.seen(9)
        sure, perhaps = compared(posts, seen, ["Good morning."])
        assert list(sure) == [posts[0].id]
        assert perhaps == {}

    def test_one_that_was_seen_at_another_time_may_be_any_of_them(self):
        posts, seen = self.planned(33, 57), self.seen(12)
        sure, perhaps = compared(posts, seen, ["Good morning."])
        assert sure == {}
        assert set(perhaps) == {post.id for post in posts}

    def test_each_was_seen(self):
        posts, seen = self.planned(33, 57), self.seen(12, 13)
        sure, _ = compared(posts, seen, ["Good morning."] * 2)
        assert [sure[post.id] for post in posts] == seen

    def test_no_words_say_nothing(self):
        posts, seen = self.planned(33, text=""), self.seen(12)
        assert compared(posts, seen, ["Good morning."]) == ({}, {})
