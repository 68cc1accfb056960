"""How a rule is changed by a person: checked, stamped, written down, and taken back."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.accounts.models import AuditEntry, Member, record
from app.core.database import session
from app.core.errors import Invalid
from app.core.time import now
from app.platforms import wording
from app.platforms.values import checked, figures, kind, words


class Changeable:
    """A rule of a channel or a platform. Its class names `key`, `value`, `unit`, `min_value`, `max_value`."""

    CHANGES: ClassVar[tuple[str, ...]] = ("value", "unit", "min_value", "max_value", "description", "source")
    LENGTHS: ClassVar[dict[str, int]] = {"unit": 60, "description": 2_000, "source": 1_000}

    changed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime | None] = mapped_column()

    @declared_attr
    def changed_by(cls) -> Mapped[Member | None]:  # noqa: N805 (SQLAlchemy calls it with the class)
        return relationship(Member)

    def change(self, by: Member | None, **values: Any) -> bool:
        """Give the rule other values, and say whether anything differs. None is Slogan's own operator.

        `values` are those of CHANGES, as text or numbers. The bound that repeats a limit's own figure
        moves along with it. Raise Invalid naming each wrong field, NotAllowed.
        """
        _may(by)
        wanted = self.wanted(values)
        if all(getattr(self, name) == value for name, value in wanted.items()):
            return False
        what = f"changed {self.title}"  # asks for the channel, so before anything is changed
        for name, value in wanted.items():
            setattr(self, name, value)
        self.written(by, what)
        return True

    def remove(self, by: Member | None) -> None:
        """Switch the rule off; it stays known, so that nothing loads it again."""
        self._switch(False, by, f"removed {self.title}")

    def put_back(self, by: Member | None) -> None:
        """Take `remove` back."""
        self._switch(True, by, f"put {self.title} back")

    @classmethod
    def categories(cls, workspace: Any) -> list[str]:
        """The categories in use, in order."""
        used = select(cls.category).where(cls.workspace_id == workspace.id)
        return list(session.scalars(used.distinct().order_by(cls.category)))

    def history(self, number: int = 10) -> list[AuditEntry]:
        """Who changed this rule, newest first."""
        mine = (AuditEntry.workspace_id == self.workspace_id, AuditEntry.kind == self.__tablename__)
        query = select(AuditEntry).where(*mine, AuditEntry.row_id == self.id)
        return list(session.scalars(query.order_by(AuditEntry.at.desc()).limit(number)))

    @property
    def title(self) -> str:
        """What people call it, such as “max hashtags”."""
        return self.key.replace("_", " ")

    @property
    def label(self) -> str:
        """What the page calls it, such as “Maximum hashtags”."""
        return wording.label(self.key)

    @property
    def shown(self) -> str:
        """The value as people write it."""
        return wording.shown(self.key, self.value, self.unit)

    @property
    def shown_unit(self) -> str:
        """The unit as people write it; sizes in bytes say it themselves."""
        return "" if self.unit == "bytes" and not self.shown[-1:].isdigit() else wording.unit_words(self.unit)

    @property
    def shown_range(self) -> str:
        """The bounds in words."""
        return wording.shown_range(self)

    @property
    def kind(self) -> str:
        """What a form offers for the value: boolean, method, ratio, list, words or number."""
        return kind(self.key, self.unit)

    def _switch(self, on: bool, by: Member | None, what: str) -> None:
        _may(by)
        if self.is_active != on:
            self.is_active = on
            self.written(by, what)

    def written(self, by: Member | None, what: str) -> None:
        """Stamp the rule with who and when, and write the line of the audit."""
        self.changed_by_id, self.changed_by, self.changed_at = (by.id if by else None), by, now()
        record(by, what[:200], self)
        session.flush()

    def wanted(self, values: dict[str, Any]) -> dict[str, Any]:
        """The checked values that `change` would set. Raise Invalid."""
        if unknown := set(values) - set(self.CHANGES):
            raise Invalid(
                f"A {self.noun} has no {min(unknown)}.",
                **dict.fromkeys(unknown, "There is no such field."),
            )
        wanted = {name: getattr(self, name) for name in self.CHANGES} | values
        for name, longest in self.LENGTHS.items():
            wanted[name] = words(wanted[name], name, longest)
        wanted["unit"] = wanted["unit"] or None
        if "is_mandatory" in wanted:
            wanted["is_mandatory"] = bool(wanted["is_mandatory"])
        self._move_bounds(wanted)
        wanted.update(
            checked(
                self.key, wanted["value"], wanted["unit"], wanted["min_value"], wanted["max_value"]
            )._asdict()
        )
        return wanted

    def _move_bounds(self, wanted: dict[str, Any]) -> None:
        """A limit of 300 with a largest figure of 300 says one thing twice; so 200 must be said once only."""
        before, after = figures(self.value, self.unit), figures(str(wanted["value"]).strip(), wanted["unit"])
        if not before or not after or len(before) != len(after):
            return
        ranged = len(before) == 2
        for name, prefix, end in (("max_value", "max_", -1), ("min_value", "min_", 0)):
            held = getattr(self, name)
            untouched = held is not None and _same(wanted[name], held)
            if untouched and (ranged or self.key.startswith(prefix)) and _same(held, before[end]):
                wanted[name] = str(after[end])


def _may(by: Member | None) -> None:
    if by is not None:
        by.must("change rules")


def _same(one: Any, other: Any) -> bool:
    try:
        return float(one) == float(other)
    except (TypeError, ValueError):
        return False
