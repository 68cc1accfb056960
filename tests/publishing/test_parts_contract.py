"""A thread and its comments, on every platform: each part exactly once and in order, whatever breaks off."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest

from app.publishing.connectors import CONNECTORS
from app.publishing.delivery import CannotTell, Kind, Part, PublishError
from tests.publishing.conftest import CASES
from tests.publishing.servers.platform import Fault

pytestmark = pytest.mark.usefixtures("reachable")
PARTS = (
    Part("one", "thread", "Second: the wool comes from Shetland."),
    Part("two", "thread", "Third: the dye comes from lichen."),
    Part("three", "comment", "Order by Friday."),
)
PLACES = {1: "part 2 of 3", 2: "part 3 of 3", 3: "the first comment"}
ROUNDS = 6  # as often as the engine would come back here


class Killed(BaseException):
    """The worker was killed with −9."""


@pytest.fixture
def delivery(delivery):
    return replace(delivery, parts=PARTS)


def ledger(platform, delivery):
    """The texts on the platform, in the order in which they came."""
    texts = [delivery.text, *(part.text for part in PARTS)]
    said = [json.dumps(post, ensure_ascii=False) for post in platform.posts]
    return [text for one in said for text in texts if text in one]


def whole(delivery):
    return [delivery.text, *(part.text for part in PARTS)]


@pytest.fixture(params=[case for case in CASES if not CONNECTORS[case[0]].carries_parts], ids="-".join)
def case(request):
    """Platforms on which each part is a request of its own."""
    return request.param


def at(platform, place, fault):
    """Let `fault` happen at the part of that place (0 is the post itself)."""
    platform.faults += [Fault("none")] * place + [fault]


def dying(connector, platform, place, after):
    """The connector of a worker that is killed at the part of that place, before its call or after it."""

    class Dying:
        made = 0

        def request(self, method, url, **options):
            before = len(platform.posts)
            creating = method == "POST" and any(word in url for word in CREATES)
            if creating and not after and self.made == place:
                raise Killed
            answer = wire.request(method, url, **options)
            self.made += creating
            if after and len(platform.posts) > before and len(platform.posts) == place + 1:
                raise Killed
            return answer

    wire = connector.wire
    connector.wire = Dying()
    return connector


CREATES = ("/api/v1/statuses", "putRecord", "sendMessage", "sendPhoto", "/messages", "/webhooks/")


def again(delivery, kept):
    """The delivery as the next attempt has it: with what was committed, and nothing else."""
    return replace(delivery, handles=deepcopy(kept[-1]) if kept else {})


def brought_to_an_end(connect, delivery, kept, unsure):
    """What the engine does until nothing is left to do: the receipt, or None where a person must look."""
    for _ in range(ROUNDS):
        resumed = again(delivery, kept)
        try:
            if unsure and (found := connect().find(resumed)):
                return found
        except CannotTell:
            if not connect().repeats_safely:
                return None
        try:
            return connect().publish(again(delivery, kept))
        except PublishError as error:
            trouble = error
        assert trouble.kind in (Kind.TRANSIENT, Kind.RATE_LIMITED, Kind.UNSURE), trouble.message
        assert trouble.out.remote_id
        unsure = trouble.kind is Kind.UNSURE
    pytest.fail("it never came to an end")


def test_a_thread_goes_out_in_order_and_hangs_together(connector, platform, delivery, kept):
    receipt = connector.publish(delivery)
    assert receipt.trouble is None
    assert ledger(platform, delivery) == whole(delivery)
    assert set(kept[-1]["parts"]) == {part.id for part in PARTS}
    assert all(known["id"] for known in kept[-1]["parts"].values())


def test_a_second_publish_sends_nothing_more(connect, platform, delivery, kept):
    connect().publish(delivery)
    connect().publish(replace(delivery, handles=json.loads(json.dumps(delivery.handles))))
    assert ledger(platform, delivery) == whole(delivery)


def test_each_part_is_committed_before_the_next_begins(connector, platform, delivery, kept):
    connector.publish(delivery)
    steps = [
        [part.id for part in PARTS if "id" in one["parts"].get(part.id, {})] for one in kept if "parts" in one
    ]
    assert steps == [[], ["one"], ["one", "two"], ["one", "two", "three"]]


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("looks", [False, True], ids=["sends", "looks"])
def test_a_worker_killed_at_a_part_leaves_no_double(connect, platform, delivery, kept, place, after, looks):
    """Whether the next one looks first, as the engine does, or sends at once."""
    connector = connect()
    with pytest.raises(Killed):
        dying(connector, platform, place, after).publish(delivery)
    out = ledger(platform, delivery)
    assert out == whole(delivery)[: place + after]
    receipt = brought_to_an_end(connect, delivery, kept, unsure=looks)
    if receipt is None:  # nobody can know, so a person is asked, and nothing is sent
        assert not platform.shows_history
        assert ledger(platform, delivery) == out
    else:
        assert ledger(platform, delivery) == whole(delivery)


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop", after=True),
        Fault("drop", after=False),
        Fault("status", False, 500),
        Fault("status", True, 502),
    ],
    ids=["drop after", "drop before", "500 before", "502 after"],
)
def test_a_part_without_an_answer_is_looked_for_before_it_is_sent(
    connect, platform, delivery, kept, place, fault
):
    at(platform, place, fault)
    with pytest.raises(PublishError) as caught:
        connect().publish(delivery)
    assert PLACES[place] in caught.value.message
    assert caught.value.kind is Kind.UNSURE or connect().repeats_safely
    out = ledger(platform, delivery)
    receipt = brought_to_an_end(connect, delivery, kept, unsure=caught.value.kind is Kind.UNSURE)
    if receipt is None:
        assert not platform.shows_history
        assert ledger(platform, delivery) == out
    else:
        assert ledger(platform, delivery) == whole(delivery)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_rate_limit_in_the_middle_resumes_there(connect, platform, delivery, kept, place):
    at(platform, place, Fault("status", False, 429))
    with pytest.raises(PublishError) as caught:
        connect().publish(delivery)
    assert caught.value.kind is Kind.RATE_LIMITED
    assert ledger(platform, delivery) == whole(delivery)[:place]
    receipt = connect().publish(again(delivery, kept))
    assert ledger(platform, delivery) == whole(delivery)
    assert receipt.trouble is None
    assert receipt.out_at is not None


def test_a_part_that_is_refused_ends_the_thread_and_not_the_comments(connect, platform, delivery, kept):
    at(platform, 1, Fault("status", False, 422))
    receipt = connect().publish(delivery)
    assert receipt.remote_id
    assert receipt.trouble.startswith("Part 2 of 3 is not out: ")
    assert ledger(platform, delivery) == [delivery.text, "Order by Friday."]
    connect().publish(again(delivery, kept))  # nothing tries again by itself what was refused
    assert ledger(platform, delivery) == [delivery.text, "Order by Friday."]


def test_a_part_that_keeps_failing_is_given_up_and_the_post_stays_out(connect, platform, delivery, kept):
    error, limit = None, 0
    while limit < 20:
        limit += 1
        at(platform, 0 if kept else 1, Fault("status", False, 503))
        try:
            receipt = connect().publish(again(delivery, kept))
            break
        except PublishError as caught:
            error = caught
            if caught.kind is Kind.UNSURE:  # it is settled by looking, not by counting
                return
    assert error.out.remote_id == receipt.remote_id
    assert "part 2 of 3 is not out" in receipt.trouble.lower()
    assert limit == 5


def test_a_follow_up_is_an_answer_to_the_post(connect, platform, delivery):
    root = connect().publish(replace(delivery, parts=()))
    follow_up = replace(
        delivery, key="0199-a-key-of-its-own", parts=(), pictures=(), text="Last sizes in stock.",
        reply_to=root.remote_id, handles={},
    )  # fmt: skip
    shown = json.dumps(connect().payload(follow_up)["requests"])
    assert "Last sizes in stock." in shown
    assert shown.count('"method"') == 1
    receipt = connect().publish(follow_up)
    assert receipt.remote_id != root.remote_id
    assert len(platform.posts) == 2
    assert "Last sizes in stock." in json.dumps(platform.posts[1])
    try:
        found = connect().find(replace(follow_up, handles={}))
    except CannotTell:
        assert not platform.shows_history
    else:
        assert found.remote_id == receipt.remote_id
    assert connect().publish(follow_up).remote_id == receipt.remote_id
    assert len(platform.posts) == 2


def test_an_edit_between_two_tries_does_not_send_a_part_again(connect, platform, delivery, kept):
    at(platform, 2, Fault("status", False, 429))
    with pytest.raises(PublishError):
        connect().publish(delivery)
    changed = tuple(replace(part, text=f"{part.text} (Edited.)") for part in reversed(PARTS[:2]))
    connect().publish(replace(again(delivery, kept), parts=(*changed, PARTS[2])))
    assert len(platform.posts) == 4
    assert "Third: the dye comes from lichen. (Edited.)" in json.dumps(platform.posts[2])
