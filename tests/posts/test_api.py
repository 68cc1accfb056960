"""Posts and pictures for programs."""

from io import BytesIO

import pytest


def test_a_post_is_written_read_changed_and_put_back(page, rules):
    made = page.post(
        "/api/v1/posts",
        json={"text": "Hello", "variants": {"x/post": "Hi", "bluesky/post": None}, "format": "ad_copy"},
    )
    assert made.status_code == 201
    card = made.json["data"]
    assert (card["state"], card["version"], card["variants"], card["format"]) == (
        "draft",
        1,
        {"x/post": "Hi", "bluesky/post": None},
        "ad_copy",
    )
    address = f"/api/v1/posts/{card['id']}"
    assert page.put(address, json={"text": "Two", "version": 1}).json["data"]["version"] == 2
    late = page.put(address, json={"text": "Three", "version": 1})
    assert late.status_code == 409
    assert late.json["errors"][0]["title"] == "Somebody was faster"
    assert [row["number"] for row in page.get(f"{address}/versions").json["data"]] == [2, 1]
    back = page.post(f"{address}/versions/1/restoration").json["data"]
    assert (back["text"], back["version"]) == ("Hello", 3)
    assert page.get(address).json["data"]["problems"] == {"x/post": [], "bluesky/post": []}


def test_approval_is_given_and_taken_back(page, post):
    address = f"/api/v1/posts/{post.id}"
    assert page.post(f"{address}/submission").json["data"]["state"] == "review"
    assert page.post(f"{address}/approval").json["data"]["state"] == "approved"
    assert page.delete(f"{address}/approval").json["data"]["state"] == "draft"
    assert page.delete(f"{address}/approval").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"format": "poem"},
        {"content_type": "x"},
        {"link": "ftp://a"},
        {"variants": "x"},
        [],
        {"media": [{"media_id": "no"}]},
    ],
)
def test_what_is_no_post_is_refused(page, rules, body):
    answer = page.post("/api/v1/posts", json=body)
    assert answer.status_code == 422
    assert answer.json["data"] is None


def test_a_list_says_how_many_and_where_it_goes_on(page, rules):
    for at in range(3):
        page.post("/api/v1/posts", json={"text": f"Post {at}"})
    first = page.get("/api/v1/posts?size=2").json
    rest = page.get(f"/api/v1/posts?size=2&cursor={first['meta']['next_cursor']}").json
    assert first["meta"]["count"] == 3
    assert (
        len(first["data"] + rest["data"]) == len({card["id"] for card in first["data"] + rest["data"]}) == 3
    )
    assert rest["meta"]["next_cursor"] is None


def test_a_picture_comes_and_goes_onto_a_post(page, rules, draw):
    kept = page.post(
        "/api/v1/media",
        data={"picture": (BytesIO(draw()), "a.png"), "alt_text": "A loom"},
        content_type="multipart/form-data",
    )
    assert kept.status_code == 201
    media = kept.json["data"]
    card = page.post("/api/v1/posts", json={"text": "x", "media": [{"media_id": media["id"]}]}).json["data"]
    assert card["media"] == [{"media_id": media["id"], "alt_text": "A loom", "filename": "a.png"}]
    assert page.post("/api/v1/media").status_code == 422


def test_a_viewer_reads_only(sign_in, vera, post):
    viewer = sign_in(vera)
    assert viewer.get(f"/api/v1/posts/{post.id}").status_code == 200
    assert viewer.post("/api/v1/posts", json={"text": "x"}).status_code == 403
    assert viewer.put(f"/api/v1/posts/{post.id}", json={"text": "x"}).status_code == 403
    assert viewer.post(f"/api/v1/posts/{post.id}/submission").status_code == 403
