"""A model server in every state ends in an answer or in words for a person."""

from types import SimpleNamespace

import pytest

from app.core.errors import Invalid, Unavailable
from app.rewriting.providers import OpenAICompatible, provider_for
from app.rewriting.writer import BuiltInWriter
from tests.rewriting.conftest import GOOD

ASK = [{"role": "user", "content": "Write."}]


def test_it_answers_with_what_it_used(server, model):
    answer = model.complete(ASK, max_tokens=200, temperature=0.2)
    assert (answer.text, answer.model, answer.tokens_in, answer.tokens_out) == (GOOD, "small-1", 100, 20)
    assert answer.cost is None
    asked = server.asked[0]
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("small-1", 200, 0.2)
    assert server.keys == ["Bearer sk-secret-key"]


def test_a_cost_is_stated_only_from_configured_prices(server):
    priced = OpenAICompatible(server.address, "", "small-1", prices=(1.0, 5.0))
    assert priced.complete(ASK).cost == pytest.approx((100 * 1 + 20 * 5) / 1e6)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "does not accept the key; enter a new one in the settings."),
        (403, "does not accept the key; enter a new one in the settings."),
        (404, "does not know the model “small-1”; check its name and that it is installed."),
        (429, "asks us to slow down, or its credit is used up; try again later."),
        (500, "has trouble of its own (error 500); try again later."),
        (400, "refused the request (error 400)"),
    ],
)
def test_a_refusal_of_the_server_is_explained(server, model, status, words):
    server.answers = [status]
    with pytest.raises(Unavailable) as trouble:
        model.complete(ASK)
    assert words in trouble.value.message
    assert trouble.value.message.startswith(f"The model server at 127.0.0.1:{server.http.server_port} ")
    assert len(server.asked) == 1  # no retry while a person waits


def test_nobody_there(server):
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9 does not answer; check that it runs"):
        OpenAICompatible("http://127.0.0.1:9/v1", "", "m", timeout=2).complete(ASK)


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"hello": "world"}])
def test_another_service_at_the_address(server, model, body):
    server.answers = [body]
    with pytest.raises(Unavailable, match="no answer in the shape of chat completions"):
        model.complete(ASK)


def test_a_page_instead_of_json(server, model):
    server.answers = [{"choices": "<html>"}]
    with pytest.raises(Unavailable):
        model.complete(ASK)


def test_an_endless_answer_is_cut_and_flagged(server, model):
    server.answers = ["word " * 20_000]
    answer = model.complete(ASK)
    assert len(answer.text) == 40_000
    assert answer.note == "The answer had 100000 characters; the first 40000 were kept."


def test_the_key_is_never_shown(model):
    assert "sk-secret-key" not in repr(model)


def test_an_address_must_be_one():
    with pytest.raises(Invalid, match="must start with http"):
        OpenAICompatible("localhost:11434", "", "m")


def test_the_settings_choose():
    none = SimpleNamespace(llm_base_url=None, llm_model=None)
    assert isinstance(provider_for(none), BuiltInWriter)
    some = SimpleNamespace(
        llm_base_url="http://127.0.0.1:1/v1",
        llm_model="m",
        llm_api_key=None,
        llm_timeout=7,
        llm_price_in=1.0,
        llm_price_out=None,
    )
    chosen = provider_for(some)
    assert (chosen.model, chosen.timeout, chosen.prices) == ("m", 7, None)
