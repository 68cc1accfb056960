"""The composer: what it shows, what it saves, and what it says while somebody types."""

import re
from io import BytesIO

import pytest

from app.posts.models import Post
from app.posts.writing import compose


def typed(post=None, **more):
    """What a browser sends from the composer."""
    start = {
        "text": "A post for all channels.",
        "title": "A title",
        "channels": ["x/post"],
        "own_slug": ["x/post"],
        "own": [""],
    }
    return {**start, **({"version": post.version} if post else {}), **more}


def test_it_offers_channels_of_connected_platforms_first(page, rules, alice):
    from app.platforms.models import Account, Platform

    Account.connect_new(rules, Platform.called(rules, "mastodon"), "Weavers", {}, alice)
    html = page.get("/posts/new").text
    groups = re.findall(r'<fieldset class="chooser-group[^"]*">.*?</fieldset>', html, re.DOTALL)
    assert "Weavers" in groups[0]
    assert "is-apart" in groups[1]
    assert 'id="tab-mastodon-' in html  # the first channel of a connected platform is chosen


def test_it_saves_a_draft_with_a_text_for_one_channel(page, rules):
    answer = page.post(
        "/posts",
        data=typed(
            channels=["x/post", "bluesky/post"],
            own_slug=["x/post", "bluesky/post"],
            own=["Short.", "left"],
            own_for=["x/post"],
        ),
    )
    assert answer.status_code == 303
    post = Post.of(rules).first()
    assert answer.location.startswith(f"/posts/{post.id}")
    assert {v.slug: v.text for v in post.variants} == {"x/post": "Short.", "bluesky/post": None}


def test_a_viewer_reads_and_cannot_write(sign_in, vera, post):
    viewer = sign_in(vera)
    assert "disabled" in viewer.get(f"/posts/{post.id}").text
    assert viewer.get("/posts/new").status_code == 403
    for address in (
        "/posts",
        f"/posts/{post.id}",
        f"/posts/{post.id}/form",
        f"/posts/{post.id}/archive",
        "/posts/several",
        "/media",
    ):
        assert viewer.post(address, data=typed(verb="archive")).status_code == 403, address


def test_an_editor_asks_and_a_manager_approves(sign_in, bob, mona, post):
    editor = sign_in(bob)
    assert editor.post(f"/posts/{post.id}/approval").status_code == 403
    editor.post(f"/posts/{post.id}", data=typed(post, then="submit"))
    assert post.state == "review"
    sign_in(mona).post(f"/posts/{post.id}", data=typed(post, then="approve"))
    assert post.state == "approved"
    assert post.approved_by_id == mona.id


def test_one_may_approve_ones_own_post(page, post, alice):
    assert page.post(f"/posts/{post.id}/approval").status_code == 303
    assert (post.state, post.approved_by_id) == ("approved", alice.id)


def test_somebody_who_was_slower_keeps_every_word(page, sign_in, bob, post):
    seen = post.version
    sign_in(bob).post(f"/posts/{post.id}", data=typed(post, text="Bob was faster."))
    answer = page.post(f"/posts/{post.id}", data=typed(version=seen, text="My long and careful text."))
    assert answer.status_code == 409
    assert "My long and careful text." in answer.text
    assert "Bob saved version 2 while you were writing" in answer.text
    assert post.text == "Bob was faster."


def test_a_wrong_link_is_said_at_its_field_and_nothing_is_lost(page, rules):
    answer = page.post("/posts", data=typed(text="Still here.", link="javascript:alert(1)"))
    assert answer.status_code == 422
    assert "Still here." in answer.text
    assert "Begin with https://" in answer.text
    assert Post.of(rules).count() == 0


@pytest.mark.parametrize(
    ("slug", "text", "counted"),
    [
        (
            "x/post",
            "👩‍👩‍👧‍👦 https://example.com/a/very/long/path/that/goes/on",
            26,
        ),  # an emoji is 2, an address 23
        ("bluesky/post", "👩‍👩‍👧‍👦é", 2),  # what the eye sees
        ("telegram/channel_message", "👩‍👩‍👧‍👦", 11),  # UTF-16 units
        ("mastodon/status", "@ann@far.example hi", 7),  # the far server is free
    ],
)
def test_each_channel_counts_in_its_own_way(page, rules, slug, text, counted):
    html = page.post("/posts/check", data=typed(text=text, channels=[slug], tab=slug)).text
    assert re.search(rf"<b [^>]*>{counted}\b", html), html[:600]


def test_a_rule_ticks_once_it_is_kept(page, post):
    ask = lambda text: page.post(f"/posts/{post.id}/check", data=typed(post, text=text, tab="x/post")).text  # noqa: E731
    long, short = ask("word " * 80), ask("A few words.")
    assert "allows 280 characters; this has" in long
    assert 'id="mark-x-post"' in long
    assert "is-broken" in long
    assert "rule is-broken" not in short
    assert "12 of 280 characters." in short
    assert '<mark class="over"' in long  # the likeness shows what is too much


