"""The kinds of coming failure: each looks at one post that is due soon, says what will go wrong, and where to mend it.

Nothing here asks the database or a network: `preflight` has read everything for a whole batch before.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.platforms.checks import problems
from app.platforms.findings import Content, Draft, Part
from app.platforms.media_checks import MEDIA_RULES
from app.platforms.models import Account
from app.platforms.part_checks import judged
from app.publishing.accounts import unusable
from app.schedule.ahead import Ahead, Place, Standing, is_watched
from app.schedule.foreseen import OUTBOX
from app.schedule.limits import Limit
from app.schedule.preflight_links import Links
from app.schedule.words import as_list, in_words

EVERYWHERE = (None, None)  # where a part goes out that is for no channel alone
LASTING = timedelta(hours=1)  # a platform that is down for less is not worth a word
PAUSE = timedelta(minutes=15)  # nor is a shorter wait for its rate limit


class Trouble(NamedTuple):
    """Why a post will or might not go out as planned."""

    kind: str
    weight: str
    sentence: str
    remedy: str
    href: str


@dataclass
class Sight:
    """What a look ahead knows of one workspace: for the whole run, and for the batch at hand."""

    workspace: Any
    moment: datetime
    standings: dict[UUID, Standing]
    places: dict[tuple[UUID, UUID], Place]
    pictures: dict[UUID, list[Any]] = field(default_factory=dict)
    parts: dict[UUID, list[Any]] = field(default_factory=dict)
    links: Links | None = None
    products: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    before: dict[UUID, datetime] = field(default_factory=dict)
    said: dict[tuple[UUID, UUID, bytes], datetime] = field(default_factory=dict)
    sent: dict[tuple[UUID, Limit], deque[datetime]] = field(default_factory=dict)
    there: dict[UUID, bool] = field(default_factory=dict)
    asked: Counter[UUID] = field(default_factory=Counter)  # posts that each budget's requests are needed for


Check = Callable[[Ahead, Sight], Iterator[Trouble]]
TITLES: dict[str, str] = {  # what a group of findings is called on the page
    "sending": "Sending is off",
    OUTBOX: "Not connected yet",
    "unsent": "Cannot be sent from here",
    "reconnect": "Needs reconnecting",
    "paused": "Paused",
    "refused": "The platform says no",
    "down": "The platform does not answer",
    "expires": "The access ends before",
    "scope": "A permission is missing",
    "channel": "The channel is closed",
    "quota": "More than may go out",
    "budget": "The platform asks for a pause",
    "picture": "A picture is missing",
    "media": "A picture does not fit",
    "rules": "The text breaks a rule",
    "approval": "Approval is missing",
    "archived": "In the archive",
    "price": "The price has changed",
    "stock": "Not to be had",
    "twice": "The same text twice",
    "link": "A link leads nowhere",
}


def troubles(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    """Everything that speaks against a post going out as planned, each kind at most once."""
    for check in CHECKS:
        yield from check(one, sight)


def _sending(_: Ahead, sight: Sight) -> Iterator[Trouble]:
    if not sight.workspace.sending_on:
        said = f"Sending is switched off for {sight.workspace.name}."
        yield Trouble("sending", "will", said, "Switch it on", "/admin/people")


def _account(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    standing, place = sight.standings[one.account_id], sight.places.get(one.place)
    account, href = standing.account, f"/accounts/{one.account_id}"
    if account.state == "reconnect":
        yield Trouble("reconnect", "will", f"{account.name} must be connected again.", "Reconnect", href)
    elif account.state == "paused":
        yield Trouble("paused", "will", f"{account.name} is paused.", "Resume it", href)
    elif account.state == "new":
        said = f"{account.name} is not connected, so the post stays in the outbox."
        yield Trouble(OUTBOX, "might", said, "Connect it", href)
    elif not standing.channels and (lost := unusable(account)):
        yield Trouble("reconnect", "will", lost.message, "Reconnect", href)
    elif not standing.speaks(place):
        lacks = f"cannot send a {place.label}" if place else "can send nothing"
        said = f"{account.name} {lacks} by itself, so the post stays in the outbox."
        yield Trouble("unsent", "will", said, "Look at the account", href)
    else:
        yield from _connection(standing, account, href)


def _connection(standing: Standing, account: Account, href: str) -> Iterator[Trouble]:
    check = standing.check
    if check and check.outcome == "refused":
        yield Trouble("refused", "will", f"{account.name}: {check.message}", "Look at the account", href)
    if check and check.outcome == "down" and check.checked_at - check.since >= LASTING:
        since = in_words(check.since, standing.zone)
        said = f"{account.platform.display_name} has not answered {account.name} since {since}."
        yield Trouble("down", "might", said, "Look at the account", href)


def _expires(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    standing = sight.standings[one.account_id]
    if standing.ends_at and standing.ends_at <= one.due_at:
        when = in_words(standing.ends_at, standing.zone)
        verb = "ended" if standing.ends_at <= sight.moment else "ends"
        said = f"The access to {standing.account.name} {verb} on {when}, before this post is due."
        yield Trouble("expires", "will", said, "Renew it", f"/accounts/{one.account_id}")


def _scope(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    standing = sight.standings[one.account_id]
    lacks = standing.check.lacks if standing.check and standing.check.outcome == "works" else {}
    carries = bool(sight.pictures.get(one.post_id))
    needed = [name for name, posts in lacks.items() if posts == "all" or carries]
    if needed:
        names = " and ".join(needed)
        said = f"{standing.account.name} lacks the permission {names}."
        yield Trouble("scope", "will", said, "Connect it again", f"/accounts/{one.account_id}")


def _channel(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    place = sight.places.get(one.place)
    if place is None:
        said = "The channel that this post is for is no longer there."
        yield Trouble("channel", "will", said, "Look at the channels", "/requirements/matrix")


def _quota(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    """Posts come in the order of their times, so those within the window before this one are known."""
    policy, at = sight.standings[one.account_id].policy, max(one.due_at, sight.moment)
    for limit in policy.limits:
        earlier = sight.sent.setdefault((one.account_id, limit), deque())
        while earlier and earlier[0] <= at - limit.window:
            earlier.popleft()
        number = len(earlier) + 1
        if number <= limit.most or (limit.is_ours and one.allowed):
            earlier.append(at)
            continue
        who = policy.name if limit.is_ours else policy.platform
        verb = "may send" if limit.is_ours else "takes"
        said = f"{who} {verb} {limit}, and those have gone out or are planned before this one."
        href = f"/calendar/list?account={one.account_id}&day={at.date()}"
        is_held = limit.is_ours and policy.surplus != "smooth"
        yield Trouble("quota", "will" if is_held else "might", said, "Spread them", href)
        return


def _budget(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    """What the platform said last of the requests that it still takes; each post needs one at least."""
    standing, at = sight.standings[one.account_id], max(one.due_at, sight.moment)
    account = standing.account
    waits = [account.blocked_until] if account.blocked_until and account.blocked_until > at else []
    for budget in standing.budgets:
        if budget.resets_at and budget.resets_at > at:
            sight.asked[budget.id] += 1
            waits += [budget.resets_at] if sight.asked[budget.id] > budget.spare else []
    if waits and max(waits) - at >= PAUSE:
        when = in_words(max(waits), standing.zone)
        said = f"{account.platform.display_name} takes no more from {account.name} until {when}; then it goes out."
        yield Trouble("budget", "might", said, "Look at the account", f"/accounts/{account.id}")


def _pictures(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    for picture in () if one.part_id else sight.pictures.get(one.post_id, ()):
        if not is_there(picture.media, sight.there):
            said = f"The file of {picture.media.filename} is no longer here."
            yield Trouble("picture", "will", said, "Choose another picture", f"/posts/{one.post_id}")
            return


def is_there(media: Any, known: dict[UUID, bool]) -> bool:
    """Whether a picture's file can be found, looked up once a run."""
    if media.id not in known:
        known[media.id] = media.path.exists()
    return known[media.id]


