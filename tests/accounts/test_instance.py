"""An installation knows itself again after every ordinary day, and sends nothing where it does not."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, text, update

from app.accounts import instance, witnesses
from app.accounts.instance import Instance, Outage
from app.core.database import session
from app.core.errors import WrongState
from app.core.queue import redis
from app.core.time import now
from tests.schedule.cast import an_account, planned


@pytest.fixture
def here(world: SimpleNamespace, tmp_path, monkeypatch) -> SimpleNamespace:
    """The row as the migration made it, and witnesses in folders of this test's own."""
    (tmp_path / "var").mkdir()
    place = SimpleNamespace(home=None, file=tmp_path / "var" / "instance.json", second=tmp_path / "second.json")
    monkeypatch.setattr(witnesses, "file", lambda: place.file)
    monkeypatch.setattr(witnesses, "second_file", lambda identity: place.second)
    monkeypatch.setattr(witnesses, "home", lambda system: place.home)
    instance.arrive()
    return place


def set_row(**values) -> None:
    """Change the row as a restored dump would: behind everybody's back."""
    session.execute(update(Instance).values(**values))


def may_send() -> bool:
    """What the claim asks."""
    return session.scalar(text("SELECT slogan_may_send(:seen)"), {"seen": instance.watch()}) and instance.sends()


class TestAnOrdinaryDay:
    def test_a_fresh_database_is_at_home_and_sends(self, here):
        assert may_send()
        assert Instance.here().arrived_at

    def test_a_restart_after_many_beats_changes_nothing(self, here):
        for _ in range(3):
            instance.beat()
        mark = Instance.here().mark
        instance.arrive()
        assert (may_send(), Instance.here().mark) == (True, mark)

    def test_each_witness_remembers_the_mark(self, here):
        instance.beat()
        known = Instance.here()
        notes = [here.file.read_text(), here.second.read_text(), redis().get(witnesses.key(known.identity))]
        assert [json.loads(note)["mark"] for note in notes] == [known.mark] * 3

    def test_new_volumes_and_a_wiped_redis_say_nothing(self, here):
        instance.beat()
        here.file.unlink()
        here.second.unlink()
        redis().flushdb()
        instance.arrive()
        assert may_send()
        assert here.file.exists()

    def test_a_second_host_with_a_folder_of_its_own_sends_too(self, here, tmp_path):
        instance.beat()
        here.file = tmp_path / "other.json"
        assert may_send()
        assert json.loads(here.file.read_text())["mark"] == Instance.here().mark

    def test_a_host_that_was_away_for_a_week_sends_too(self, here):
        old = here.file.read_text()
        for _ in range(5):
            instance.beat()
        here.file.write_text(old)
        assert may_send()

    @pytest.mark.parametrize("hours", [-30, 30])
    def test_a_moved_clock_changes_nothing(self, here, monkeypatch, hours):
        instance.beat()
        moved = now() + timedelta(hours=hours)
        monkeypatch.setattr(instance, "now", lambda: moved)
        instance.beat()
        monkeypatch.undo()
        assert Instance.here().sending

    def test_a_folder_that_was_renamed_is_the_same_folder(self, here):
        here.home = witnesses.Home("/srv/var", 7, "machine")
        instance.arrive()
        here.home = witnesses.Home("/data/var", 7, "machine")
        instance.arrive()
        assert may_send()
        assert Instance.here().place == "/data/var"

    def test_a_container_that_was_made_anew_has_another_number_or_none(self, here):
        here.home = witnesses.Home("/app/var", None, None)
        instance.arrive()
        here.home = witnesses.Home("/app/var", 12, None)
        instance.arrive()
        assert may_send()

    def test_a_witness_that_is_damaged_says_nothing(self, here):
        here.file.write_text("{")
        instance.arrive()
        assert may_send()


