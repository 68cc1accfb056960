"""What is asked of others ahead: whether an account still works, and whether a link leads anywhere."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import text, update

from app.core.database import db, session
from app.core.time import now
from app.schedule.foreseen import ConnectionCheck
from tests.publishing.servers.platform import Platform, Said
from tests.schedule.cast import a_post, an_account, on, planned
from tests.schedule.looking_ahead import found, look


class TestConnections:
    def test_an_account_is_asked_once_in_six_hours(self, workspace, mastodon):
        account = on(mastodon, workspace)
        for n in range(3):
            planned(account, "mastodon/status", post=a_post(workspace, f"Number {n}."))
        for _ in range(3):
            look(workspace)
        assert asked(mastodon) == 1
        aged(account, checked_at=timedelta(hours=6))
        look(workspace)
        assert asked(mastodon) == 2

    def test_a_person_who_asks_gets_a_fresh_answer(self, workspace, mastodon):
        account = on(mastodon, workspace)
        planned(account, "mastodon/status")
        look(workspace)
        mastodon.revoked = True
        aged(account, checked_at=timedelta(minutes=2))
        look(workspace, by_hand=True)
        [said] = found(workspace).values()
        assert said == "Our mastodon: Mastodon no longer accepts this connection: The access token is invalid"
        assert account.state == "connected"  # a look changes nothing; the engine decides

    def test_a_platform_that_is_down_is_no_failure_until_that_lasts(self, workspace, mastodon):
        account = on(mastodon, workspace)
        planned(account, "mastodon/status", minutes=600)
        mastodon.answer = lambda asked: mastodon.error(503)
        look(workspace)
        assert found(workspace) == {}
        aged(account, checked_at=timedelta(hours=2), since=timedelta(hours=2))
        told = look(workspace)
        assert (told.will, told.might) == (0, 1)
        [said] = found(workspace).values()
        assert said.startswith("Mastodon has not answered Our mastodon since ")

    def test_no_transaction_is_open_while_a_platform_is_asked(self, committed, mastodon):
        account = on(mastodon, committed.workspace)
        planned(account, "mastodon/status")
        session.commit()
        answer, idle = mastodon.answer, []

        def spied(asked):
            with db.engine.connect() as other:
                busy = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                idle.append(other.scalar(text(busy)))
            return answer(asked)

        mastodon.answer = in_app(spied)
        look(committed.workspace)
        assert idle
        assert set(idle) == {0}


def in_app(call):
    app = current_app._get_current_object()

    def within(asked):
        with app.app_context():
            return call(asked)

    return within


def asked(mastodon):
    return sum(one.path.endswith("accounts/verify_credentials") for one in mastodon.asked)


def aged(account, **ago):
    changes = {name: now() - gap for name, gap in ago.items()}
    session.execute(update(ConnectionCheck).where(ConnectionCheck.account_id == account.id).values(**changes))
    session.commit()


class Shop(Platform):
    """A web server with some pages."""

    def creates(self, asked):
        return False

    def answer(self, asked):
        return Said({"/scarf": 200, "/gone": 404, "/over": 410, "/broken": 500}.get(asked.path, 404))


class TestLinks:
    def test_links_that_lead_nowhere_are_named_and_asked_for_once(self, workspace):
        account = an_account(workspace)
        with Shop() as shop:
            for page in ("scarf", "broken"):
                planned(account, post=a_post(workspace, f"See {shop.url}/{page}.", link=f"{shop.url}/scarf"))
            said = planned(account, post=a_post(workspace, f"All of it: {shop.url}/gone, at last."))
            linked = planned(account, post=a_post(workspace, "Read on.", link=f"{shop.url}/over"))
            planned(account, post=a_post(workspace, "Nobody lives there: http://127.0.0.1:9/"))
            for _ in range(2):
                told = look(workspace)
            assert sorted(one.path for one in shop.asked) == ["/broken", "/gone", "/over", "/scarf"]
        assert (told.will, told.might) == (0, 2)
        assert found(workspace) == {
            (said.id, "link"): f"{shop.url}/gone leads nowhere: its server says that it is not there (404).",
            (linked.id, "link"): f"{shop.url}/over leads nowhere: its server says that it is not there (410).",
        }
