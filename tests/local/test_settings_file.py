"""`.env.example` names every setting, and can be used as `.env`."""

from pathlib import Path

from app.core.settings import Settings
from app.local.settings_file import text

ROOT = Path(__file__).parents[2]


def test_env_example_names_every_setting_with_its_description():
    written = (ROOT / ".env.example").read_text()
    assert written == text(), "the settings changed: make env-example"
    for name in Settings.model_fields:
        assert f"\n#{name.upper()}=" in written


def test_the_defaults_in_it_are_the_defaults(tmp_path, monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    in_use = tmp_path / ".env"
    lines = (ROOT / ".env.example").read_text().splitlines()
    in_use.write_text("\n".join(line.removeprefix("#") for line in lines if not line.startswith("# ")))
    assert Settings(_env_file=in_use) == Settings(_env_file=None)
