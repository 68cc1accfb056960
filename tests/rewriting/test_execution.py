"""One run of a process: asked for, done by a worker, kept, repeated, stopped, found again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.articles.models import Article, Section
from app.catalogue.models import Product
from app.core.database import enter, session
from app.core.errors import Invalid, Missing, NotAllowed, WrongState
from app.core.queue import redis
from app.core.time import now
from app.platforms.models import Channel
from app.posts.drafting import draft_from
from app.rewriting.asking import Wish, rewrite_here
from app.rewriting.models import ContentProcess, Execution
from app.rewriting.providers import OpenAICompatible
from tests.rewriting.conftest import GOOD

TEXT = (
    "A soft wool scarf, woven in the Scottish Borders. It keeps the cold wind out all winter long. "
    "Every scarf is 180 cm long and made from 100% lambswool. Families have worn their tartan for centuries. "
    "The looms stand in a mill by the river. A weaver checks each end of the cloth by hand before it "
    "is washed. The water of the river is soft, which keeps the wool supple. A scarf "
    "takes about an hour on the loom. Offcuts become bookmarks, so that nothing is thrown away."
)


@pytest.fixture
def feed(workspace):
    return ContentProcess.of_channel(Channel.by_slug(workspace, "facebook/feed_post"))


@pytest.fixture
def section(workspace):
    article = Article(
        workspace_id=workspace.id, title="Weaving in the Borders", url="https://blog.example/weaving",
        body=TEXT,
        summary="How scarves are woven.", tags=["weaving", "wool"], digest="d", content_digest="c",
        published_at=now(),
    )  # fmt: skip
    article.sections = [
        Section(workspace_id=workspace.id, position=1, heading="The loom", text=TEXT, word_count=40),
        Section(workspace_id=workspace.id, position=2, heading="The wool", text=TEXT, word_count=40),
    ]
    session.add(article)
    session.flush()
    return article.sections[0]


@pytest.fixture
def product(workspace):
    made = Product(
        workspace_id=workspace.id, external_id="1", sku="TS-12", name="Tartan Scarf", description=TEXT,
        price=Decimal("29.95"), currency="GBP", url="https://shop.example/scarf",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_the_built_in_writer_does_it_and_the_history_keeps_all(feed, bob):
    run = Execution.ask(feed, text=TEXT, by=bob)
    assert (run.state, run.asked_by_id) == ("pending", bob.id)
    run.run()
    assert (run.state, run.fit_to_schedule, run.by_built_in_writer) == ("success", True, True)
    assert 150 <= len(run.text) <= 200
    assert run.text.count("#") == 3
    assert run.result["length"]["count"] == len(run.text)
    checks = {check["code"]: check["passed"] for check in run.result["checks"]}
    assert checks["exact_hashtags"]
    assert checks["cta_required"]
    assert "max_hashtags" in checks
    assert run.execution_time is not None
    assert run.card()["state"] == "success"


def test_a_changed_rule_changes_the_next_text(feed, mona):
    feed.keep("constraints", "exact_hashtags", "1", mona)
    run = Execution.ask(feed, text=TEXT, by=mona)
    run.run()
    assert run.text.count("#") == 1


def test_a_model_is_asked_with_the_process_prompts(feed, product, bob, server, model):
    server.answers = [GOOD]
    run = Execution.ask(feed, product=product, by=bob, focus="story")
    run.run(model)
    system, user = (message["content"] for message in server.asked[0]["messages"])
    assert "Facebook page" in system
    assert "Exactly 3 hashtags" in system
    assert "TS-12" in user
    assert "£29.95" in user
    assert (run.model, run.tokens_in, run.tokens_out, run.cost) == ("small-1", 100, 20, None)
    assert run.product_id == product.id


def test_the_catalogues_prompt_for_the_focus_is_added(feed, product, workspace, bob, server, model):
    server.answers = [GOOD]
    run = Execution.ask(feed, product=product, by=bob, focus="benefit")
    run.run(model)
    assert "benefit that matters most" in server.asked[0]["messages"][1]["content"]
    assert run.input_data["template"]["name"] == "One benefit"


def test_a_product_without_a_price_gets_none(feed, product, bob, server, model):
    product.price = None
    server.answers = [GOOD.replace("all winter long", "for £5")]
    run = Execution.ask(feed, product=product, by=bob)
    run.run(model)
    assert "no price known" in server.asked[0]["messages"][1]["content"]
    assert "£5" not in run.text


def test_prompts_are_tried_without_being_kept(feed, bob, server, model):
    server.answers = [GOOD]
    before = feed.system_prompt
    Execution.ask(feed, text=TEXT, by=bob, prompts=("Write like a sailor.", "{text}")).run(model)
    assert server.asked[0]["messages"][0]["content"].startswith("Write like a sailor.")
    assert feed.system_prompt == before


def test_a_server_that_is_away_fails_with_a_reason(feed, bob):
    run = Execution.ask(feed, text=TEXT, by=bob)
    run.run(OpenAICompatible("http://127.0.0.1:9/v1", "", "small", timeout=2))
    assert (run.state, run.text, run.fit_to_schedule) == ("failed", None, False)
    assert "does not answer" in run.error_message


def test_it_is_done_once_however_often_it_rings(feed, bob, server, model):
    server.answers = [GOOD]
    run = Execution.ask(feed, text=TEXT, by=bob)
    run.run(model)
    run.run(model)
    assert len(server.asked) == 1


def test_progress_is_there_to_be_read(feed, bob, server, model, monkeypatch):
    heard = []
    monkeypatch.setattr(Execution, "_tell", lambda self, message: heard.append(message))
    server.answers = ["Too short.", GOOD]
    Execution.ask(feed, text=TEXT, by=bob).run(model)
    assert heard == ["Writing", "Sending it back with the reasons (1 of 2)"]


def test_another_variant_of_the_same_source(feed, section, bob):
    run = Execution.ask(feed, section=section, by=bob)
    run.run()
    other = run.again(bob)
    other.run()
    assert other.article_section_id == section.id
    assert other.source.text == run.source.text
    assert other.input_data["seed"] == 1
    assert other.text != run.text


def test_the_same_source_by_another_process(feed, section, workspace, bob):
    run = Execution.ask(feed, section=section, by=bob)
    other = run.again(bob, process=ContentProcess.of_channel(Channel.by_slug(workspace, "mastodon/status")))
    other.run()
    assert other.channel_slug == "mastodon/status"
    assert other.input_data["seed"] == 0


def test_it_can_be_stopped_before_and_while_it_runs(feed, bob, server, model, monkeypatch):
    waiting = Execution.ask(feed, text=TEXT, by=bob)
    waiting.stop(bob)
    assert (waiting.state, waiting.error_message) == ("failed", "Stopped by Bob.")
    with pytest.raises(WrongState):
        waiting.stop(bob)
    running = Execution.ask(feed, text=TEXT, by=bob)
    monkeypatch.setattr(Execution, "_engine", _then(Execution._engine, lambda: running.stop(bob)))
    running.run(model)
    assert (running.state, server.asked) == ("failed", [])


def _then(verb, act):
    def both(self):
        found = verb(self)
        act()
        return found

    return both


def test_what_lost_its_worker_is_found(feed, bob, workspace):
    lost = Execution.ask(feed, text=TEXT, by=bob)
    lost.state, lost.started_at = "running", now() - timedelta(hours=1)
    old = Execution.ask(feed, text=TEXT, by=bob)
    old.created_at = now() - timedelta(hours=2)
    fresh = Execution.ask(feed, text=TEXT, by=bob)
    session.flush()
    assert Execution.sweep() == 2
    for run in (lost, old, fresh):
        session.refresh(run)
    assert "broke off" in lost.error_message
    assert "within an hour" in old.error_message
    assert fresh.state == "pending"


def test_a_worker_takes_it_by_its_bell(feed, bob, workspace):
    run = Execution.ask(feed, text=TEXT, by=bob)
    session.commit()
    _ring_by_hand(run)
    SimpleWorker(["rewriting"], connection=redis(), serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR"
    )
    enter(workspace.id)
    session.refresh(run)
    assert (run.state, run.fit_to_schedule) == ("success", True)


def _ring_by_hand(run):
    """A test's commit is a savepoint, which rings nothing: ring as the real commit would."""
    from app.core.queue import _ring_now

    redis().flushdb()
    _ring_now("rewriting.run", [str(run.id)], 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "text"), ({"text": "x" * 70_000}, "text"), ({"text": TEXT, "focus": "song"}, "focus"),
        ({"text": TEXT, "prompts": ("Write.", "{nonsense}")}, "user_prompt_template"),
    ],
)  # fmt: skip
def test_what_cannot_be_rewritten_is_refused_at_its_field(feed, bob, wrong, field):
    with pytest.raises(Invalid) as refused:
        Execution.ask(feed, by=bob, **wrong)
    assert field in refused.value.fields


