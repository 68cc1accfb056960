"""What the tests of scheduling and publishing need: posts, accounts, and posts that are planned."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Workspace
from app.core.database import session
from app.core.time import now
from app.platforms.models import Account, Channel, Platform
from app.platforms.rules import load_rules
from app.posts.models import Post
from app.schedule.models import ScheduledPost


def with_rules(workspace):
    """The workspace with the platforms' rules, loaded once."""
    if not session.scalar(select(Platform.id).where(Platform.workspace_id == workspace.id).limit(1)):
        load_rules(workspace)
    return workspace


def an_account(workspace, platform="practice", name=None, secrets=None, state="connected", **settings):
    """An account on a platform, connected unless told otherwise."""
    with_rules(workspace)
    found = Platform.of(workspace).where(Platform.name == platform).first()
    account = Account.connect_new(
        workspace, found, name or f"Our {platform}", secrets or {}, None, settings=settings
    )
    account.state = state
    session.flush()
    return account


def a_post(workspace, text="Nine tartans for the autumn, woven in Lochcarron.", **more):
    post = Post(workspace_id=workspace.id, text=text, **more)
    session.add(post)
    session.flush()
    return post


def planned(account, slug="practice/feed_post", minutes=10, by=None, post=None, **more):
    """A post on the plan, some minutes from now; past times are set behind the verb's back."""
    workspace = session.get_one(Workspace, account.workspace_id)
    at = now() + timedelta(minutes=max(minutes, 0))
    made = ScheduledPost.plan(post or a_post(workspace), Channel.by_slug(workspace, slug), account, at, by)
    if minutes <= 0:
        made.scheduled_time = made.due_at = now() + timedelta(minutes=minutes)
    for name, value in more.items():
        setattr(made, name, value)
    session.flush()
    return made


def story(post):
    """The verbs and sentences of a scheduled post's history."""
    return [(line.verb, line.sentence) for line in post.history()]


def on(server, workspace, name=None, platform=None):
    """An account on a server of our own."""
    return an_account(workspace, platform or server.slug, name, as_texts(server))


def as_texts(server):
    """What opens an account there, as its form sends it."""
    return {name: str(value) for name, value in server.credentials().items()}
