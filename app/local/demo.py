"""The demo workspace of the first start: a small weaving mill that does not exist.

Everything in it goes the way that a person's own things go: the same imports, rewrites, rules and
schedules. No number in it is made up; what its posts earn is what the practice network's readers do.
"""

import csv
import secrets
from datetime import time, timedelta
from pathlib import Path

from sqlalchemy import select, update

from app.accounts.activity import Activity
from app.accounts.models import Member, User, Workspace
from app.accounts.people import invite
from app.articles.imports import import_articles
from app.catalogue.imports import import_products
from app.catalogue.models import Product
from app.core.database import enter, session
from app.core.time import at_wall, now, zone
from app.core.vault import kept_secret
from app.local.beginnings import begin
from app.platforms.models import Account, Channel, Platform
from app.posts.drafting import draft_from
from app.posts.library import keep
from app.posts.models import Media, Post
from app.posts.writing import compose
from app.publishing.accounts import connect
from app.rewriting.asking import rewrite_here
from app.schedule.models import PostingSchedule, ScheduledPost

DATA = Path(__file__).parent / "demo_data"
PICTURES = Path(__file__).parents[2] / "static" / "demo"
NAME, ZONE = "Heather & Thrum", "Europe/London"
PEOPLE = (
    ("admin@example.com", "Isla Munro", "admin"),
    ("manager@example.com", "Ewan Reid", "manager"),
    ("editor@example.com", "Morag Bell", "editor"),
    ("viewer@example.com", "Finn Kerr", "viewer"),
)
NOT_CONNECTED = (
    ("facebook", "Heather & Thrum page"),
    ("instagram", "heatherandthrum"),
    ("linkedin", "Heather & Thrum"),
)
FEED, SHORT = "practice/feed_post", "practice/short_post"


def password() -> str:
    """The password of the four demo members: made once for this installation."""
    return kept_secret("demo_password", lambda: f"{secrets.token_hex(3)}-{secrets.token_hex(3)}")


def load() -> Workspace:
    """Make the demo workspace: people, articles, products, accounts, drafts, and posts on the calendar."""
    email, name, _ = PEOPLE[0]
    workspace, admin = begin(NAME, ZONE, email, name, password())
    workspace.currency = "GBP"
    for email, name, role in PEOPLE[1:]:
        invite(workspace, email, name, password(), role, by=admin)
    session.commit()
    enter(workspace.id)
    _bring_in(workspace, admin)
    _connect(workspace, admin)
    _plan(workspace, admin)
    session.commit()
    return workspace


def sign_in() -> list[str]:
    """What is printed with the address: who may sign in to the demo, while its admin is there."""
    if session.scalar(select(User.id).where(User.email == PEOPLE[0][0])) is None:
        return []
    return [f"Sign in as {', '.join(email for email, _, _ in PEOPLE)}", f"with the password {password()}"]


def _bring_in(workspace: Workspace, admin: Member) -> None:
    articles = Activity.start(workspace, "import articles", "Articles of the demo", admin)
    import_articles(articles, str(DATA / "articles"))
    products = Activity.start(workspace, "import products", "Products of the demo", admin)
    import_products(products, str(DATA / "products.csv"))
    _hang_pictures(workspace)
    for picture in sorted(PICTURES.glob("*.png")):
        words = f"The {picture.stem.replace('-', ' ').title()} check, close up"
        keep(workspace, picture.name, picture.read_bytes(), admin, alt_text=words)


def _hang_pictures(workspace: Workspace) -> None:
    """The demo's pictures come with Slogan; an import takes only web addresses, so they are set here."""
    with (DATA / "products.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            named = (Product.workspace_id == workspace.id, Product.sku == line["Variant SKU"])
            session.execute(update(Product).where(*named).values(image_url=line["Image Src"] or None))


def _connect(workspace: Workspace, admin: Member) -> None:
    for platform, name in NOT_CONNECTED:
        found = Platform.of(workspace).where(Platform.name == platform).first()
        if found is not None:
            connect(workspace, found, name, None, by=admin)


def _plan(workspace: Workspace, admin: Member) -> None:
    """A post that goes out at once, some on the coming days, drafts, and a schedule that can fill itself."""
    practice = _account(workspace, "practice")
    feed, short = Channel.by_slug(workspace, FEED), Channel.by_slug(workspace, SHORT)
    picture_of = {picture.filename: picture.id for picture in Media.of(workspace)}
    today = now().astimezone(zone(workspace.zone)).date()
    welcome = compose(
        workspace, admin, text="The first frost is on the mill roof, and the kettle is on. What is on your loom today?",
        variants={FEED: None}, pictures=[(picture_of["heather-glen.png"], "")],
    )  # fmt: skip
    ScheduledPost.plan(welcome, feed, practice, now() + timedelta(seconds=5), admin)
    for days, hour, slug in ((1, 9, FEED), (2, 17, SHORT), (4, 9, FEED), (6, 12, SHORT)):
        post = _from_article(workspace, admin, slug)
        if post is not None:
            channel = feed if slug == FEED else short
            ScheduledPost.plan(
                post,
                channel,
                practice,
                at_wall(today + timedelta(days=days), time(hour), workspace.zone),
                admin,
            )
    PostingSchedule.create(
        workspace, admin, name="A product every weekday", channel=feed, account=practice, times=[time(10, 30)],
        weekdays=range(1, 6), content_type="product",
    )  # fmt: skip
    _facebook_post(workspace, admin)


def _from_article(workspace: Workspace, admin: Member, slug: str) -> Post | None:
    execution = rewrite_here(workspace, slug, admin, section="next")
    return draft_from(workspace, execution, admin) if execution.fit_to_schedule else None


def _facebook_post(workspace: Workspace, admin: Member) -> None:
    """One for an account that is not connected, so that the outbox shows what would be sent."""
    product = Product.pick_random(workspace)
    product.choose(None, by=admin)
    execution = rewrite_here(workspace, "facebook/feed_post", admin, product=str(product.id), focus="feature")
    if execution.fit_to_schedule:
        post = draft_from(workspace, execution, admin)
        channel = Channel.by_slug(workspace, "facebook/feed_post")
        ScheduledPost.plan(
            post, channel, _account(workspace, "facebook"), now() + timedelta(seconds=20), admin
        )


def _account(workspace: Workspace, platform: str) -> Account:
    found = (
        Account.of(workspace)
        .join(Platform, Platform.id == Account.platform_id)
        .where(Platform.name == platform)
        .first()
    )
    assert found is not None
    return found
