"""The practice network as a platform: it takes posts for good, once a key, and goes wrong on request."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.core.database import session
from app.core.time import now
from app.core.waiting import in_thread
from app.platforms.models import Account
from app.publishing.connector import Connector
from app.publishing.delivery import Delivery, Kind, Metrics, Part, Profile, PublishError, Receipt, Seen
from app.publishing.models import PracticePost
from app.publishing.practice import MOODS, readers

WAIT = timedelta(minutes=2)
SLOW = 5.0


class Practice(Connector):
    """An account on the practice network. It needs no credentials, since nothing leaves this machine."""

    slug, label = "practice", "Practice network"
    channels = ("feed_post", "short_post")
    moods = MOODS
    at_home = True  # it lives inside Slogan: there is no server to speak HTTP with
    permalink = r"https?://[^/]+/practice#post-(?P<id>[0-9a-f-]{36})"
    measures = ("likes", "shares", "comments", "views", "reach", "clicks")

    class Credentials(BaseModel):
        """Nothing to fill in."""

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        if delivery.reply_to:
            part, root = delivery.answer()
            bodies = [self._answer(delivery, part, root.remote_id)]
        else:
            answers = [self._answer(delivery, part, "(id of the post before)") for part in delivery.parts]
            bodies = [self._body(delivery), *answers]
        return {"requests": [{"method": "POST", "url": "practice network", "json": body} for body in bodies]}

    def create(self, delivery: Delivery) -> Receipt:
        media = [{"file": one.path.name, "alt_text": one.alt_text} for one in delivery.pictures]
        return self._taken(self._body(delivery) | {"media": media})

    def reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt:
        return self._taken(self._answer(delivery, part, parent.remote_id))

    def look(self, delivery: Delivery) -> Receipt | None:
        return self._seen(delivery.key)

    def find_reply(self, delivery: Delivery, part: Part, root: Receipt, parent: Receipt) -> Receipt | None:
        return self._seen(delivery.key_of(part))

    def read_back(self, since: datetime) -> list[Seen]:
        """It lies in Slogan's own database, and goes back in time with it."""
        its = PracticePost.account_id == self._id, PracticePost.created_at >= since
        found = session.scalars(select(PracticePost).where(*its, PracticePost.is_removed.is_(False)))
        return [Seen(_receipt(post), post.text, post.created_at) for post in found]

    def check(self) -> Profile:
        account = self._account()
        if account.settings.get("mood") == "expired":
            raise PublishError("The practice network no longer knows this account.", kind=Kind.RECONNECT)
        return Profile(str(account.id), f"@{account.name}", account.name, "/practice")

    def metrics(self, remote_ids: list[str]) -> dict[str, Metrics]:
        posts = session.scalars(
            select(PracticePost).where(
                PracticePost.id.in_([UUID(one) for one in remote_ids]), PracticePost.is_removed.is_(False)
            )
        )
        return {str(post.id): readers(post.key, now() - post.created_at) for post in posts}

    def remove(self, remote_id: str) -> None:
        post = session.get(PracticePost, UUID(remote_id))
        if post:
            post.is_removed = True

    def still_there(self, remote_id: str) -> bool:
        post = session.get(PracticePost, UUID(remote_id))
        return post is not None and not post.is_removed

    @property
    def repeats_safely(self) -> bool:
        return True

    # -- inside -------------------------------------------------------------------------------------

    @property
    def _id(self) -> UUID:
        return UUID(self.session["account_id"])

    def _account(self) -> Account:
        return Account.anywhere(self._id)

    def _before(self, mood: str) -> None:
        if mood == "slow":
            self.sleep(SLOW)
        if mood == "refuse":
            self.refuse("The practice network refused the post, as it was told to.")
        if mood == "down":
            self.refuse("The practice network is down, as it was told to be.", Kind.TRANSIENT)
        if mood == "expired":
            self.refuse("The practice network no longer knows this account.", Kind.RECONNECT)
        if mood == "rate_limit":
            raise PublishError(
                "The practice network asks us to slow down.", kind=Kind.RATE_LIMITED, until=now() + WAIT
            )

    def _taken(self, body: dict[str, Any]) -> Receipt:
        """Take a post once, however often its key comes, unless the mood is against it."""
        mood, workspace_id = in_thread(self._of_account)
        self._before(mood)
        in_thread(self._put, workspace_id, body)
        if mood == "drop":
            self.refuse("The practice network took the post and hung up, as it was told to.", Kind.UNSURE)
        found = self._seen(body["key"])
        assert found
        return found

    def _of_account(self) -> tuple[str, UUID]:
        account = self._account()
        session.commit()
        return account.settings.get("mood", ""), account.workspace_id

    def _put(self, workspace_id: UUID, body: dict[str, Any]) -> None:
        body = {**body, "channel_name": body["channel"]}
        del body["channel"]
        taken = insert(PracticePost).values(
            id=uuid7(), workspace_id=workspace_id, account_id=self._id, is_removed=False, **body
        )
        session.execute(taken.on_conflict_do_nothing(index_elements=["account_id", "key"]))
        session.commit()

    def _seen(self, key: str) -> Receipt | None:
        return in_thread(self._found, key)

    def _found(self, key: str) -> Receipt | None:
        post = session.scalar(
            select(PracticePost).where(PracticePost.account_id == self._id, PracticePost.key == key)
        )
        session.commit()
        return _receipt(post) if post else None

    def _body(self, delivery: Delivery) -> dict[str, Any]:
        return {
            "key": delivery.key, "channel": delivery.channel, "text": self.wording(delivery),
            "link": delivery.link,
            "media": [{"file": one.name, "alt_text": one.alt_text} for one in delivery.pictures],
        }  # fmt: skip

    def _answer(self, delivery: Delivery, part: Part, parent: str) -> dict[str, Any]:
        return {
            "key": delivery.key_of(part), "channel": delivery.channel, "text": part.text, "media": [],
            "parent_id": parent,
        }  # fmt: skip


def _receipt(post: PracticePost) -> Receipt:
    return Receipt(str(post.id), f"/practice#post-{post.id}")
