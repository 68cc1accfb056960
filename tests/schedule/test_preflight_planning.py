"""What is seen ahead without asking anybody: sending that is off, approval, quotas, caps, the same words."""

from datetime import timedelta

from app.core.database import session
from app.core.time import now
from app.platforms.models import Capability
from app.posts.parts import PostPart
from app.schedule import follow_ups
from app.schedule.digest import digest
from app.schedule.words import in_words
from tests.schedule.cast import a_post, an_account, planned
from tests.schedule.looking_ahead import HALF, attempt, drawn, found, look, with_picture
from tests.schedule.test_follow_ups import a_post as with_follow_up
from tests.schedule.test_follow_ups import children, out


class TestWholeWorkspace:
    def test_sending_that_is_off_is_named_for_every_post(self, workspace):
        account = an_account(workspace)
        for minutes in (10, 20):
            planned(account, minutes=minutes, post=a_post(workspace, f"In {minutes} minutes."))
        workspace.sending_on = False
        look(workspace)
        assert list(found(workspace).values()) == ["Sending is switched off for Lochcarron."] * 2
        assert [(one.kind, one.total, one.href) for one in digest(workspace).groups] == [
            ("sending", 2, "/admin/people")
        ]

    def test_an_approval_that_was_taken_back_is_named(self, workspace, alice):
        workspace.approval_required = True
        post = a_post(workspace)
        post.approve(alice)
        one = planned(an_account(workspace), post=post)
        out = a_post(workspace, "Out elsewhere already.", state="published")
        planned(an_account(workspace, name="Other"), post=out)
        look(workspace)
        assert found(workspace) == {}
        post.send_back(alice)
        look(workspace)
        assert found(workspace) == {(one.id, "approval"): "The post waits for approval."}

    def test_more_than_the_platform_takes_is_named(self, workspace):
        account = an_account(workspace)
        limit = {"capability_type": "limits", "capability_name": "posts", "capability_value": "2", "max_value": 2}
        session.add(
            Capability(workspace_id=workspace.id, platform_id=account.platform_id, unit="posts per hour", **limit)
        )
        earlier = planned(account, minutes=0, post=a_post(workspace, "Out."), state="published")
        attempt(earlier, now() - HALF)
        posts = [planned(account, minutes=20 + n, post=a_post(workspace, f"Number {n}.")) for n in range(2)]
        planned(account, minutes=90, post=a_post(workspace, "Later."))
        told = look(workspace)
        assert (told.will, told.might) == (0, 1)
        said = "Practice network takes 2 posts an hour, and those have gone out or are planned before this one."
        assert found(workspace) == {(posts[1].id, "quota"): said}

    def test_more_than_the_cap_will_be_held_but_not_with_a_yes(self, workspace):
        account = an_account(workspace)
        account.hourly_cap = 1
        posts = [planned(account, minutes=20 + n, post=a_post(workspace, f"Number {n}.")) for n in range(3)]
        posts[1].allowed = True
        session.flush()
        assert look(workspace) == (3, 1, 0)
        said = "Our practice may send 1 post an hour, and those have gone out or are planned before this one."
        assert found(workspace) == {(posts[2].id, "quota"): said}

    def test_what_went_out_with_the_same_words_is_remembered(self, workspace):
        account = an_account(workspace)
        earlier = planned(account, minutes=0, post=a_post(workspace, "Nine tartans."), state="published")
        sent = now() - timedelta(days=5)
        attempt(earlier, sent)
        again = planned(account, minutes=90, post=a_post(workspace, "Nine  Tartans."))
        look(workspace)
        when = in_words(sent, "Europe/London")
        said = f"Our practice has the same text on {when}, and says nothing twice within 7 days."
        assert found(workspace) == {(again.id, "twice"): said}
        again.scheduled_time = again.due_at = sent + timedelta(days=7, minutes=1)
        look(workspace)
        assert found(workspace) == {}


def test_a_follow_up_is_looked_at_by_its_own_words(workspace, alice):
    account = an_account(workspace)
    parent = out(account, with_follow_up(workspace, alice))
    attempt(parent, now() - timedelta(minutes=1))
    with_picture(parent.post, drawn(workspace, alice, "gone.png", "red")).pictures[0].media.path.unlink()
    follow_ups.plan(parent.id)
    [child] = children(parent)
    look(workspace)
    assert found(workspace) == {}
    session.get_one(PostPart, child.part_id).text = "x" * 20_000
    look(workspace)
    assert list(found(workspace)) == [(child.id, "rules")]
    assert digest(workspace).groups[0].posts[0].title.startswith("↳ xxx")
