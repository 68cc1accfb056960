"""Tries are written down many at a time: one that cannot be takes no other with it, and never comes round again."""

import asyncio
from types import SimpleNamespace

from app.accounts import instance
from app.core.waiting import start_lane, wait_for
from app.publishing.breaker import Breaker
from app.publishing.delivery import Receipt
from app.schedule import sending
from app.schedule.claiming import Claims
from app.schedule.engine import checked, late_answer, send_all
from app.schedule.gathering import Gathering
from app.schedule.leases import Lease
from app.schedule.ledger import Ledger, Try
from tests.publishing.servers.webhook import Server as Webhook
from tests.schedule.cast import a_post, an_account, planned, story


def test_one_that_cannot_be_written_down_is_held_and_the_others_go(world):
    with Webhook() as server:
        secrets = {name: str(value) for name, value in server.credentials().items()}
        account = an_account(world.workspace, "webhook", secrets=secrets)
        posts = [
            planned(account, "webhook/message", minutes=-1, post=a_post(world.workspace, f"Tartan number {n}."))
            for n in range(3)
        ]
        lease = Lease()
        claims = Claims(lease, instance.watch())
        taken = claims.take([one.id for one in claims.accounts()])
        [lane] = checked(lease, [post for run in taken.values() for post in run])
        odd = lane[1]
        odd.handles = {"session": "a sign that no table takes: \x00"}
        book = Ledger(lease, None, late_answer(lease))
        send_all(lane, sending.Worker(lease, book, Breaker()))
        assert len(server.posts) == 2
    states = {post.id: post.state for post in posts}
    assert states.pop(odd.id) == "held"
    assert set(states.values()) == {"published"}
    [held] = [post for post in posts if post.id == odd.id]
    assert story(held)[-1] == (
        "hold",
        "Held. What would be sent holds something that cannot be kept, so nothing was sent. Write it anew.",
    )


def test_a_late_answer_that_cannot_be_written_down_takes_no_other_with_it(world):
    told, late = [], [Try(n, None, None, SimpleNamespace(id=n), None, {}, "", Receipt("1")) for n in range(3)]

    def tell(one):
        if one is late[0]:
            raise LookupError("its post was removed meanwhile")
        told.append(one)

    book = Ledger(Lease(), None, tell)
    assert book._write(lambda _: set(), late) == set()
    assert told == late[1:]


class TestGathering:
    def gathered(self, app, things, deal, window=0.0):
        """What `deal` answers to each of these things, handed in by a lane each."""

        def work():
            gathering = Gathering(app, window, deal)
            lanes = [start_lane(gathering.ask, thing) for thing in things]
            answers = [wait_for(asyncio.wrap_future(lane)) for lane in lanes]
            gathering.close()
            return answers

        return start_lane(work).result(20)

    def test_everyone_gets_the_answer_to_what_they_handed_in(self, app):
        odd = self.gathered(app, range(9), lambda things: {one for one in things if one % 2})
        assert odd == [False, True, False, True, False, True, False, True, False]

    def test_what_comes_while_it_is_busy_is_dealt_with_together(self, app):
        lots = []

        def deal(things):
            wait_for(asyncio.sleep(0.01))
            lots.append(len(things))
            return set(things)

        assert all(self.gathered(app, range(40), deal))
        assert sum(lots) == 40
        assert len(lots) < 10

    def test_nobody_waits_for_ever_when_it_breaks(self, app, caplog):
        def deal(things):
            raise ArithmeticError("broken on purpose")

        assert self.gathered(app, range(3), deal) == [False, False, False]

    def test_closing_deals_with_what_is_left(self, app):
        kept = []

        def work():
            gathering = Gathering(app, 5.0, lambda things: kept.extend(things) or set())
            for n in range(5):
                gathering.hand_in(n)
            gathering.close()

        start_lane(work).result(20)
        assert kept == [0, 1, 2, 3, 4]
