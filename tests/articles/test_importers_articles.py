"""Articles come in whole from every kind of source, and a broken one never costs another."""

import io
import os
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from app.articles.importers import BadRow, FoundArticle, Upload, count_articles, read_articles
from app.articles.importers.template_tags import resolve_tags
from app.core.errors import Invalid, Unavailable
from app.core.settings import settings

FILES = Path(__file__).parent / "files"
SHARED = Path(os.environ.get("SLOGAN_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "articles"


def sent(data: bytes, name: str = "file") -> list[FoundArticle | BadRow]:
    return list(read_articles(Upload(name, io.BytesIO(data))))


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web site on this machine that serves the files of this folder."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = FILES / self.path.lstrip("/")
            self.send_response(200 if path.is_file() else 404)
            self.end_headers()
            self.wfile.write(path.read_bytes() if path.is_file() else b"no")

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("PRIVATE_HOSTS", '["127.0.0.1"]')
    settings.cache_clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    settings.cache_clear()


class TestMarkdown:
    def test_it_reads_front_matter_with_windows_line_ends_and_a_byte_order_mark(self):
        (article,) = read_articles(FILES / "crlf.md")
        assert article.title == "Tartan — a short history"
        assert article.published_at == datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
        assert (article.author, article.language, article.tags) == ("Morag", "en-GB", ("tartan", "history"))
        assert article.image_url == "https://example.org/t.jpg"
        assert "\r" not in article.body

    def test_its_body_has_no_html_no_tags_and_no_footnotes(self):
        (article,) = read_articles(FILES / "crlf.md")
        assert article.body == (
            "The *kilt* is old. See [the shop](https://example.org/shop) and [us](/about/).\n\n"
            "![a weaver](/a.png)\n\nWool lasts."
        )

    def test_relative_links_belong_to_the_site_that_is_given(self):
        (article,) = read_articles(FILES / "crlf.md", site="https://example.org")
        assert "[us](https://example.org/about/)" in article.body

    def test_a_file_without_front_matter_is_called_by_its_name(self):
        (article,) = read_articles(FILES / "bare.md")
        assert (article.title, article.slug, article.published_at) == ("Bare", "bare", None)

    def test_a_first_heading_is_the_title(self):
        (article,) = sent(b"# Hello there\n\nText.")
        assert (article.title, article.body) == ("Hello there", "Text.")

    def test_a_rule_at_the_top_is_no_front_matter(self):
        (article,) = sent(b"---\n- a list\n---\n\nMore words.")
        assert article.body == "- a list\n\nMore words."

    def test_broken_front_matter_is_reported_with_its_line(self):
        (bad,) = read_articles(FILES / "broken.md")
        assert (bad.file, bad.line) == ("broken.md", 4)
        assert bad.reason.startswith("The front matter cannot be read: ")

    def test_a_draft_is_left_out_and_said(self):
        (bad,) = read_articles(FILES / "draft.md")
        assert bad == BadRow("draft.md", 1, "This is marked as a draft, so it was left out.")

    def test_old_windows_letters_are_read(self):
        (article,) = sent("Ein schöner Tag – für alle.".encode("cp1252"))
        assert article.body == "Ein schöner Tag – für alle."

    def test_deep_nesting_ends_quickly(self):
        assert len(sent(b"> " * 3000 + b"deep")) == 1
        assert len(sent(b"<blockquote>" * 50_000 + b"deep")) == 1

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ('{{ "/x/" | url }}', "/x/"),
            ("{{site.baseurl}}/x", "/x"),
            ('{{ "melissa-braxton" | team_link }}', "Melissa Braxton"),
            ("{{ page.title }}", "A title"),
            ("a{% if x %}b{% endif %}c{# d #}", "abc"),
            ("{% comment %}no{% endcomment %}yes", "yes"),
            ("{% raw %}{{{% endraw %} your password }}", "{ your password }"),
            ("{% raw %}{{ name }}{% endraw %}", "{ name }"),
            ("never {{ closed", "never { closed"),
            ("# Title {: .big}", "# Title "),
        ],
    )
    def test_template_tags_are_resolved_or_removed(self, written, read):
        assert resolve_tags(written, {"title": "A title"}) == read


