"""The rules test, the runs and the processes, as people see them."""

import re

import pytest

from app.core.database import session
from app.core.settings import override
from app.platforms.models import Channel, Requirement
from app.rewriting.models import ContentProcess, Execution
from tests.rewriting.conftest import GOOD
from tests.rewriting.test_execution import TEXT, feed, product, section  # noqa: F401 (fixtures)

HX = {"HX-Request": "true"}


@pytest.fixture
def asked_model(server, app):
    """The settings name a model server."""
    override(llm_base_url=server.address, llm_model="small-1")
    yield server
    override(llm_base_url=None, llm_model=None)


def test_it_shows_the_requirements_of_the_database(feed, page, workspace, alice):  # noqa: F811
    first = page.get("/syndication/mvp-test").text
    assert "Maximum hashtags" in first or "Most hashtags" in first
    row = Requirement.of(workspace).where(Requirement.key == "tone_guidelines").first()
    channel = Channel.by_slug(workspace, "facebook/feed_post")
    row = next(one for one in channel.requirements if one.key == "tone_guidelines")
    row.change(by=alice, value="Calm and dry")
    session.flush()
    assert "Calm and dry" not in first
    assert "Calm and dry" in page.get("/syndication/mvp-test?channel=facebook/feed_post").text


def test_every_open_channel_is_offered(feed, page, workspace):  # noqa: F811
    html = page.get("/rewrite").text
    offered = set(re.findall(r'<option value="([\w-]+/[\w-]+)"', html))
    assert offered == {one.slug for one in Channel.in_order(workspace) if one.is_open}


def test_htmx_gets_only_the_rules_of_another_channel(feed, page):  # noqa: F811
    html = page.get("/syndication/mvp-test?channel=x/post", headers=HX).text
    assert "weighted characters" in html
    assert "<html" not in html
    assert html.count('id="rules"') == 1


def test_a_rewrite_waits_for_a_worker_and_is_found_again(feed, sign_in, bob, workspace):  # noqa: F811
    page = sign_in(bob)
    answer = page.post(
        "/syndication/mvp-test",
        data={"source": "text", "text": TEXT, "channel": "facebook/feed_post"},
        headers=HX,
    )
    run = Execution.of(workspace).first()
    assert answer.headers["HX-Push-Url"] == f"/syndication/mvp-test?run={run.id}"
    assert 'hx-trigger="every 1s"' in answer.text
    assert "Waiting for a worker" in page.get(f"/syndication/runs/{run.id}", headers=HX).text
    run.run()
    done = page.get(f"/syndication/runs/{run.id}", headers=HX).text
    assert "every 1s" not in done
    for words in (
        "no model was asked",
        "3 hashtags, as asked.",
        "Every hard rule is kept",
        "Fact lock",
        "Use this",
    ):
        assert words in done
    again = page.get(answer.headers["HX-Push-Url"]).text
    assert run.text.split("\n")[0] in again
    assert TEXT in again


def test_a_form_without_javascript_works(feed, page, workspace):  # noqa: F811
    answer = page.post("/rewrite", data={"source": "text", "text": TEXT, "channel": "facebook/feed_post"})
    assert answer.status_code == 303
    assert answer.location.endswith(f"run={Execution.of(workspace).first().id}")


def test_an_empty_source_is_said_at_its_field(feed, page):  # noqa: F811
    answer = page.post("/rewrite", data={"source": "text", "text": ""}, headers=HX)
    assert answer.status_code == 422
    assert 'data-field="text"' in answer.text


def test_a_model_that_is_away_leaves_the_rest_of_the_page(feed, page, bob, app):  # noqa: F811
    override(llm_base_url="http://127.0.0.1:9/v1", llm_model="small-1", llm_timeout=2)
    try:
        run = Execution.ask(feed, text=TEXT, by=bob)
        run.run()
        html = page.get(f"/syndication/mvp-test?run={run.id}").text
    finally:
        override(llm_base_url=None, llm_model=None, llm_timeout=60)
    assert "does not answer; check that it runs" in html
    assert "Try again" in html
    assert "Maximum characters" in html


