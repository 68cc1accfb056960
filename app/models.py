"""Every table, so that the metadata is whole. Importing this opens nothing."""

from app.accounts import activity as _activity
from app.accounts import instance as _instance
from app.accounts import models as _accounts
from app.accounts import notices as _notices
from app.accounts import telling as _telling
from app.analytics import models as _analytics
from app.articles import models as _articles
from app.campaigns import models as _campaigns
from app.catalogue import models as _catalogue
from app.maintenance import models as _maintenance
from app.platforms import models as _platforms
from app.posts import models as _posts
from app.publishing import budgets as _budgets
from app.publishing import models as _publishing
from app.rewriting import models as _rewriting
from app.schedule import foreseen as _foreseen
from app.schedule import models as _schedule
from app.schedule import series as _series

ALL = (
    _accounts, _activity, _analytics, _articles, _budgets, _campaigns, _catalogue, _foreseen, _instance,
    _maintenance, _notices, _platforms, _posts, _publishing, _rewriting, _schedule, _series, _telling,
)  # fmt: skip
