"""A helper process and the one that asks it things: a line of JSON each way."""

import json
import select
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def addresses(number: int = 600) -> list[str]:
    """Addresses of this machine that no other can reach: as many servers as one likes."""
    return [f"127.1.{n // 200}.{n % 200 + 1}" for n in range(number)]


class Helper:
    """A process of ours that answers questions. It ends when we do."""

    def __init__(self, module: str, log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=output, text=True,
            )  # fmt: skip

    def ask(self, verb: str, **given: Any) -> Any:
        """What it answers. Raise RuntimeError with what broke there."""
        assert self.process.stdin, self.process.stdout
        self.process.stdin.write(json.dumps({"verb": verb, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"{self.process.args} is gone:\n{self.log.read_text(errors='replace')[-3000:]}"
            )
        answer = json.loads(line)
        if "broke" in answer:
            raise RuntimeError(answer["broke"])
        return answer["said"]

    def end(self) -> None:
        """Let it go: it stops when nobody asks any more."""
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def listen(verbs: dict[str, Callable[..., Any]], chore: Callable[[], None] | None = None) -> None:
    """Answer what is asked on the standard input until it ends; do the chore ten times a second."""
    while True:
        if chore:
            chore()
            if not select.select([sys.stdin], [], [], 0.1)[0]:
                continue
        line = sys.stdin.readline()
        if not line:
            return
        asked = json.loads(line)
        try:
            answer = {"said": verbs[asked.pop("verb")](**asked)}
        except Exception:  # noqa: BLE001  (it is raised where it was asked)
            answer = {"broke": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
