"""Commands of the terminal that look ahead and back: what is going to fail, and what can no longer be seen."""

from typing import Any

import click

from app.local.terminal import says, workspace_of, workspace_option


@click.command()
@click.option("--last", is_flag=True, help="Say what the last look found, without looking again.")
@workspace_option
@says
def preflight(last: bool, name: str | None) -> dict[str, Any]:
    """Look 72 hours ahead: name every post that will fail, why, and where that is mended."""
    from app.schedule.digest import digest
    from app.schedule.preflight import look

    with workspace_of(name) as workspace:
        if not last:
            look(workspace, by_hand=True)
        found = digest(workspace)
        lines = [f"{found.sentence}."]
        for group in found.groups:
            lines.append(f"{group.account}: {group.title} ({group.total:,})")
            lines += [f"  {post.at:%Y-%m-%d %H:%M} UTC  {post.sentence}  {post.href}" for post in group.posts]
            lines += [f"  and {group.more:,} more"] if group.more else []
        return {"says": "\n".join(lines), **found.card()}


@click.command(name="vanished")
@workspace_option
@says
def vanished_posts(name: str | None) -> dict[str, Any]:
    """Name the published posts that their platform no longer shows."""
    from app.core.ui import cards
    from app.schedule.vanished import vanished

    with workspace_of(name) as workspace:
        posts = vanished(workspace)
        lines = [f"{one.vanished_at:%Y-%m-%d %H:%M} UTC  {one.account.name}  {one.post.first_line}" for one in posts]
        return {"says": "\n".join(lines) or "Everything can be seen.", "posts": cards(posts)}