class TestFolderAndZip:
    def test_a_folder_costs_no_article_for_a_broken_one(self):
        found = list(read_articles(FILES))
        assert sum(isinstance(each, FoundArticle) for each in found) == 2
        assert sorted(each.file for each in found if isinstance(each, BadRow)) == ["broken.md", "draft.md"]
        assert count_articles(FILES) == 4

    def test_an_empty_folder_says_so(self, tmp_path):
        with pytest.raises(Invalid, match="There is no Markdown file"):
            list(read_articles(tmp_path))

    def test_a_zip_gives_its_articles_and_says_what_it_left(self):
        found = sent(
            zipped(**{"a/one.md": b"One.", "../two.md": b"Two.", "in.zip": b"PK", "p.png": b"\x89PNG"})
        )
        assert [each.body for each in found if isinstance(each, FoundArticle)] == ["One."]
        assert [each.file for each in found if isinstance(each, BadRow)] == ["../two.md", "in.zip"]

    def test_a_zip_bomb_is_left_alone(self):
        found = sent(zipped(**{"bomb.md": b"a" * 50_000_000, "good.md": b"Good."}))
        assert "zip bomb" in found[0].reason
        assert found[1].body == "Good."

    def test_a_zip_of_too_many_files_is_refused(self, monkeypatch):
        monkeypatch.setattr("app.articles.importers.bundle.MOST_FILES", 2)
        with pytest.raises(Invalid, match="holds 3 files"):
            sent(zipped(**{"1.md": b"1", "2.md": b"2", "3.md": b"3"}))

    def test_a_zip_that_unpacks_to_too_much_is_refused(self, monkeypatch):
        monkeypatch.setattr("app.articles.importers.bundle.LARGEST_UNPACKED", 10)
        with pytest.raises(Invalid, match="unpacks to more than"):
            sent(zipped(**{"1.md": b"12345678", "2.md": b"12345678"}))

    def test_a_zip_cut_short_is_refused(self):
        with pytest.raises(Invalid, match="broken"):
            sent(zipped(**{"1.md": b"1" * 500})[:60])

    def test_a_damaged_member_costs_no_other(self):
        packed = bytearray(zipped(**{"1.md": os.urandom(300).hex().encode(), "2.md": b"Two."}))
        packed[60:80] = b"\xff" * 20
        bad, good = sent(bytes(packed))
        assert (bad.reason, good.body) == ("This file inside the zip is damaged.", "Two.")


