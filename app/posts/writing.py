"""Posts are written, saved with a version each time, and put back to an earlier one."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import Invalid, WrongState
from app.platforms.models import Channel
from app.posts.models import Media, Post, PostMedia, PostVersion, Variant

LONGEST = 100_000  # characters; the longest channel (an article) takes far less


def compose(
    workspace: Any, by: Member | None, *, text: str = "", title: str = "", link: str | None = None,
    first_comment: str | None = None, variants: Mapping[str, str | None] | None = None,
    pictures: Iterable[tuple[Any, str]] = (), content_type: str = "text", **origin: Any,
) -> Post:  # fmt: skip
    """A new draft. `variants` maps a channel's slug to its own text, or None for the post's text.

    `pictures` are (media id, description) in order; `origin` may name execution_id, article_section_id,
    product_id and ai_generated. Raise Invalid for an unknown channel or a text that is far too long.
    """
    if by is not None:
        by.must("write")
    post = Post(workspace_id=workspace.id, content_type=content_type, created_by_id=by.id if by else None, **origin)
    session.add(post)
    _fill(workspace, post, text, title, link, first_comment, variants or {}, pictures)
    session.flush()
    _keep_version(post, by)
    record(by, "wrote", post)
    return post


def save(
    workspace: Any, post: Post, by: Member, *, version: int | None = None, text: str = "", title: str = "",
    link: str | None = None, first_comment: str | None = None, variants: Mapping[str, str | None] | None = None,
    pictures: Iterable[tuple[Any, str]] = (),
) -> None:  # fmt: skip
    """Save a post as its next version. An approved post goes back to draft, since other words were approved.

    Raise WrongState when `version` is given and somebody saved a later one meanwhile.
    """
    by.must("write")
    if post.state == "archived":
        raise WrongState("This post is archived. Take it out of the archive first.")
    if version is not None and version != post.version:
        raise WrongState("Somebody saved this post while you were writing. Your text is still in the form: copy it, load the page again, and save.")
    before = _snapshot(post)
    _fill(workspace, post, text, title, link, first_comment, variants or {}, pictures)
    session.flush()
    if _snapshot(post) == before:
        return
    post.version += 1
    if post.state == "approved":
        post.state, post.approved_by_id = "draft", None
    record(by, "saved", post)
    _keep_version(post, by)


def restore(workspace: Any, post: Post, number: int, by: Member) -> None:
    """Make an earlier version the newest one. Raise Invalid when there is none of that number."""
    found = session.scalar(select(PostVersion).where(PostVersion.post_id == post.id, PostVersion.number == number))
    if found is None:
        raise Invalid(f"There is no version {number} of this post.")
    old = found.snapshot
    save(
        workspace, post, by, text=old["text"], title=old["title"], link=old["link"], first_comment=old["first_comment"],
        variants=old["variants"], pictures=[(item["media_id"], item["alt_text"]) for item in old["pictures"]],
    )  # fmt: skip


def versions(post: Post) -> list[PostVersion]:
    """The versions of a post, newest first."""
    return list(session.scalars(select(PostVersion).where(PostVersion.post_id == post.id).order_by(PostVersion.number.desc()).limit(100)))


def _fill(
    workspace: Any, post: Post, text: str, title: str, link: str | None, first_comment: str | None,
    variants: Mapping[str, str | None], pictures: Iterable[tuple[Any, str]],
) -> None:  # fmt: skip
    for name, value in (("text", text), ("first_comment", first_comment or ""), *variants.items()):
        if value and len(value) > LONGEST:
            raise Invalid("This text is far too long for any channel.", **{name: "Use at most 100,000 characters."})
    if link and not link.startswith(("http://", "https://")):
        raise Invalid("The link is no web address.", link="Begin with https://.")
    post.text, post.title, post.link = text.replace("\r\n", "\n"), title.strip(), link or None
    post.first_comment = first_comment or None
    _fill_variants(workspace, post, variants)
    _fill_pictures(workspace, post, pictures)


def _fill_variants(workspace: Any, post: Post, variants: Mapping[str, str | None]) -> None:
    channels = {slug: Channel.by_slug(workspace, slug) for slug in variants}
    kept = []
    for slug, channel in channels.items():
        variant = next((v for v in post.variants if v.is_for(channel)), None) or Variant(
            workspace_id=post.workspace_id, platform_id=channel.platform_id, channel_type_id=channel.channel_type_id,
            platform=channel.platform, channel_type=channel.channel_type,
        )  # fmt: skip
        own = (variants[slug] or "").replace("\r\n", "\n")
        variant.text = own if own.strip() else None
        kept.append(variant)
    post.variants = kept


def _fill_pictures(workspace: Any, post: Post, pictures: Iterable[tuple[Any, str]]) -> None:
    kept = []
    for position, (media_id, alt_text) in enumerate(pictures):
        media = Media.of(workspace).get(media_id)
        picture = next((p for p in post.pictures if p.media_id == media.id), None) or PostMedia(
            workspace_id=post.workspace_id, media_id=media.id, media=media
        )
        picture.position, picture.alt_text = position, alt_text or ""
        kept.append(picture)
    post.pictures = kept


def _snapshot(post: Post) -> dict[str, Any]:
    return {
        "text": post.text, "title": post.title, "link": post.link, "first_comment": post.first_comment,
        "variants": {f"{v.platform.name}/{v.channel_type.name}": v.text for v in post.variants},
        "pictures": [{"media_id": str(p.media_id), "alt_text": p.alt_text} for p in sorted(post.pictures, key=lambda p: p.position)],
    }  # fmt: skip


def _keep_version(post: Post, by: Member | None) -> None:
    session.add(
        PostVersion(
            workspace_id=post.workspace_id, post_id=post.id, number=post.version or 1, snapshot=_snapshot(post),
            saved_by=by.name if by else "Slogan",
        )
    )  # fmt: skip
    try:
        session.flush()
    except IntegrityError:
        raise WrongState("Somebody saved this post at the same moment. Load the page again.") from None
