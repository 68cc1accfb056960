"""What helps against a kind of trouble, in words and where."""

from collections.abc import Sequence
from typing import NamedTuple

from app.platforms.models import Account
from app.schedule.causes import where


class Remedy(NamedTuple):
    """What a person can do about a kind of trouble: in words, and where."""

    words: str
    href: str = ""
    label: str = ""


NOTHING = Remedy("Nothing is left to do.")
ANYTHING = Remedy("Read what the platform says, mend it in the posts or at the account, then try again.")
REMEDIES: dict[str, Remedy] = {  # by the kind of problem
    "paused": Remedy("Resume {name}: its posts go out by themselves after that.", "/accounts/{id}", "Open {name}"),
    "account": Remedy("Connect {name} again: its posts go out by themselves after that.", "/accounts/{id}",
                      "Open {name}"),
    "rules": Remedy("Change the texts so that they fit, or the rules if those are wrong; then try again.",
                    "/requirements/{slug}", "See the rules"),
    "parts": Remedy("The posts are out, some of their parts are not. Open each, mend what was refused, send the rest."),
    "approval": Remedy("Approve the posts, then try again.", "/posts?state=review", "See what waits"),
    "archived": Remedy("Take the posts out of the archive and try again, or cancel them.",
                       "/posts?state=archived", "Open the archive"),
    "late": Remedy("Say whether they may still go out: send them now, move them, or skip them.", "/late",
                   "All that was missed"),
    "missed": Remedy("They were not sent, as their late policy says. Leave it at that, or send or move them.", "/late",
                     "All that was missed"),
    "restored": Remedy("This copy of Slogan was restored or moved. Look on {name} which of them are out already, "
                       "and say so on their pages. Try the others again: each goes at its time, if that is to come.",
                       "/accounts/{id}", "Open {name}"),
    "transient": Remedy("{platform} did not take them, though Slogan tried for hours. Test the connection; when it "
                        "works, try again.", "/accounts/{id}", "Open {name}"),
    "duplicate": Remedy("{platform} says that it has these texts already. Look there; then change them or cancel.",
                        "{url}", "Look there"),
    "unsure": Remedy("Look on {platform} whether each is out, and say so on its page.", "{url}", "Look there"),
    "burst": Remedy("{name} would send more than it may in an hour. Spread, they go out one by one, below its "
                    "cap; sent now, all at once.", "/accounts/{id}", "Change the cap"),
    "same_text": Remedy("Change the texts and try again, or say yes: then the same goes out once more.",
                        "/accounts/{id}", "Change the window"),
}  # fmt: skip


def remedy_of(state: str, kind: str, struck: Sequence[Account]) -> Remedy:
    """What helps against trouble of a kind that struck these accounts."""
    if not struck:
        return NOTHING
    account, alone = struck[0], len(struck) == 1
    kind = "paused" if kind == "account" and account.state == "paused" else kind
    facts = {
        "name": account.name if alone else where(struck), "id": account.id, "slug": account.platform.name,
        "platform": account.platform.display_name, "url": account.url or f"/accounts/{account.id}",
    }  # fmt: skip
    kind = "missed" if kind == "late" and state == "missed" else kind
    known = REMEDIES.get("unsure" if state == "unsure" else kind, ANYTHING)
    found = Remedy(*(part.format(**facts) for part in known))
    if not alone and found.href.startswith("/accounts/"):
        return Remedy(found.words, "/accounts", "See the accounts")
    return found
