"""Every setting is told to the operator: in the README's table and in .env.example. A wrong one stops the start."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.settings import BadSettings, Settings, settings
from app.local import settings_file

ROOT = Path(__file__).parents[2]


def table() -> list[str]:
    """The lines of the README's table, made from the settings class."""
    return [f"| `{name.upper()}` | {field.description} |" for name, field in Settings.model_fields.items()]


def test_the_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [line for line in table() if line not in readme]
    assert not missing, "the README's table needs these lines:\n" + "\n".join(missing)


def test_the_readme_names_no_setting_that_is_none() -> None:
    named = {line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `") and "_" in line}
    ours = {line for line in named if line.split("`")[1].isupper()}
    assert ours - set(table()) == set()


def test_the_example_file_is_what_the_class_says() -> None:
    assert (ROOT / ".env.example").read_text() == settings_file.text(), "run `make env-example`"


def test_every_setting_has_a_sentence() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")] == []


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The settings are read again, from the environment alone."""
    monkeypatch.setattr("app.core.settings._overrides", {"_env_file": None})
    settings.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("DATABASE_URL", "mysql://here", "DATABASE_URL: it must begin with postgresql://"),
        ("REDIS_URL", "here:6379", "REDIS_URL: it must begin with redis://, rediss:// or unix://"),
        ("SECRET_KEY", "short", "SECRET_KEY: it needs 32 characters or more"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: it must be DEBUG, INFO, WARNING or ERROR"),
        ("PORT", "99999", "PORT: Input should be less than or equal to 65535"),
        ("UPLOAD_MB", "many", "UPLOAD_MB: Input should be a valid integer"),
    ],
)
def test_a_wrong_setting_is_named_with_advice(afresh: pytest.MonkeyPatch, name: str, value: str, advice: str) -> None:
    afresh.setenv(name, value)
    with pytest.raises(BadSettings, match=re.escape(advice)):
        settings()


def test_every_wrong_setting_is_named_at_once(afresh: pytest.MonkeyPatch) -> None:
    afresh.setenv("PORT", "0")
    afresh.setenv("WORKERS", "none")
    with pytest.raises(BadSettings, match=r"(?s)PORT.*WORKERS"):
        settings()


def test_a_wrong_setting_stops_the_start(tmp_path: Path) -> None:
    """In a process of its own, since settings are read once."""
    asked = [sys.executable, "-c", "from app.core.settings import settings; settings()"]
    env = {"LOG_LEVEL": "LOUD", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(asked, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ended.returncode != 0
    assert "LOG_LEVEL: it must be DEBUG, INFO, WARNING or ERROR" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_secret_is_not_printed(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", "from app.core.settings import settings; print(settings())"]
    env = {"SECRET_KEY": "hush" * 10, "LLM_API_KEY": "hush-hush", "PYTHONPATH": str(ROOT)}
    said = subprocess.run(asked, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout
    assert "hush" not in said


if __name__ == "__main__":
    print("\n".join(["| Setting | What it does |", "| --- | --- |", *table()]))
