"""A posting schedule fills itself: source, rewrite, post, slot, one after the other; what fails is said."""

from dataclasses import dataclass, field
from typing import Any

import structlog

from app.accounts.activity import Activity, Cancelled
from app.accounts.models import Member, Workspace
from app.articles.models import Article, SyndicationProgress
from app.catalogue.models import Product
from app.core.database import enter, session
from app.core.errors import Invalid, Problem
from app.core.queue import ring
from app.core.time import zone
from app.platforms.models import Channel
from app.posts import writing
from app.posts.models import Post
from app.rewriting.models import ContentProcess, Execution
from app.schedule.models import PostingSchedule, ScheduledPost
from app.schedule.slots import plan_in
from app.schedule.words import as_list

log = structlog.get_logger("filling")
FOCI = {"rotate": "In turn", "feature": "What it is", "benefit": "What it brings", "story": "Its story"}
TURNS = ("feature", "benefit", "story")
NO_REPEAT = 30  # days before a product may come again
NOUNS = {"product": "product", "article": "article"}


def ask_to_fill(schedule: PostingSchedule, number: int, focus: str, by: Member) -> Activity:
    """Generate the next posts of a schedule, away from the page. Raise Invalid, NotAllowed."""
    by.must("schedule")
    if schedule.content_type not in NOUNS:
        raise Invalid(f"“{schedule.name}” takes your own texts, so nothing can be generated for it.")
    if focus not in FOCI:
        raise Invalid("This focus is not known.", focus=f"Choose one of {', '.join(FOCI)}.")
    if schedule.next_free_slot() is None:
        raise Invalid(f"“{schedule.name}” has no free slot within 30 days.", number="Every slot is filled.")
    what = f"{number} {NOUNS[schedule.content_type]} {'post' if number == 1 else 'posts'}"
    activity = Activity.start(
        by.workspace, "fill schedule", f"Generate {what} for “{schedule.name}”", by, total=number,
        schedule_id=str(schedule.id), number=number, focus=focus,
    )  # fmt: skip
    ring("filling.fill", activity.id)
    return activity


@dataclass
class Filling:
    """One run: what it fills, for whom, and what has come of it."""

    activity: Activity
    schedule: PostingSchedule
    workspace: Workspace
    channel: Channel
    by: Member | None
    planned: list[ScheduledPost] = field(default_factory=list)

    @classmethod
    def of(cls, activity: Activity) -> "Filling":
        """From what the activity was started with. Raise Missing."""
        workspace = session.get_one(Workspace, activity.workspace_id)
        schedule = PostingSchedule.of(workspace).get(activity.inputs["schedule_id"])
        by = session.get(Member, activity.started_by_id) if activity.started_by_id else None
        return cls(activity, schedule, workspace, schedule.channel, by)

    def run(self) -> None:
        """Try as often as was asked for; one that fails costs no other."""
        number, focus = self.activity.inputs["number"], self.activity.inputs["focus"]
        for turn in range(number):
            chosen = TURNS[turn % len(TURNS)] if focus == "rotate" else focus
            self.activity.step(turn, number, f"Writing {turn + 1} of {number}")
            self.attempt(turn + 1, chosen)
        self.activity.step(number, number, "Finishing")
        self.activity.finish(self.says(number), planned=[str(one.id) for one in self.planned])

    def attempt(self, number: int, focus: str) -> None:
        """Make and plan one post; note why not."""
        where = f"Post {number}"
        try:
            source = self.source()
            where = source.get("title") or where
            self.planned.append(self.make(source, focus))
        except Problem as problem:
            session.rollback()
            self.note(
                where,
                as_list([problem.message, *problem.fields.values()]) if problem.fields else problem.message,
            )
        except Exception as error:  # one that breaks costs no other
            session.rollback()
            log.exception("a post could not be generated")
            self.note(where, f"Something broke on our side ({type(error).__name__}). Nothing was planned.")

    def note(self, where: str, reason: str) -> None:
        enter(self.workspace.id)
        self.activity.problem(where, reason)
        session.commit()

    def source(self) -> dict[str, Any]:
        """The next product that was not used lately, or the next section that the channel has nothing of."""
        if self.schedule.content_type == "product":
            product = Product.pick_random(self.workspace, NO_REPEAT)
            selection = product.choose(self.channel.platform, self.by)
            session.commit()
            return {"product": product, "selection": selection, "title": product.name, "link": product.url}
        section = Article.next_section(self.workspace, self.channel)
        if section is None:
            raise Invalid(
                f"Every section of every article has been made into a post for {self.channel.label}."
            )
        progress = SyndicationProgress.take(section, self.channel)
        session.commit()
        title = section.heading or section.article.title
        return {"section": section, "progress": progress, "title": title, "link": section.article.url}

    def make(self, source: dict[str, Any], focus: str) -> ScheduledPost:
        """Rewrite a source, make a post of it and plan that. Raise Problem with the reason."""
        progress = source.get("progress")
        try:
            post = self.written(source, focus)
            planned = plan_in(self.schedule, post, self.channel, self.by)
        except Exception as error:
            session.rollback()
            if progress is not None:
                progress.fail(error.message if isinstance(error, Problem) else "Something broke on our side.")
                session.commit()
            raise
        if progress is not None:
            progress.complete(post)
        if selection := source.get("selection"):
            selection.post_id, selection.content_generated = post.id, post.text
        session.commit()
        return planned

    def written(self, source: dict[str, Any], focus: str) -> Post:
        """A post from a rewrite that keeps every hard rule of the channel; kept as a draft in any case."""
        process = ContentProcess.of_channel(self.channel)
        material = {kind: source[kind] for kind in ("product", "section") if kind in source}
        wanted = focus if "product" in material else None
        execution = Execution.prepare(process, focus=wanted, by=self.by, **material)
        session.commit()
        execution.run()
        session.refresh(execution)
        if execution.state == "failed":
            raise Invalid(execution.error_message or "It could not be written.")
        post = writing.from_rewrite(
            self.workspace, execution, self.by, title=source["title"][:200], link=source["link"]
        )
        session.commit()
        return post

    def says(self, number: int) -> str:
        """“10 of 10 planned; the first goes out on Mon 23 Nov, 09:00.”"""
        if not self.planned:
            return f"0 of {number} planned. The reasons stand below."
        first = min(one.scheduled_time for one in self.planned).astimezone(zone(self.schedule.zone))
        return f"{len(self.planned)} of {number} planned; the first goes out on {first:%a %-d %b, %H:%M}."


def fill(activity: Activity) -> None:
    """Do what `ask_to_fill` started, in a worker; commits as it goes."""
    enter(activity.workspace_id)
    activity.begin()
    try:
        Filling.of(activity).run()
    except Cancelled:
        activity.stop()
    except Problem as problem:
        activity.fail(problem.message)
