"""Articles come in once, change in place, and a broken one costs no other."""

import zipfile
from pathlib import Path

import pytest

from app.accounts.activity import Activity
from app.articles.imports import cut_again, import_articles
from app.articles.models import Article, Section
from app.core.database import session


@pytest.fixture
def bring(workspace, alice):
    """Import a source through the verb, as a worker does."""

    def now(source) -> Activity:
        activity = Activity.start(workspace, "import articles", "Articles", alice, source=str(source))
        import_articles(activity, str(source))
        return activity

    return now


def post(title: str, *sections: str) -> str:
    parts = [f"## Part {number}\n\n{text}" for number, text in enumerate(sections, 1)]
    return f"---\ntitle: {title}\ndate: 2024-05-06\ntags: [tartan, wool]\n---\n\n" + "\n\n".join(parts)


def words(about: str) -> str:
    sentence = "The weaver of Lochcarron says about {} that number {} is the best of all."
    return " ".join(sentence.format(about, number) for number in range(8))


def test_the_shared_articles_come_in_whole(bring, shared, workspace):
    activity = bring(shared / "data" / "articles")
    assert activity.message == "152 articles: 152 new"
    assert (activity.state, activity.done, activity.total, activity.problems) == ("done", 152, 152, [])
    assert Article.of(workspace).count() == 152
    assert Section.of(workspace).count() > 500


def test_a_second_import_changes_nothing(bring, shared, workspace):
    bring(shared / "data" / "articles")
    before = {row.id: row.updated_at for row in Article.of(workspace)}
    assert bring(shared / "data" / "articles").message == "152 articles: 152 unchanged"
    assert {row.id: row.updated_at for row in Article.of(workspace)} == before


def test_a_zip_of_the_same_folder_finds_the_same_articles(bring, tmp_path, workspace):
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "wool.md").write_text(post("Wool", words("wool")))
    with zipfile.ZipFile(tmp_path / "blog.zip", "w") as archive:
        archive.write(folder / "wool.md", "blog/wool.md")
    assert bring(folder).message == "1 article: 1 new"
    assert bring(tmp_path / "blog.zip").message == "1 article: 1 unchanged"


def test_two_articles_may_share_title_and_file_name(bring, tmp_path, workspace):
    for place in ("en", "de"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "wool.md").write_text(post("Wool", words(place)))
    assert bring(tmp_path).message == "2 articles: 2 new"
    assert bring(tmp_path).message == "2 articles: 2 unchanged"


def test_a_changed_article_keeps_the_progress_of_sections_that_stayed(bring, tmp_path, workspace):
    file = tmp_path / "wool.md"
    file.write_text(post("Wool", words("sheep"), words("looms")))
    bring(tmp_path)
    sheep, looms = Section.of(workspace).order_by(Section.position).all()
    file.write_text(post("Wool", words("dye"), words("looms"), words("sheep")))
    assert bring(tmp_path).message == "1 article: 1 changed"
    after = Section.of(workspace).order_by(Section.position).all()
    assert [section.position for section in after] == [1, 2, 3]
    assert [section.id for section in after[1:]] == [looms.id, sheep.id]


def test_a_section_that_is_gone_is_removed(bring, tmp_path, workspace):
    (tmp_path / "wool.md").write_text(post("Wool", words("sheep"), words("looms")))
    bring(tmp_path)
    article = Article.of(workspace).first()
    article.body = "## Part 1\n\n" + words("sheep")
    cut_again(article)
    assert ["sheep" in section.text for section in Section.of(workspace)] == [True]


def test_a_broken_file_is_a_problem_and_costs_no_other(bring, tmp_path, workspace):
    (tmp_path / "good.md").write_text(post("Good", words("wool")))
    (tmp_path / "empty.md").write_text("")
    activity = bring(tmp_path)
    assert activity.message == "1 article: 1 new; 1 could not be read"
    assert [found["where"] for found in activity.problems] == ["empty.md"]
    assert Article.of(workspace).count() == 1


def test_it_stops_between_batches_and_keeps_what_it_has(bring, tmp_path, workspace, alice):
    for number in range(45):
        (tmp_path / f"{number:02}.md").write_text(post(f"Wool {number}", words("wool")))
    activity = Activity.start(workspace, "import articles", "Articles", alice)
    activity.cancel_asked = True
    session.commit()
    import_articles(activity, str(tmp_path))
    assert activity.state == "stopped"
    assert Article.of(workspace).count() == 20


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("feed.xml", b"<?xml version='1.0'?><rss>this is no feed", "feed"),
        ("picture.md", b"\x89PNG\r\n\x1a\n", "none of these"),
        ("nothing.md", b"", "empty"),
        ("broken.zip", b"PK\x03\x04 and no more", "broken"),
    ],
)
def test_a_source_that_is_nothing_ends_with_a_reason(bring, tmp_path, workspace, name, content, reason):
    (tmp_path / name).write_bytes(content)
    activity = bring(tmp_path / name)
    told = " ".join([activity.message, *(found["reason"] for found in activity.problems)])
    assert reason in told
    assert Article.of(workspace).count() == 0


def test_a_zip_bomb_is_refused(bring, tmp_path, workspace):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.md", b"0" * 50_000_000)
        archive.writestr("good.md", post("Good", words("wool")))
    activity = bring(tmp_path / "bomb.zip")
    assert activity.message == "1 article: 1 new; 1 could not be read"
    assert "zip bomb" in activity.problems[0]["reason"]


def test_a_private_address_is_not_fetched(bring, workspace):
    activity = bring("http://10.0.0.1/feed.xml")
    assert activity.state == "failed"
    assert activity.message == "10.0.0.1 is a private address, which Slogan does not fetch from."


def test_a_folder_that_is_not_there_ends_with_a_reason(bring, workspace, tmp_path):
    activity = bring(Path(tmp_path / "nowhere"))
    assert activity.state == "failed"
    assert "cannot be opened" in activity.message


def test_the_neighbours_see_nothing(bring, tmp_path, workspace, world):
    (tmp_path / "wool.md").write_text(post("Wool", words("wool")))
    bring(tmp_path)
    assert Article.of(world.neighbours).count() == 0
