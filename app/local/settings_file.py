"""`.env.example`: every setting with its description and default. `make env-example` writes it anew."""

import json
import sys
from pathlib import Path
from textwrap import wrap
from typing import Any

from app.core.settings import Settings

_HEAD = """\
# Every setting of Slogan. None is needed to start: copy this file to .env and take the # away from
# the lines that you change. Variables of the environment come before this file.
"""


def text() -> str:
    """The whole file, made from the settings class."""
    blocks = [_HEAD]
    for name, field in Settings.model_fields.items():
        about = "\n".join(f"# {line}" for line in wrap(field.description or "", 98))
        blocks.append(f"{about}\n#{name.upper()}={_written(field.default)}\n")
    return "\n".join(blocks)


def _written(default: Any) -> str:
    """A default as one would type it."""
    if default is None:
        return ""
    if isinstance(default, (bool, list, dict)):
        return json.dumps(default)
    return str(default) if isinstance(default, (int, float, str, Path)) else ""


if __name__ == "__main__":
    sys.stdout.write(text())
