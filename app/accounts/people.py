"""People come to a workspace, and their roles change."""

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from app.accounts.models import RANKS, Member, User, Workspace, record
from app.core.database import enter, session
from app.core.errors import Invalid, WrongState
from app.core.time import zone


def found_workspace(name: str, zone_name: str) -> Workspace:
    """A new, empty workspace, which the rest of this transaction works in. Raise Invalid for a bad zone."""
    zone(zone_name)
    workspace = Workspace(id=uuid7(), name=name.strip(), zone=zone_name)
    enter(workspace.id)
    session.add(workspace)
    session.flush()
    return workspace


def invite(
    workspace: Workspace, email: str, name: str, password: str, role: str, by: Member | None
) -> Member:
    """Make a person a member. One who has an account already keeps their password. Raise Invalid."""
    if by is not None:
        by.must("administer")
    _check_role(role)
    person = session.scalar(select(User).where(User.email == email.strip().lower())) or User.join(
        email, name, password
    )
    if session.scalar(
        select(Member.id).where(Member.workspace_id == workspace.id, Member.user_id == person.id)
    ):
        raise Invalid(f"{person.name} is a member already.", email="This person is a member already.")
    member = Member(workspace_id=workspace.id, user_id=person.id, user=person, workspace=workspace, role=role)
    session.add(member)
    session.flush()
    record(by, f"made {person.name} {role}", member)
    return member


def change_role(member: Member, role: str, by: Member) -> None:
    """Give a member another role. Raise WrongState when that would leave no admin."""
    by.must("administer")
    _check_role(role)
    admins = session.scalar(
        select(func.count()).where(
            Member.workspace_id == member.workspace_id, Member.role == "admin", Member.is_active
        )
    )
    if member.role == "admin" and role != "admin" and admins == 1:
        raise WrongState(f"{member.name} is the only admin. Make somebody else admin first.")
    member.role = role
    record(by, f"made {member.name} {role}", member)


def _check_role(role: str) -> None:
    if role not in RANKS:
        raise Invalid(f"“{role}” is no role.", role=f"Choose one of {', '.join(RANKS)}.")
