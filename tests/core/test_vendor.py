"""What the browser loads is exactly what was vendored: named with its version, unchanged, and used."""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"


def checksums() -> dict[str, str]:
    lines = (VENDOR / "CHECKSUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def test_every_vendored_file_is_unchanged() -> None:
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDOR.glob("*.[jc]s*")}
    assert found == checksums()


def test_every_vendored_file_says_its_version() -> None:
    assert [name for name in checksums() if not re.search(r"-\d+\.\d+\.\d+\.", name)] == []


def test_the_layout_names_exactly_these_files() -> None:
    layout = (ROOT / "templates" / "layout.html").read_text()
    assert set(re.findall(r"vendor/([\w.-]+\.(?:js|css))", layout)) == set(checksums())


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text()))
    named = {
        icon
        for page in (ROOT / "templates").rglob("*.html")
        for icon in re.findall(r"\bicon\([\"']([\w-]+)[\"']", page.read_text())
    }
    assert named - sprite == set()
