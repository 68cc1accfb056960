"""Making a picture small enough for a platform that refuses big ones."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from app.publishing.delivery import Kind, Picture, PublishError

QUALITIES = (90, 82, 74, 66, 58, 50)
SCALE = 0.8


def shrunk(picture: Picture, limit: int) -> tuple[bytes, str, int, int]:
    """The picture's bytes, mime, width and height in at most `limit` bytes; untouched if it fits already.

    The same picture always gives the same bytes, so that a repeated upload is the same upload.
    Raise PublishError for a file that is no picture.
    """
    content = picture.read()
    if len(content) <= limit:
        return content, picture.mime, picture.width, picture.height
    try:
        image = ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("RGB")
    except (UnidentifiedImageError, OSError):
        image = None
    if image is None:
        raise PublishError(f"{picture.name} is not a picture that can be made smaller.", kind=Kind.REFUSED)
    while True:
        for quality in QUALITIES:
            packed = BytesIO()
            image.save(packed, "JPEG", quality=quality, optimize=True)
            if packed.tell() <= limit:
                return packed.getvalue(), "image/jpeg", image.width, image.height
        size = (max(1, int(image.width * SCALE)), max(1, int(image.height * SCALE)))
        image = image.resize(size, Image.Resampling.LANCZOS)
