"""A post that vanished from its platform is flagged, a platform that is away flags none, and a person decides."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts.models import Workspace
from app.accounts.notices import Notice
from app.core.database import session
from app.core.errors import WrongState
from app.core.time import now
from app.maintenance.retention import tidy
from app.posts.models import PostPart
from app.publishing.accounts import connector_for
from app.publishing.models import PracticePost
from app.schedule import follow_ups, vanished
from app.schedule.foreseen import ConnectionCheck, PostLook
from app.schedule.models import ScheduledPost
from app.schedule.still_there import look_after
from app.web import home
from tests.publishing.servers import SERVERS, a_delivery, a_picture
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.schedule.cast import a_post, an_account, story, with_rules


@pytest.fixture
def mastodon():
    with Mastodon() as server:
        yield server


def on(server, workspace):
    secrets = {name: str(value) for name, value in server.credentials().items()}
    return an_account(workspace, server.slug, secrets=secrets)


def out(account, remote_id, words="Nine tartans.", minutes=11):
    """A scheduled post as it is so long after it went out."""
    workspace, moment = session.get_one(Workspace, account.workspace_id), now() - timedelta(minutes=minutes)
    channel = account.channels()[0]
    made = ScheduledPost(
        workspace_id=workspace.id, post_id=a_post(workspace, words).id, account_id=account.id,
        platform_id=account.platform_id, channel_type_id=channel.channel_type_id, scheduled_time=moment,
        due_at=moment, zone="Europe/London", state="published", published_at=moment, remote_id=remote_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def published(account, number=1, pictures=(), minutes=11):
    """Posts that are out, and are there on their platform."""
    connector, posts = connector_for(account), []
    for n in range(number):
        words = f"Tartan number {n}, woven in Lochcarron."
        sent = connector.publish(a_delivery(text=words, channel=connector.channels[0], pictures=pictures))
        posts.append(out(account, sent.remote_id, words, minutes))
    session.commit()
    return posts


def later(**gap):
    """Let some time go by."""
    gone = {"gap": timedelta(**gap)}
    session.execute(text("UPDATE scheduled_posts SET published_at = published_at - CAST(:gap AS interval)"), gone)
    session.execute(text("""UPDATE post_looks SET published_at = published_at - CAST(:gap AS interval),
                            due_at = due_at - CAST(:gap AS interval)"""), gone)  # fmt: skip
    session.commit()


def looked(**gap):
    """Let some time go by, then the clock and, where something is in doubt, once more a little later."""
    later(**gap)
    look_after()
    later(minutes=5)
    look_after()


def flagged(posts):
    session.expire_all()
    return [n for n, post in enumerate(posts) if post.vanished_at]


def look_of(post):
    return session.scalar(select(PostLook).where(PostLook.scheduled_post_id == post.id))


def asked(server):
    return sum(one.method == "GET" and "/statuses/" in one.path for one in server.asked)


class TestLooking:
    def test_the_five_of_a_hundred_that_vanished_are_flagged_and_no_other(self, workspace, mastodon):
        posts = published(on(mastodon, workspace), 100)
        look_after()
        assert flagged(posts) == []
        later(hours=1)
        mastodon.posts = [one for n, one in enumerate(mastodon.posts) if n not in (3, 14, 15, 92, 65)]
        look_after()
        assert flagged(posts) == []  # its day has not gone by
        looked(hours=23)
        assert flagged(posts) == [3, 14, 15, 65, 92]
        assert {posts[n].state for n in (3, 14, 15, 65, 92)} == {"published"}
        assert story(posts[3]) == [("vanish", "Mastodon no longer shows it: it was removed or hidden there.")]
        assert [(one.count, one.title) for one in Notice.of(workspace)] == [(5, "Vanished from Our mastodon")]

    def test_a_platform_that_is_down_flags_none(self, workspace, mastodon):
        posts = published(on(mastodon, workspace), 5)
        answer = mastodon.answer
        mastodon.answer = lambda asked: mastodon.error(503)
        looked(minutes=0)
        assert flagged(posts) == []
        assert look_of(posts[0]).says == "Mastodon has a fault of its own: Something went wrong"
        mastodon.answer = answer
        looked(hours=1)
        assert {look_of(post).outcome for post in posts} == {"there"}

    def test_an_account_that_is_asked_to_slow_down_is_left_alone_until_then(self, workspace, mastodon):
        account = on(mastodon, workspace)
        posts = published(account, 5)
        before = asked(mastodon)
        mastodon.answer = lambda asked: mastodon.slow(named=True)
        look_after()
        assert asked(mastodon) == before + 1
        assert account.is_blocked
        assert flagged(posts) == []
        assert look_of(posts[4]).due_at > now() + timedelta(seconds=20)

    def test_a_token_that_may_not_read_is_no_lost_account(self, workspace, mastodon):
        account = on(mastodon, workspace)
        session.add(ConnectionCheck(workspace_id=workspace.id, account_id=account.id, checked_at=now(),
                                    outcome="works", since=now()))  # fmt: skip
        posts = published(account)
        mastodon.revoked = True
        look_after()
        assert (account.state, flagged(posts)) == ("connected", [])
        assert session.scalar(select(ConnectionCheck)) is None  # so that the next preflight asks

    def test_one_answer_is_not_enough(self, workspace, mastodon):
        [post] = published(on(mastodon, workspace))
        gone, mastodon.posts = mastodon.posts, []
        look_after()
        assert look_of(post).outcome == "doubt"
        mastodon.posts = gone
        later(minutes=5)
        look_after()
        assert (look_of(post).outcome, story(post)) == ("there", [])

    def test_one_that_is_seen_again_is_cleared(self, workspace, mastodon):
        [post] = published(on(mastodon, workspace))
        gone, mastodon.posts = mastodon.posts, []
        looked(minutes=0)
        assert flagged([post]) == [0]
        mastodon.posts = gone
        looked(hours=24)
        assert flagged([post]) == []
        assert [verb for verb, _ in story(post)] == ["vanish", "reappear"]
        assert [one.ending for one in Notice.of(workspace)] == ["No post is missing any more."]

    def test_its_follow_ups_come_back_with_it(self, workspace, mastodon):
        [post] = published(on(mastodon, workspace))
        written = {"text": "Last sizes.", "delay_minutes": 7200, "position": 0, "created_at": post.published_at}
        post.post.parts.append(PostPart(workspace_id=workspace.id, kind="follow_up", **written))
        session.commit()
        follow_ups.sweep()
        gone, mastodon.posts = mastodon.posts, []
        looked(minutes=0)
        follow_ups.sweep()
        [child] = ScheduledPost.of(workspace).where(ScheduledPost.parent_id == post.id)
        session.refresh(child)
        assert child.state == "cancelled"
        mastodon.posts = gone
        looked(hours=24)
        session.refresh(child)
        assert child.state == "scheduled"
        assert story(post)[-1][1].endswith("Its follow-up is on the plan again.")

    def test_each_post_is_looked_at_twice_and_then_no_more(self, workspace, mastodon):
        posts = published(on(mastodon, workspace), 3)
        for hours in (0, 1, 23, 24, 48):
            looked(hours=hours)
        assert asked(mastodon) == 6
        assert {(look_of(post).looks, look_of(post).due_at) for post in posts} == {(2, None)}

    def test_what_went_out_before_the_clock_stood_still_is_looked_at_once(self, workspace, mastodon):
        [post, old] = published(on(mastodon, workspace), 2, minutes=2000)
        old.published_at = now() - timedelta(days=5)
        session.commit()
        looked(minutes=0)
        assert look_of(post).looks == 2
        assert look_of(old) is None

    def test_it_is_too_early_before_ten_minutes(self, workspace, mastodon):
        published(on(mastodon, workspace), minutes=9)
        assert look_after() == 0

    def test_a_post_that_a_person_sent_by_hand_is_not_looked_for(self, workspace):
        post = out(an_account(workspace), None)
        assert look_after() == 0
        assert look_of(post) is None

    def test_looks_of_long_ago_are_forgotten_but_what_vanished_stays(self, workspace, mastodon):
        posts = published(on(mastodon, workspace), 2)
        mastodon.posts = mastodon.posts[1:]
        looked(minutes=0)
        looked(days=1)
        later(days=40)
        tidy()
        assert look_of(posts[1]) is None
        assert look_of(posts[0]).outcome == "vanished"


class TestEveryPlatform:
    @pytest.mark.parametrize("slug", sorted(SERVERS))
    def test_it_is_seen_to_vanish_or_nobody_can_tell(self, workspace, slug, tmp_path):
        with SERVERS[slug]() as server:
            account = on(server, with_rules(workspace))
            pictures = (a_picture(tmp_path),) if server.needs_picture else ()
            [post] = published(account, pictures=pictures)
            look_after()
            look = look_of(post)
            if look.outcome == "unknown":
                assert "offers no way to look at a published post" in look.says
                assert look.due_at is None
                return
            assert look.outcome == "there"
            connector_for(account).remove(post.remote_id)
            looked(days=1)
            assert flagged([post]) == [0]

    def test_the_practice_network_too(self, workspace):
        account = an_account(workspace)
        [post] = published(account)
        looked(minutes=0)
        assert flagged([post]) == []
        session.get(PracticePost, post.remote_id).is_removed = True
        session.commit()
        looked(days=1)
        assert flagged([post]) == [0]


@pytest.fixture
def missing(workspace):
    """A post that has vanished from the practice network."""
    [post] = published(an_account(workspace))
    session.get(PracticePost, post.remote_id).is_removed = True
    session.commit()
    looked(minutes=0)
    return post


class TestAPersonsWord:
    def test_the_command_centre_and_the_pages_say_so(self, page, workspace, missing):
        assert "1 published post is no longer to be seen" in [one.sentence for one in home.needs(workspace)]
        assert "Tartan number 0" in page.get("/vanished").text
        assert "No longer to be seen since" in page.get(f"/scheduled/{missing.id}").text
        day = missing.scheduled_time.date()
        assert "No longer to be seen since" in page.get(f"/calendar/list?day={day}").text
        assert page.get("/api/v1/vanished").json["meta"]["total"] == 1

    def test_a_person_who_sees_it_ends_the_matter(self, page, workspace, missing):
        assert page.post(f"/scheduled/{missing.id}/sighting").status_code == 303
        session.refresh(missing)
        assert missing.vanished_at is None
        assert vanished.number(workspace) == 0
        looked(days=1)
        assert flagged([missing]) == []
        assert story(missing)[-1] == ("seen", "Looked on the platform: it is there.")

    def test_it_can_be_published_again_once(self, alice, workspace, missing):
        again = vanished.publish_again(missing, alice)
        assert (again.post_id, again.state, again.allowed) == (missing.post_id, "scheduled", True)
        assert missing.vanished_at  # that one stays away
        assert vanished.number(workspace) == 0
        with pytest.raises(WrongState, match="somebody has seen to it already"):
            vanished.publish_again(missing, alice)

    def test_what_is_not_missing_is_not_published_again(self, alice, workspace):
        [post] = published(an_account(workspace))
        with pytest.raises(WrongState, match="not missing"):
            vanished.publish_again(post, alice)
