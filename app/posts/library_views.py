"""The picture library: its page, its files, and what happens to uploads that are too large."""

from uuid import UUID

from flask import Blueprint, Response, current_app, g, request, send_file, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field
from werkzeug.exceptions import RequestEntityTooLarge

from app.accounts.gate import may
from app.core.errors import Invalid
from app.core.settings import settings
from app.core.ui import read, show, went
from app.posts.library import file_of, keep_all, posts_with, remove, search, thumb, uses
from app.posts.models import Media

room = Blueprint("media", __name__, url_prefix="/media")
SIZE = 40
DAY = 86_400  # seconds
DRAINED = 300_000_000  # bytes of a refused upload that are still read, so that the browser hears the answer


@room.get("")
def pictures() -> Response:
    return _page()


@room.post("")
@may("write")
def upload() -> Response:
    came = keep_all(g.workspace, request.files.getlist("picture"), g.user)
    if came.refused or not came.kept:
        return _page(
            refused=came.refused or ["Choose a picture first."],
            kept=came.kept,
            status=422 if not came.kept else 200,
        )
    what = "The picture is" if len(came.kept) == 1 else f"{len(came.kept)} pictures are"
    return went(url_for(".pictures"), f"{what} in the library.")


@room.get("/choice")
def choice() -> Response:
    """The library inside the composer: pictures to put on the post."""
    words, post_id = request.args.get("q", ""), request.args.get("post_id", type=UUID)
    shelf = search(g.workspace, words).page(size=24).rows
    return show(
        "posts/_shelf.html", shelf=shelf, words=words, base=f"/posts/{post_id}" if post_id else "/posts"
    )


@room.get("/<uuid:media_id>")
def original(media_id: UUID) -> Response:
    return _file(Media.of(g.workspace).get(media_id), small=False)


@room.get("/<uuid:media_id>/thumb")
def small(media_id: UUID) -> Response:
    return _file(Media.of(g.workspace).get(media_id), small=True)


@room.get("/<uuid:media_id>/details")
def picture(media_id: UUID) -> Response:
    media = Media.of(g.workspace).get(media_id)
    return show("posts/picture.html", "picture", media=media, posts=posts_with(media))


class Words(BaseModel):
    alt_text: str = Field("", max_length=5_000)


@room.post("/<uuid:media_id>/description")
@may("write")
def describe(media_id: UUID) -> Response:
    media = Media.of(g.workspace).get(media_id)
    media.describe(read(Words).alt_text, by=g.user)
    return went(url_for(".picture", media_id=media_id), "The description is saved.")


@room.post("/<uuid:media_id>/removal")
@may("write")
def remove_picture(media_id: UUID) -> Response:
    media = Media.of(g.workspace).get(media_id)
    remove(media, by=g.user)
    return went(url_for(".pictures"), f"{media.filename} is removed from the library.")


@room.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    """Hear the upload out, or the browser shows a broken connection instead of the sentence."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, DRAINED)
    while left > 0 and (piece := stream.read(min(left, 1_000_000))):
        left -= len(piece)
    most = settings().upload_mb
    answer = current_app.make_response(
        current_app.handle_user_exception(
            Invalid(
                f"This is larger than {most} MB, the most that can be sent at once. Nothing was lost.",
                picture="Send fewer or smaller pictures.",
            )
        )
    )
    answer.status_code = 413
    return answer


def _page(status: int = 200, **more: object) -> Response:
    words = request.args.get("q", "")
    found = search(g.workspace, words)
    page = found.page(request.args.get("cursor") or None, SIZE, by=Media.created_at)
    return show(
        "posts/media.html", "pictures", status=status, page=page, words=words, count=found.count(),
        uses=uses(page.rows), upload_mb=settings().upload_mb, **{"refused": [], "kept": [], **more},
    )  # fmt: skip


def _file(media: Media, *, small: bool) -> Response:
    """The file for members alone: no proxy keeps it, and no browser takes it for a page."""
    path = thumb(media) if small else file_of(media)
    answer = send_file(path, conditional=True, etag=f"{media.digest}{'-thumb' if small else ''}", max_age=DAY)
    answer.headers["Cache-Control"] = f"private, max-age={DAY}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Content-Disposition"] = "inline"
    return answer
