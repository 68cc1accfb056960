"""What is going to fail within 72 hours is named while there is time to mend it, and nothing else is."""

import io
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import current_app
from PIL import Image
from sqlalchemy import event, text, update

from app.accounts.notices import Notice
from app.catalogue.models import Product
from app.core.database import db, session
from app.core.time import now
from app.platforms.models import Capability, Channel
from app.posts import library
from app.posts.models import PostMedia
from app.posts.writing import compose, save
from app.publishing.accounts import try_out
from app.publishing.models import Attempt
from app.schedule import preflight
from app.schedule.digest import digest
from app.schedule.foreseen import ConnectionCheck, PreflightFinding
from app.schedule.freshness import send_anyway
from app.schedule.guard import digest_of
from app.schedule.words import in_words
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.publishing.servers.platform import Platform, Said
from tests.schedule.cast import a_post, an_account, planned, with_rules

PRACTICE = "practice/feed_post"
HALF = timedelta(minutes=30)


@pytest.fixture
def mastodon():
    with Mastodon() as server:
        yield server


def look(workspace, **more):
    return preflight.look(workspace, lanes=0, **more)


def found(workspace):
    """What is open: the sentence of each finding by its post and kind."""
    session.expire_all()
    open_ones = PreflightFinding.of(workspace).where(PreflightFinding.solved_at.is_(None))
    return {(one.scheduled_post_id, one.kind): one.sentence for one in open_ones}


def on(server, workspace, name=None):
    secrets = {field: str(value) for field, value in server.credentials().items()}
    return an_account(workspace, server.slug, name, secrets)


def drawn(workspace, alice, name, colour):
    content = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(content, "PNG")
    return library.keep(workspace, name, content.getvalue(), alice, "The loom.")


def with_picture(post, media):
    post.pictures.append(PostMedia(workspace_id=post.workspace_id, media_id=media.id, media=media, alt_text="Loom."))
    session.flush()
    return post


def tighten(workspace, slug, key, number):
    channel = Channel.by_slug(workspace, slug)
    rule = next(one for one in channel.requirements if one.key == key)
    rule.value, rule.max_value = str(number), number
    session.flush()


