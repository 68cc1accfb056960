"""Posts in trouble, as the tests of causes and of mending them need them."""

from sqlalchemy import text

from app.accounts.notices import Notice
from app.core.database import session
from app.schedule.models import ScheduledPost
from tests.schedule.cast import planned

REFUSED = "The platform refused: status 9f8a7c6b5d4e is a duplicate of 10{}."
BROKEN = "The platform did not answer within {} seconds."


def in_trouble(account, state="failed", kind="refused", said="The platform refused.", minutes=-30, **more):
    return planned(account, minutes=minutes, state=state, problem_kind=kind, last_error=said, **more)


def many(account, number, said, kind="refused", state="failed"):
    """So many posts of one trouble, made by the database; `{}` in the sentence is the post's number."""
    post = in_trouble(account, state, kind, said.format(0))
    copy = text("""
        INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id,
            scheduled_time, zone, state, late_policy, late_minutes, due_at, tries, problem_kind, last_error)
        SELECT gen_random_uuid(), workspace_id, post_id, account_id, platform_id, channel_type_id,
            scheduled_time + number * interval '1 second', zone, state, late_policy, late_minutes, due_at, tries,
            problem_kind, replace(:said, '{}', number::text)
        FROM scheduled_posts, generate_series(1, :more) number WHERE scheduled_posts.id = :id
    """)
    session.execute(copy, {"id": post.id, "more": number - 1, "said": said})


def open_notices(workspace):
    session.expire_all()
    return Notice.of(workspace).where(Notice.closed_at.is_(None)).order_by(Notice.cause).all()


def cause_of(post):
    session.expire_all()
    return session.get_one(ScheduledPost, post.id).cause
