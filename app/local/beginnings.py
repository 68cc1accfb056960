"""A workspace from nothing: its first admin, the rules, the processes, and an account to practise on."""

from app.accounts.models import Member, Workspace
from app.accounts.people import found_workspace, invite
from app.catalogue.templates import load_templates
from app.core.database import session
from app.platforms.models import Account, Platform
from app.platforms.rules import load_rules
from app.rewriting.processes import load_processes


def begin(name: str, zone: str, email: str, person: str, password: str) -> tuple[Workspace, Member]:
    """A new workspace with its first admin. The rest of the transaction works in it. Raise Invalid."""
    workspace = found_workspace(name, zone)
    member = invite(workspace, email, person, password, "admin", by=None)
    load_rules(workspace)
    load_processes(workspace)
    load_templates(workspace)
    practice = Platform.of(workspace).where(Platform.name == "practice").first()
    if practice is not None:
        Account.connect_new(workspace, practice, "Practice network", {}, by=member)
    session.flush()
    return workspace, member
