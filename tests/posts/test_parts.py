"""A post's parts: the thread, comments and follow-ups that go out after it."""

import re

import pytest

from app.core.database import session
from app.core.errors import Invalid
from app.platforms.models import Channel
from app.posts.fitting import thread_of
from app.posts.models import Post
from app.posts.parts import Written, in_words
from app.posts.writing import compose, restore, save, versions

THREAD = (
    Written("thread", "The wool comes from Shetland."), Written("thread", "The dye comes from lichen."),
    Written("comment", "Order by Friday."), Written("follow_up", "Last sizes in stock.", 120),
)  # fmt: skip


@pytest.fixture
def threaded(rules, alice):
    return compose(
        rules, alice, text="How a scarf is made.", parts=THREAD,
        variants={"mastodon/status": None, "bluesky/post": None},
    )  # fmt: skip


def texts(post):
    return [part.text for part in post.parts]


def told(post):
    return [part.written for part in post.parts]


def channel(workspace, slug):
    return Channel.by_slug(workspace, slug)


def test_it_keeps_its_parts_in_order(threaded):
    assert [(part.kind, part.text, part.delay_minutes, part.only_for, part.id) for part in threaded.parts] == [
        (*one[:4], part.id) for one, part in zip(THREAD, threaded.parts, strict=True)
    ]
    assert threaded.first_comment == "Order by Friday."
    assert threaded.card()["parts"][3]["delay_minutes"] == 120


def test_a_first_comment_alone_is_a_part(rules, alice):
    post = compose(rules, alice, text="A scarf.", first_comment="Order by Friday.")
    assert [(part.kind, part.text) for part in post.parts] == [("comment", "Order by Friday.")]
    save(rules, post, alice, text="A scarf.", first_comment="Order by Friday.")
    assert post.version == 1, "nothing was changed"


def test_a_save_keeps_the_id_of_a_part_so_that_nothing_goes_out_anew(threaded, rules, alice):
    before = {part.text: part.id for part in threaded.parts}
    first, second, *others = told(threaded)
    save(rules, threaded, alice, text="Else.", parts=[second, first._replace(text="From Harris."), *others])
    assert texts(threaded)[:2] == ["The dye comes from lichen.", "From Harris."]
    after = {part.text: part.id for part in threaded.parts}
    assert after["From Harris."] == before["The wool comes from Shetland."]
    assert after["The dye comes from lichen."] == before["The dye comes from lichen."]
    assert threaded.version == 2


def test_a_program_that_knows_no_ids_keeps_them_by_saying_the_same(threaded, rules, alice):
    before = [part.id for part in threaded.parts]
    channels = dict.fromkeys(("mastodon/status", "bluesky/post"))
    save(rules, threaded, alice, text=threaded.text, parts=THREAD, variants=channels)
    assert [part.id for part in threaded.parts] == before
    assert threaded.version == 1


def test_a_version_brings_back_a_part_as_the_one_it_was(threaded, rules, alice):
    before = [part.id for part in threaded.parts]
    save(rules, threaded, alice, text="No thread.", parts=())
    assert texts(threaded) == []
    restore(rules, threaded, 1, alice)
    session.expire(threaded)
    assert [part.id for part in threaded.parts] == before
    assert texts(threaded) == [one.text for one in THREAD]


def test_another_posts_part_is_not_taken(threaded, rules, alice):
    theirs = told(threaded)[0]
    other = compose(rules, alice, text="Another.", parts=[theirs])
    assert other.parts[0].id != threaded.parts[0].id
    assert len(threaded.parts) == 4