class Planted:
    """Posts of the next two days, each with one thing that will go wrong, and how each is mended."""

    def __init__(self, workspace, alice, mastodon):
        self.workspace, self.alice, self.mastodon = workspace, alice, mastodon
        self.posts, self.sentences, self.repairs, self.hours = {}, {}, [], 1
        self.ours = an_account(workspace)
        for plant in (self.accounts, self.expiry, self.scope, self.pictures, self.post, self.products):
            plant()
        session.commit()

    def due(self, kind, sentence, account=None, post=None, slug=PRACTICE):
        post = post or a_post(self.workspace, f"Tartan number {self.hours}, woven in Lochcarron.")
        self.hours += 1
        made = planned(account or self.ours, slug, minutes=60 * self.hours, post=post)
        self.posts[kind], self.sentences[kind] = made, sentence
        return made

    def accounts(self):
        new = an_account(self.workspace, name="Not yet", state="new")
        self.due("outbox", "Not yet is not connected, so the post stays in the outbox.", new)
        lost = an_account(self.workspace, name="Lost", state="reconnect")
        self.due("reconnect", "Lost must be connected again.", lost)
        rests = an_account(self.workspace, name="Resting", state="paused")
        self.due("paused", "Resting is paused.", rests)
        unknown = an_account(self.workspace, name="Forgotten", mood="expired")
        self.due("refused", "Forgotten: The practice network no longer knows this account.", unknown)

        def mend():
            for account in (new, lost):
                account.connected(str(account.id), None, None)
            rests.resume(self.alice)
            unknown.settings = {}
            session.flush()
            assert try_out(unknown)[0]

        self.repairs.append(mend)

    def expiry(self):
        account, ends = an_account(self.workspace, name="Ending"), now() + timedelta(minutes=90)
        account.keep_secrets({"token": "x"}, expires={"token": ends})
        when = in_words(ends, "Europe/London")
        self.due("expires", f"The access to Ending ends on {when}, before this post is due.", account)
        self.repairs.append(lambda: account.keep_secrets({"token": "y"}))

    def scope(self):
        self.mastodon.scopes = ["read", "write:statuses"]
        account = on(self.mastodon, self.workspace)
        media = drawn(self.workspace, self.alice, "warp.png", "red")
        post = with_picture(a_post(self.workspace, "With a picture."), media)
        self.due("scope", "Our mastodon lacks the permission write:media.", account, post, "mastodon/media_status")

        def mend():
            self.mastodon.scopes = ["read", "write"]
            assert try_out(account)[0]

        self.repairs.append(mend)

    def pictures(self):
        gone = drawn(self.workspace, self.alice, "shuttle.png", "green")
        post = with_picture(a_post(self.workspace, "The shuttle."), gone)
        self.due("picture", "The file of shuttle.png is no longer here.", post=post)
        kept = gone.path.read_bytes()
        gone.path.unlink()
        post = a_post(self.workspace, "Two pictures.")
        for colour in ("blue", "yellow"):
            with_picture(post, drawn(self.workspace, self.alice, f"{colour}.png", colour))
        said = "Practice network feed post allows 1 picture; this has 2."
        self.due("media", said, post=post)
        tighten(self.workspace, PRACTICE, "max_images", 1)
        self.repairs.append(lambda: gone.path.write_bytes(kept))
        self.repairs.append(lambda: tighten(self.workspace, PRACTICE, "max_images", 4))

    def post(self):
        long = self.due("rules", "", post=a_post(self.workspace, "Nine tartans. " * 40))
        self.sentences["rules"] = "Practice network feed post allows 500 characters; this has 560."
        tighten(self.workspace, PRACTICE, "max_characters", 500)
        put_away = self.due("archived", "The post was put into the archive.").post
        put_away.archive(self.alice)
        again = a_post(self.workspace, "Tartan  NUMBER 2, woven in Lochcarron.")
        first = self.due("first", "", post=a_post(self.workspace, "Tartan number 2, woven in Lochcarron."))
        when = in_words(first.scheduled_time, "Europe/London")
        del self.posts["first"], self.sentences["first"]
        said = f"Our practice has the same text on {when}, and says nothing twice within 7 days."
        twice = self.due("twice", said, post=again)
        self.repairs += [
            lambda: setattr(long.post, "text", "Nine tartans."), lambda: put_away.unarchive(self.alice),
            lambda: twice.cancel(self.alice),
        ]  # fmt: skip

    def products(self):
        scarf, rug = (self.product(number, name) for number, name in enumerate(("Highland scarf", "Travel rug")))
        of_scarf = compose(self.workspace, self.alice, text="The scarf, £29.95.", product_id=scarf.id)
        of_rug = compose(self.workspace, self.alice, text="The rug is back.", product_id=rug.id)
        self.due("price", "Price is now £34.95; the post was written at £29.95.", post=of_scarf)
        self.due("stock", "Travel rug is out of stock; there were 3 when the post was written.", post=of_rug)
        scarf.price, rug.stock = Decimal("34.95"), 0
        self.repairs += [
            lambda: save(self.workspace, of_scarf, self.alice, text="The scarf, £34.95."),
            lambda: send_anyway(self.posts["stock"], self.alice),
        ]

    def product(self, number, name):
        made = Product(
            workspace_id=self.workspace.id, external_id=str(number), name=name, price=Decimal("29.95"),
            currency="GBP", stock=3,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made


@pytest.fixture
def plants(workspace, alice, mastodon):
    return Planted(with_rules(workspace), alice, mastodon)


class TestComingFailures:
    def test_a_clean_week_names_nothing(self, workspace, alice, mastodon):
        for slug, account in ((PRACTICE, an_account(workspace)), ("mastodon/status", on(mastodon, workspace))):
            for day in range(7):
                post = a_post(workspace, f"Tartan number {day}, woven in Lochcarron.")
                planned(account, slug, minutes=1440 * day + 30, post=post)
        with_picture(post, drawn(workspace, alice, "loom.png", "red"))
        told = look(workspace)
        assert found(workspace) == {}
        assert told.words() == "6 posts looked at: nothing stands in the way."

    def test_each_of_thirteen_planted_is_named_and_nothing_else(self, workspace, plants):
        told = look(workspace)
        assert told == (14, 12, 0)  # what an account that was never connected has is kept, and wakes nobody
        assert found(workspace) == {(plants.posts[kind].id, kind): said for kind, said in plants.sentences.items()}

    def test_what_is_mended_leaves_the_list(self, workspace, plants):
        look(workspace)
        for repair in plants.repairs:
            repair()
        session.commit()
        told = look(workspace)
        assert found(workspace) == {}
        assert told.words() == "13 posts looked at: nothing stands in the way."

    def test_a_second_look_writes_nothing(self, workspace, plants):
        look(workspace)
        before = rows(workspace)
        look(workspace)
        assert rows(workspace) == before

    def test_what_is_wrong_again_counts_from_then_on(self, workspace):
        account = an_account(workspace, state="paused")
        planned(account)
        look(workspace)
        [first] = rows(workspace)
        account.state = "connected"
        look(workspace)
        account.state = "paused"
        look(workspace)
        [then] = rows(workspace)
        assert (then[0], then[2]) == (first[0], None)
        assert then[1] > first[1]


def rows(workspace):
    session.expire_all()
    of = PreflightFinding.of(workspace).order_by(PreflightFinding.id)
    return [(one.id, one.found_at, one.solved_at, one.updated_at) for one in of]


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


def attempt(post, at):
    """A try of a post that was accepted."""
    made = Attempt(
        workspace_id=post.workspace_id, scheduled_post_id=post.id, account_id=post.account_id, key=post.key,
        outcome="accepted", started_at=at, text_digest=digest_of(post.post.text),
    )  # fmt: skip
    session.add(made)
    session.flush()


class TestTelling:
    def test_one_digest_a_day_and_only_when_something_will_fail(self, workspace):
        account = an_account(workspace)
        planned(account)
        look(workspace)
        assert told_of(workspace) == []
        account.state = "paused"
        for _ in range(3):
            look(workspace)
        assert told_of(workspace) == [("A post will fail within 72 hours", None)]
        session.execute(text("UPDATE preflight_runs SET told_at = told_at - interval '1 day'"))
        session.execute(text("UPDATE notices SET cause = 'preflight yesterday'"))
        look(workspace)
        assert [ending is None for _, ending in told_of(workspace)] == [False, True]

    def test_it_closes_when_nothing_stands_in_the_way(self, workspace):
        account = an_account(workspace, state="reconnect")
        planned(account)
        look(workspace)
        account.state = "connected"
        look(workspace)
        assert told_of(workspace) == [("A post will fail within 72 hours", "Nothing stands in the way any more.")]

    def test_it_names_the_causes(self, workspace):
        planned(an_account(workspace, state="reconnect"))
        planned(an_account(workspace, name="Resting", state="paused"))
        look(workspace)
        [notice] = Notice.of(workspace)
        assert notice.sentence == (
            "2 posts will fail within 72 hours unless something is done. "
            "Our practice: needs reconnecting (1); Resting: paused (1)."
        )


def told_of(workspace):
    session.expire_all()
    return [(one.title, one.ending) for one in Notice.of(workspace).order_by(Notice.id)]


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


@contextmanager
def counted():
    """The statements that were sent meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) and "set_config" not in statement:
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


MULTIPLY = """
    INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id,
                                 scheduled_time, zone, state, late_policy, late_minutes, due_at, tries)
    SELECT gen_random_uuid(), workspace_id, post_id, account_id, platform_id, channel_type_id,
           scheduled_time + n * interval '2 minutes', zone, state, late_policy, late_minutes,
           due_at + n * interval '2 minutes', 0
    FROM scheduled_posts, generate_series(1, :many) AS n WHERE scheduled_posts.id = :id
"""


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


class TestManyPosts:
    def test_the_number_of_queries_does_not_grow_with_the_posts(self, workspace):
        scarf = Product(workspace_id=workspace.id, external_id="1", name="Scarf", price=Decimal("1.00"), stock=0)
        session.add(scarf)
        session.flush()
        post = a_post(workspace, "Scarf", product_id=scarf.id)
        one = planned(an_account(workspace, state="paused"), minutes=30, post=post)
        look(workspace)
        session.execute(text("DELETE FROM preflight_findings"))
        with counted() as few:
            look(workspace)
        session.execute(text("DELETE FROM preflight_findings"))
        session.execute(text(MULTIPLY), {"many": 900, "id": one.id})
        with counted() as many:
            told = look(workspace)
        assert told == (901, 901, 0)
        assert len(many) == len(few) <= 25
