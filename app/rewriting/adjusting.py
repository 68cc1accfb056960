"""How a process is read and changed: its prompts, its constraints, its model settings, how far it is."""

import secrets
from typing import Any, Self

from sqlalchemy import select
from uuid_utils.compat import uuid7

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import Invalid, Missing
from app.core.time import now
from app.platforms.checks import RULES
from app.platforms.models import Channel, ChannelType, Platform
from app.platforms.need import Need
from app.platforms.values import checked
from app.rewriting import prompt
from app.rewriting.rewrite import Process

STATUSES = ("draft", "developed", "testing", "production")
CATEGORIES = (
    "llm_prompt", "constraints", "model", "content_strategy", "image_requirements", "engagement_tactics",
    "hashtag_strategy", "posting_schedule",
)  # fmt: skip
GUIDES = ("content_strategy", "engagement_tactics", "hashtag_strategy")  # say something to a writer of words
LONGEST = {"llm_prompt": 8_000}  # characters; other settings are sentences
LONGEST_SENTENCE = 1_000
BOUNDS = {"temperature": (0.0, 2.0), "max_tokens": (16, 16_000)}
YES_NO = ("hashtags_at_end", "cta_required", "only_post_text")


class Adjustable:
    """The verbs of a process. Its class has platform, channel_type, configurations and the columns."""

    @classmethod
    def of_channel(cls: Any, channel: Channel) -> Self:
        """The process that writes for a channel: the furthest developed one in use. Raise Missing."""
        mine = cls.platform_id == channel.platform_id, cls.channel_type_id == channel.channel_type_id
        found = list(
            session.scalars(select(cls).where(*mine, cls.is_active).order_by(cls.priority.desc(), cls.id))
        )
        if not found:
            raise Missing(
                f"Nothing writes for {channel.label} yet. Switch a process for it on under Processes."
            )
        return max(found, key=lambda one: (one.priority, STATUSES.index(one.development_status)))

    @classmethod
    def in_order(cls: Any, workspace: Any) -> list[Self]:
        """Every process by platform, then by the channel's place there."""
        joined = cls.of(workspace).join(Platform, Platform.id == cls.platform_id)
        joined = joined.join(ChannelType, ChannelType.id == cls.channel_type_id)
        order = (
            Platform.priority,
            Platform.display_name,
            ChannelType.display_order,
            cls.priority.desc(),
            cls.id,
        )
        return joined.order_by(*order).all()

    @property
    def channel(self: Any) -> Channel:
        """The channel that it writes for. Raise Missing when the support matrix has it no more."""
        mine = Channel.platform_id == self.platform_id, Channel.channel_type_id == self.channel_type_id
        found = session.scalar(select(Channel).where(*mine))
        if found is None:
            raise Missing("The channel of this process does not exist any more.")
        return found

    def setting(self: Any, category: str, key: str, default: str = "") -> str:
        """The value of an active setting, or `default`."""
        for row in self.configurations:
            if row.config_category == category and row.config_key == key and row.is_active:
                return row.config_value
        return default

    @property
    def system_prompt(self) -> str:
        return self.setting("llm_prompt", "system_prompt", Process.system_prompt)

    @property
    def user_template(self) -> str:
        return self.setting("llm_prompt", "user_prompt_template", Process.user_template)

    def constraints(self: Any) -> list[Need]:
        """What it demands and advises beyond the channel's own rules."""
        rows = [row for row in self.configurations if row.is_active]
        hard = [row for row in rows if row.config_category == "constraints"]
        soft = [row for row in rows if row.config_category in GUIDES]
        return [
            Need.of_constraint(
                row.config_key, row.config_value, mandatory=row in hard, description=row.description
            )
            for row in (*hard, *soft)
        ]

    def needs(self) -> list[Need]:
        """Everything that a text must and should keep: the channel's rules, then the process's own."""
        return self.channel.needs() + self.constraints()

    def as_engine_process(
        self, workspace_name: str, prompts: tuple[str, str] | None = None, **more: Any
    ) -> Process:
        """What the engine asks for. `prompts` (system, user template) replace the own ones in a trial."""
        system, user = prompts or (self.system_prompt, self.user_template)
        channel = self.channel
        return Process(
            system_prompt=system,
            user_template=user,
            constraints=tuple(self.constraints()),
            temperature=float(self.setting("model", "temperature", "0.7")),
            max_tokens=int(float(self.setting("model", "max_tokens", "1000"))),
            channel=channel.label,
            allowed=(workspace_name, channel.platform.display_name),
            **more,
        )

    def change(self: Any, by: Member | None, **values: Any) -> None:
        """Give it another display_name, description, is_active or priority. Raise Invalid, NotAllowed."""
        _may(by)
        if unknown := set(values) - {"display_name", "description", "is_active", "priority"}:
            raise Invalid(f"A process has no {min(unknown)}.")
        if "display_name" in values and not str(values["display_name"]).strip():
            raise Invalid("A process needs a name.", display_name="Fill this in.")
        for name, value in values.items():
            setattr(self, name, value.strip()[:150] if name == "display_name" else value)
        record(by, f"changed the process {self.display_name}"[:200], self)
        session.flush()

    def change_prompts(self: Any, by: Member | None, system: str, user: str) -> None:
        """Write both prompts. Raise Invalid at the field that names an unknown placeholder or is empty."""
        check_prompts(system, user)
        self.keep("llm_prompt", "system_prompt", system, by)
        self.keep("llm_prompt", "user_prompt_template", user, by)

    def keep(self: Any, category: str, key: str, value: str, by: Member | None, field: str = "value") -> Any:
        """Write a setting, new or changed, and return its row. Raise Invalid at `field`, NotAllowed."""
        _may(by)
        value = checked_setting(category, key, value, field)
        self._agrees(category, key, value, field)
        row = next(
            (one for one in self.configurations if (one.config_category, one.config_key) == (category, key)),
            None,
        )
        if row is None:
            row = self.new_setting(category, key, value)
        elif row.config_value == value and row.is_active:
            return row
        row.config_value, row.is_active = value, True
        return _written(row, by, f"changed {key.replace('_', ' ')} of {self.display_name}")

    def keep_all(self: Any, wanted: dict[str, dict[str, str | None]], by: Member | None) -> None:
        """Write several settings, category to key to value; None switches one off. Raise Invalid."""
        for category, settings in wanted.items():
            for key, value in settings.items():
                if value is None:
                    self.drop(category, key, by)
                else:
                    self.keep(category, key, value, by, field=key if key.isidentifier() else "settings")

    def _agrees(self: Any, category: str, key: str, value: str, field: str) -> None:
        """Raise Invalid where a least length would be above the most, which no text can keep."""
        ends = {"min_characters": "max_characters", "max_characters": "min_characters"}
        other = self.setting(category, ends[key]) if category == "constraints" and key in ends else ""
        if other and (float(value) > float(other)) == key.startswith("min"):
            side = "or less" if key.startswith("min") else "or more"
            raise Invalid(
                "The shortest length is above the longest.",
                **{field: f"Use {other} {side}, or change the other first."},
            )

    def drop(self: Any, category: str, key: str, by: Member | None) -> None:
        """Switch a setting off; it stays known, so that nothing loads it again. Raise Missing."""
        _may(by)
        for row in self.configurations:
            if (row.config_category, row.config_key) == (category, key):
                row.is_active = False
                _written(row, by, f"removed {key.replace('_', ' ')} of {self.display_name}")
                return
        raise Missing("There is no such setting.")

    def copy(self: Any, by: Member | None, name: str) -> Self:
        """Another process for the channel with the same settings, to be compared. Raise Invalid."""
        _may(by)
        kind, name = type(self), " ".join(name.split())[:150]
        if not name:
            raise Invalid("The copy needs a name of its own.", display_name="Fill this in.")
        made = kind(
            id=uuid7(), workspace_id=self.workspace_id, platform_id=self.platform_id,
            channel_type_id=self.channel_type_id,
            process_name=f"{self.process_name[:80]}_{secrets.token_hex(4)}", display_name=name,
            description=self.description,
            development_status="draft", priority=self.priority, is_active=True, platform=self.platform,
            channel_type=self.channel_type,
        )  # fmt: skip
        session.add(made)
        for row in self.configurations:
            made.new_setting(row.config_category, row.config_key, row.config_value).is_active = row.is_active
        record(by, f"copied {self.display_name} as {name}"[:200], made)
        session.flush()
        return made

    def move_to(self: Any, status: str, by: Member | None) -> None:
        """Say how far it is developed: one step on, or back to any earlier one. Raise Invalid, NotAllowed."""
        _may(by)
        if status not in STATUSES:
            raise Invalid(
                f"A process is {', '.join(STATUSES)}, not “{status}”.", status="Choose one of the list."
            )
        if STATUSES.index(status) > STATUSES.index(self.development_status) + 1:
            after = STATUSES[STATUSES.index(self.development_status) + 1]
            raise Invalid(
                f"From {self.development_status} the next step is {after}.", status=f"Choose {after} first."
            )
        self.development_status = status
        record(by, f"moved {self.display_name} to {status}"[:200], self)
        session.flush()


