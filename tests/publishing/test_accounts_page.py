"""Connecting, testing, pausing and removing accounts in the browser."""

import re
from datetime import time

import pytest

from app.core.database import session
from app.core.time import now
from app.platforms.models import Account, Channel, Credential
from app.publishing.accounts import connector_for
from app.schedule.models import PostingSchedule
from tests.publishing.servers.mastodon import TOKEN
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.schedule.cast import an_account, planned, story, with_rules


@pytest.fixture
def mastodon():
    with Mastodon() as server:
        yield server


@pytest.fixture
def rules(workspace):
    with_rules(workspace)
    session.commit()


def the_account(workspace):
    session.expire_all()
    return Account.of(workspace).first()


def connect(page, server, **more):
    return page.post(
        "/accounts",
        data={"platform": "mastodon", "name": "Our page", "server": server.url, "token": TOKEN, **more},
    )


class TestConnecting:
    def test_the_form_is_made_from_what_the_connector_asks(self, page, rules):
        html = page.get("/accounts/new?platform=mastodon").get_data(as_text=True)
        assert "Your server, for example https://mastodon.social" in html
        assert re.search(r'type="password"[^>]*id="field-token"', html)
        assert "Visibility" in html

    def test_an_account_is_connected_when_the_platform_says_so(self, page, rules, mastodon, workspace):
        assert connect(page, mastodon).status_code == 303
        account = the_account(workspace)
        assert (account.state, account.handle) == ("connected", "@alice@127.0.0.1") or account.handle
        assert connector_for(account).credentials.token.get_secret_value() == TOKEN

    def test_the_same_place_twice_is_said_on_both_pages(self, page, rules, mastodon, workspace):
        connect(page, mastodon)
        connect(page, mastodon, name="Our shop")
        one, other = Account.of(workspace).order_by(Account.name)
        said = "</a> posts to the same place on Mastodon."
        assert f'<a href="/accounts/{other.id}">Our shop{said}' in page.get(f"/accounts/{one.id}").text
        assert f'<a href="/accounts/{one.id}">Our page{said}' in page.get(f"/accounts/{other.id}").text
        other.url = "https://another.example/@alice"  # the same number at another server is somebody else
        session.commit()
        assert said not in page.get(f"/accounts/{one.id}").text

    def test_one_that_the_platform_does_not_accept_is_not_kept(self, page, rules, mastodon, workspace):
        answer = connect(page, mastodon, token="wrong")
        assert answer.status_code == 422
        assert "It is not connected yet." in answer.get_data(as_text=True)
        assert the_account(workspace) is None

    def test_a_missing_field_is_named(self, page, rules, mastodon):
        form = {"platform": "mastodon", "name": "Our page", "server": mastodon.url, "token": ""}
        answer = page.post("/accounts", data=form, headers={"Accept": "application/json"})
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["fields"] == {"token": "Fill this in."}

    def test_a_platform_without_a_connector_is_a_placeholder(self, page, rules, workspace):
        html = page.get("/accounts/new?platform=facebook").get_data(as_text=True)
        assert "Add it as a placeholder" in html
        page.post("/accounts", data={"platform": "facebook", "name": "Our page", "placeholder": "true"})
        account = the_account(workspace)
        assert account.state == "new"
        assert connector_for(account) is None

    def test_the_practice_network_asks_for_nothing(self, page, rules, workspace):
        page.post("/accounts", data={"platform": "practice", "name": "Trying out"})
        assert the_account(workspace).state == "connected"

    def test_an_editor_may_not(self, sign_in, bob, rules):
        assert sign_in(bob).post("/accounts", data={"platform": "practice", "name": "X"}).status_code == 403


