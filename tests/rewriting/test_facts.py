"""The fact lock catches what was invented and lets pass what was said otherwise."""

from itertools import pairwise

import pytest

from app.rewriting.choice import usable
from app.rewriting.facts import new_facts
from app.rewriting.sentences import sentences
from app.rewriting.source import Source

SCARF = Source(
    "product",
    "Tartan Scarf",
    "A soft wool scarf woven in Scotland since 1947. Ships in 3 days. 20 percent of profits go to charity. "
    "Sold 1,000 pieces. Write to help@clan.example or see https://clan.example/scarf?x=1. "
    "Launched 12 March 2024 at 9 am. It weighs 5kg in its box.",
    "https://clan.example/p/1",
    {"price": "£29.95", "sku": "TS-12", "currency": "GBP"},
)


@pytest.mark.parametrize(
    "said",
    [
        "Scottish wool scarf for £29.95",
        "Only 29.95 GBP!",
        "1000 sold, three days shipping",
        "1.000 sold",
        "20% to charity",
        "On March 12, 2024 we launched",
        "12.03.2024",
        "2024-03-12",
        "09:00",
        "In March 2024 it was launched.",
        "Get the #TartanScarf #Wool now! Read more: https://www.clan.example/p/1?utm_source=x",
        "Mail help@clan.example",
        "5 kg",
        "A thousand sold",
        "See TS-12 on Facebook",
        "Why You Should Wear This Great Scarf",
        "One scarf, two ways.",
        "Happy Monday! I’m in love.",
        "Tuesday feeling: SO soft.",
        "1. Soft\n2. Warm",
    ],
)
def test_the_same_fact_in_other_words_passes(said):
    assert new_facts(said, SCARF) == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Only $29.95", "price"),
        ("Just £19.95", "price"),
        ("Just 19,95 euros", "price"),
        ("Now 25% off", "percentage"),
        ("Sold 2,000 pieces", "number"),
        ("20,000 sold", "number"),
        ("half a million sold", "number"),
        ("in twenty-five colours", "number"),
        ("30 days return", "number"),
        ("on 13 March 2024", "date"),
        ("12 March 2023", "date"),
        ("Launched April 2024", "date"),
        ("in December", "date"),
        ("Sale ends this Friday", "date"),
        ("on 13/03/2024", "date"),
        ("at 10 am", "time"),
        ("Loved by Kate Middleton.", "name"),
        ("Made in Italy.", "name"),
        ("Acme Corp loves it", "name"),
        ("NASA loves it", "name"),
        ("a scarf by Burberry", "name"),
        ("Follow @clanshop", "name"),
        ("See https://evil.example/x", "url"),
        ("See evil.com", "url"),
        ("mail bob@clan.example", "email"),
        ("#Sale50", "number"),
    ],
)
def test_an_invention_is_caught_and_named(said, kind):
    claims = new_facts(f"A soft wool scarf. {said}", SCARF)
    assert [claim.kind for claim in claims][:1] == [kind]
    assert claims[0].value in claims[0].sentence


def test_the_sentence_of_a_claim_is_the_one_that_holds_it():
    (claim,) = new_facts("A soft scarf. It costs £5 today. Warm, too.", SCARF)
    assert (str(claim), claim.sentence) == ("price “£5”", "It costs £5 today.")


def test_allowed_names_may_be_said():
    assert new_facts("Woven for Lochcarron by hand.", SCARF)
    assert new_facts("Woven for Lochcarron by hand.", SCARF, allowed=["Lochcarron"]) == []


def test_without_a_known_price_every_price_is_new():
    bare = Source("product", "Scarf", "A soft scarf.", facts={"price": None})
    assert [claim.kind for claim in new_facts("A soft scarf for £10.", bare)] == ["price"]


def test_german_nouns_are_no_names():
    schal = Source("product", "Schal", "Ein weicher Schal aus Wolle, gewebt in Schottland.", language="de")
    assert new_facts("Dein Lieblingsschal für kalte Tage: weiche Wolle.", schal) == []


def test_no_sentence_of_a_real_article_is_new_to_it(articles):
    """0 false alarms over the sentences of all articles, each read alone."""
    alarms = [
        (source.title, str(claim))
        for source in articles
        for claim in new_facts("\n".join(one.text for one in sentences(source.text)), source)
    ]
    assert alarms == []


def test_sentences_with_figures_of_another_article_are_caught(articles):
    """A sentence with a four-digit figure or a percentage belongs to its own article only."""
    tried = caught = 0
    for source, other in pairwise(articles):
        for one in sentences(other.text):
            figure = [
                word.strip(".,()")
                for word in one.text.split()
                if word.strip(".,()%").isdigit() and len(word) > 3
            ]
            if usable(one.text) and figure and figure[0] not in source.everything():
                tried += 1
                caught += bool(new_facts(one.text, source))
    assert tried > 50
    assert caught == tried