def test_a_version_from_before_there_were_parts_has_its_first_comment(rules, alice):
    post = compose(rules, alice, text="A scarf.")
    [version] = versions(post)
    version.snapshot = {**version.snapshot, "text": "An older scarf.", "first_comment": "Order by Friday."}
    version.snapshot = {key: value for key, value in version.snapshot.items() if key != "parts"}
    session.flush()
    restore(rules, post, 1, alice)
    assert post.first_comment == "Order by Friday."


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Written("follow_up", "Last sizes.", None), "has no time"),
        (Written("follow_up", "Last sizes.", 60 * 24 * 91), "has no time"),
        (Written("tweet", "Last sizes."), "is no kind of part"),
        (Written("thread", "x" * 10_001), "far too long"),
    ],
)
def test_a_part_that_cannot_be_is_refused_at_its_field(rules, alice, part, said):
    with pytest.raises(Invalid, match=said) as caught:
        compose(rules, alice, text="A scarf.", parts=[part])
    assert "parts" in caught.value.fields


def test_each_part_must_fit_the_channel(threaded, rules):
    threaded.parts[1].text = "x" * 301
    assert threaded.problems(channel(rules, "mastodon/status")) == []
    assert threaded.problems(channel(rules, "bluesky/post")) == [
        "Part 3 of 3: Bluesky post allows 300 characters; this has 301."
    ]


def test_a_part_for_one_channel_is_asked_of_no_other(threaded, rules, alice):
    parts = told(threaded)
    parts[1] = parts[1]._replace(text="x" * 400, only_for="mastodon/status")
    save(rules, threaded, alice, text=threaded.text, parts=parts)
    assert threaded.problems(channel(rules, "bluesky/post")) == []
    assert len(threaded.parts_for(channel(rules, "bluesky/post"))) == 2
    assert len(threaded.parts_for(channel(rules, "mastodon/status"))) == 3, "a follow-up comes later"


def test_a_channel_that_takes_no_replies_refuses_a_thread_and_leaves_a_comment_out(threaded, rules):
    place = channel(rules, "mastodon/status")
    row = next(row for row in place.platform.capabilities if row.key == "reply_supported")
    row.value = "false"
    said = threaded.problems(place)
    assert said == ["Mastodon status takes no threads: say it in one post, or give it a text of its own."]
    threaded.parts = [part for part in threaded.parts if part.kind != "thread"]
    assert threaded.problems(place) == []
    advice = [finding.message for finding in threaded.findings(place) if not finding.passed]
    assert "Mastodon status takes no replies from Slogan. The comment is left out there." in advice


def test_programs_read_and_write_parts(page, rules):
    body = {"text": "A scarf.", "parts": [
        {"kind": "thread", "text": "From Shetland.", "only_for": "mastodon/status"},
        {"kind": "follow_up", "text": "Last sizes.", "delay_minutes": 90},
    ]}  # fmt: skip
    made = page.post("/api/v1/posts", json=body).json["data"]
    assert [(one["kind"], one["only_for"]) for one in made["parts"]] == [
        ("thread", "mastodon/status"), ("follow_up", None),
    ]  # fmt: skip
    made["parts"][0]["text"] = "From Harris."
    changed = page.put(f"/api/v1/posts/{made['id']}", json={"text": "A scarf.", "parts": made["parts"]}).json["data"]
    assert [one["id"] for one in changed["parts"]] == [one["id"] for one in made["parts"]]
    assert changed["parts"][0]["text"] == "From Harris."
    bad = {"text": "A scarf.", "parts": [{"kind": "follow_up", "text": "Last sizes."}]}
    assert page.post("/api/v1/posts", json=bad).status_code == 422


def fields_of(html):
    """The parts as the composer's form would send them again."""
    return [re.sub(r"\s+", " ", text) for text in re.findall(r'name="part_text"[^>]*>([^<]*)<', html)]