def test_a_viewer_may_not(feed, vera):
    with pytest.raises(NotAllowed):
        Execution.ask(feed, text=TEXT, by=vera)


def test_the_command_line_rewrites_here(feed, workspace, section, product, alice):
    assert rewrite_here(workspace, "mastodon/status", alice, text=TEXT).state == "success"
    assert rewrite_here(workspace, "facebook/feed_post", alice, product="TS-12").product_id == product.id
    assert rewrite_here(workspace, "facebook/feed_post", alice, product="random").product_id == product.id
    done = rewrite_here(workspace, "facebook/feed_post", alice, section="next")
    assert done.article_section_id == section.id
    with pytest.raises(Missing):
        rewrite_here(workspace, "nowhere/feed_post", alice, text=TEXT)
    with pytest.raises(Missing, match="SKU"):
        rewrite_here(workspace, "mastodon/status", alice, product="none-such")
    with pytest.raises(Invalid):
        rewrite_here(workspace, "mastodon/status", alice, product="random", text=TEXT)


def test_a_draft_completes_the_section(feed, workspace, section, bob):
    done = rewrite_here(workspace, "facebook/feed_post", bob, section="next")
    post = draft_from(workspace, done, bob)
    assert (post.text, post.title, post.link) == (done.text, "The loom", "https://blog.example/weaving")
    assert (post.ai_generated, post.execution_id) == (True, done.id)
    progress = section.progress_for(feed.channel)
    assert (progress.state, progress.post_id, progress.process_id) == ("completed", post.id, feed.id)
    assert Article.next_section(workspace, feed.channel).position == 2
    assert draft_from(workspace, done, bob).id != post.id


def test_a_draft_of_a_product_is_remembered(feed, workspace, product, bob):
    done = rewrite_here(workspace, "facebook/feed_post", bob, product="TS-12")
    post = draft_from(workspace, done, bob)
    choice = product.choose(feed.platform, bob)
    assert (choice.post_id, choice.content_generated) == (post.id, done.text)


def test_a_wish_names_one_source(feed, workspace, bob):
    with pytest.raises(Invalid) as refused:
        Wish(source="section", text=TEXT).ask(workspace, bob)
    assert "section" in refused.value.fields
