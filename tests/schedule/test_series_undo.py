"""A whole series that was dragged goes back to where it was, as one post does."""

import re

import pytest

from app.core.database import session
from app.core.errors import WrongState
from app.schedule import series_edits
from app.schedule.series import Series, SeriesGap
from app.schedule.series_undo import move_series, take_back
from tests.schedule.cast import a_post, an_account
from tests.schedule.series_cast import a_series, instant, locally, rows, wall

HTMX = {"HX-Request": "true"}


@pytest.fixture
def series(workspace, alice, at):
    """Mondays and Thursdays from 7 January 2030 on; the second Thursday has moved, the next Monday is left out."""
    at("2030-01-06T12:00")
    made = a_series(an_account(workspace), alice, a_post(workspace), rule="FREQ=WEEKLY;BYDAY=MO,TH", name="Mornings")
    rows(made)[3].reschedule(instant("2030-01-18T12:00"), alice)
    series_edits.skip(made, wall("2030-03-25T09:00"), alice)
    session.commit()
    return made


def whole(workspace):
    """All that a calendar shows of series, and what is left out."""
    session.expire_all()
    every = Series.of(workspace).order_by(Series.id).all()
    gaps = [(gap.series_id, gap.occurrence, gap.kind) for gap in SeriesGap.of(workspace)]
    return [(one.id, one.sentence, one.state, one.ends_at, locally(one)) for one in every], gaps


@pytest.mark.parametrize("scope", ["following", "all"])
@pytest.mark.parametrize("dragged", [1, 3])  # one that follows the rule, and the one with a time of its own
def test_all_is_as_it_was(workspace, alice, series, scope, dragged):
    before = whole(workspace)
    to = instant({1: "2030-01-11T10:00", 3: "2030-01-19T10:00"}[dragged])
    moved = move_series(rows(series)[dragged], scope, to, alice)
    assert whole(workspace) != before
    assert take_back(workspace, moved, alice).id == series.id
    assert whole(workspace) == before


def test_what_was_changed_since_stays(workspace, alice, series):
    moved = move_series(rows(series)[1], "following", instant("2030-01-11T10:00"), alice)
    made = Series.of(workspace).where(Series.id != series.id).first()
    series_edits.change_all(made, alice, rule="FREQ=DAILY")
    with pytest.raises(WrongState, match="The series has been changed since, so this move stays"):
        take_back(workspace, moved, alice)
    made.remove(alice)
    with pytest.raises(WrongState):
        take_back(workspace, moved, alice)


def test_the_calendar_and_the_posts_page_offer_it(page, workspace, series):
    for address, field in (("/schedule/{}/time", "to"), ("/scheduled/{}/time", "at")):
        before, one = whole(workspace), rows(series)[1]
        sent = {field: "2030-01-11T10:00:00+00:00", "scope": "all", "here": "/calendar/month?day=2030-01-01"}
        page.post(address.format(one.id), data=sent)
        html = page.get("/calendar/month?day=2030-01-01").text
        assert "Every Monday and Friday at 10:00" in html
        undo = re.search(r'action="(/schedule/series/[^"]+/undo[^"]*)"', html)[1].replace("&amp;", "&")
        page.post(undo)
        assert "As before: Every Monday and Thursday at 09:00" in page.get("/series").text
        assert whole(workspace) == before
