"""Posts are written, saved with a version each time, and put back to an earlier one."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Member, record
from app.articles.models import Section
from app.catalogue.models import Product
from app.core.database import as_uuid, session
from app.core.errors import Invalid, Missing, WrongState
from app.platforms.models import Channel
from app.posts.models import Media, Post, PostMedia, PostVersion, Variant
from app.posts.parts import Written, fill_parts, known_ids, parts_of, told_by
from app.posts.product_facts import facts_after, facts_when_written
from app.rewriting.models import Execution

LONGEST = 100_000  # characters; the longest channel (an article) takes far less
LONGEST_LINK = 2_000  # characters; browsers and platforms take no more
MOST_PICTURES = 40  # on one post; the channel that takes most takes 35
MANY_VERSIONS = 100  # shown at once


def compose(
    workspace: Any, by: Member | None, *, text: str = "", title: str = "", link: str | None = None,
    first_comment: str | None = None, variants: Mapping[str, str | None] | None = None,
    pictures: Iterable[tuple[Any, str]] = (), parts: Iterable[Written] = (), content_type: str = "text",
    format: str = "social_post",  # noqa: A002 (the column's name)
    **origin: Any,
) -> Post:  # fmt: skip
    """A new draft. `variants` maps a channel's slug to its own text, or None for the post's text.

    `pictures` are (media id, description) in order; `first_comment` is short for a part; `origin` may name
    execution_id, article_section_id, product_id and ai_generated. Raise Invalid for an unknown channel or a
    text that is far too long.
    """
    if by is not None:
        by.must("write")
    _one_of("content_type", content_type, Post.CONTENT_TYPES)
    _one_of("format", format, Post.FORMATS)
    for name, kind in (("product_id", Product), ("article_section_id", Section), ("execution_id", Execution)):
        if origin.get(name):  # a foreign key looks past row-level security, so we look ourselves
            kind.of(workspace).get(origin[name])
    post = Post(
        workspace_id=workspace.id, content_type=content_type, format=format, state="draft", version=1,
        created_by_id=by.id if by else None, **origin,
    )  # fmt: skip
    _fill(workspace, post, text, title, link, parts_of(first_comment, parts), variants or {}, pictures)
    post.product_was = _product_when_written(post)
    session.add(post)
    session.flush()
    _keep_version(post, by)
    record(by, "wrote", post)
    return post


def from_rewrite(workspace: Any, execution: Execution, by: Member | None, **more: Any) -> Post:
    """A draft from what a rewrite made, for the channel it was made for. Raise WrongState before it is done.

    `more` may name title, link and pictures. The text is the post's own; the channel uses it.
    """
    if not (execution.text or "").strip():
        raise WrongState("This rewrite has no text to use. Wait until it is done, or run it again.")
    process = execution.process
    slug = f"{process.platform.name}/{process.channel_type.name}"
    kind = "product" if execution.product_id else "article" if execution.article_section_id else "text"
    return compose(
        workspace, by, text=execution.text or "", variants={slug: None}, content_type=kind,
        execution_id=execution.id, article_section_id=execution.article_section_id,
        product_id=execution.product_id, ai_generated=True, **more,
    )  # fmt: skip


def save(
    workspace: Any, post: Post, by: Member, *, version: int | None = None, text: str = "", title: str = "",
    link: str | None = None, first_comment: str | None = None,
    variants: Mapping[str, str | None] | None = None, pictures: Iterable[tuple[Any, str]] = (),
    parts: Iterable[Written] = (),
    format: str | None = None,  # noqa: A002 (the column's name)
) -> None:  # fmt: skip
    """Save a post as its next version. An approved post goes back to draft, since other words were approved.

    A save that changes nothing makes no version. Raise WrongState when `version` is given and somebody
    saved a later one meanwhile, or when the post is archived; Invalid as `compose` does.
    """
    by.must("write")
    _lock(post)
    if post.state == "archived":
        raise WrongState("This post is archived. Take it out of the archive first.")
    if version is not None and version != post.version:
        raise WrongState(
            f"{_last_writer(post)} saved version {post.version} while you were writing. "
            "What you typed is still here: copy what you need, then load the page again."
        )
    before = _snapshot(post)
    if format:
        _one_of("format", format, Post.FORMATS)
        post.format = format
    _fill(workspace, post, text, title, link, parts_of(first_comment, parts), variants or {}, pictures)
    if _snapshot(post) == before:
        session.flush()
        return
    if post.product_id and (product := session.get(Product, post.product_id)):
        post.product_was = facts_after(post.product_was, product, _words_of(post))
    post.version += 1
    if post.is_approved:
        post.state, post.approved_by_id = "draft", None
    record(by, "saved", post)
    session.flush()
    _keep_version(post, by)


def restore(workspace: Any, post: Post, number: int, by: Member) -> None:
    """Make an earlier version the newest one. Pictures and channels that are gone stay away.

    Raise Missing when there is no version of that number.
    """
    found = session.scalar(
        select(PostVersion).where(PostVersion.post_id == post.id, PostVersion.number == number)
    )
    if found is None:
        raise Missing(f"There is no version {number} of this post.")
    old = found.snapshot
    wanted = [as_uuid(item["media_id"], "picture") for item in old["pictures"]]
    there = {media.id for media in Media.of(workspace).where(Media.id.in_(wanted))} if wanted else set()
    known = {channel.slug for channel in Channel.in_order(workspace)}
    save(
        workspace, post, by, text=old["text"], title=old["title"], link=old["link"],
        parts=[one for one in told_by(old) if one.only_for is None or one.only_for in known],
        format=old.get("format"),
        variants={slug: words for slug, words in old["variants"].items() if slug in known},
        pictures=[
            (item["media_id"], item["alt_text"])
            for item, at in zip(old["pictures"], wanted, strict=True)
            if at in there
        ],
    )  # fmt: skip


def versions(post: Post) -> list[PostVersion]:
    """The versions of a post, newest first, at most a hundred."""
    query = select(PostVersion).where(PostVersion.post_id == post.id)
    return list(session.scalars(query.order_by(PostVersion.number.desc()).limit(MANY_VERSIONS)))


def _lock(post: Post) -> None:
    """Take the row for this transaction, so that of two people who save at once one is second."""
    with session.no_autoflush:
        session.refresh(post, ["version", "state"], with_for_update=True)


def _last_writer(post: Post) -> str:
    query = select(PostVersion.saved_by).where(PostVersion.post_id == post.id)
    return session.scalar(query.order_by(PostVersion.number.desc()).limit(1)) or "Somebody"


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        words = ", ".join(allowed)
        raise Invalid(f"“{value}” is no {field.replace('_', ' ')}.", **{field: f"Choose one of {words}."})


def _fill(
    workspace: Any, post: Post, text: str, title: str, link: str | None, parts: list[Written],
    variants: Mapping[str, str | None], pictures: Iterable[tuple[Any, str]],
) -> None:  # fmt: skip
    written = {
        "text": text,
        "title": title,
        **{f"own {slug}": own for slug, own in variants.items()},
    }
    for name, value in written.items():
        if value and len(value) > LONGEST:
            raise Invalid(
                "This text is far too long for any channel.", **{name: "Use at most 100,000 characters."}
            )
    link = (link or "").strip()
    if link and (
        not link.lower().startswith(("http://", "https://"))
        or len(link) > LONGEST_LINK
        or any(map(str.isspace, link))
    ):
        raise Invalid("The link is no web address.", link="Begin with https:// and leave out spaces.")
    with session.no_autoflush:
        _fill_variants(workspace, post, variants)
        _fill_pictures(workspace, post, pictures)
        clean = [part._replace(text=_clean(part.text).strip()) for part in parts]
        fill_parts(workspace, post, clean, known_ids(post, clean))
    post.text, post.title, post.link = _clean(text), _clean(title).strip(), link or None


def _product_when_written(post: Post) -> dict[str, Any] | None:
    """What the shop said of the product when the text was made."""
    product = session.get(Product, post.product_id) if post.product_id else None
    if product is None:
        return None
    run = session.get(Execution, post.execution_id) if post.execution_id else None
    return facts_when_written(product, run.input_data.get("source") if run else None)


def _words_of(post: Post) -> list[str | None]:
    """Everything that the post says, on any channel."""
    return [post.title, post.text, *(one.text for one in (*post.parts, *post.variants))]


def _clean(text: str | None) -> str:
    """Line ends of one kind, and without the zero signs that no database keeps."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _fill_variants(workspace: Any, post: Post, variants: Mapping[str, str | None]) -> None:
    kept = []
    for position, (slug, own) in enumerate(variants.items()):
        variant = next((v for v in post.variants if v.slug == slug), None) or _new_variant(workspace, slug)
        variant.position, variant.text = position, _clean(own) if (own or "").strip() else None
        kept.append(variant)
    post.variants = kept