def test_the_composer_adds_moves_and_takes_off_parts_without_javascript(page, threaded):
    html = page.get(f"/posts/{threaded.id}").get_data(as_text=True)
    assert fields_of(html) == [one.text for one in THREAD]
    form = {
        "text": threaded.text, "channels": ["mastodon/status", "bluesky/post"], "version": "1",
        "part_id": [str(part.id) for part in threaded.parts], "part_kind": [one.kind for one in THREAD],
        "part_text": [one.text for one in THREAD], "part_after": ["", "", "", "2"],
        "part_unit": ["", "", "", "hours"], "part_for": ["", "", "", ""],
    }  # fmt: skip
    moved = page.post(f"/posts/{threaded.id}/form", data={**form, "part_earlier": "1"}).get_data(as_text=True)
    assert fields_of(moved)[:2] == ["The dye comes from lichen.", "The wool comes from Shetland."]
    fewer = page.post(f"/posts/{threaded.id}/form", data={**form, "part_drop": "0"}).get_data(as_text=True)
    assert fields_of(fewer) == [one.text for one in THREAD][1:]
    more = page.post(f"/posts/{threaded.id}/form", data={**form, "part_add": "comment"}).get_data(as_text=True)
    assert fields_of(more) == [*(one.text for one in THREAD), ""]
    ids = [part.id for part in threaded.parts]
    later = {"part_after": ["", "", "", "90"], "part_unit": ["", "", "", "minutes"]}
    page.post(f"/posts/{threaded.id}", data={**form, **later})
    session.expire_all()
    saved = session.get(Post, threaded.id)
    assert saved.parts[3].delay_minutes == 90
    assert [part.id for part in saved.parts] == ids


def test_each_part_is_counted_and_shown_as_its_channel_does(page, threaded):
    form = {
        "text": "A scarf.", "channels": ["bluesky/post"], "tab": "bluesky/post", "part_kind": ["thread", "follow_up"],
        "part_text": ["x" * 301, "Last sizes."], "part_after": ["", "2"], "part_unit": ["", "hours"],
    }  # fmt: skip
    html = page.post("/posts/check", data=form).get_data(as_text=True)
    assert re.search(r'class="is-over">Part 2 of 2 <b class="num">301</b> <span class="quiet">of 300', html)
    assert "After 2 hours" in html
    assert "Part 2 of 2: Bluesky post allows 300 characters; this has 301." in html


LONG = " ".join(f"Sentence number {number} says something about the loom." for number in range(30))


def test_a_text_that_is_too_long_becomes_a_thread_on_that_channel_alone(page, rules):
    form = {"text": LONG, "channels": ["bluesky/post", "mastodon/status"], "split": "bluesky/post"}
    html = page.post("/posts/form", data=form).get_data(as_text=True)
    pieces = fields_of(html)
    own = re.search(r'name="own"[^>]*aria-label="Text for Bluesky post alone"[^>]*>([^<]*)<', html)[1]
    assert " ".join([own, *pieces]) == LONG
    assert all(len(piece) <= 300 for piece in [own, *pieces])
    assert html.count('<option value="bluesky/post" selected>') == len(pieces) > 3


def test_a_text_that_is_too_long_is_shortened_with_the_link_to_the_rest(page, rules):
    form = {"text": LONG, "channels": ["bluesky/post"], "shorten": "bluesky/post"}
    assert page.post("/posts/form", data=form).status_code == 422
    form["link"] = "https://example.com/loom"
    html = page.post("/posts/form", data=form).get_data(as_text=True)
    own = re.search(r'name="own"[^>]*>([^<]*)<', html)[1]
    assert own.endswith("…\n\nhttps://example.com/loom")
    assert 200 < len(own) <= 300


@pytest.mark.parametrize("text", ["", "word " * 400, "x" * 1000, "Ünïcødé 🧣🧣 " * 90, "One.\n\nTwo.\n\n" * 60])
def test_whatever_is_split_fits_and_loses_nothing(rules, text):
    from app.platforms.findings import Content, Draft

    place = channel(rules, "bluesky/post")
    pieces = thread_of(text, Draft(Content(text), tuple(place.needs()), place.label))
    assert all(Draft(Content(piece), tuple(place.needs())).length <= 300 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_wait_is_said_as_people_say_it():
    assert [in_words(minutes) for minutes in (1, 60, 90, 1440, 2880)] == [
        "1 minute", "1 hour", "90 minutes", "1 day", "2 days",
    ]  # fmt: skip
