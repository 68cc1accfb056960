"""The media library: pictures come in, are looked at, kept once, shown small, and removed when unused."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, or_, select

from app.accounts.models import Member, record
from app.core.database import Finder, after_commit, session
from app.core.errors import Invalid, Missing, WrongState
from app.posts.models import Media, Post, PostMedia

MOST_BYTES = 30_000_000
MOST_PIXELS = 80_000_000  # beyond it, a small file may be a bomb
THUMB_EDGE = 400  # pixels
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError)


class Upload(Protocol):
    """A file as the web hands it over."""

    filename: str | None

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass
class Arrival:
    """What came of several uploads: the pictures that are kept, and a sentence for each that is not."""

    kept: list[Media] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def keep(workspace: Any, filename: str, content: bytes, by: Member | None, alt_text: str = "") -> Media:
    """Keep a picture in the library, once however often it comes.

    JPEG, PNG, GIF and WebP up to 30 MB and 80 megapixels; what a photo says about the place where it
    was taken is dropped. Raise Invalid for anything else.
    """
    if by is not None:
        by.must("write")
    name = _name_of(filename)
    if len(content) > MOST_BYTES:
        raise Invalid(f"{name} is larger than 30 MB.", picture="Choose a picture of at most 30 MB.")
    mime, width, height, clean = _look_at(name, content)
    digest = hashlib.sha256(clean).hexdigest()
    found = session.scalar(select(Media).where(Media.workspace_id == workspace.id, Media.digest == digest))
    if found is not None:
        _write(found.path, clean)  # a restored database may lack the file
        return found
    media = Media(
        workspace_id=workspace.id, filename=name, mime=mime, width=width, height=height, bytes=len(clean),
        digest=digest, alt_text=alt_text,
    )  # fmt: skip
    _write(media.path, clean)
    session.add(media)
    session.flush()
    record(by, "added a picture", media)
    return media


def keep_all(workspace: Any, files: Iterable[Upload], by: Member) -> Arrival:
    """Keep each of several uploads; one that is refused costs no other."""
    came = Arrival()
    for file in files:
        if not file.filename:
            continue  # an empty file field sends one nameless file
        try:
            media = keep(workspace, file.filename, file.read(MOST_BYTES + 1), by)
        except Invalid as wrong:
            came.refused.append(f"{wrong.message} {wrong.fields.get('picture', '')}".strip())
        else:
            if media not in came.kept:
                came.kept.append(media)
    return came


def search(workspace: Any, words: str = "") -> Finder[Media]:
    """The pictures whose name or description holds the words."""
    found = Media.of(workspace)
    if words := words.strip():
        like = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        found = found.where(
            or_(Media.filename.ilike(like, escape="!"), Media.alt_text.ilike(like, escape="!"))
        )
    return found


def uses(media: Iterable[Media]) -> dict[Any, int]:
    """How many posts carry each picture, by the picture's id."""
    ids = [one.id for one in media]
    query = (
        select(PostMedia.media_id, func.count())
        .where(PostMedia.media_id.in_(ids))
        .group_by(PostMedia.media_id)
    )
    return {row[0]: row[1] for row in session.execute(query)} if ids else {}


def posts_with(media: Media) -> list[Post]:
    """The posts that carry a picture, newest first, at most fifty."""
    query = select(Post).join(PostMedia, PostMedia.post_id == Post.id).where(PostMedia.media_id == media.id)
    return list(session.scalars(query.order_by(Post.updated_at.desc()).limit(50)))


def remove(media: Media, by: Member) -> None:
    """Take a picture out of the library. Raise WrongState while a post carries it."""
    by.must("write")
    if carrying := posts_with(media):
        names = ", ".join(f"“{post.first_line[:60]}”" for post in carrying[:3])
        more = f" and {len(carrying) - 3} more" if len(carrying) > 3 else ""
        raise WrongState(f"{media.filename} is used by {names}{more}. Take it off there first.")
    record(by, "removed", media, filename=media.filename)
    paths = [media.path, _thumb_path(media)]
    session.delete(media)
    session.flush()
    after_commit(lambda: [path.unlink(missing_ok=True) for path in paths])


def file_of(media: Media) -> Path:
    """Where the picture's file lies. Raise Missing when it is not there, as after a half restored backup."""
    if not media.path.exists():
        raise Missing(f"The file of {media.filename} is not here. Upload the picture again.")
    return media.path


def thumb(media: Media) -> Path:
    """A JPEG, or a PNG where it may be see-through, of at most 400 pixels an edge; made at the first look.

    Raise Missing as `file_of` does.
    """
    path = _thumb_path(media)
    if path.exists():
        return path
    file_of(media)
    with Image.open(media.path) as picture:
        picture.draft("RGB", (THUMB_EDGE, THUMB_EDGE))
        small = picture.convert("RGB" if path.suffix == ".jpg" else "RGBA")
    small.thumbnail((THUMB_EDGE, THUMB_EDGE))
    out = io.BytesIO()
    small.save(out, "JPEG" if path.suffix == ".jpg" else "PNG", quality=82)
    _write(path, out.getvalue())
    return path


def _thumb_path(media: Media) -> Path:
    return media.path.with_suffix(".thumb.jpg" if media.mime == "image/jpeg" else ".thumb.png")


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: it is seen under its name only once it is complete."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{hashlib.sha256(content).hexdigest()[:8]}")
    draft.write_bytes(content)
    draft.replace(path)


def _name_of(filename: str) -> str:
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in name if sign.isprintable())[:200] or "picture"


def _look_at(name: str, content: bytes) -> tuple[str, int, int, bytes]:
    try:
        picture = Image.open(io.BytesIO(content))
        _refuse_other_kinds(name, picture)
        picture.load()
        upright = ImageOps.exif_transpose(picture) if picture.format == "JPEG" else picture
        return (
            FORMATS[picture.format or ""],
            upright.width,
            upright.height,
            _without_place(picture, upright, content),
        )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(f"{name} has more than 80 megapixels.", picture="Choose a smaller picture.") from None
    except UNREADABLE:
        raise Invalid(
            f"{name} cannot be read as a picture. It may be broken.",
            picture="Choose a JPEG, PNG, GIF or WebP.",
        ) from None


def _refuse_other_kinds(name: str, picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise Invalid(f"{name} has more than 80 megapixels.", picture="Choose a smaller picture.")
    if (kind := picture.format or "file") not in FORMATS:
        raise Invalid(
            f"{name} is a {kind} that channels do not take.", picture="Choose a JPEG, PNG, GIF or WebP."
        )


def _without_place(picture: Image.Image, upright: Image.Image, content: bytes) -> bytes:
    """The same file, or a JPEG saved anew without its EXIF block when it has one."""
    if picture.format != "JPEG" or not picture.getexif():
        return content
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=92, icc_profile=picture.info.get("icc_profile"))
    return out.getvalue()
