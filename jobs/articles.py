"""Articles come in, and all sections of one are written for a channel, away from the page."""

from app.accounts.activity import Activity
from app.accounts.models import Member, Workspace
from app.accounts.uploads import watched
from app.articles.imports import import_articles
from app.articles.models import Article, Section, SyndicationProgress, waiting_for
from app.core.errors import Problem
from app.core.queue import job
from app.platforms.models import Channel
from app.posts.drafting import draft_from
from app.rewriting.models import ContentProcess, Execution


@job("slow", timeout="2h")
def import_(activity_id: str) -> None:
    """Bring in what an activity names."""
    activity = Activity.anywhere(activity_id)
    import_articles(activity, activity.inputs["source"])


@job("slow", timeout="2h")
def write_sections(activity_id: str) -> None:
    """Make a draft of every section that waits for a channel, one after another, past those that fail."""
    activity = Activity.anywhere(activity_id)
    with watched(activity):
        workspace = Workspace.anywhere(activity.workspace_id)
        by = Member.of(workspace).get(activity.started_by_id)
        channel = Channel.by_slug(workspace, activity.inputs["channel"])
        article = Article.of(workspace).get(activity.inputs["article"])
        waiting = Section.of(workspace).where(Section.article_id == article.id, waiting_for(channel))
        sections, made = waiting.order_by(Section.position).all(), 0
        for number, section in enumerate(sections, 1):
            activity.step(number - 1, len(sections), f"Writing “{section.heading or article.title}”")
            try:
                made += _write(section, channel, workspace, by)
            except Problem as problem:
                SyndicationProgress.take(section, channel).fail(problem.message)
                activity.problem(f"{section.position}. {section.heading}", problem.message)
        activity.done = len(sections)
        activity.finish(f"{made} of {len(sections)} sections are drafts for {channel.label}.", made=made)


def _write(section: Section, channel: Channel, workspace: Workspace, by: Member) -> bool:
    """One section as a draft. Raise Problem with the reason when nothing came of it."""
    execution = Execution.prepare(ContentProcess.of_channel(channel), section=section, by=by)
    execution.run()
    if not execution.text:
        raise Problem(execution.error_message or "Nothing came of it.")
    draft_from(workspace, execution, by)
    return True
