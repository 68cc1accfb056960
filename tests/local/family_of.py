"""A small supervisor in a process of its own, for tests: FOLDER CHILD=CODE …."""

import sys
from functools import partial
from pathlib import Path

from app.local import running
from app.local.family import Child, Family
from app.local.log import Log


def main(folder: Path, codes: list[str]) -> None:
    """Each child runs its own Python code until it ends."""
    with running.only_one(folder) as held:
        named = [code.split("=", 1) for code in codes]
        children = [Child(name, partial(exec, code, {})) for name, code in named]
        held.note(address="http://127.0.0.1:1")
        Family(children, Log(folder / "log"), closing=[held.file.fileno()], grace=1).run()
        print("all stopped", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
