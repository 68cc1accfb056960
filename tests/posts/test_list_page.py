"""The list of posts."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event

from app.core.database import enter, session
from app.platforms.models import Channel
from app.posts.models import Post, Variant
from app.posts.writing import compose


@pytest.fixture
def many(rules, alice):
    """Sixty posts for two channels each, some made by a machine."""
    channels = [Channel.by_slug(rules, slug) for slug in ("x/post", "bluesky/post")]
    made = [
        Post(
            workspace_id=rules.id, created_by_id=alice.id, text=f"Post number {at} about wool",
            ai_generated=at % 2 == 0, content_type="product" if at % 3 == 0 else "text",
            variants=[
                Variant(workspace_id=rules.id, position=n, platform=one.platform, channel_type=one.channel_type)
                for n, one in enumerate(channels)
            ],
        )
        for at in range(60)
    ]  # fmt: skip
    session.add_all(made)
    session.commit()
    return made


def test_an_empty_list_offers_the_first_step(page, rules):
    assert "Write the first post" in page.get("/posts").text


def test_it_counts_and_pages_by_cursor(page, many):
    first = page.get("/posts").text
    assert "60 posts" in first
    link = first.split('id="list-pager"><a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "cursor" in parse_qs(urlsplit(link).query)
    shown = lambda html: {str(post.id) for post in many if f'href="/posts/{post.id}"' in html}  # noqa: E731
    second = page.get(link).text
    assert len(shown(first)) == 25
    assert not shown(first) & shown(second)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=number+7+", 1),
        ("content_type=product", 20),
        ("ai=yes", 30),
        ("state=approved", 0),
        ("format=email", 0),
        ("q=100%25", 0),
        ("content_type=product&ai=no", 10),
    ],
)
def test_filters_stand_in_the_address(page, many, query, count):
    html = page.get(f"/posts?{query}").text
    assert (f"{count} post" in html) if count else ("Nothing fits" in html)


def test_a_search_reads_the_text_of_one_channel_too(page, rules, alice):
    compose(rules, alice, text="Main", variants={"x/post": "a hidden pearl"})
    assert "1 post" in page.get("/posts?q=pearl").text


def test_a_filter_that_cannot_be_is_said(page, rules):
    assert page.get("/posts?state=burnt").status_code == 422


def test_a_machines_post_says_so(page, rules, alice):
    compose(rules, alice, text="By hand")
    assert "ai-mark" not in page.get("/posts").text
    compose(rules, alice, text="By machine", ai_generated=True)
    assert "ai-mark" in page.get("/posts").text


def test_the_number_of_queries_does_not_grow(page, many):
    def asked(size: int) -> int:
        seen = []
        listen = lambda *told: seen.append(told[2])  # noqa: E731
        session.expire_all()
        event.listen(session.get_bind(), "before_cursor_execute", listen)
        try:
            assert page.get(f"/posts?size={size}").status_code == 200
        finally:
            event.remove(session.get_bind(), "before_cursor_execute", listen)
        return len(seen)

    asked(3)
    assert asked(3) == asked(50)


def test_several_are_archived_and_taken_out_again(page, many):
    chosen = [str(post.id) for post in many[:3]]
    page.post("/posts/several", data={"chosen": chosen, "verb": "archive", "next": "/posts?ai=yes"})
    assert [post.state for post in many[:4]] == ["archived", "archived", "archived", "draft"]
    page.post("/posts/several", data={"chosen": chosen, "verb": "unarchive"})
    assert many[0].state == "draft"


def test_one_that_cannot_costs_no_other(page, many, alice):
    many[0].approve(alice)
    page.post("/posts/several", data={"chosen": [str(post.id) for post in many[:2]], "verb": "approve"})
    assert many[1].state == "approved"
    assert "1 post approved. Left as they were" in page.get("/posts").text


def test_an_editor_cannot_approve_several(sign_in, bob, many):
    answer = sign_in(bob).post("/posts/several", data={"chosen": [str(many[0].id)], "verb": "approve"})
    assert answer.status_code == 403
    assert many[0].state == "draft"


def test_ticking_nothing_says_so(page, many):
    assert page.post("/posts/several", data={"verb": "archive"}).status_code == 422


def test_archiving_can_be_undone(page, many):
    answer = page.post(f"/posts/{many[0].id}/archive")
    assert f'action="/posts/{many[0].id}/archive/removal"' in page.get(answer.location).text
    page.post(f"/posts/{many[0].id}/archive/removal")
    assert many[0].state == "draft"


def test_it_goes_back_to_no_other_host(page, many):
    answer = page.post(
        "/posts/several", data={"chosen": [str(many[0].id)], "verb": "archive", "next": "//evil.example"}
    )
    assert answer.location == "/posts"


def test_charlie_gets_404_everywhere(app, sign_in, charlie, post, rules, alice, draw):
    from app.posts.library import keep

    media = keep(rules, "a.png", draw(), alice)
    session.commit()
    whose, stranger = rules.id, sign_in(charlie)
    ids = {"post_id": post.id, "media_id": media.id, "number": 1}
    walked = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] not in ("posts", "posts_api", "media") or not rule.arguments:
            continue
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
        address = str(rule)
        for name, value in ids.items():
            address = address.replace(f"<uuid:{name}>", str(value)).replace(f"<int:{name}>", str(value))
        if "<" in address or rule.arguments - set(ids):
            continue
        answer = stranger.open(address, method=method, data={"text": "x", "verb": "archive"})
        if not rule.defaults:
            assert answer.status_code == 404, (method, address, answer.status_code)
            walked += 1
    assert walked >= 20
    enter(whose)
    assert Post.of(rules).get(post.id).state == "draft"
