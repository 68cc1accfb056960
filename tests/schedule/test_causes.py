"""Posts that need a person are told of once for each cause, and all of one cause are mended with one button."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app.accounts.notices import Notice
from app.cli import main
from app.core.database import everywhere, scope, session
from app.core.time import now
from app.local import cause_commands
from app.schedule.causes import Unnoticed, pattern_of, sweep
from app.schedule.remedies import Cause
from app.schedule.sweeping import NEVER
from tests.schedule.cast import an_account, planned
from tests.schedule.trouble import BROKEN, REFUSED, cause_of, in_trouble, many, open_notices


@pytest.fixture
def account(workspace):
    return an_account(workspace, name="Mill")


def test_twenty_posts_of_three_accounts_are_told_of_in_the_plural_without_what_differs(workspace):
    accounts = [an_account(workspace, name=name) for name in ("Mill", "Shop", "News")]
    for number in range(20):
        said = f"It no longer fits Practice network post. It allows 500 characters; this has {501 + number}."
        in_trouble(accounts[number % 3], "held", "rules", said)
    sweep()
    [told] = open_notices(workspace)
    assert (told.title, told.count) == ("Held for Practice network (3 accounts)", 20)
    assert told.sentence == "They no longer fit Practice network post. It allows 500 characters."
    in_trouble(accounts[0], said="The picture is 12 MB.")
    sweep()
    assert "The picture is 12 MB." in [one.sentence for one in open_notices(workspace)]


class TestOneCause:
    @pytest.mark.parametrize(("one", "other"), [
        ("Post 123 is 341 characters long.", "Post 7 is 1,204 characters long."),
        ("See https://a.example/1?x=2 for more.", "See https://b.example/ for more."),
        ("“Nine kilts” was there already.", "“Ten” was there already."),
        ("It was due at Mon 23 Nov 2026, 14:00 (UTC).", "It was due at Tue 1 Dec 2026, 9:30 (UTC)."),
        ("Trace 9f8a7c6b-5d4e-4f4f-8a8a-0123456789ab.", "Trace 00000000-5d4e-4f4f-8a8a-0123456789ff."),
    ])  # fmt: skip
    def test_the_sentence_counts_without_what_differs(self, one, other):
        assert pattern_of(one) == pattern_of(other)

    def test_another_sentence_is_another_cause(self):
        assert pattern_of("The picture is too large.") != pattern_of("The text is too long.")

    def test_an_account_that_is_lost_is_one_cause_whatever_was_said(self, world):
        ids = (world.alice.id, world.workspace.id, world.bob.id, world.alice.id)
        said = [Unnoticed(*ids, "held", "account", words, "reconnect") for words in ("No token.", "Connect again.")]
        paused = Unnoticed(*ids, "held", "account", "Mill is paused.", "paused")
        assert said[0].cause == said[1].cause != paused.cause


class TestTelling:
    def test_a_thousand_failures_of_two_causes_are_two_notices(self, workspace, account):
        many(account, 600, REFUSED)
        many(account, 400, BROKEN, kind="transient")
        assert sweep() == 1000
        assert sorted(one.count for one in open_notices(workspace)) == [400, 600]
        assert sweep() == 0
        largest = max(open_notices(workspace), key=lambda one: one.count)
        assert (largest.kind, largest.title) == ("failed", "Failed on Practice network Mill")
        assert largest.sentence == "The platform refused: status 9f8a7c6b5d4e is a duplicate of …"
        assert largest.link == f"/causes/{largest.cause}"

    def test_each_account_and_each_workspace_has_its_own(self, world, account):
        in_trouble(account)
        in_trouble(an_account(world.workspace, name="Second mill"))
        with scope(world.neighbours.id):
            in_trouble(an_account(world.neighbours, name="Theirs"))
        with everywhere():
            sweep()
            assert session.scalar(select(func.count(Notice.cause.distinct()))) == 3
        assert len(open_notices(world.workspace)) == 2

    @pytest.mark.parametrize(("kind", "said", "told"), [
        ("transient", "The network did not answer within {} seconds.", 1),
        ("rules", "It no longer fits Practice network post. The text is {} characters long.", 1),
        ("late", "It was due {} minutes ago.", 1),
        ("refused", "The platform refused: status {}.", 3),
    ])  # fmt: skip
    def test_what_strikes_all_accounts_alike_is_told_once(self, workspace, kind, said, told):
        for number in range(3):
            mill = an_account(workspace, name=f"Mill {number}")
            in_trouble(mill, "missed" if kind == "late" else "held", kind, said.format(number))
        sweep()
        assert len(open_notices(workspace)) == told
        assert [one.count for one in open_notices(workspace)] == [3 // told] * told
        [cause, *_] = Cause.all_of(workspace)
        where = "3 accounts" in cause.notice.title
        assert (len(cause.struck), where) == ((3, True) if told == 1 else (1, False))
        assert Cause.find(workspace, cause.key).card()["accounts"] == cause.card()["accounts"]

    def test_what_a_person_did_needs_no_telling(self, workspace, account, alice):
        planned(account).pause(by=alice)
        planned(account).mark_failed(by=alice, reason="Not today")
        assert sweep() == 0

    def test_an_unsure_post_is_told_of_when_no_look_is_left(self, workspace, account):
        post = in_trouble(account, "unsure", "unsure", "Nobody can tell.", due_at=now() + timedelta(minutes=5))
        assert sweep() == 0
        post.due_at = NEVER
        assert sweep() == 1
        assert open_notices(workspace)[0].kind == "unsure"

    def test_of_an_unsure_post_without_a_reason_it_is_told_what_is_known(self, workspace, account):
        in_trouble(account, "unsure", None, None, due_at=NEVER)
        sweep()
        assert [one.sentence for one in open_notices(workspace)] == [
            "The sending had begun, and how it ended is not known."
        ]

    def test_a_post_that_moves_on_forgets_its_cause_and_the_last_one_closes_the_notice(
        self, workspace, account, alice
    ):
        first, second = in_trouble(account), in_trouble(account)
        sweep()
        first.retry(by=alice)
        assert cause_of(first) is None
        assert cause_of(second) is not None
        sweep()
        assert [one.count for one in open_notices(workspace)] == [1]
        second.cancel(by=alice)
        sweep()
        assert open_notices(workspace) == []

    def test_fewer_are_no_news_and_more_are(self, workspace, account, alice):
        first = in_trouble(account)
        in_trouble(account)
        sweep()
        was = open_notices(workspace)[0].last_at
        first.cancel(by=alice)
        sweep()
        assert open_notices(workspace)[0].last_at == was
        in_trouble(account)
        in_trouble(account)
        sweep()
        assert (open_notices(workspace)[0].last_at > was, open_notices(workspace)[0].count) == (True, 3)

    def test_held_for_a_lost_account_asks_to_connect_it(self, workspace, account):
        account.state = "reconnect"
        in_trouble(account, "held", "account", "Mill must be connected again.")
        sweep()
        notice = open_notices(workspace)[0]
        assert (notice.kind, notice.severity) == ("account", "urgent")
        assert Cause.find(workspace, notice.cause).remedy.href == f"/accounts/{account.id}"


class TestPages:
    @pytest.fixture
    def cause(self, workspace, account):
        many(account, 30, REFUSED)
        session.commit()
        sweep()
        return open_notices(workspace)[0].cause

    def test_it_says_what_happened_to_which_posts_and_what_to_do(self, page, cause):
        html = page.get(f"/causes/{cause}").get_data(as_text=True)
        assert "is a duplicate of …<" in html
        assert "a duplicate of <b>1017.</b>" in html
        assert "30 posts need you" in html
        assert "Try all 30 again" in html
        assert "one every 3 minutes" in html
        assert html.count('href="/scheduled/') == 20
        assert "cursor=" in html

    @pytest.mark.parametrize(("kind", "number", "words"), [
        ("late", 1, "Send now"), ("late", 3, "Send all 3"), ("restored", 3, "None is out: send all 3"),
        ("burst", 1, "Send it when there is room"), ("approval", 1, "Try again"),
    ])  # fmt: skip
    def test_its_button_says_what_a_post_alone_says(self, page, workspace, account, kind, number, words):
        many(account, number, "It was due a while ago.", kind=kind, state="held")
        session.commit()
        sweep()
        html = page.get(f"/causes/{open_notices(workspace)[0].cause}").text
        assert f"</svg>{words}</button>" in html

    def test_the_button_tries_all_again_and_says_so(self, page, cause):
        answer = page.post(f"/causes/{cause}/retry", follow_redirects=True)
        html = answer.get_data(as_text=True)
        assert "30 posts to be tried again." in html
        assert "No post of it needs anybody any more" in html

    def test_many_are_done_away_from_the_page(self, page, workspace, account):
        many(account, 51, BROKEN, kind="transient")
        session.commit()
        sweep()
        answer = page.post(f"/causes/{open_notices(workspace)[0].cause}/retry")
        assert answer.headers["Location"].startswith("/activity/")

    def test_opening_it_reads_its_notice(self, page, cause, alice):
        assert "1 new notice" in page.get("/activity").get_data(as_text=True)
        page.get(f"/causes/{cause}")
        assert "1 new notice" not in page.get("/activity").get_data(as_text=True)

    @pytest.fixture
    def neighbour(self, sign_in, charlie):
        return sign_in(charlie)

    def test_a_neighbour_and_a_made_up_key_find_nothing(self, neighbour, page, cause):
        assert neighbour.get(f"/causes/{cause}").status_code == 404
        assert neighbour.post(f"/causes/{cause}/retry").status_code == 404
        assert page.get("/causes/posts-none").status_code == 404

    def test_programs_list_and_mend_them(self, page, cause):
        said = page.get("/api/v1/causes").get_json()["data"]
        assert [(one["key"], one["posts"], one["can_be_retried"]) for one in said] == [(cause, 30, True)]
        one = page.get(f"/api/v1/causes/{cause}").get_json()["data"]
        assert len(one["scheduled_posts"]) == 20
        answer = page.post(f"/api/v1/causes/{cause}/retry")
        assert answer.status_code == 202
        assert answer.get_json()["data"]["state"] == "waiting"


class TestTheTerminal:
    @pytest.fixture
    def slogan(self, workspace, monkeypatch):
        """`slogan …`, in the world of this test."""

        @contextmanager
        def here(name):
            yield workspace

        monkeypatch.setattr(cause_commands, "workspace_of", here)
        return lambda *words: CliRunner().invoke(main, words)

    def test_it_lists_the_causes_and_tries_all_of_one_again(self, workspace, account, slogan):
        many(account, 3, REFUSED)
        sweep()
        key = open_notices(workspace)[0].cause
        listed = slogan("causes", "list").output
        assert f"{key}  3 × Failed on Practice network Mill: The platform refused" in listed
        assert slogan("causes", "retry", key).output == "3 posts to be tried again.\n"
        assert slogan("causes", "list").output == "No post needs a person.\n"
        again = slogan("causes", "retry", key)
        assert (again.exit_code, again.stderr) == (1, "None of its posts needs anybody any more.\n")
