"""A workspace from nothing: its first admin, the rules, the processes, and an account to practise on."""

from app.accounts.models import Member, Workspace
from app.accounts.people import found_workspace, invite
from app.catalogue.templates import load_templates
from app.core.database import session
from app.platforms.models import Platform
from app.platforms.rules import load_rules
from app.publishing.accounts import connect
from app.rewriting.processes import load_processes

PRACTICE = "Practice network"


def begin(name: str, zone: str, email: str, person: str, password: str) -> tuple[Workspace, Member]:
    """A new workspace with its first admin. The rest of the transaction works in it. Raise Invalid."""
    workspace = found_workspace(name, zone)
    member = invite(workspace, email, person, password, "admin", by=None)
    load_rules(workspace)
    load_processes(workspace)
    load_templates(workspace)
    for platform in Platform.of(workspace).where(Platform.name == "practice"):
        connect(workspace, platform, PRACTICE, {}, by=member)
    session.flush()
    return workspace, member
