"""An article is cut where its author cut it, and every piece is plain text that can be retold."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from app.articles.importers import read_articles
from app.articles.sections import LONGEST, cut_into_sections

SHARED = Path(os.environ.get("SLOGAN_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "articles"
FIFTY = " ".join(["word"] * 49) + " end."


def test_it_cuts_at_headings():
    first, second = cut_into_sections(f"{FIFTY}\n\n## Dye\n\n{FIFTY}", "Wool")
    assert (first.position, first.heading, first.word_count) == (1, "Wool", 50)
    assert (second.position, second.heading) == (2, "Dye")


def test_headings_in_html_count():
    assert [
        s.heading for s in cut_into_sections(f"<h2>One</h2>\n<p>{FIFTY}</p>\n<h3>Two</h3>{FIFTY}", "T")
    ] == [
        "One",
        "Two",
    ]


def test_the_text_has_no_marks():
    body = (
        "A **bold** _word_, `code`, ~tilde~ and [a link](https://example.org/x) ![picture](p.png).\n\n"
        "- one\n- two\n\n> quoted\n\n```\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "10<sup>2</sup> &amp; more"
    )
    (section,) = cut_into_sections(body, "T")
    assert section.text == ("A bold word, code, ~tilde~ and a link .\n\none\ntwo\n\nquoted\n\n10^2 & more")
    assert section.urls == ("https://example.org/x",)


def test_a_tiny_section_joins_what_came_before():
    (section,) = cut_into_sections(f"## Wool\n\n{FIFTY}\n\n## Thanks\n\nTo Morag.", "T")
    assert section.text.endswith("end.\n\nThanks.\n\nTo Morag.")


def test_an_opening_line_joins_what_it_opens():
    (section,) = cut_into_sections(f"## Steps\n\nThere are two.\n\n### Wash\n\n{FIFTY}", "T")
    assert section.heading == "Steps"
    assert section.text.startswith("There are two.\n\nWash.\n\nword")


def test_a_long_section_is_parted_between_paragraphs():
    parts = cut_into_sections("## Wool\n\n" + "\n\n".join([FIFTY] * 20), "T")
    assert [part.heading for part in parts] == ["Wool"] * 3
    assert sum(part.word_count for part in parts) == 1000
    assert all(part.word_count <= LONGEST for part in parts)


def test_one_long_paragraph_is_parted_between_sentences():
    parts = cut_into_sections(" ".join([FIFTY] * 20), "T")
    assert len(parts) > 2
    assert all(part.text.endswith("end.") for part in parts)


def test_nothing_gives_nothing():
    assert cut_into_sections("", "T") == []
    assert cut_into_sections("```\nonly code\n```", "T") == []


def test_double_braces_never_stay():
    (section,) = cut_into_sections("Write {{ name }} and {% if %} here, {{{ so }}}.", "T")
    assert section.text == "Write { name } and { if } here, { so }."


@trying(max_examples=200)
@given(st.text(max_size=600), st.text(max_size=40))
def test_any_text_can_be_cut(body, title):
    for number, section in enumerate(cut_into_sections(body, title), 1):
        assert section.position == number
        assert section.word_count == len(section.text.split()) > 0
        assert "{{" not in section.text


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real articles is not here (SLOGAN_SHARED)")
def test_the_real_articles_are_cut_cleanly():
    sections = [
        s for article in read_articles(SHARED) for s in cut_into_sections(article.body, article.title)
    ]
    assert len(sections) > 900
    for section in sections:
        assert not re.search(r"\{\{|\{%|\}\}|%\}|\]\(|\*\*|^#+ |!\[| \| ", section.text, re.MULTILINE), (
            section
        )
        assert section.word_count <= LONGEST + 40
        assert section.heading
