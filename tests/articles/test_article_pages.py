"""The articles' pages: list, reading pane, import, and what a neighbour sees."""

import io

import pytest
from sqlalchemy import event

from app.accounts.activity import Activity
from app.articles.imports import import_articles
from app.articles.models import Article, Section, SyndicationProgress
from app.core.database import db, session
from app.core.settings import settings
from app.platforms.models import Channel


def text(about: str) -> str:
    parts = [f"The weaver of Lochcarron says about {about} that number {n} is the best." for n in range(8)]
    return " ".join(parts)


@pytest.fixture
def articles(workspace, alice, tmp_path):
    """Thirty articles of two sections, with the rules of all platforms."""
    for number in range(30):
        body = f"## Sheep {number}\n\n{text('sheep')}\n\n## Looms {number}\n\n{text('looms')}"
        tags = "[tartan, wool]" if number % 2 else "[kilts]"
        head = f"---\ntitle: Wool {number:02}\ndate: 2024-01-{number + 1:02}\ntags: {tags}\n---\n\n"
        (tmp_path / f"{number:02}.md").write_text(head + body)
    import_articles(Activity.start(workspace, "import articles", "Articles", alice), str(tmp_path))
    return Article.of(workspace).order_by(Article.published_at.desc()).all()


@pytest.fixture
def channel(articles, workspace):
    return Channel.by_slug(workspace, "facebook/feed_post")