class TestFeeds:
    def test_rss_prefers_the_full_text(self):
        wool, empty, untitled = read_articles(FILES / "feed.rss")
        assert (wool.title, wool.slug, wool.summary) == ("Wool & water", "wool-and-water", "Short.")
        assert wool.body.startswith("## Washing\n\nWash it ")
        assert "x()" not in wool.body
        assert wool.published_at == datetime(2024, 3, 5, 7, 0, tzinfo=UTC)
        assert (wool.image_url, wool.tags) == ("https://example.org/wool.jpg", ("wool",))
        assert (wool.source_ref, wool.language) == ("w1", "en")
        assert empty == BadRow("feed.rss", None, "Entry 2 (Empty) has no text.")
        assert untitled.title == "Only a summary, and no title at all."

    def test_atom(self):
        (wolle,) = read_articles(FILES / "feed.atom")
        assert (wolle.title, wolle.author, wolle.body) == ("Wolle", "Una", "Wolle ist warm.")

    def test_a_feed_that_is_no_feed_says_so(self):
        with pytest.raises(Invalid, match="not an RSS or Atom feed"):
            sent(b"<?xml version='1.0'?><sitemap><a/></sitemap>", "f.xml")

    def test_entities_are_refused(self):
        with pytest.raises(Invalid, match="entities"):
            sent(b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss><channel/></rss>')

    def test_a_feed_by_address(self, site):
        assert len(list(read_articles(f"{site}/feed.rss"))) == 3


class TestPages:
    def test_a_page_by_address(self, site):
        (article,) = read_articles(f"{site}/page.html")
        assert (article.title, article.author, article.language) == (
            "Why wool is warm",
            "Morag MacLeod",
            "en",
        )
        assert "## What rain does" in article.body
        assert "Shop" not in article.body
        assert article.image_url == "https://example.org/w.jpg"
        assert article.published_at.date().isoformat() == "2024-02-03"

    def test_a_page_in_the_letters_it_declares(self):
        html = (FILES / "page.html").read_text().replace("<head>", '<head><meta charset="windows-1251">')
        (article,) = sent(html.replace("Wool is", "Шерсть: тёплая, wool is").encode("cp1251"), "p.html")
        assert "Шерсть: тёплая" in article.body

    def test_a_page_without_text_says_so(self):
        with pytest.raises(Invalid, match="No article text was found"):
            sent(b"<!doctype html><html><body><div id=app></div></body></html>", "p.html")

    def test_an_address_that_fails_says_so(self, site):
        with pytest.raises(Unavailable, match="status 404"):
            list(read_articles(f"{site}/nothing"))

    def test_a_private_address_is_refused(self):
        with pytest.raises(Invalid, match="private"):
            list(read_articles("http://127.0.0.2:9/"))

    def test_a_path_is_no_address(self):
        with pytest.raises(Invalid, match="web address"):
            list(read_articles("/etc/passwd"))


class TestWordPress:
    def test_published_posts_and_pages_come_in(self):
        weaving, empty, about = read_articles(FILES / "export.xml")
        assert (weaving.title, weaving.slug, weaving.author) == ("Weaving & dyeing", "weaving", "morag")
        assert weaving.body.startswith("## Dye\n\nMadder gives red.\n\n![dye](https://example.org/i.jpg)")
        assert weaving.body.endswith("Weld gives **yellow**.")
        assert (weaving.summary, weaving.tags) == ("Colours from plants.", ("Craft", "dye"))
        assert weaving.published_at == datetime(2023, 5, 4, 10, tzinfo=UTC)
        assert empty == BadRow("export.xml", 28, "“Nothing in it” has no text.")
        assert about.body == "We weave."

    def test_what_stands_before_a_break_is_kept(self):
        whole = (FILES / "export.xml").read_bytes()
        found = sent(whole[: whole.index(b"About us")], "cut.xml")
        assert found[0].title == "Weaving & dyeing"
        assert "breaks off" in found[-1].reason
        assert found[-1].line == 29

    def test_forbidden_characters_do_no_harm(self):
        found = sent((FILES / "export.xml").read_bytes().replace(b"Madder", b"Mad\x08der"))
        assert "Madder gives red." in found[0].body


class TestAnythingAtAll:
    @pytest.mark.parametrize("data", [b"", b"  \n", b"\x89PNG\r\n\x1a\n\0", b"%PDF-1.7", b"\0\1\2"])
    def test_what_is_no_article_says_so(self, data):
        with pytest.raises(Invalid):
            sent(data)

    @trying(max_examples=150)
    @given(
        st.sampled_from(
            [
                b"",
                b"---\n",
                b"<?xml version='1.0'?>",
                b"<rss><channel><item>",
                b"PK\x03\x04",
                b"<html>",
                b"---\ntitle: {",
                b"<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel><item>",
                b"\xff\xfe<\0",
                b"{% raw %}",
                b"| a | b |\n|---|---|\n",
            ]
        ),
        st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
    )
    def test_no_bytes_break_it(self, start, rest):
        try:
            found = sent(start + rest)
        except Invalid:
            return  # it says what it cannot read, which is all that is asked
        else:
            assert all(isinstance(each, FoundArticle | BadRow) for each in found)
            assert not any("\0" in each.body for each in found if isinstance(each, FoundArticle))

    def test_nothing_is_written_to_disk(self):
        before = set(Path(tempfile.gettempdir()).glob("*.md"))
        sent(zipped(**{"one.md": b"One."}))
        assert set(Path(tempfile.gettempdir()).glob("*.md")) == before


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real articles is not here (SLOGAN_SHARED)")
def test_the_real_articles_come_in_whole():
    found = list(read_articles(SHARED))
    assert [each for each in found if isinstance(each, BadRow)] == []
    assert len(found) == 152 == len({each.source_ref for each in found})
    assert all(each.title and each.summary and each.published_at and each.tags for each in found)
    assert not any("{{ " + '"' in each.body or "{%" in each.body for each in found)
