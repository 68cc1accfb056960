"""What every connector does, said once and run over all of them, against real HTTP servers."""

import json
import logging
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.core.waiting import in_lane, start_lane
from app.publishing.connector import CannotTell, Connector, Kind, Metrics, PublishError
from tests.patience import LIMIT
from tests.publishing.servers import as_answer, failure, impatient, stir, stop
from tests.publishing.servers.platform import Said

pytestmark = pytest.mark.usefixtures("reachable")


class TestEveryConnector:
    def test_it_publishes_and_returns_a_receipt(self, connector, platform, delivery, kept):
        receipt = connector.publish(delivery)
        assert receipt.remote_id
        assert len(platform.posts) == 1
        assert delivery.text in json.dumps(platform.posts[0], ensure_ascii=False)
        assert delivery.handles["remote_id"] == receipt.remote_id
        assert all("remote_id" not in one for one in kept)  # what came of it is written down next, once

    def test_the_address_that_a_person_copies_there_names_the_post(self, connector, delivery):
        receipt = connector.publish(delivery)
        known = connector.named(receipt.url, delivery.key)
        assert known in (receipt.remote_id, delivery.key)
        for url in (None, "https://elsewhere.example/about", f"{receipt.url}/likes"):
            assert connector.named(url, delivery.key) in (None, delivery.key)

    def test_it_publishes_a_picture_with_its_words(self, connector, platform, delivery, picture):
        connector.publish(replace(delivery, pictures=(picture,)))
        assert len(platform.posts) == 1

    def test_it_publishes_in_a_lane_and_writes_beside_it(self, connect, platform, delivery, picture):
        """What blocks in a lane holds up every other one."""
        blocked = []
        connector = connect(remember=lambda _: blocked.append(in_lane()))
        sent = replace(delivery, pictures=(picture,), on_keep=lambda _: blocked.append(in_lane()))
        assert start_lane(connector.publish, sent).result(LIMIT).remote_id
        assert len(platform.posts) == 1
        assert True not in blocked

    def test_it_publishes_several_pictures(self, connector, platform, delivery, picture):
        connector.publish(replace(delivery, pictures=(picture, picture, picture)))
        assert len(platform.posts) == 1

    def test_it_sends_the_link_even_where_the_text_lacks_it(self, connector, platform, delivery):
        connector.publish(replace(delivery, link="https://lochcarron.example/autumn"))
        assert "https://lochcarron.example/autumn" in json.dumps(platform.posts[0]).replace("\\/", "/")

    def test_it_adds_the_first_comment(self, connector, platform, delivery):
        receipt = connector.publish(replace(delivery, first_comment="Order by Friday."))
        assert receipt.trouble is None
        assert "Order by Friday." in json.dumps(platform.posts)

    def test_a_comment_that_fails_does_not_fail_the_post(self, connector, platform, delivery):
        answer = platform.answer
        refused = platform.error(422)
        platform.answer = lambda asked: (
            refused if platform.posts and platform.creates(asked) else answer(asked)
        )
        receipt = connector.publish(replace(delivery, first_comment="Order by Friday."))
        assert receipt.remote_id
        assert len(platform.posts) == 1
        assert "refused" in (receipt.trouble or "") or "Order by Friday." in json.dumps(platform.posts)

    def test_it_says_reconnect_when_the_token_is_revoked(self, connector, platform, delivery):
        platform.revoked = True
        assert failure(connector, delivery).kind is Kind.RECONNECT
        assert platform.posts == []

    def test_it_says_until_when_to_wait(self, connector, platform, delivery):
        platform.limited = "named"
        asked = datetime.now(UTC)
        error = failure(connector, delivery)
        assert error.kind is Kind.RATE_LIMITED
        assert asked + timedelta(seconds=34) <= error.until <= datetime.now(UTC) + timedelta(seconds=39)
        left = (error.until - datetime.now(UTC)).total_seconds()
        assert left <= error.retry_in <= (error.until - asked).total_seconds()

    def test_it_says_when_to_try_again_even_if_the_platform_does_not(self, connector, platform, delivery):
        platform.limited = "silent"
        error = failure(connector, delivery)
        assert error.kind is Kind.RATE_LIMITED
        assert error.retry_in == pytest.approx(connector.patience, abs=5)

    def test_it_tells_why_the_platform_refused(self, connector, platform, delivery):
        platform.status(422, after=False)
        error, reason = failure(connector, delivery), connector.reason(as_answer(platform.error(422)))
        assert error.kind is Kind.REFUSED
        assert reason
        assert reason in error.message

    def test_it_says_transient_when_nobody_listens(self, connector, platform, delivery):
        connector.publish(replace(delivery, key=str(uuid4()), handles={}))
        platform.__exit__()
        stop(connector)
        assert failure(connector, delivery).kind is Kind.TRANSIENT

    @pytest.mark.parametrize(
        "trouble",
        [
            lambda platform: platform.drop(after=False),
            lambda platform: platform.drop(after=True),
            lambda platform: platform.status(500, after=False),
            lambda platform: platform.status(502, after=True),
            lambda platform: platform.status(504, after=True),
            lambda platform: platform.hang(),
        ],
        ids=["drop before", "drop after", "500 before", "502 after", "504 after", "hang"],
    )
    def test_it_never_doubles_after_an_unknown_outcome(self, connect, platform, delivery, trouble):
        """Unsure, and nobody repeats blindly; or a repeat with the same key makes no second post."""
        carried_out = trouble(platform)
        error = failure(impatient(connect(), platform), delivery)
        assert carried_out is None or carried_out.wait(LIMIT)
        if error.kind is Kind.TRANSIENT:
            assert connect().repeats_safely
            receipt = connect().publish(delivery)
            assert receipt.remote_id
            assert len(platform.posts) == 1
            return
        assert error.kind is Kind.UNSURE
        try:
            found = connect().find(delivery)
        except CannotTell:
            assert not platform.shows_history
        else:
            assert bool(found) == bool(platform.posts)

    @pytest.mark.parametrize("strange", [{}, [], b"<html>Welcome</html>", {"ok": True}, None])
    def test_a_strange_answer_leaves_the_post_unsure(self, connector, platform, delivery, strange):
        answer = platform.answer
        platform.answer = lambda asked: Said(200, strange) if platform.creates(asked) else answer(asked)
        try:
            receipt = connector.publish(delivery)
        except PublishError as error:
            kind = error.kind
        else:  # to a receiver whose every 2xx means yes, nothing is strange
            kind = Kind.UNSURE
            assert receipt.remote_id == delivery.key
        assert kind is Kind.UNSURE or (kind is Kind.TRANSIENT and connector.repeats_safely)

    def test_it_finds_what_it_published(self, connector, connect, platform, delivery):
        receipt = connector.publish(delivery)
        assert connect().find(delivery).remote_id == receipt.remote_id
        forgetful = replace(delivery, handles={})
        try:
            found = connect().find(forgetful)
        except CannotTell:
            assert not platform.shows_history
        else:
            assert (found.remote_id, found.url) == (receipt.remote_id, receipt.url)

    def test_it_reads_back_what_it_published_or_says_that_nobody_can(self, connect, platform, delivery):
        began = datetime.now(UTC) - timedelta(seconds=10)
        receipt, other = connect().publish(delivery), connect()
        if not platform.shows_history:
            try:
                assert other.read_back(began) == []
            except CannotTell:
                assert not other.reads_back
            return
        assert other.reads_back
        assert other.read_back(datetime.now(UTC) + timedelta(hours=1)) == []
        [seen] = other.read_back(began)
        assert (seen.receipt.remote_id, other.plain(seen.text)) == (receipt.remote_id, other.plain(delivery.text))
        assert abs(seen.at - datetime.now(UTC)) < timedelta(minutes=10)

    def test_it_finds_nothing_where_there_is_nothing(self, connector, platform, delivery):
        connector.publish(replace(delivery, key=str(uuid4()), text="Else.", handles={}))
        try:
            found = connector.find(delivery)
        except CannotTell:
            assert not platform.shows_history
        else:
            assert found is None

    def test_a_post_that_is_known_to_be_out_is_never_sent_again(self, connect, platform, delivery):
        first = connect().publish(delivery)
        assert connect().publish(delivery).remote_id == first.remote_id
        assert len(platform.posts) == 1

    def test_it_never_shows_a_secret(self, slug, connect, platform, delivery, picture, caplog, kept):
        caplog.set_level(logging.DEBUG)
        full = replace(delivery, pictures=(picture,), link="https://a.example", first_comment="Hello.")
        shown = []
        for trouble in ("none", "revoked", "limited", "422", "502", "drop", "hang"):
            connector = impatient(connect(), platform)
            stir(platform, trouble)
            try:
                one = replace(full, key=str(uuid4()), handles={})
                shown.append(json.dumps(connector.payload(one)))
                shown.append(repr(connector.publish(one)))
            except PublishError as error:
                shown.append("".join(traceback.format_exception(error)))
            shown.append(f"{connector!r} {connector.credentials!r}")
            secrets = connector.secrets()
            assert secrets
            everything = "\n".join(shown) + caplog.text + json.dumps(kept)
            assert [secret for secret in secrets if secret in everything] == []

    def test_its_payload_is_what_it_sends(self, connector, platform, delivery, picture):
        full = replace(delivery, pictures=(picture,), first_comment="Order by Friday.")
        requests = connector.payload(full)["requests"]
        assert all({"method", "url"} <= set(request) for request in requests)
        before = len(platform.asked)
        connector.publish(full)
        sent = [asked for asked in platform.asked[before:] if asked.method != "GET"]
        paths = [asked.path for asked in sent if "Session" not in asked.path]
        assert len(paths) == len(requests)
        for request, path in zip(requests, paths, strict=True):
            shown = request["url"].split("?")[0]
            assert request["method"] == "POST"
            assert shown.rsplit("/", 1)[-1] in ("(token)", path.rsplit("/", 1)[-1])
        text = json.dumps(requests, ensure_ascii=False)
        assert delivery.text in text.replace("\\n", "\n")
        assert picture.name in text
        assert "Order by Friday." in text

    def test_check_says_whose_account_it_is(self, connector):
        profile = connector.check()
        assert profile.remote_id
        assert profile.handle
        assert profile.display_name
        json.dumps(profile.limits)

    def test_check_says_reconnect_when_the_token_is_revoked(self, connector, platform):
        platform.revoked = True
        with pytest.raises(PublishError, match="no longer accepts this connection"):
            connector.check()

    def test_it_measures_what_it_says_it_measures(self, connector, delivery):
        receipt = connector.publish(delivery)
        counts = connector.metrics([receipt.remote_id]).get(receipt.remote_id, Metrics())
        assert set(counts.model_dump(exclude_none=True)) == set(connector.measures)

    def test_it_removes_where_the_platform_allows(self, connector, platform, delivery):
        receipt = connector.publish(delivery)
        if type(connector).remove is Connector.remove:
            with pytest.raises(PublishError):
                connector.remove(receipt.remote_id)
            return
        connector.remove(receipt.remote_id)
        assert platform.posts == []
        connector.remove(receipt.remote_id)  # gone already is no error

    def test_it_sees_whether_a_post_is_still_there(self, connector, delivery):
        receipt = connector.publish(delivery)
        if type(connector).still_there is Connector.still_there:
            with pytest.raises(CannotTell):
                connector.still_there(receipt.remote_id)
            return
        assert connector.still_there(receipt.remote_id)
        connector.remove(receipt.remote_id)
        assert not connector.still_there(receipt.remote_id)
