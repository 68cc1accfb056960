"""The requirements page, the support matrix, and the forms that change them."""

from pathlib import Path

from flask import Blueprint, Flask, Response, g, request, url_for

from app.accounts.gate import may
from app.core.ui import read, show, wants_fragment, went
from app.platforms.forms import (
    ChannelForm,
    NewChannelForm,
    NewRuleForm,
    PlatformForm,
    RuleForm,
    form_page,
    kept,
)
from app.platforms.models import Capability, Channel, Platform, Requirement
from app.platforms.sheet import Matrix, Sheet
from app.platforms.wording import changes, label, plain_number

room = Blueprint("platforms", __name__)
KINDS: dict[str, type[Requirement] | type[Capability]] = {"rules": Requirement, "capabilities": Capability}
RULE = "/<any(rules, capabilities):kind>/<uuid:rule_id>"


def init(app: Flask) -> None:
    """Give templates the words for rules, and the logos that there are."""
    logos = {path.stem for path in (Path(app.static_folder or "") / "platforms").glob("*.svg")}
    app.jinja_env.globals["platform_logo"] = lambda name: (
        f"platforms/{name if name in logos else 'generic'}.svg"
    )
    app.jinja_env.filters.update(rule_label=label, plain_number=plain_number)


@room.get("/requirements")
def requirements() -> Response:
    return show(
        "platforms/requirements.html",
        "sheet",
        sheet=Sheet.of(g.workspace, None, request.args.get("words", "")),
    )


@room.get("/requirements/<name>")
def requirements_of(name: str) -> Response:
    return show(
        "platforms/requirements.html",
        "sheet",
        sheet=Sheet.of(g.workspace, name, request.args.get("words", "")),
    )


@room.get("/requirements/matrix")
def matrix() -> Response:
    return show("platforms/matrix.html", matrix=Matrix.of(g.workspace))


def place_of(rule: Requirement | Capability) -> str:
    """Where a rule stands: its row on its platform's page."""
    platform = rule.channel.platform if isinstance(rule, Requirement) else rule.platform
    return url_for("platforms.requirements_of", name=platform.name, _anchor=f"rule-{rule.id}")


@room.get(RULE)
def rule(kind: str, rule_id: str) -> Response:
    found = KINDS[kind].of(g.workspace).get(rule_id)
    if wants_fragment():
        return show("platforms/_rule.html", rule=found, kind=kind)
    return went(place_of(found))


@room.get(f"{RULE}/form")
@may("change rules")
def rule_form(kind: str, rule_id: str) -> Response:
    found = KINDS[kind].of(g.workspace).get(rule_id)
    history = [] if wants_fragment() else found.history()
    return form_page(
        "platforms/rule.html",
        "form",
        rule=found,
        kind=kind,
        back=place_of(found),
        history=history,
        changes=changes,
    )


@room.post(RULE)
@may("change rules")
@kept(rule_form)
def change_rule(kind: str, rule_id: str) -> Response:
    found = KINDS[kind].of(g.workspace).get(rule_id)
    found.change(by=g.user, **read(RuleForm).values_for(kind))
    if not wants_fragment():
        return went(place_of(found), f"{found.label} is {found.shown} now.")
    answer = show("platforms/_rule.html", rule=found, kind=kind)
    answer.headers["HX-Trigger"] = "rules-changed"
    return answer


@room.get(f"{RULE}/history")
def rule_history(kind: str, rule_id: str) -> Response:
    found = KINDS[kind].of(g.workspace).get(rule_id)
    return show(
        "platforms/history.html",
        "history",
        rule=found,
        back=place_of(found),
        history=found.history(),
        changes=changes,
    )


@room.post(f"{RULE}/removal")
@may("change rules")
def remove_rule(kind: str, rule_id: str) -> Response:
    found = KINDS[kind].of(g.workspace).get(rule_id)
    found.remove(by=g.user)
    undo = url_for("platforms.put_rule_back", kind=kind, rule_id=rule_id)
    return went(place_of(found).partition("#")[0], f"“{found.label}” no longer holds.", undo=undo)