def test_a_check_speaks_of_the_channel_in_front_alone(page, post):
    html = page.post(
        f"/posts/{post.id}/check", data=typed(post, channels=["x/post", "bluesky/post"], tab="bluesky/post")
    ).text
    assert 'id="judged-bluesky-post"' in html
    assert "judged-x-post" not in html


def test_an_own_text_is_judged_instead_of_the_posts(page, post):
    html = page.post(
        f"/posts/{post.id}/check",
        data=typed(post, text="Main.", own=["Only for this one."], own_for=["x/post"], tab="x/post"),
    ).text
    assert "18 of 280 characters." in html


def test_it_escapes_a_hostile_text(page, rules, alice):
    bad = '<script>alert(1)</script>"><img src=x onerror=alert(2)> #tag<b>'
    post = compose(rules, alice, text=bad, title=bad, variants={"x/post": bad, "facebook/feed_post": None})
    for address in ("/posts", f"/posts/{post.id}", f"/posts/{post.id}?plan=at", f"/posts/{post.id}/versions"):
        html = page.get(address).text
        assert "<script>alert" not in html, address
        assert "<img src=x" not in html, address
    assert (
        "<script>alert"
        not in page.post(f"/posts/{post.id}/check", data=typed(post, text=bad, tab="x/post")).text
    )


def test_it_marks_addresses_hashtags_and_names(page, post):
    html = page.post(
        f"/posts/{post.id}/check",
        data=typed(post, text="See https://a.example/#b and #tartan by @morag.", tab="x/post"),
    ).text
    assert '<span class="linkish">https://a.example/#b</span>' in html
    assert '<span class="linkish">#tartan</span>' in html
    assert '<span class="linkish">@morag</span>' in html


def test_without_javascript_another_channel_comes_with_what_was_typed(page, post):
    html = page.post(
        f"/posts/{post.id}/form",
        data=typed(post, text="Not saved yet.", channels=["x/post", "linkedin/member_post"]),
    ).text
    assert "Not saved yet." in html
    assert 'id="tab-linkedin-member-post"' in html
    assert post.text != "Not saved yet."


def test_htmx_gets_only_the_channels(page, post):
    answer = page.post(
        f"/posts/{post.id}/form", data=typed(post), headers={"HX-Request": "true", "HX-Target": "channels"}
    )
    assert answer.text.lstrip().startswith('<div id="channels">')
    assert answer.headers["HX-Trigger-After-Swap"] == "composer-changed"


def test_a_browser_without_javascript_saves_a_picture_along(page, rules, draw):
    page.post("/posts", data=typed(picture=(BytesIO(draw()), "loom.png")), content_type="multipart/form-data")
    post = Post.of(rules).first()
    assert [picture.media.filename for picture in post.pictures] == ["loom.png"]


def test_pictures_are_added_moved_and_taken_off(page, post, rules, draw, alice):
    from app.posts.library import keep

    one, two = keep(rules, "one.png", draw(), alice), keep(rules, "two.png", draw(colour="blue"), alice)

    def ask(**more):
        sent = typed(post, media=[str(one.id)], alt=["First"], **more)
        html = page.post(f"/posts/{post.id}/form", data=sent).text
        return re.findall(r'name="media" value="([^"]+)"', html)

    assert ask(add=str(two.id)) == [str(one.id), str(two.id)]
    assert ask(drop=str(one.id)) == []
    html = page.post(
        f"/posts/{post.id}/form",
        data=typed(post, media=[str(one.id), str(two.id)], alt=["First", "Second"], earlier=str(two.id)),
    ).text
    assert html.index("Second</textarea>") < html.index("First</textarea>")


def test_the_plan_offers_an_account_and_names_the_zone(page, post, rules, alice):
    from app.platforms.models import Account, Platform

    Account.connect_new(rules, Platform.called(rules, "x"), "Lochcarron", {}, alice)
    answer = page.post(f"/posts/{post.id}", data=typed(post, then="schedule"))
    assert "plan=at" in answer.location
    html = page.get(answer.location).text
    assert 'action="/schedule/posts"' in html
    assert "Europe/London" in html
    assert 'name="channel" value="x/post"' in html


def test_a_channel_that_breaks_a_rule_cannot_be_planned_from_the_page(page, post, rules, alice):
    from app.platforms.models import Account, Platform

    Account.connect_new(rules, Platform.called(rules, "x"), "Lochcarron", {}, alice)
    page.post(f"/posts/{post.id}", data=typed(post, text="word " * 90))
    html = page.get(f"/posts/{post.id}?plan=at").text
    assert "Mend it" in html
    assert 'name="at"' not in html
