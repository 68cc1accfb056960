"""A product's price and stock are held against what the post says, right before it goes out."""

from decimal import Decimal

import pytest

from app.catalogue.models import Product
from app.core.database import session
from app.core.errors import NotAllowed, WrongState
from app.posts.writing import compose, save
from app.rewriting.models import ContentProcess, Execution
from app.schedule.freshness import objection, objections, send_anyway
from tests.schedule.cast import an_account, planned, story, with_rules


@pytest.fixture
def scarf(workspace):
    with_rules(workspace)
    made = Product(
        workspace_id=workspace.id, external_id="1", name="Highland scarf", price=Decimal("29.95"), currency="GBP",
        stock=4,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def plan(workspace, alice, scarf):
    account = an_account(workspace)

    def planned_with(words, **more):
        post = compose(workspace, alice, text=words, product_id=scarf.id, **more)
        return planned(account, post=post)

    return planned_with


def becomes(product, **changes):
    for name, value in changes.items():
        setattr(product, name, Decimal(value) if name == "price" and value else value)
    session.flush()


PRICED = "The Highland scarf is yours for £29.95."


class TestObjecting:
    def test_a_product_that_is_as_it_was_speaks_against_nothing(self, plan):
        assert objection(plan(PRICED)) is None

    @pytest.mark.parametrize(
        "words",
        [PRICED, "Only 29.95 GBP until Friday.", "29,95 £: a bargain.", "Now at 29.95, in nine tartans."],
    )
    def test_a_price_that_the_words_name_and_that_has_changed(self, plan, scarf, words):
        post = plan(words)
        becomes(scarf, price="34.95")
        assert objection(post) == "Price is now £34.95; the post was written at £29.95."

    def test_a_price_that_the_words_do_not_name_is_nobody_s_business(self, plan, scarf):
        post = plan("The Highland scarf, in nine tartans. 29 colours.")
        becomes(scarf, price="34.95")
        assert objection(post) is None

    def test_the_words_of_its_own_channel_count(self, plan, scarf, workspace):
        post = plan(PRICED, variants={"practice/feed_post": "In nine tartans."})
        becomes(scarf, price="34.95")
        assert objection(post) is None

    def test_a_price_in_a_comment_counts_too(self, plan, scarf):
        post = plan("In nine tartans.", first_comment="Yours for £29.95.")
        becomes(scarf, price="34.95")
        assert objection(post) == "Price is now £34.95; the post was written at £29.95."

    def test_a_price_that_the_shop_no_longer_names(self, plan, scarf):
        post = plan(PRICED)
        becomes(scarf, price=None)
        assert objection(post) == "The shop no longer names a price; the post was written at £29.95."

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"stock": 0}, "Highland scarf is out of stock; there were 4 when the post was written."),
            ({"is_active": False}, "Highland scarf is no longer on sale in the shop."),
        ],
    )
    def test_what_nobody_can_buy(self, plan, scarf, changes, said):
        post = plan("In nine tartans.")
        becomes(scarf, **changes)
        assert objection(post) == said

    def test_what_was_sold_out_when_it_was_written_about_may_be_spoken_of(self, plan, scarf):
        becomes(scarf, stock=0)
        assert objection(plan("Back in spring.")) is None

    def test_a_product_that_is_gone_from_the_catalogue(self, plan, scarf):
        post = plan(PRICED)
        session.delete(scarf)
        session.flush()
        session.expire_all()
        assert objection(post) == "Highland scarf is no longer in the catalogue."

    def test_a_post_of_no_product_is_not_asked_about(self, workspace, alice):
        account = an_account(with_rules(workspace))
        assert objection(planned(account, post=compose(workspace, alice, text="Nine tartans."))) is None

    def test_many_posts_are_judged_at_once(self, plan, scarf):
        priced, plain = plan(PRICED), plan("In nine tartans.")
        becomes(scarf, price="34.95")
        assert list(objections([priced, plain])) == [priced.id]
        assert objections([]) == {}


class TestWriting:
    def test_a_save_that_leaves_the_old_price_in_does_not_make_it_true(self, plan, scarf, workspace, alice):
        post = plan(PRICED)
        becomes(scarf, price="34.95")
        save(workspace, post.post, alice, text=PRICED.replace("yours", "yours, friends,"))
        assert objection(post) == "Price is now £34.95; the post was written at £29.95."

    def test_a_save_with_the_new_price_does(self, plan, scarf, workspace, alice):
        post = plan(PRICED)
        becomes(scarf, price="34.95")
        save(workspace, post.post, alice, text=PRICED.replace("29.95", "34.95"))
        assert objection(post) is None
        becomes(scarf, price="36.00")
        assert objection(post) == "Price is now £36.00; the post was written at £34.95."

    def test_a_text_that_was_rewritten_at_an_older_price_is_as_old_as_that(self, plan, scarf, workspace, alice):
        process = ContentProcess.of(workspace).first()
        run = Execution.prepare(process, product=scarf, by=alice)
        becomes(scarf, price="34.95")
        post = plan(PRICED, execution_id=run.id)
        assert objection(post) == "Price is now £34.95; the post was written at £29.95."


class TestSendingAnyway:
    def test_a_yes_counts_for_this_change_and_not_for_the_next(self, plan, scarf, alice):
        post = plan(PRICED)
        becomes(scarf, price="34.95")
        send_anyway(post, alice)
        assert objection(post) is None
        assert story(post)[-1] == (
            "allow", "To be sent anyway. Price is now £34.95; the post was written at £29.95."
        )  # fmt: skip
        becomes(scarf, price="39.95")
        assert objection(post) == "Price is now £39.95; the post was written at £29.95."
        send_anyway(post, alice)
        becomes(scarf, stock=0)
        assert objection(post).startswith("Highland scarf is out of stock")

    def test_a_yes_to_a_product_that_is_gone(self, plan, scarf, alice):
        post = plan(PRICED)
        session.delete(scarf)
        session.flush()
        session.expire_all()
        send_anyway(post, alice)
        assert objection(post) is None

    def test_a_held_post_goes_back_on_the_plan(self, plan, scarf, alice):
        post = plan(PRICED)
        becomes(scarf, price="34.95")
        post.state, post.problem_kind = "held", "product"
        session.flush()
        send_anyway(post, alice)
        assert (post.state, post.problem_kind) == ("scheduled", None)

    def test_a_viewer_may_not_and_what_is_out_cannot(self, plan, scarf, alice, vera):
        post = plan(PRICED)
        with pytest.raises(NotAllowed):
            send_anyway(post, vera)
        post.state = "published"
        with pytest.raises(WrongState):
            send_anyway(post, alice)

    def test_the_page_shows_the_difference_and_three_ways(self, page, plan, scarf):
        post = plan(PRICED)
        becomes(scarf, price="34.95")
        post.state, post.problem_kind = "held", "product"
        post.last_error = objection(post)
        session.commit()
        shown = page.get(f"/scheduled/{post.id}").text
        for words in ("Price is now £34.95; the post was written at £29.95.", "Rewrite it", "Send anyway", "Cancel it"):
            assert words in shown
        assert page.post(f"/scheduled/{post.id}/acceptance").status_code == 303
        session.refresh(post)
        assert post.state == "scheduled"
