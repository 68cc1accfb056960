"""The same verbs for a terminal: `slogan import`, `rewrite`, `schedule`, `publish`, `status` and more."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from app.core.errors import Invalid
from app.core.settings import settings
from app.local.cause_commands import causes
from app.local.commands import campaigns, instance
from app.local.foresight_commands import preflight, vanished_posts
from app.local.post_commands import accounts, scheduled
from app.local.series_commands import series
from app.local.terminal import operator, says, workspace_of, workspace_option


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Slogan turns what a company already has into posts, and publishes each exactly once."""


@main.command()
def run() -> None:
    """Start everything: servers, web, workers and clock, until Ctrl-C."""
    from app.local.supervisor import run as supervise

    supervise()


@main.command()
@says
def migrate() -> dict[str, Any]:
    """Bring the tables of DATABASE_URL up to date."""
    from app.core.migrate import upgrade
    from app.local.servers import connected

    with connected():
        upgrade(settings().database_url or "")
    return {"says": "The tables are up to date."}


@main.command()
@click.option("--workspace", "name", prompt="Name of the company or brand")
@click.option("--zone", prompt="Time zone, such as Europe/London", default="UTC")
@click.option("--email", prompt="Your e-mail address")
@click.option("--person", prompt="Your name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="10 characters or more.")
@says
def init(name: str, zone: str, email: str, person: str, password: str) -> dict[str, Any]:
    """Make a workspace with its first admin, without demo data."""
    from app.local.servers import connected

    with connected():
        from app import the_app
        from app.core.database import session
        from app.core.migrate import upgrade
        from app.local.beginnings import begin

        upgrade(settings().database_url or "")
        with the_app().app_context():
            workspace, member = begin(name, zone, email, person, password)
            session.commit()
            says = f"{workspace.name} is ready; sign in as {member.user.email}."
            return {"says": says, "workspace": str(workspace.id)}


@main.command()
@click.option("--large", is_flag=True, help="Fill it with 10,000 products and 100,000 posts, for looking at speed.")
@click.option("--yes", is_flag=True, help="Do not ask before filling.")
@workspace_option
@says
def demo(large: bool, yes: bool, name: str | None) -> dict[str, Any]:
    """Load the demo workspace where there is none; with --large, fill it. Sending is switched off then."""
    from app.local.large import WARNING, demo_if_empty, fill
    from app.local.servers import connected

    with connected():
        demo_if_empty()
        with workspace_of(name) as workspace:
            if not large:
                return {"says": f"{workspace.name} is there."}
            if not yes:
                click.confirm(f"Add 100,000 posts to {workspace.name} and switch sending off?", abort=True, err=True)
            made = fill(workspace, operator(workspace), lambda line: click.echo(line, err=True))
            says = f"{workspace.name} has {made['posts']:,} posts more.\n\n{WARNING}"
            return {"says": says, **made, "sending_on": False}


@main.group(name="import")
def import_() -> None:
    """Bring articles or products in, from a folder, a file or an address."""


@import_.command()
@click.argument("source")
@workspace_option
@says
def articles(source: str, name: str | None) -> dict[str, Any]:
    """Bring articles in: Markdown, a zip of it, RSS, Atom, a WordPress export, or a page."""
    from app.articles.imports import import_articles

    return _import(name, "articles", source, import_articles)


@import_.command()
@click.argument("source")
@workspace_option
@says
def products(source: str, name: str | None) -> dict[str, Any]:
    """Bring products in: Shopify or WooCommerce CSV, a Google Merchant feed, or `clan` for the shop's API."""
    from app.catalogue.imports import import_products

    return _import(name, "products", source, import_products)


@import_.command(name="posts")
@click.argument("source", type=click.Path(exists=True, dir_okay=False))
@workspace_option
@says
def posts_(source: str, name: str | None) -> dict[str, Any]:
    """Plan the posts of a CSV: text, channel, when (empty: the next free slot), account and more."""
    from app.schedule.sheets import plan_sheet

    return _import(name, "posts", source, lambda activity, _: plan_sheet(activity))


def _import(name: str | None, kind: str, source: str, work: Callable[..., Any]) -> dict[str, Any]:
    from app.accounts.activity import Activity

    with workspace_of(name) as workspace:
        title, by = f"Import {kind} from {source}", operator(workspace)
        activity = Activity.start(workspace, f"import {kind}", title, by, source=source)
        work(activity, source)
        lines = "".join(f"\n  {found['where']}: {found['reason']}" for found in activity.problems)
        if activity.state == "failed":
            raise Invalid(activity.message)
        return {"says": f"{activity.message}{lines}", **activity.card()}


@main.command()
@click.argument("text", required=False)
@click.option("--channel", default="facebook/feed_post", show_default=True, help="The channel, as platform/channel.")
@click.option("--section", help="The id of an article's section, or `next` for the next one not yet syndicated.")
@click.option("--product", help="A product's SKU or id, or `random`.")
@click.option("--focus", type=click.Choice(["feature", "benefit", "story"]))
@workspace_option
@says
def rewrite(
    text: str | None, channel: str, section: str | None, product: str | None, focus: str | None, name: str | None
) -> dict[str, Any]:  # fmt: skip
    """Rewrite TEXT, a section or a product for a channel, and keep it as a draft."""
    from app.posts.drafting import draft_from
    from app.rewriting.asking import rewrite_here

    if text == "-":
        text = click.get_text_stream("stdin").read()
    elif text and Path(text).is_file():
        text = Path(text).read_text()
    with workspace_of(name) as workspace:
        by = operator(workspace)
        execution = rewrite_here(workspace, channel, by, text=text, section=section, product=product, focus=focus)
        if not execution.text:
            raise Invalid(execution.error_message or "Nothing came of it.")
        post = draft_from(workspace, execution, by)
        return {
            "says": f"{execution.text}\n\n({execution.state}, {execution.model}; draft {post.id})",
            "execution": str(execution.id), "post": str(post.id), "text": execution.text,
            "state": execution.state, "fit_to_schedule": execution.fit_to_schedule, "model": execution.model,
        }  # fmt: skip


@main.command()
@click.argument("post")
@click.option("--channel", required=True, help="The channel, as platform/channel.")
@click.option("--account", help="The account, by name; needed when the platform has several.")
@click.option("--at", help="When, in the workspace's zone: 2026-12-01T09:00. Without it: the next free slot.")
@click.option("--campaign", help="The campaign it belongs to, by name or id.")
@click.option("--late", type=click.Choice(["skip", "send", "ask"]), help="When late; without it: as its campaign says.")
@workspace_option
@says
def schedule(
    post: str, channel: str, account: str | None, at: str | None, campaign: str | None, late: str | None,
    name: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Schedule a post for a channel."""
    from app.campaigns.models import Campaign
    from app.core.time import at_wall, zone
    from app.posts.models import Post
    from app.schedule.slots import schedule_somewhere

    with workspace_of(name) as workspace:
        moment = None
        if at:
            try:
                wall = datetime.fromisoformat(at)
            except ValueError:
                raise Invalid(f"“{at}” is no time. Write it like 2026-12-01T09:00.") from None
            moment = wall if wall.tzinfo else at_wall(wall.date(), wall.time(), workspace.zone)
        by = operator(workspace)
        if campaign:
            Campaign.called(workspace, campaign).take(Post.of(workspace).get(post), by)
        planned = schedule_somewhere(workspace, post, channel, account, moment, by)
        if late:
            planned.allow_late(late, None, by)
        local = planned.scheduled_time.astimezone(zone(workspace.zone))
        return {"says": f"Scheduled for {local:%a %d %b %Y, %H:%M} {workspace.zone} ({planned.id}).", **planned.card()}


@main.command()
@click.argument("scheduled_post", required=False)
@workspace_option
@says
def publish(scheduled_post: str | None, name: str | None) -> dict[str, Any]:
    """Publish one scheduled post now, or everything that is due."""
    from app.accounts.instance import sends
    from app.core.database import everywhere, session
    from app.schedule.engine import publish_due
    from app.schedule.models import ScheduledPost

    with workspace_of(name) as workspace:
        if scheduled_post:
            ScheduledPost.of(workspace).get(scheduled_post).publish_now(by=operator(workspace))
            session.commit()
        with everywhere():
            sent = publish_due()
        if scheduled_post:
            found = ScheduledPost.of(workspace).get(scheduled_post)
            session.refresh(found)
            says = f"This post is {found.state}. {found.last_error or found.remote_url or ''}".strip()
            return {"says": says, **found.card()}
        off = "" if sends() else " Sending is off: see `slogan instance show`."
        return {"says": f"{sent} posts were worked on.{off}", "posts": sent}


@main.command()
@workspace_option
@says
def status(name: str | None) -> dict[str, Any]:
    """Say how the workspace stands: posts by state, what needs a person, queues and clock."""
    from app.web.health import report
    from app.web.home import standing

    with workspace_of(name) as workspace:
        facts = standing(workspace)
        states = ", ".join(f"{count} {state}" for state, count in facts["posts"].items()) or "no posts yet"
        says = f"{workspace.name}: {states}. {facts['needs_you']} things need a person."
        return {"says": says, **facts, "health": report()}


main.add_command(accounts)
main.add_command(causes)
main.add_command(instance)
main.add_command(campaigns)
main.add_command(preflight)
main.add_command(scheduled)
main.add_command(series)
main.add_command(vanished_posts)


if __name__ == "__main__":
    main()
