"""Timed follow-ups: once a post is out, each is planned once, answers it, and goes when it goes."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.core.database import everywhere, scope, session
from app.core.errors import Invalid
from app.core.time import now
from app.platforms.models import Channel
from app.posts.parts import Written
from app.posts.writing import compose, save
from app.schedule import follow_ups
from app.schedule.lateness import verdict
from app.schedule.models import ScheduledPost
from app.schedule.story import what_next
from app.schedule.words import in_words
from tests.schedule.cast import an_account, planned, story

SLUG = "practice/feed_post"


def a_post(workspace, alice, *parts):
    written = parts or (Written("follow_up", "Last sizes in stock.", 120),)
    return compose(workspace, alice, text="A scarf.", parts=written, variants={SLUG: None})


def out(account, post, minutes=1):
    """A scheduled post that went out some minutes ago."""
    made = planned(account, SLUG, post=post)
    at = now() - timedelta(minutes=minutes)
    for part in post.parts:
        part.created_at = at - timedelta(hours=1)
    made.state, made.published_at, made.remote_id, made.scheduled_time = "published", at, str(made.id), at
    session.flush()
    return made


def children(parent):
    found = select(ScheduledPost).where(ScheduledPost.parent_id == parent.id).order_by(ScheduledPost.due_at)
    return list(session.scalars(found))


@pytest.fixture
def account(workspace):
    return an_account(workspace)


def test_it_is_planned_so_long_after_its_post_went_out(workspace, account, alice):
    parent = out(account, a_post(workspace, alice))
    parent.late_policy, parent.late_minutes = "skip", 30
    assert follow_ups.plan(parent.id) == 1
    [child] = children(parent)
    assert child.scheduled_time == child.due_at == parent.published_at + timedelta(hours=2)
    assert (child.state, child.account_id, child.late_policy) == ("scheduled", account.id, "skip")
    assert child.words == child.first_line == "Last sizes in stock."
    assert child.card()["parent_id"] == str(parent.id)
    assert "Follows “A scarf.” after 2 hours" in story(child)[0][1]
    assert "Its follow-up “Last sizes in stock.” is planned for" in story(parent)[-1][1]


def test_a_second_call_plans_nothing_more(workspace, account, alice):
    parent = out(
        account,
        a_post(workspace, alice, Written("follow_up", "Soon.", 5), Written("follow_up", "Later.", 90)),
    )
    assert [follow_ups.plan(parent.id), follow_ups.plan(parent.id), len(children(parent))] == [2, 0, 2]
    assert follow_ups.sweep() == 0


@pytest.fixture
def unsure(workspace, account, alice):
    """A post with a follow-up of which nobody knows whether it is out."""
    post = planned(account, SLUG, post=a_post(workspace, alice))
    post.state, post.begun_at = "unsure", now()
    session.commit()
    return post


def at_its_address(post):
    return f"https://slogan.example/practice#post-{post.id}"


def test_who_finds_a_post_without_giving_its_address_is_told_what_that_costs(page, unsure, alice):
    said = "Without its address its planned follow-up cannot be sent."
    assert said in page.get(f"/scheduled/{unsure.id}").text
    unsure.settle(True, alice)
    assert story(unsure)[-1] == ("settle", f"Looked on the platform: it is out. {said}")
    assert (what_next(unsure), follow_ups.sweep()) == (said, 0)


def test_with_its_address_the_follow_ups_of_a_found_post_are_planned(unsure, alice):
    unsure.settle(True, alice, at_its_address(unsure))
    assert (unsure.remote_id, follow_ups.sweep()) == (str(unsure.id), 1)


def test_an_address_that_is_given_later_plans_them_too(page, unsure, alice):
    unsure.settle(True, alice)
    session.commit()
    shown, where = f"/scheduled/{unsure.id}", {"url": at_its_address(unsure)}
    assert "copy the address of that page" in page.post(f"{shown}/address", data={"url": "https://slogan.example/"}).text
    assert page.post(f"/api/v1/scheduled-posts/{unsure.id}/address", json=where).json["data"]["follow_ups_planned"] == 1
    assert children(unsure)[0].scheduled_time == unsure.published_at + timedelta(hours=2)
    assert page.post(f"{shown}/address", data=where).status_code == 409
    assert "Keep its address" not in page.get(shown).text


def test_an_address_where_another_post_of_the_account_is_is_refused(page, workspace, account, alice, unsure):
    other = out(account, compose(workspace, alice, text="Another scarf.", variants={SLUG: None}))
    session.commit()
    shown, where = f"/scheduled/{unsure.id}", at_its_address(other)
    said = f"At this address is another post: “Another scarf.” of {in_words(other.scheduled_time, other.zone)}."
    answer = page.post(f"{shown}/settlement", data={"url": where, "went_out": "true"})
    assert (answer.status_code, said in answer.text) == (422, True)
    session.refresh(unsure)
    assert (unsure.state, unsure.remote_id) == ("unsure", None)
    unsure.settle(True, alice)
    with pytest.raises(Invalid, match=r"is another post: “Another scarf\."):
        unsure.give_address(where, alice)
    with pytest.raises(Invalid, match=r"is another post: “Another scarf\."):
        planned(account, SLUG).mark_published(alice, where)
    assert unsure.give_address(at_its_address(unsure), alice) == 1


def test_what_is_not_out_or_has_none_gets_none(workspace, account, alice):
    planned(account, SLUG, post=a_post(workspace, alice))
    out(account, a_post(workspace, alice, Written("comment", "Order by Friday.")))
    lost = out(account, a_post(workspace, alice))
    lost.remote_id = None  # a person posted it by hand: there is nothing to answer
    old = out(account, a_post(workspace, alice), minutes=60 * 24 * 8)
    assert follow_ups.sweep() == 0
    assert children(old) == []


def test_one_that_is_written_after_its_moment_stays_away(workspace, account, alice):
    parent = out(account, a_post(workspace, alice), minutes=180)
    parent.post.parts[0].created_at = now()
    session.flush()
    assert follow_ups.plan(parent.id) == 0


def test_a_follow_up_for_another_channel_is_not_planned_here(workspace, account, alice):
    parts = (
        Written("follow_up", "Only short.", 60, "practice/short_post"),
        Written("follow_up", "Here.", 60, SLUG),
    )
    parent = out(account, a_post(workspace, alice, *parts))
    follow_ups.plan(parent.id)
    assert [child.words for child in children(parent)] == ["Here."]


def test_a_channel_that_takes_no_replies_gets_none(workspace, account, alice):
    parent = out(account, a_post(workspace, alice))
    row = next(row for row in account.platform.capabilities if row.key == "reply_supported")
    row.value = "false"
    session.flush()
    assert follow_ups.plan(parent.id) == 0


def test_it_follows_every_post_that_went_out(workspace, account, alice):
    post = a_post(workspace, alice)
    first, second = out(account, post, 5), out(account, post, 3)
    assert follow_ups.sweep() == 2
    assert [len(children(first)), len(children(second))] == [1, 1]


def test_one_that_is_taken_off_is_cancelled_and_never_made_again(workspace, account, alice):
    post = a_post(workspace, alice)
    parent = out(account, post)
    follow_ups.plan(parent.id)
    written = [part.written for part in post.parts]
    save(workspace, post, alice, text="A scarf.", parts=(), variants={SLUG: None})
    follow_ups.sweep()
    session.expire_all()
    [child] = children(parent)
    assert child.state == "cancelled"
    assert story(child)[-1] == ("cancel", "Cancelled. It was taken off the post.")
    save(workspace, post, alice, text="A scarf.", parts=written, variants={SLUG: None})
    follow_ups.sweep()
    assert len(children(parent)) == 1


def test_it_is_cancelled_when_its_post_has_vanished(workspace, account, alice):
    parent = out(account, a_post(workspace, alice))
    follow_ups.plan(parent.id)
    parent.vanished_at = now()
    session.flush()
    follow_ups.sweep()
    [child] = children(parent)
    session.refresh(child)
    assert child.state == "cancelled"
    assert story(child)[-1] == ("cancel", "Cancelled. The post is not out any more.")


def vanish(parent):
    """Its post is gone from the platform, and the sweep has been."""
    parent.vanished_at = now()
    session.flush()
    follow_ups.sweep()
    session.expire_all()


def reappear(parent):
    parent.vanished_at = None
    number = follow_ups.bring_back(parent)
    session.expire_all()
    return number


def test_it_comes_back_with_its_post(workspace, account, alice):
    parent = out(account, a_post(workspace, alice))
    follow_ups.plan(parent.id)
    vanish(parent)
    assert what_next(children(parent)[0]) == "It comes back by itself when its post is to be seen again."
    assert [reappear(parent), reappear(parent)] == [1, 0]
    [child] = children(parent)
    assert (child.state, child.due_at, child.last_error) == ("scheduled", child.scheduled_time, None)
    when = in_words(child.scheduled_time, child.zone)
    assert story(child)[-1] == ("restore", f"On the plan again for {when}, since its post is to be seen again.")


def test_one_whose_time_has_passed_meanwhile_comes_back_under_its_late_policy(workspace, account, alice):
    parent = out(account, a_post(workspace, alice))
    parent.late_policy = "skip"
    follow_ups.plan(parent.id)
    vanish(parent)
    [child] = children(parent)
    child.scheduled_time = now() - timedelta(hours=1)
    assert reappear(parent) == 1
    assert story(child)[-1][1].endswith("has passed; if late: skipped.")
    assert verdict(child, now())[0] == "miss"


def test_what_else_was_cancelled_stays_so_when_the_post_comes_back(workspace, account, alice):
    parts = [Written("follow_up", words, 60) for words in ("Taken off.", "A person's.", "Of both.", "Held.")]
    post = a_post(workspace, alice, *parts)
    parent = out(account, post)
    follow_ups.plan(parent.id)
    by_words = {child.words: child for child in children(parent)}
    by_words["A person's."].cancel(by=alice)
    by_words["Held."].pause(by=alice)
    save(workspace, post, alice, text="A scarf.", parts=[one.written for one in post.parts[1:]], variants={SLUG: None})
    vanish(parent)
    of_both = by_words["Of both."]
    of_both.restore(by=alice)
    of_both.cancel(by=alice)
    assert reappear(parent) == 1
    assert {words: child.state for words, child in by_words.items()} == {
        "Taken off.": "cancelled", "A person's.": "cancelled", "Of both.": "cancelled", "Held.": "held",
    }  # fmt: skip


def test_all_of_a_post_can_be_cancelled_at_once(workspace, account, alice):
    parent = out(
        account,
        a_post(workspace, alice, Written("follow_up", "Soon.", 5), Written("follow_up", "Later.", 90)),
    )
    follow_ups.plan(parent.id)
    assert follow_ups.cancel_all(parent.id, "It was taken down.") == 2
    assert {child.state for child in children(parent)} == {"cancelled"}


def test_what_speaks_against_sending_one_is_said(workspace, account):
    rules = Channel.by_slug(workspace, "practice/short_post")
    fits = follow_ups.objection_to("Last sizes.", "17", rules)
    assert fits is None
    assert follow_ups.objection_to(None, "17", rules).reason == "The follow-up was taken off its post."
    assert "is not out" in follow_ups.objection_to("Last sizes.", None, rules).reason
    long = follow_ups.objection_to("x" * 5000, "17", rules)
    assert (long.verb, long.kind) == ("hold", "rules")
    assert "this has 5,000" in long.reason


def test_it_stands_on_the_calendar_under_its_post(page, workspace, account, alice):
    parent = out(account, a_post(workspace, alice))
    follow_ups.plan(parent.id)
    [child] = children(parent)
    session.commit()
    day = child.scheduled_time.date().isoformat()
    html = page.get(
        f"/calendar/list?day={(child.scheduled_time - timedelta(days=1)).date().isoformat()}"
    ).text
    assert "↳ Last sizes in stock." in html, day
    assert "Last sizes in stock." in page.get(f"/scheduled/{parent.id}").text
    own = page.get(f"/scheduled/{child.id}").text
    assert "A follow-up of" in own
    assert f"/scheduled/{parent.id}" in own


def test_two_sweeps_at_once_make_each_once(app, committed: SimpleNamespace):
    with scope(committed.workspace.id):
        account = an_account(committed.workspace)
        post = a_post(
            committed.workspace, committed.alice, *(Written("follow_up", f"No. {n}.", n) for n in range(1, 9))
        )
        parents = [out(account, post, minutes=n).id for n in range(1, 6)]
        session.commit()
    made, gate = [], threading.Barrier(4)

    def sweeping():
        with app.app_context():
            gate.wait()
            made.append(follow_ups.sweep())
            session.remove()

    workers = [threading.Thread(target=sweeping) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with everywhere():
        mine = ScheduledPost.parent_id.in_(parents)
        assert session.scalar(select(func.count()).where(mine)) == sum(made) == 40
        session.commit()