def broken_rules(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    """What its channel would refuse, as its rules are now."""
    place = sight.places.get(one.place)
    if place is None:
        return
    if one.part_id:
        yield from _follow_up(one, place)
        return
    pictures, href = sight.pictures.get(one.post_id, ()), f"/posts/{one.post_id}"
    if not one.words.strip() and not pictures:
        yield Trouble("rules", "will", "The post is empty.", "Write it", href)
        return
    mine = (EVERYWHERE, one.place)
    parts = (each for each in sight.parts.get(one.post_id, ()) if (each.platform_id, each.channel_type_id) in mine)
    content = Content(
        one.words, one.title or None, one.link, tuple(picture.facts for picture in pictures),
        tuple(part.said for part in parts),
    )  # fmt: skip
    broken = problems(content, place.needs, place.label)
    of_media = [each.message for each in broken if each.code in MEDIA_RULES]
    of_text = [each.message for each in broken if each.code not in MEDIA_RULES]
    if of_media:
        yield Trouble("media", "will", as_list(of_media), "Change the pictures", href)
    if of_text:
        yield Trouble("rules", "will", as_list(of_text), "Edit the post", href)


def _follow_up(one: Ahead, place: Place) -> Iterator[Trouble]:
    """A follow-up is held against what any text must keep there."""
    found = judged(Draft(Content(one.words), place.needs, place.label), Part("", "follow_up", one.words))
    if broken := [each.message for each in found if not each.passed]:
        yield Trouble("rules", "will", as_list(broken), "Edit the post", f"/posts/{one.post_id}")


def _approval(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    href = f"/posts/{one.post_id}"
    if one.post_state == "archived":
        yield Trouble("archived", "will", "The post was put into the archive.", "Take it out", href)
    elif sight.workspace.approval_required and one.post_state not in ("approved", "published"):
        yield Trouble("approval", "will", "The post waits for approval.", "Approve it", href)


def _product(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    if found := sight.products.get(one.id):
        yield Trouble(found[0], "will", found[1], "Decide", f"/scheduled/{one.id}")


def _link(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    if sight.links and (found := sight.links.gone(one)):
        said = f"{found[0]} leads nowhere: its server says that it is not there ({found[1]})."
        yield Trouble("link", "might", said, "Edit the post", f"/posts/{one.post_id}")


def _twice(one: Ahead, sight: Sight) -> Iterator[Trouble]:
    """The burst guard holds a text that its account has said within so many days."""
    if not one.mark or not is_watched(one, sight.standings):
        return
    policy, mark = sight.standings[one.account_id].policy, (one.account_id, one.channel_type_id, one.mark)
    before = max(filter(None, (sight.said.get(mark), sight.before.get(one.id))), default=None)
    if before is not None and one.due_at - before < timedelta(days=policy.same_text_days):
        when = in_words(before, one.zone)
        said = f"{policy.name} has the same text on {when}, and says nothing twice within {policy.days}."
        yield Trouble("twice", "will", said, "Change or cancel it", f"/scheduled/{one.id}")
    sight.said[mark] = one.due_at


CHECKS: tuple[Check, ...] = (
    _sending, _account, _expires, _scope, _channel, _quota, _budget, _pictures, broken_rules, _approval, _product,
    _twice, _link,
)  # fmt: skip