def _new_variant(workspace: Any, slug: str) -> Variant:
    channel = Channel.by_slug(workspace, slug)
    return Variant(
        workspace_id=workspace.id, platform_id=channel.platform_id, channel_type_id=channel.channel_type_id,
        platform=channel.platform, channel_type=channel.channel_type,
    )  # fmt: skip


def _fill_pictures(workspace: Any, post: Post, pictures: Iterable[tuple[Any, str]]) -> None:
    wanted = {as_uuid(media_id, "picture"): alt_text or "" for media_id, alt_text in pictures}
    if len(wanted) > MOST_PICTURES:
        raise Invalid(f"A post carries at most {MOST_PICTURES} pictures.", picture="Take some pictures away.")
    known = {media.id: media for media in Media.of(workspace).where(Media.id.in_(wanted))} if wanted else {}
    here = {picture.media_id: picture for picture in post.pictures}
    kept = []
    for position, (media_id, alt_text) in enumerate(wanted.items()):
        if media_id not in known:
            raise Invalid(
                "One of the pictures is not in the library.", picture="Choose it again, or take it away."
            )
        picture = here.get(media_id) or PostMedia(
            workspace_id=workspace.id, media_id=media_id, media=known[media_id]
        )
        picture.position, picture.alt_text = position, _clean(alt_text)
        kept.append(picture)
    post.pictures = kept


def _snapshot(post: Post) -> dict[str, Any]:
    return {
        "text": post.text, "title": post.title, "link": post.link,
        "parts": [part.written._asdict() for part in post.parts],
        "format": post.format, "variants": {v.slug: v.text for v in post.variants},
        "pictures": [{"media_id": str(p.media_id), "alt_text": p.alt_text} for p in post.pictures],
    }  # fmt: skip


def _keep_version(post: Post, by: Member | None) -> None:
    session.add(
        PostVersion(
            workspace_id=post.workspace_id,
            post_id=post.id,
            number=post.version,
            snapshot=_snapshot(post),
            saved_by=by.name if by else "Slogan",
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise WrongState("Somebody saved this post at the same moment. Load the page again.") from None
