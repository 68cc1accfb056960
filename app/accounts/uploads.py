"""What every import shares: files kept for the worker, and an end that says what happened."""

import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from app.accounts.activity import Activity, Cancelled
from app.accounts.models import Member, Workspace
from app.core.database import scope, session
from app.core.errors import Invalid, Problem
from app.core.queue import ring
from app.core.settings import settings

log = structlog.get_logger("imports")
MOST_FILES = 1000
SHOP = "clan"  # the source that means the shop of the settings
JOBS = {"articles": "articles.import_", "products": "catalogue.import_", "posts": "schedule.plan_sheet"}
KEPT_DAYS = 7  # a file that was sent waits so long for a second try


class Sent(Protocol):
    """A file of a form: its name as the browser gave it, and a way to write it down."""

    filename: str | None

    def save(self, dst: Any, buffer_size: int = ..., /) -> None: ...


def address(written: str) -> str:
    """What a person pasted, as a web address. Raise Invalid for what is none."""
    written = written.strip()
    if written and "://" not in written and re.match(r"[^\s/]+\.[^\s/]+", written):
        written = f"https://{written}"
    try:
        parts = urlsplit(written)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("This is no web address.", url="Paste an address that begins with https://.")
    return written


def start_import(
    workspace: Workspace,
    by: Member,
    what: str,
    *,
    url: str = "",
    files: Iterable[Sent] = (),
    shop: bool = False,
    **more: str,
) -> Activity:
    """Ask a worker to bring in `what` (articles, products or posts) from files, an address or the shop.

    `more` is kept for the worker. Raise Invalid when nothing was chosen or the address is none.
    """
    by.must("import")
    files = [file for file in files if file.filename]
    if shop and what == "products":
        activity = Activity.start(workspace, f"import {what}", "Products from the shop", by, source=SHOP)
    elif url.strip() and not files:
        source = address(url)
        activity = Activity.start(
            workspace, f"import {what}", f"{what.capitalize()} from {source}", by, source=source
        )
    else:
        names = ", ".join(str(file.filename) for file in files[:3]) + (" …" if len(files) > 3 else "")
        activity = Activity.start(workspace, f"import {what}", f"{what.capitalize()} from {names}", by)
        activity.inputs = {**more, "source": str(keep_files(activity, files))}
    ring(JOBS[what], activity.id)
    return activity


def import_again(workspace: Workspace, activity: Activity, by: Member) -> Activity:
    """Try the same source once more. Raise Invalid when what was sent is no longer here."""
    by.must("import")
    source = str(activity.inputs.get("source", ""))
    what = activity.kind.removeprefix("import ")
    if what not in JOBS:
        raise Invalid("This was no import, so it cannot be tried again here.")
    if source != SHOP and "://" not in source and not Path(source).exists():
        raise Invalid("The files of that import are gone. Choose them again.")
    again = Activity.start(workspace, activity.kind, activity.title, by, **activity.inputs)
    ring(JOBS[what], again.id)
    return again


def imports_of(workspace: Workspace, what: str, number: int = 5) -> list[Activity]:
    """The latest imports of articles, products or posts, newest first."""
    finder = Activity.of(workspace).where(Activity.kind == f"import {what}")
    return finder.order_by(Activity.created_at.desc()).limit(number).all()


def uploads() -> Path:
    """The folder in which sent files wait for a worker."""
    return settings().var_dir.resolve() / "uploads"


def keep_files(activity: Activity, files: Iterable[Sent]) -> Path:
    """Keep what was sent for the worker, in a folder of this activity. Raise Invalid when nothing was."""
    sent = [file for file in files if file.filename]
    if not sent:
        raise Invalid("Choose a file, or paste an address.", files="Choose a file, or paste an address.")
    if len(sent) > MOST_FILES:
        raise Invalid(f"{len(sent):,} files are too many at once. Put them into one zip file.")
    folder = uploads() / str(activity.id)
    folder.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(sent, 1):
        name = plain_name(file.filename or "", number)
        file.save(folder / (name if not (folder / name).exists() else f"{number}-{name}"))
    return folder


def plain_name(given: str, number: int) -> str:
    """A file's own name without folders, control characters or a leading dot."""
    name = PurePosixPath(given.replace("\\", "/")).name
    name = re.sub(r"[\x00-\x1f<>:\"|?*]", "_", name).lstrip(".").encode()[-200:].decode(errors="ignore")
    return name or f"file-{number}"


def sent_files(source: str) -> list[Path] | None:
    """The files of an activity's folder, in order; None when `source` is no such folder."""
    folder = Path(source)
    if not folder.is_absolute() or folder.parent != uploads() or not folder.is_dir():
        return None
    return sorted(folder.iterdir())


def forget_files(activity: Activity) -> None:
    """Remove the files of an activity that is done, and those that nobody tried again for a week."""
    folder = Path(str(activity.inputs.get("source", "")))
    if sent_files(str(folder)) is not None:
        shutil.rmtree(folder, ignore_errors=True)
    oldest = time.time() - KEPT_DAYS * 86_400
    for folder in uploads().glob("*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def watched(activity: Activity) -> Iterator[None]:
    """Begin an activity, work inside its workspace, and end it with a reason if the work breaks off.

    The work itself calls `activity.finish`. What it had done when it was stopped, or when its source
    gave out, is kept; after an error of our own, what was committed by the last step is.
    """
    with scope(activity.workspace_id):
        activity.begin()
        try:
            yield
        except Cancelled:
            activity.stop()
        except Problem as problem:
            session.commit()
            activity.fail(problem.message)
        except Exception:
            log.exception("import broke", activity=str(activity.id))
            activity.fail(
                "Something in Slogan broke. What was read until then stays; try again, and tell your admin."
            )
            raise
        else:
            if not activity.problem_count:
                forget_files(activity)
