"""The media library: pictures come in, are looked at, and are kept once."""

import hashlib
import io
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import Invalid
from app.posts.models import Media

MOST_BYTES = 30_000_000
MOST_PIXELS = 80_000_000  # beyond it, a small file may be a bomb
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


def keep(workspace: Any, filename: str, content: bytes, by: Member | None, alt_text: str = "") -> Media:
    """Keep a picture in the library, once however often it comes.

    JPEG, PNG, GIF and WebP up to 30 MB and 80 megapixels; what a photo says about the place where it
    was taken is dropped. Raise Invalid for anything else.
    """
    if by is not None:
        by.must("write")
    name = filename.replace("\\", "/").rsplit("/", 1)[-1][:200] or "picture"
    if len(content) > MOST_BYTES:
        raise Invalid(f"{name} is larger than 30 MB.", picture="Choose a picture of at most 30 MB.")
    mime, width, height, clean = _look_at(name, content)
    digest = hashlib.sha256(clean).hexdigest()
    found = session.scalar(select(Media).where(Media.workspace_id == workspace.id, Media.digest == digest))
    if found is not None:
        return found
    media = Media(
        workspace_id=workspace.id, filename=name, mime=mime, width=width, height=height, bytes=len(clean),
        digest=digest, alt_text=alt_text,
    )  # fmt: skip
    media.path.parent.mkdir(parents=True, exist_ok=True)
    media.path.write_bytes(clean)
    session.add(media)
    session.flush()
    record(by, "added a picture", media)
    return media


def _look_at(name: str, content: bytes) -> tuple[str, int, int, bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content))
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid(f"{name} has more than 80 megapixels.", picture="Choose a smaller picture.")
            kind = picture.format or ""
            if kind not in FORMATS:
                raise Invalid(f"{name} is a {kind or 'file'} that channels do not take.", picture="Choose a JPEG, PNG, GIF or WebP.")
            picture.load()
            upright = ImageOps.exif_transpose(picture) if kind == "JPEG" else picture
            return FORMATS[kind], upright.width, upright.height, _without_place(picture, upright, kind, content)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(f"{name} cannot be read as a picture. It may be broken.", picture="Choose a JPEG, PNG, GIF or WebP.") from None


def _without_place(picture: Image.Image, upright: Image.Image, kind: str, content: bytes) -> bytes:
    """The same file, or a JPEG saved anew without its EXIF block when it has one."""
    if kind != "JPEG" or not picture.getexif():
        return content
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=92, icc_profile=picture.info.get("icc_profile"))
    return out.getvalue()