class TestOneAccount:
    @pytest.fixture
    def account(self, page, rules, mastodon, workspace):
        connect(page, mastodon)
        return the_account(workspace)

    def test_the_secret_is_sealed_and_never_shown_again(self, page, account, workspace):
        html = page.get(f"/accounts/{account.id}").get_data(as_text=True)
        assert TOKEN not in html
        assert 'placeholder="unchanged"' in html
        assert "It works" not in html
        raw = (
            session.connection()
            .exec_driver_sql("SELECT string_agg(credential_value, ' ') FROM platform_credentials")
            .scalar()
        )
        assert TOKEN not in raw

    def test_a_name_is_changed_without_typing_the_secret_again(self, page, account, mastodon, workspace):
        page.post(f"/accounts/{account.id}", data={"name": "The page", "server": mastodon.url, "token": ""})
        account = the_account(workspace)
        assert account.name == "The page"
        assert account.secrets()["token"] == TOKEN

    def test_the_button_says_what_came_back(self, page, account, mastodon):
        assert "It works: Mastodon answered as Alice." in page.post(f"/accounts/{account.id}/test").get_data(
            as_text=True
        )
        mastodon.revoked = True
        html = page.post(f"/accounts/{account.id}/test").get_data(as_text=True)
        assert "no longer accepts this connection" in html
        assert "is-reconnect" in html

    def test_htmx_gets_only_the_account(self, page, account):
        html = page.post(f"/accounts/{account.id}/test", headers={"HX-Request": "true"}).get_data(
            as_text=True
        )
        assert html.lstrip().startswith("<section")

    def test_it_is_paused_and_resumed(self, page, account, workspace):
        page.post(f"/accounts/{account.id}/pause")
        assert the_account(workspace).state == "paused"
        page.post(f"/accounts/{account.id}/resumption")
        assert the_account(workspace).state == "connected"

    def test_it_is_removed_with_its_secrets(self, page, account, workspace):
        page.post(f"/accounts/{account.id}/removal")
        assert the_account(workspace) is None
        assert session.query(Credential).count() == 0
        assert page.get(f"/accounts/{account.id}").status_code == 404
        assert "1 taken away" in page.get("/accounts").get_data(as_text=True)


class TestTakingAway:
    def test_what_was_published_stays_and_what_is_planned_is_cancelled(self, page, workspace):
        account = an_account(workspace)
        out = planned(account, state="published", published_at=now(), remote_id="7")
        waits, failed = planned(account), planned(account, state="failed", problem_kind="refused")
        session.commit()
        answer = page.post(f"/accounts/{account.id}/removal", follow_redirects=True)
        assert "2 posts that were planned for it will not go out." in answer.get_data(as_text=True)
        session.expire_all()
        assert [one.state for one in (out, waits, failed)] == ["published", "cancelled", "cancelled"]
        assert story(waits)[-1] == ("cancel", "Cancelled, since Our practice was taken away.")
        assert "Our practice" in page.get(f"/scheduled/{out.id}").get_data(as_text=True)

    def test_it_is_offered_no_more_and_its_name_is_free(self, page, workspace):
        page.post(f"/accounts/{an_account(workspace).id}/removal", follow_redirects=True)
        assert "Our practice" not in page.get("/schedule/new").get_data(as_text=True)
        assert page.get("/api/v1/accounts").get_json()["data"] == []
        assert an_account(workspace).name == "Our practice"

    def test_a_schedule_that_filled_it_rests(self, page, workspace, alice):
        account = an_account(workspace)
        rule = PostingSchedule.create(
            workspace, alice, name="Mornings", channel=Channel.by_slug(workspace, "practice/feed_post"),
            account=account, times=[time(9)], weekdays=[1],
        )
        session.commit()
        page.post(f"/accounts/{account.id}/removal")
        session.expire_all()
        assert not session.get_one(PostingSchedule, rule.id).is_active

    def test_one_with_a_post_that_may_be_out_stays(self, page, workspace):
        account = an_account(workspace)
        planned(account, state="unsure", problem_kind="unsure")
        session.commit()
        assert page.post(f"/accounts/{account.id}/removal").status_code == 409
        assert the_account(workspace) is not None


def test_the_list_shows_each_with_a_line_of_health(page, workspace):
    an_account(workspace, name="Practice")
    an_account(workspace, "facebook", "Our page", state="new")
    session.commit()
    html = page.get("/accounts").get_data(as_text=True)
    assert "Ready. Nothing was sent in the last 7 days." in html
    assert "Not connected: what would be sent is kept in the outbox." in html


def test_an_empty_list_says_what_to_do_first(page):
    assert "Begin with the practice network" in page.get("/accounts").get_data(as_text=True)


def test_charlie_finds_none_of_it(sign_in, charlie, workspace):
    address = f"/accounts/{an_account(workspace).id}"
    session.commit()
    other = sign_in(charlie)
    assert other.get(address).status_code == 404
    assert other.post(f"{address}/removal").status_code == 404
    assert "Our practice" not in other.get("/accounts").get_data(as_text=True)