@pytest.fixture
def count_queries(app, world):
    """How many statements an address takes."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    def of(client, address: str) -> int:
        seen.clear()
        assert client.get(address).status_code == 200
        return len([line for line in seen if line.lstrip().upper().startswith(("SELECT", "WITH"))])

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield of
    event.remove(engine, "before_cursor_execute", note)


def test_an_empty_list_offers_the_first_step(page):
    html = page.get("/articles").text
    assert "No articles yet" in html
    assert 'href="/articles/import"' in html


def test_the_list_shows_the_newest_first_with_a_count(page, articles):
    html = page.get("/articles").text
    assert "30 articles" in html
    assert html.index("Wool 29") < html.index("Wool 28")
    assert "Wool 04" not in html
    assert "Load more" in html


def test_the_next_page_goes_on_where_the_last_ended(page, articles, workspace):
    first = Article.of(workspace).page(None, 25, by=Article.shown_at)
    html = page.get(f"/articles?cursor={first.next_cursor}").text
    assert "Wool 04" in html
    assert "Load more" not in html


def test_search_and_tag_narrow_the_list(page, articles):
    assert "15 articles" in page.get("/articles?tag=kilts").text
    assert "1 article<" in page.get("/articles?q=wool+07").text
    assert "Nothing found" in page.get("/articles?q=100%25_polyester").text


def test_an_article_shows_its_sections_and_what_was_made_of_them(page, articles, channel, workspace):
    section = Article.next_section(workspace, channel, articles[0])
    SyndicationProgress.take(section, channel).fail("The model gave nothing.")
    session.commit()
    html = page.get(f"/articles/{articles[0].id}").text
    assert "1. Sheep 29" in html
    assert "2. Looms 29" in html
    assert "The model gave nothing." in html
    assert f"/syndication/mvp-test?section={section.id}&amp;channel=facebook/feed_post" in html


def test_htmx_gets_only_the_article(page, articles):
    html = page.get(f"/articles/{articles[0].id}", headers={"HX-Request": "true"}).text
    assert html.lstrip().startswith("<article")


def test_the_next_section_of_a_channel_leads_to_the_rewrite(page, articles, channel):
    answer = page.get("/articles/next-section?channel=facebook/feed_post")
    assert answer.status_code == 302
    assert f"section={articles[0].whole_sections()[0].id}" in answer.location


def test_the_number_of_queries_is_fixed(page, articles, count_queries):
    page.get("/articles")
    few, many = count_queries(page, "/articles?q=wool+07"), count_queries(page, "/articles")
    assert few == many
    assert many <= 20


def test_files_that_are_sent_start_an_import(page, workspace):
    sent = {"files": [(io.BytesIO(f"---\ntitle: One\n---\n{text('one')}".encode()), "../../one.md"),
                      (io.BytesIO(b"\x89PNG nothing"), "two.png")]}  # fmt: skip
    answer = page.post("/articles/import", data=sent)
    activity = Activity.of(workspace).first()
    assert answer.location == f"/activity/{activity.id}"
    import_articles(activity, activity.inputs["source"])
    assert activity.message == "1 article: 1 new; 1 could not be read"
    assert activity.problems[0]["where"] == "two.png"
    assert "Try again" in page.get("/articles/import").text
    again = page.post(f"/articles/import/{activity.id}/again")
    assert again.status_code == 303


def test_nothing_chosen_is_said_at_the_form(page):
    answer = page.post("/articles/import", data={"url": ""})
    assert answer.status_code == 422
    assert "Choose a file, or paste an address." in answer.text


@pytest.mark.parametrize(
    "address", ["/etc/passwd", "file:///etc/passwd", "not an address", "ftp://a.example/x"]
)
def test_only_web_addresses_are_taken(page, workspace, address):
    answer = page.post("/articles/import", data={"url": address})
    assert answer.status_code == 422
    assert Activity.of(workspace).count() == 0


def test_what_is_too_large_is_refused_with_the_limit(page, workspace, app, monkeypatch):
    assert app.config["MAX_CONTENT_LENGTH"] == settings().upload_mb * 1_000_000 < 200_000_000
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2_000_000)
    answer = page.post("/articles/import", data={"files": (io.BytesIO(b"x" * 3_000_000), "blog.zip")})
    assert answer.status_code == 413
    assert "larger than 2 MB" in answer.text
    assert "Nothing was saved" in answer.text
    assert Activity.of(workspace).count() == 0


def test_a_viewer_reads_but_brings_nothing_in(sign_in, vera, articles):
    client = sign_in(vera)
    assert "Bring articles in" not in client.get("/articles").text
    assert client.post("/articles/import", data={"url": "https://a.example"}).status_code == 403


def test_charlie_sees_nothing(sign_in, charlie, articles, channel):
    client = sign_in(charlie)
    assert "No articles yet" in client.get("/articles").text
    for address in (f"/articles/{articles[0].id}", f"/api/v1/articles/{articles[0].id}/sections",
                    f"/api/syndication/post-sections/{articles[0].id}"):  # fmt: skip
        assert client.get(address).status_code == 404


def test_programs_read_articles_and_sections(page, articles):
    told = page.get("/api/v1/articles?limit=2").get_json()
    assert [row["title"] for row in told["data"]] == ["Wool 29", "Wool 28"]
    assert told["meta"]["total"] == 30
    more = page.get(f"/api/v1/articles?limit=2&cursor={told['meta']['next_cursor']}").get_json()
    assert more["data"][0]["title"] == "Wool 27"
    sections = page.get(f"/api/v1/articles/{articles[0].id}/sections").get_json()["data"]
    assert [row["heading"] for row in sections] == ["Sheep 29", "Looms 29"]
    assert page.get("/api/syndication/posts").get_json()["success"] is True


def test_programs_start_an_import_and_watch_it(page, workspace):
    answer = page.post("/api/v1/imports", json={"kind": "articles", "url": "https://blog.example.com/feed"})
    assert answer.status_code == 202
    card = answer.get_json()["data"]
    assert page.get(f"/api/v1/activities/{card['id']}").get_json()["data"]["state"] == "waiting"
    assert page.post("/api/v1/imports", json={"kind": "songs"}).status_code == 422
    assert Section.of(workspace).count() == 0


def test_all_sections_become_drafts_past_one_that_fails(page, articles, channel, workspace, monkeypatch):
    from app.posts.models import Post
    from jobs.articles import write_sections

    article = articles[0]
    broken = article.whole_sections()[0]
    broken.text = ""
    session.commit()
    answer = page.post(f"/articles/{article.id}/drafts", data={"channel": channel.slug})
    activity = Activity.of(workspace).where(Activity.kind == "write sections of articles").first()
    assert answer.location == f"/activity/{activity.id}"
    write_sections(str(activity.id))
    session.refresh(activity)
    assert activity.message == "1 of 2 sections are drafts for Facebook feed post."
    assert activity.problem_count == 1
    assert [post.article_section_id for post in Post.of(workspace)] == [article.whole_sections()[1].id]
    assert broken.progress_for(channel).state == "failed"
    assert "Draft all sections" in page.get(f"/articles/{article.id}").text
