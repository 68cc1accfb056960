"""The picture library."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from app.core.database import session
from app.core.errors import Invalid, WrongState
from app.posts.library import keep, remove, thumb
from app.posts.models import Media
from app.posts.writing import compose


def send(page, *files, **more):
    return page.post(
        "/media",
        data={"picture": [(BytesIO(content), name) for name, content in files], **more},
        content_type="multipart/form-data",
    )


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
        + chunk(b"IEND", b"")
    )


def test_several_come_at_once_and_a_broken_one_costs_no_other(page, rules, draw):
    answer = send(
        page, ("a.png", draw()), ("broken.jpg", b"\xff\xd8\xff not a picture"), ("b.jpg", draw(kind="JPEG"))
    )
    assert "broken.jpg cannot be read as a picture. It may be broken." in answer.text
    assert {media.filename for media in Media.of(rules)} == {"a.png", "b.jpg"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bomb.png", bomb(), "has more than 80 megapixels"),
        ("page.svg", b"<svg><script>alert(1)</script></svg>", "cannot be read as a picture"),
        ("half.png", b"\x89PNG\r\n\x1a\n\x00\x00", "cannot be read as a picture"),
        ("empty.png", b"", "cannot be read as a picture"),
        ("big.png", b"\x89PNG" + b"\x00" * 30_000_001, "is larger than 30 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_a_sentence(page, rules, name, content, says):
    answer = send(page, (name, content))
    assert answer.status_code == 422
    assert f"{name} {says}" in answer.text
    assert Media.of(rules).count() == 0


def test_a_tiff_is_named_as_what_it_is(rules, alice, draw):
    with pytest.raises(Invalid, match="is a TIFF that channels do not take"):
        keep(rules, "scan.tif", draw(kind="TIFF"), alice)


def test_an_upload_beyond_the_limit_is_said_with_the_limit(app, page, rules):
    before = app.config["MAX_CONTENT_LENGTH"]
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    try:
        for address in ("/media", "/posts/form", "/api/v1/media"):
            answer = page.post(
                address,
                data={"picture": (BytesIO(b"x" * 200_000), "big.jpg")},
                content_type="multipart/form-data",
            )
            assert answer.status_code == 413, address
            assert "This is larger than 50 MB" in answer.text, address
    finally:
        app.config["MAX_CONTENT_LENGTH"] = before
    assert Media.of(rules).count() == 0


def test_the_same_picture_is_kept_once(rules, alice, bob, draw):
    assert keep(rules, "a.png", draw(), alice) is keep(rules, "b.png", draw(), bob)


def test_where_a_photo_was_taken_is_forgotten(rules, alice, draw):
    exif = Image.Exif()
    exif[0x8825] = {2: (57.0, 0.0, 0.0)}  # GPS
    exif[0x0112] = 6  # turned by a quarter
    media = keep(rules, "photo.jpg", draw(600, 400, "JPEG", exif=exif), alice)
    with Image.open(media.path) as kept:
        assert not kept.getexif()
        assert kept.size == (400, 600) == (media.width, media.height)


def test_files_are_for_the_workspace_alone(page, sign_in, charlie, rules, alice, draw):
    media = keep(rules, "a.jpg", draw(1200, 900, "JPEG"), alice)
    session.commit()
    whole, small = page.get(f"/media/{media.id}"), page.get(f"/media/{media.id}/thumb")
    assert whole.headers["Cache-Control"].startswith("private")
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.mimetype == "image/jpeg"
    with Image.open(BytesIO(small.data)) as picture:
        assert max(picture.size) == 400
    stranger = sign_in(charlie)
    for address in (f"/media/{media.id}", f"/media/{media.id}/thumb", f"/media/{media.id}/details"):
        assert stranger.get(address).status_code == 404


def test_a_small_picture_is_made_once(rules, alice, draw):
    media = keep(rules, "a.png", draw(900, 300), alice)
    first = thumb(media).stat().st_mtime_ns
    assert thumb(media).stat().st_mtime_ns == first


def test_a_picture_that_a_post_carries_stays(page, rules, alice, draw):
    media = keep(rules, "a.png", draw(), alice)
    post = compose(rules, alice, text="Behind the loom", pictures=[(media.id, "")])
    with pytest.raises(WrongState, match=r"a\.png is used by “Behind the loom”\. Take it off there first\."):
        remove(media, alice)
    html = page.get(f"/media/{media.id}/details").text
    assert f"/posts/{post.id}" in html
    assert "It cannot be removed while" in html


def test_a_picture_that_nothing_carries_goes_with_its_files(page, rules, alice, draw):
    media = keep(rules, "a.png", draw(colour="green"), alice)
    files = media.path, thumb(media)
    assert page.post(f"/media/{media.id}/removal").status_code == 303
    assert Media.of(rules).count() == 0
    assert not any(path.exists() for path in files)


def test_its_description_goes_out_where_the_post_has_none(page, rules, alice, draw):
    media = keep(rules, "a.png", draw(), alice)
    page.post(f"/media/{media.id}/description", data={"alt_text": "A loom at dawn"})
    post = compose(rules, alice, text="x", pictures=[(media.id, "")])
    assert post.pictures[0].words == "A loom at dawn"


def test_it_is_searched_by_name_and_description(page, rules, alice, draw):
    loom = keep(rules, "loom.png", draw(), alice, "Wool at dawn")
    keep(rules, "scarf.png", draw(colour="blue"), alice)
    assert "1 picture<" in page.get("/media?q=dawn").text
    assert "Nothing fits" in page.get("/media?q=100%25").text
    assert str(loom.id) in page.get("/media/choice?q=loom").text
