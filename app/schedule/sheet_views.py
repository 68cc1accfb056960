"""The page, the API and the example of tables of posts."""

from typing import Any

from flask import Blueprint, Response, g, make_response, request, url_for
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.accounts.uploads import imports_of
from app.core.ui import envelope, read, show, went
from app.schedule import sheets
from app.schedule.planning_views import places

room = Blueprint("sheets", __name__)


class Sheet(BaseModel):
    place: str = Field("", max_length=200)


@room.get("/posts/import")
@may("schedule")
def importing() -> Response:
    return show("schedule/sheet.html", recent=imports_of(g.workspace, "posts"), places=places())


@room.post("/posts/import")
@may("schedule")
def bring_in() -> Response:
    activity = sheets.start(g.workspace, g.user, request.files.getlist("files"), read(Sheet).place)
    return went(url_for("accounts.activity", activity_id=activity.id))


@room.get("/posts/import/example.csv")
@may("schedule")
def example() -> Response:
    """A table to begin with."""
    answer = make_response(sheets.EXAMPLE)
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=posts.csv"
    return answer


@may("schedule")
def import_posts() -> tuple[dict[str, Any], int]:
    """Plan the lines of a CSV (multipart `file`): text, channel, when, account and more; the answer is the activity."""
    files = [*request.files.getlist("files"), *request.files.getlist("file")]
    return envelope(sheets.start(g.workspace, g.user, files, read(Sheet).place).card()), 202