@room.post(f"{RULE}/return")
@may("change rules")
def put_rule_back(kind: str, rule_id: str) -> Response:
    found = KINDS[kind].of(g.workspace).get(rule_id)
    found.put_back(by=g.user)
    return went(place_of(found), f"“{found.label}” holds again.")


@room.get("/channels/<uuid:channel_id>/rules/new")
@may("change rules")
def new_requirement(channel_id: str) -> Response:
    channel = Channel.of(g.workspace).get(channel_id)
    return form_page(
        "platforms/new_rule.html",
        owner=channel,
        platform=channel.platform,
        kind="rules",
        categories=Requirement.categories(g.workspace),
    )


@room.post("/channels/<uuid:channel_id>/rules/new")
@may("change rules")
@kept(new_requirement)
def add_requirement(channel_id: str) -> Response:
    channel = Channel.of(g.workspace).get(channel_id)
    added = Requirement.add(channel, g.user, **read(NewRuleForm).values_for("rules"))
    return went(place_of(added), f"{added.label} is a rule of {channel.label} now.")


@room.get("/platforms/<uuid:platform_id>/capabilities/new")
@may("change rules")
def new_capability(platform_id: str) -> Response:
    platform = Platform.of(g.workspace).get(platform_id)
    return form_page(
        "platforms/new_rule.html",
        owner=platform,
        platform=platform,
        kind="capabilities",
        categories=Capability.categories(g.workspace),
    )


@room.post("/platforms/<uuid:platform_id>/capabilities/new")
@may("change rules")
@kept(new_capability)
def add_capability(platform_id: str) -> Response:
    platform = Platform.of(g.workspace).get(platform_id)
    added = Capability.add(platform, g.user, **read(NewRuleForm).values_for("capabilities"))
    return went(place_of(added), f"{added.label} is known of {platform.display_name} now.")


@room.get("/platforms/new")
@may("change rules")
def new_platform() -> Response:
    return form_page("platforms/platform_form.html", platform=None)


@room.post("/platforms/new")
@may("change rules")
@kept(new_platform)
def add_platform() -> Response:
    added = Platform.add(g.workspace, g.user, **read(PlatformForm).model_dump())
    return went(
        url_for(".requirements_of", name=added.name),
        f"{added.display_name} is added. Give it a channel next.",
    )


@room.get("/platforms/<uuid:platform_id>/form")
@may("change rules")
def platform_form(platform_id: str) -> Response:
    return form_page("platforms/platform_form.html", platform=Platform.of(g.workspace).get(platform_id))


@room.post("/platforms/<uuid:platform_id>/form")
@may("change rules")
@kept(platform_form)
def change_platform(platform_id: str) -> Response:
    platform = Platform.of(g.workspace).get(platform_id)
    platform.change(g.user, **read(PlatformForm).model_dump(exclude={"name"}))
    return went(url_for(".requirements_of", name=platform.name), f"{platform.display_name} is changed.")


@room.get("/platforms/<uuid:platform_id>/channels/new")
@may("change rules")
def new_channel(platform_id: str) -> Response:
    platform = Platform.of(g.workspace).get(platform_id)
    return form_page("platforms/new_channel.html", platform=platform, types=Channel.types_left(platform))


@room.post("/platforms/<uuid:platform_id>/channels/new")
@may("change rules")
@kept(new_channel)
def add_channel(platform_id: str) -> Response:
    added = Channel.add(
        Platform.of(g.workspace).get(platform_id), g.user, **read(NewChannelForm).model_dump()
    )
    return went(
        url_for(".requirements_of", name=added.platform.name, _anchor=added.channel_type.name),
        f"{added.label} is added.",
    )


@room.get("/channels/<uuid:channel_id>/form")
@may("change rules")
def channel_form(channel_id: str) -> Response:
    return form_page("platforms/channel_form.html", channel=Channel.of(g.workspace).get(channel_id))


@room.post("/channels/<uuid:channel_id>/form")
@may("change rules")
@kept(channel_form)
def change_channel(channel_id: str) -> Response:
    channel = Channel.of(g.workspace).get(channel_id)
    channel.change(g.user, **read(ChannelForm).model_dump())
    return went(
        url_for(".requirements_of", name=channel.platform.name, _anchor=channel.channel_type.name),
        f"{channel.label} is changed.",
    )