class TestACopy:
    def test_a_dump_on_another_server_sends_nothing(self, here):
        set_row(system_identifier=1)
        assert not may_send()
        assert Instance.here().noticed == [
            "The database lies on another server than before: it was restored or cloned there."
        ]

    def test_a_dump_in_another_database_sends_nothing_even_before_anybody_looked(self, here):
        set_row(database_oid=1)
        assert session.scalar(text("SELECT slogan_may_send(NULL)")) is False
        assert not may_send()

    @pytest.mark.parametrize("kept", ["file", "second", "redis"])
    def test_a_database_that_was_put_back_is_known_by_each_witness_alone(self, here, kept):
        known = Instance.here()
        before = {"mark": known.mark, "beat_at": known.beat_at}
        instance.beat()
        instance.beat()
        set_row(**before)
        if kept != "file":
            here.file.unlink()
        if kept != "second":
            here.second.unlink()
        if kept != "redis":
            redis().flushdb()
        instance.arrive()
        assert not may_send()
        [sentence] = Instance.here().noticed
        assert sentence.startswith("The database went back in time: it stands at ")
        assert {"file": "this folder", "second": "this machine", "redis": "Redis"}[kept] in sentence

    def test_one_that_is_put_back_while_workers_run_claims_nothing_at_once(self, here):
        instance.beat()
        seen = instance.watch()
        set_row(mark=seen - 1)
        assert session.scalar(text("SELECT slogan_may_send(:seen)"), {"seen": seen}) is False

    @pytest.mark.parametrize(
        ("home", "words"),
        [
            (("/srv/var", 7, "other"), "is on another machine than before"),
            (("/srv/copy", 8, "machine"), "was copied: it was /srv/var, and is /srv/copy."),
            (("/srv/copy", None, None), "was copied: it was /srv/var, and is /srv/copy."),
            (("/srv/var", 8, "machine"), "is not the one that was there before: it was put back."),
        ],
    )
    def test_a_folder_that_was_copied_sends_nothing(self, here, home, words):
        here.home = witnesses.Home("/srv/var", 7, "machine")
        instance.arrive()
        here.home = witnesses.Home(*home)
        assert not may_send()
        assert words in Instance.here().noticed[0]

    def test_a_dump_from_before_there_were_identities_is_known_by_the_folder_it_meets(self, here, workspace):
        planned(an_account(workspace))
        here.file.write_text(here.file.read_text().replace(str(Instance.here().identity), str(workspace.id)))
        set_row(arrived_at=None)
        instance.arrive()
        assert not may_send()

    def test_while_it_is_off_nothing_is_raised_or_told(self, here):
        set_row(system_identifier=1)
        instance.watch()
        here.file.unlink()
        mark = Instance.here().mark
        instance.beat()
        instance.arrive()
        assert (Instance.here().mark, here.file.exists()) == (mark, False)


class TestADecision:
    def test_the_real_one_sends_on_as_an_installation_of_its_own(self, here):
        before = Instance.here().identity
        set_row(system_identifier=1)
        instance.watch()
        Instance.here().decide(real=True, who="Alice")
        session.commit()
        row = Instance.here()
        assert (row.sending, row.decision, row.decided_by) == (True, "real", "Alice")
        assert row.identity != before
        assert may_send()

    def test_a_copy_stays_off_and_can_still_be_made_the_real_one(self, here):
        set_row(system_identifier=1)
        instance.watch()
        Instance.here().decide(real=False, who="Alice")
        assert not may_send()
        assert not Instance.here().waits
        Instance.here().decide(real=True, who="Alice")
        assert may_send()

    def test_there_is_nothing_to_decide_while_all_is_well(self, here):
        with pytest.raises(WrongState, match="Sending is on"):
            Instance.here().decide(real=True, who="Alice")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_decision_in_one_test_is_not_remembered_in_the_next(world, turn):
    planned(an_account(world.workspace))
    assert may_send()
    set_row(system_identifier=1)
    instance.watch()
    Instance.here().decide(real=True, who="Alice")
    session.commit()
    assert witnesses.file().exists()


def test_an_outage_is_noted_when_it_ends_and_a_short_pause_is_none(here):
    session.execute(delete(Outage))
    instance.beat()
    began = now() - timedelta(hours=3)
    set_row(beat_at=began)
    instance.beat()
    [outage] = session.scalars(select(Outage).where(Outage.ended_at > began))
    assert outage.began_at == began
    assert now() - outage.ended_at < timedelta(minutes=1)