def test_a_repaired_answer_shows_each_round_and_what_was_done(feed, page, bob, asked_model):  # noqa: F811
    asked_model.answers = ["Only £5! Too short.", GOOD + " #Four #Five"]
    run = Execution.ask(feed, text=TEXT, by=bob)
    run.run()
    html = page.get(f"/syndication/mvp-test?run={run.id}").text
    for words in ("Answer 1", "Answer 2", "What was repaired", "small-1", "unknown", "is not in the source"):
        assert words in html


def test_two_are_compared_side_by_side(feed, page, bob, workspace):  # noqa: F811
    run = Execution.ask(feed, text=TEXT, by=bob)
    run.run()
    answer = page.post(f"/syndication/runs/{run.id}/comparison", data={"channel": "x/post"}, headers=HX)
    other = Execution.of(workspace).where(Execution.id != run.id).first()
    assert (other.channel_slug, other.source.text) == ("x/post", TEXT)
    assert answer.text.count("<article") == 2
    other.run()
    both = page.get(answer.headers["HX-Push-Url"]).text
    assert both.count('class="card run is-success"') == 2


def test_the_prompt_is_shown_filled_in(feed, page, product):  # noqa: F811
    form = {
        "source": "product",
        "product": str(product.id),
        "focus": "story",
        "channel": "facebook/feed_post",
    }
    html = page.post("/syndication/mvp-test/prompt", data=form, headers=HX).text
    assert "£29.95" in html
    assert "TS-12" in html


def test_articles_and_products_are_found_by_words(feed, page, section, product):  # noqa: F811
    assert "The loom" in page.get("/syndication/mvp-test/sections?words=weaving", headers=HX).text
    assert "No article" in page.get("/syndication/mvp-test/sections?words=banana", headers=HX).text
    assert "Tartan Scarf" in page.get("/syndication/mvp-test/products?words=TS-12", headers=HX).text
    assert "The loom" in page.get(f"/syndication/mvp-test?section={section.id}").text
    assert 'value="' + str(product.id) in page.get(f"/syndication/mvp-test?product={product.id}").text


def test_prompts_are_saved_from_the_bench(feed, sign_in, mona, bob):  # noqa: F811
    form = {
        "process": str(feed.id),
        "system_prompt": "You write.",
        "user_prompt_template": "On {title}: {text}",
    }
    assert "Saved" in sign_in(mona).post("/syndication/mvp-test/kept-prompts", data=form, headers=HX).text
    assert feed.system_prompt == "You write."
    assert sign_in(bob).post("/syndication/mvp-test/kept-prompts", data=form, headers=HX).status_code == 403


def test_a_viewer_sees_but_does_not_write(feed, sign_in, vera, alice):  # noqa: F811
    page = sign_in(vera)
    html = page.get("/syndication/mvp-test").text
    assert "data-save" not in html
    assert page.post("/rewrite", data={"source": "text", "text": TEXT}).status_code == 403


def test_charlie_sees_nothing_of_it(feed, sign_in, charlie, bob):  # noqa: F811
    run = Execution.ask(feed, text=TEXT, by=bob)
    session.flush()
    page = sign_in(charlie)
    for where in (
        f"/syndication/runs/{run.id}",
        f"/syndication/mvp-test?run={run.id}",
        f"/rewriting/processes/{feed.id}",
        f"/api/v1/rewrites/{run.id}",
    ):
        assert page.get(where).status_code == 404
    assert page.post(f"/syndication/runs/{run.id}/variant").status_code == 404


def test_it_is_stopped_and_rung_for_again(feed, page, bob):  # noqa: F811
    run = Execution.ask(feed, text=TEXT, by=bob)
    session.flush()
    assert page.post(f"/syndication/runs/{run.id}/bell", headers=HX).status_code == 200
    assert "Stopped by Alice." in page.post(f"/syndication/runs/{run.id}/stop", headers=HX).text
    assert page.post(f"/syndication/runs/{run.id}/stop", headers=HX).status_code == 409


