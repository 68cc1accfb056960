"""Every address with an id in it, opened by a neighbour and by a viewer.

A new address needs nothing here but a thing of its kind in `neighbourhood.everything`.
"""

import re

import pytest
from sqlalchemy import func, select

from app.accounts.models import AuditEntry
from app.core.database import scope, session
from app.platforms.rules import load_rules
from app.posts.models import Post
from app.publishing.models import Attempt
from app.rewriting.models import Execution
from app.schedule.models import PostingSchedule, ScheduledPost
from tests.core.neighbourhood import WORD, everything

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
OTHERS = {"kind": ["rules", "capabilities"], "number": ["1"]}  # parts of an address that are no ids
# What a viewer may send although it is a POST: looks at what is typed, and one's own comings and goings.
LOOKS = {
    "posts.check", "posts.form", "schedule.posting.sentence", "schedule.preview_moves", "rewriting.prompt_preview",
    "rewriting.comparison", "notices.read_all", "telling.choose_mail", "security.login", "security.logout",
    "security.verify", "accounts.switch",
}  # fmt: skip
FIELDS = {
    "text": "Nine kilts.", "name": "Theirs", "title": "Theirs", "version": "1", "value": "1", "role": "viewer",
    "reason": "none", "at": "2030-01-01T09:00:00+00:00", "to": "2030-01-01T09:00:00+00:00", "when": "next",
    "channel": "practice/feed_post", "went_out": "true", "mood": "", "zone": "UTC", "url": "",
    "email": "x@example.com", "password": "a-long-password", "platform": "practice", "alt_text": "a", "days": "1",
    "times": "09:00", "weekdays": "1", "scheduled_time": "2030-01-01T09:00:00+00:00", "status": "draft",
    "display_name": "x", "template": "x", "category": "x", "key": "x", "config_key": "x", "number": "1",
}  # fmt: skip


@pytest.fixture
def ids(world):
    return everything(world)


