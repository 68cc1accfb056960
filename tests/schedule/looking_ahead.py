"""A look ahead and what it finds, and posts that something will stop, for the tests of preflight."""

import io
from datetime import timedelta
from decimal import Decimal

from PIL import Image

from app.catalogue.models import Product
from app.core.database import session
from app.core.time import now
from app.platforms.models import Channel
from app.posts import library
from app.posts.models import PostMedia
from app.posts.writing import compose, save
from app.publishing.accounts import try_out
from app.publishing.models import Attempt
from app.schedule import preflight
from app.schedule.foreseen import PreflightFinding
from app.schedule.freshness import send_anyway
from app.schedule.guard import digest_of
from app.schedule.words import in_words
from tests.schedule.cast import a_post, an_account, on, planned

PRACTICE = "practice/feed_post"
HALF = timedelta(minutes=30)


def look(workspace, **more):
    return preflight.look(workspace, lanes=0, **more)


def found(workspace):
    """What is open: the sentence of each finding by its post and kind."""
    session.expire_all()
    open_ones = PreflightFinding.of(workspace).where(PreflightFinding.solved_at.is_(None))
    return {(one.scheduled_post_id, one.kind): one.sentence for one in open_ones}


def drawn(workspace, alice, name, colour):
    content = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(content, "PNG")
    return library.keep(workspace, name, content.getvalue(), alice, "The loom.")


def with_picture(post, media):
    post.pictures.append(PostMedia(workspace_id=post.workspace_id, media_id=media.id, media=media, alt_text="Loom."))
    session.flush()
    return post


def tighten(workspace, slug, key, number):
    channel = Channel.by_slug(workspace, slug)
    rule = next(one for one in channel.requirements if one.key == key)
    rule.value, rule.max_value = str(number), number
    session.flush()


def attempt(post, at):
    """A try of a post that was accepted."""
    made = Attempt(
        workspace_id=post.workspace_id, scheduled_post_id=post.id, account_id=post.account_id, key=post.key,
        outcome="accepted", started_at=at, text_digest=digest_of(post.post.text),
    )  # fmt: skip
    session.add(made)
    session.flush()


class Planted:
    """Posts of the next two days, each with one thing that will go wrong, and how each is mended."""

    def __init__(self, workspace, alice, mastodon):
        self.workspace, self.alice, self.mastodon = workspace, alice, mastodon
        self.posts, self.sentences, self.repairs, self.hours = {}, {}, [], 1
        self.ours = an_account(workspace)
        for plant in (self.accounts, self.expiry, self.scope, self.pictures, self.post, self.products):
            plant()
        session.commit()

    def due(self, kind, sentence, account=None, post=None, slug=PRACTICE):
        post = post or a_post(self.workspace, f"Tartan number {self.hours}, woven in Lochcarron.")
        self.hours += 1
        made = planned(account or self.ours, slug, minutes=60 * self.hours, post=post)
        self.posts[kind], self.sentences[kind] = made, sentence
        return made

    def accounts(self):
        new = an_account(self.workspace, name="Not yet", state="new")
        self.due("outbox", "Not yet is not connected, so the post stays in the outbox.", new)
        lost = an_account(self.workspace, name="Lost", state="reconnect")
        self.due("reconnect", "Lost must be connected again.", lost)
        rests = an_account(self.workspace, name="Resting", state="paused")
        self.due("paused", "Resting is paused.", rests)
        unknown = an_account(self.workspace, name="Forgotten", mood="expired")
        self.due("refused", "Forgotten: The practice network no longer knows this account.", unknown)

        def mend():
            for account in (new, lost):
                account.connected(str(account.id), None, None)
            rests.resume(self.alice)
            unknown.settings = {}
            session.flush()
            assert try_out(unknown)[0]

        self.repairs.append(mend)

    def expiry(self):
        account, ends = an_account(self.workspace, name="Ending"), now() + timedelta(minutes=90)
        account.keep_secrets({"token": "x"}, expires={"token": ends})
        when = in_words(ends, "Europe/London")
        self.due("expires", f"The access to Ending ends on {when}, before this post is due.", account)
        self.repairs.append(lambda: account.keep_secrets({"token": "y"}))

    def scope(self):
        self.mastodon.scopes = ["read", "write:statuses"]
        account = on(self.mastodon, self.workspace)
        media = drawn(self.workspace, self.alice, "warp.png", "red")
        post = with_picture(a_post(self.workspace, "With a picture."), media)
        self.due("scope", "Our mastodon lacks the permission write:media.", account, post, "mastodon/media_status")

        def mend():
            self.mastodon.scopes = ["read", "write"]
            assert try_out(account)[0]

        self.repairs.append(mend)

    def pictures(self):
        gone = drawn(self.workspace, self.alice, "shuttle.png", "green")
        post = with_picture(a_post(self.workspace, "The shuttle."), gone)
        self.due("picture", "The file of shuttle.png is no longer here.", post=post)
        kept = gone.path.read_bytes()
        gone.path.unlink()
        post = a_post(self.workspace, "Two pictures.")
        for colour in ("blue", "yellow"):
            with_picture(post, drawn(self.workspace, self.alice, f"{colour}.png", colour))
        said = "Practice network feed post allows 1 picture; this has 2."
        self.due("media", said, post=post)
        tighten(self.workspace, PRACTICE, "max_images", 1)
        self.repairs.append(lambda: gone.path.write_bytes(kept))
        self.repairs.append(lambda: tighten(self.workspace, PRACTICE, "max_images", 4))

    def post(self):
        long = self.due("rules", "", post=a_post(self.workspace, "Nine tartans. " * 40))
        self.sentences["rules"] = "Practice network feed post allows 500 characters; this has 560."
        tighten(self.workspace, PRACTICE, "max_characters", 500)
        put_away = self.due("archived", "The post was put into the archive.").post
        put_away.archive(self.alice)
        again = a_post(self.workspace, "Tartan  NUMBER 2, woven in Lochcarron.")
        first = self.due("first", "", post=a_post(self.workspace, "Tartan number 2, woven in Lochcarron."))
        when = in_words(first.scheduled_time, "Europe/London")
        del self.posts["first"], self.sentences["first"]
        said = f"Our practice has the same text on {when}, and says nothing twice within 7 days."
        twice = self.due("twice", said, post=again)
        self.repairs += [
            lambda: setattr(long.post, "text", "Nine tartans."), lambda: put_away.unarchive(self.alice),
            lambda: twice.cancel(self.alice),
        ]  # fmt: skip

    def products(self):
        scarf, rug = (self.product(number, name) for number, name in enumerate(("Highland scarf", "Travel rug")))
        of_scarf = compose(self.workspace, self.alice, text="The scarf, £29.95.", product_id=scarf.id)
        of_rug = compose(self.workspace, self.alice, text="The rug is back.", product_id=rug.id)
        self.due("price", "Price is now £34.95; the post was written at £29.95.", post=of_scarf)
        self.due("stock", "Travel rug is out of stock; there were 3 when the post was written.", post=of_rug)
        scarf.price, rug.stock = Decimal("34.95"), 0
        self.repairs += [
            lambda: save(self.workspace, of_scarf, self.alice, text="The scarf, £34.95."),
            lambda: send_anyway(self.posts["stock"], self.alice),
        ]

    def product(self, number, name):
        made = Product(
            workspace_id=self.workspace.id, external_id=str(number), name=name, price=Decimal("29.95"),
            currency="GBP", stock=3,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made