def test_the_runs_are_listed_and_filtered(feed, page, bob):  # noqa: F811
    run = Execution.ask(feed, text=TEXT, by=bob)
    run.run()
    assert "A soft wool scarf" in page.get("/rewriting/runs").text
    assert "A soft wool scarf" in page.get(f"/rewriting/runs?state=success&process={feed.id}").text
    assert "Nothing has this state" in page.get("/rewriting/runs?state=failed").text


def test_a_process_is_edited_in_the_browser(feed, page):  # noqa: F811
    where = f"/rewriting/processes/{feed.id}"
    html = page.get(where).text
    assert "Exact hashtags" in html
    wrong = {"system_prompt": "You write.", "user_prompt_template": "{gold}"}
    answer = page.post(f"{where}/prompts", data=wrong, headers=HX)
    assert (answer.status_code, 'data-field="user_prompt_template"' in answer.text) == (422, True)
    page.post(f"{where}/settings", data={"category": "constraints", "key": "max_characters", "value": "220"})
    page.post(f"{where}/settings/removal", data={"category": "constraints", "key": "banned_words"})
    page.post(f"{where}/status", data={"status": "testing"})
    assert (feed.setting("constraints", "max_characters"), feed.setting("constraints", "banned_words")) == (
        "220",
        "",
    )
    assert feed.development_status == "testing"
    copied = page.post(f"{where}/copies", data={"display_name": "Shorter"})
    assert "Shorter" in page.get(copied.location).text
    assert "Shorter" in page.get("/rewriting/processes").text


def test_programs_ask_and_fetch(feed, page, workspace, product):  # noqa: F811
    answer = page.post(
        "/api/v1/rewrites", json={"channel": "facebook/feed_post", "product": "TS-12", "focus": "benefit"}
    )
    assert answer.status_code == 202
    card = page.get(answer.headers["Location"]).json["data"]
    assert (card["state"], card["channel"]) == ("pending", "facebook/feed_post")
    assert page.post("/api/v1/rewrites", json={"text": ""}).json["errors"][0]["fields"]["text"]
    listed = page.get("/api/v1/rewrites?state=pending").json
    assert [one["id"] for one in listed["data"]] == [card["id"]]


def test_programs_change_a_process(feed, page):  # noqa: F811
    where = f"/api/v1/processes/{feed.id}"
    change = {
        "development_status": "testing",
        "settings": {"constraints": {"max_characters": "230", "banned_words": None}},
    }
    card = page.patch(where, json=change).json["data"]
    assert card["settings"]["constraints"]["max_characters"] == "230"
    assert "banned_words" not in card["settings"]["constraints"]
    assert card["development_status"] == "testing"
    wrong = page.patch(where, json={"settings": {"model": {"temperature": "hot"}}})
    assert wrong.json["errors"][0]["fields"]["temperature"] == "Use a number from 0 to 2."


def test_the_documents_door_writes_at_once(feed, page, product):  # noqa: F811
    door = "/api/daily-product-posts/generate-content"
    done = page.post(door, json={"product_id": str(product.id), "content_type": "benefit"}).json
    assert (done["success"], done["content_type"]) == (True, "benefit")
    assert 150 <= len(done["content"]) <= 200
    lost = page.post(door, json={"product_id": "none-such"})
    assert (lost.status_code, lost.json["code"]) == (404, "PRODUCT_NOT_FOUND")


def test_a_slow_model_is_given_up_within_the_promise(feed, product, server, model):  # noqa: F811
    from app.rewriting.deadline import Deadline

    server.answers = ["Too short."]
    run = Execution.ask(feed, product=product, by=None)
    run.run(Deadline(model, 0.6, begun=__import__("time").monotonic() - 0.3))
    assert run.state == "failed"
    assert "within 0.6 seconds" in run.error_message


def test_all_processes_load_once_each(feed, workspace):  # noqa: F811
    assert ContentProcess.of(workspace).count() == Channel.of(workspace).count()