def addresses(app, ids, with_ids=True):
    """(method, address, endpoint) of every rule, with each thing that its parts may name."""
    for rule in app.url_map.iter_rules():
        parts = re.findall(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>", rule.rule)
        named = [name for kind, name in parts if kind == "uuid"]
        if rule.endpoint.startswith("of_a_test.") or (with_ids and not named):
            continue
        for values in product_of([ids.get(name) or OTHERS.get(name) or ["x"] for _, name in parts]):
            with app.test_request_context():
                address = filled(rule.rule, values)
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, address, rule.endpoint


def product_of(choices):
    found = [[]]
    for some in choices:
        found = [[*before, one] for before in found for one in some]
    return found


def filled(rule, values):
    for value in values:
        rule = re.sub(r"<[^>]+>", str(value), rule, count=1)
    return rule


def sent(client, method, address, fields=FIELDS):
    if method == "GET":
        return client.get(address)
    if address.startswith("/api/"):
        return client.open(address, method=method, json=fields)
    return client.open(address, method=method, data=fields)


def test_every_id_in_an_address_is_tried(app, ids):
    named = {name for rule in app.url_map.iter_rules() for name in re.findall(r"<uuid:(\w+)>", rule.rule)}
    assert named <= set(ids), "Add one thing of each of these to neighbourhood.everything."


def test_a_neighbour_opens_and_changes_nothing(app, ids, sign_in, charlie):
    client, found = sign_in(charlie), []
    for method, address, endpoint in addresses(app, ids):
        answer = sent(client, method, address)
        if answer.status_code not in (403, 404, 405) or WORD in answer.text:
            found.append((answer.status_code, method, endpoint))
    assert not found, sorted(set(found))


def forms(ids):
    """Forms and bodies that name Alice's things instead of one's own."""
    mine = {name: str(some[0]) for name, some in ids.items()}
    planned, post, account, product = (mine[name] for name in ("scheduled_id", "post_id", "account_id", "product_id"))
    run, section, process, media = (mine[name] for name in ("run_id", "section_id", "process_id", "media_id"))
    here = {"channel": "practice/feed_post", "at": FIELDS["at"], "scheduled_time": FIELDS["at"]}
    repeats = {"starts_on": "2030-01-01", "at": "09:00", "zone": "UTC"}
    return [
        ("/schedule/posts", {"post_id": post, "where": f"{account} practice/feed_post"}),
        ("/schedule/moves", {"ids": planned, "days": "1"}),
        ("/schedule/moves/preview", {"ids": planned, "days": "1"}),
        ("/schedule/cancellations", {"ids": planned}),
        ("/schedules", {"name": "x", "account_id": account, "times": "09:00", "weekdays": "1", **here}),
        ("/series", {"posts": post, "where": f"{account} practice/feed_post", "kind": "daily", **repeats}),
        ("/api/v1/series", {"post_ids": [post], "rule": "FREQ=DAILY", "starts_at": "2030-01-01T09:00", **here}),
        ("/posts", {"text": "Mine", "media": media}),
        ("/posts/from-rewrite", {"run": run, "run_id": run, "execution": run}),
        ("/posts/several", {"ids": post, "act": "archive"}),
        ("/rewrite", {"process": process, "text": "x", "product": product, "section": section}),
        ("/rewrite", {"source": "product", "product": product, **here}),
        ("/api/v1/scheduled-posts", {"post_id": post, "account_id": account, **here}),
        ("/api/queue", {"post_id": post, "account_id": account, **here}),
        ("/api/v1/rewrites", {"process_id": process, "product_id": product}),
        ("/api/v1/posts", {"text": "Mine", "media": [{"media_id": media}]}),
        ("/api/v1/posts", {"text": "Mine", "product_id": product}),
        ("/api/v1/posts", {"text": "Mine", "article_section_id": section}),
    ]


def test_a_neighbour_reaches_nothing_through_what_a_form_names(ids, sign_in, charlie, world):
    with scope(world.neighbours.id):
        load_rules(world.neighbours)
        session.commit()
    client, found, before = sign_in(charlie), [], footprint(ids)
    for address, form in forms(ids):
        answer = sent(client, "POST", address, form)
        named = {"product_id", "article_section_id"} & set(form) and address == "/api/v1/posts"
        if answer.status_code >= 500 or (answer.status_code < 400 and (named or WORD in answer.text)):
            found.append((answer.status_code, address, form))
    assert not found, found
    assert footprint(ids) == before


def test_a_neighbour_reads_nothing_through_a_question_mark(app, ids, sign_in, charlie):
    client, found = sign_in(charlie), []
    names = [(name, key) for key in ids for name in (key, key.removesuffix("_id"), key.removesuffix("_id") + "s")]
    asked = "&".join(f"{name}={ids[key][0]}" for name, key in names)
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and "<" not in rule.rule and "health" not in rule.rule:
            answer = client.get(f"{rule.rule}?{asked}")
            if answer.status_code >= 500 or WORD in answer.text:
                found.append((answer.status_code, rule.rule))
    assert not found, found


def test_a_viewer_changes_nothing(app, ids, sign_in, vera):
    client, found, before = sign_in(vera), [], footprint(ids)
    for method, address, endpoint in addresses(app, ids, with_ids=False):
        if method in CHANGING and endpoint not in LOOKS:
            answer = sent(client, method, address)
            if answer.status_code not in (403, 404, 405):
                found.append((answer.status_code, method, endpoint))
    assert not found, sorted(set(found))
    assert footprint(ids) == before


def test_looking_leaves_no_trace(app, ids, sign_in, vera):
    client, found, before = sign_in(vera), [], footprint(ids)
    for method, address, endpoint in addresses(app, ids, with_ids=False):
        if method == "GET" and "health" not in address and (answer := sent(client, method, address)).status_code >= 500:
            found.append((answer.status_code, method, endpoint))
    assert not found, sorted(set(found))
    assert footprint(ids) == before


def footprint(ids):
    """How much has been written in the workspace, and what is on its plan."""
    session.expire_all()
    with scope(ids["workspace_id"][0]):
        kinds = (AuditEntry, Attempt, Post, PostingSchedule, Execution)
        counted = [session.scalar(select(func.count()).select_from(kind)) for kind in kinds]
        plan = sorted((str(one.id), one.state, one.scheduled_time) for one in session.scalars(select(ScheduledPost)))
    return counted, plan