def check_prompts(system: str, user: str) -> None:
    """Raise Invalid at the field that is empty, too long or names an unknown placeholder."""
    wrong = {}
    for field, text in (("system_prompt", system), ("user_prompt_template", user)):
        try:
            checked_setting("llm_prompt", field, text, field)
        except Invalid as problem:
            wrong |= problem.fields
    if wrong:
        raise Invalid("The prompts cannot be used yet; see the marked fields.", **wrong)


def checked_setting(category: str, key: str, value: str, field: str) -> str:
    """The value as it is stored. Raise Invalid at `field` with what to do."""
    value, longest = str(value).replace("\r\n", "\n").strip(), LONGEST.get(category, LONGEST_SENTENCE)
    if category not in CATEGORIES or not key.replace("_", "").isalnum() or len(key) > 100:
        raise Invalid("There is no such setting.", **{field: "There is no such setting."})
    if not value or len(value) > longest:
        problem = f"Use at most {longest:,} characters." if value else "Fill this in, or remove the setting."
        raise Invalid(f"{key.replace('_', ' ').capitalize()} is not right yet. {problem}", **{field: problem})
    try:
        return _judged(category, key, value)
    except Invalid as problem:
        raise Invalid(
            problem.message, **{field: next(iter(problem.fields.values()), problem.message)}
        ) from None


def _judged(category: str, key: str, value: str) -> str:
    if key == "user_prompt_template":
        prompt.fill(value, dict.fromkeys(prompt.PLACEHOLDERS, ""))
    elif key in BOUNDS:
        low, high = BOUNDS[key]
        if not value.replace(".", "", 1).isdigit() or not low <= float(value) <= high:
            raise Invalid(f"Use a number from {low:g} to {high:,g}.")
    elif category == "constraints":
        if key not in RULES:
            raise Invalid("This is no constraint that can be checked.")
        unit = "boolean" if key in YES_NO else "list" if key.endswith("words") else "count"
        return checked(key, value, unit).value
    return value


def _written(row: Any, by: Member | None, what: str) -> Any:
    row.changed_by_id, row.changed_by, row.changed_at = (by.id if by else None), by, now()
    session.add(row)
    record(by, what[:200], row)
    session.flush()
    return row


def _may(by: Member | None) -> None:
    if by is not None:
        by.must("change rules")
