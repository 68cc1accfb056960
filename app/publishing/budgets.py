"""How many requests a platform still takes from an account, as its answers say."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Owned


class RateBudget(Owned):
    """What an account was last told: of so many requests, so many are left until a moment."""

    __tablename__ = "rate_budgets"
    __table_args__ = (UniqueConstraint("account_id", "name"),)
    noun = "budget"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    most: Mapped[int | None]
    remaining: Mapped[int]
    resets_at: Mapped[datetime | None]
    learnt_at: Mapped[datetime]
    application: Mapped[str | None] = mapped_column(String(200))  # who else's requests are counted with ours
