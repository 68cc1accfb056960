"""From a rewrite to a draft: the post, and what its source remembers of it."""

from typing import Any

from app.accounts.models import Member
from app.articles.models import SyndicationProgress
from app.core.database import session
from app.core.errors import WrongState
from app.posts.models import Post
from app.posts.writing import from_rewrite
from app.rewriting.models import Execution


def draft_from(workspace: Any, execution: Execution, by: Member | None) -> Post:
    """A draft from what a rewrite made, with its title and link. Raise WrongState before it is done.

    A section counts as done for the channel from then on; a product's choice of today keeps the text.
    """
    source = execution.input_data["source"]
    title = source["title"] if source["kind"] != "text" else ""
    post = from_rewrite(workspace, execution, by, title=title, link=source.get("url"))
    if execution.section is not None:
        _complete(execution, post)
    if execution.product is not None and execution.product.is_active:
        choice = execution.product.choose(execution.process.platform, by)
        choice.post_id, choice.content_generated = post.id, execution.text
    session.flush()
    return post


def _complete(execution: Execution, post: Post) -> None:
    """Write down that the section became this post; a post of it that was finished before stays named."""
    try:
        with session.begin_nested():
            progress = SyndicationProgress.take(execution.section, execution.process.channel)
    except WrongState:
        return
    progress.process_id = execution.process_id
    progress.complete(post)
