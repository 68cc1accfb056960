"""Slogan started as `make run` starts it, in a folder of its own, and stopped again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SERVERS = ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL")


def supervisor(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start everything in a folder, on a port, with embedded servers. What it says goes to `output` there."""
    mine = {"VAR_DIR": str(folder / "var"), "PORT": str(port), "HOST": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
    around = {name: value for name, value in os.environ.items() if name not in SERVERS}
    command = [sys.executable, "-m", "app.local.supervisor"]
    with (folder / "output").open("wb") as output:
        return subprocess.Popen(command, cwd=ROOT, env=around | mine, stdout=output, stderr=output)


def up(folder: Path, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Wait until it has greeted. Raise TimeoutError with the end of what it said."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if "Slogan runs at" in (folder / "output").read_text():
            return
        time.sleep(0.1)
    raise TimeoutError(f"Slogan did not start:\n{(folder / 'output').read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it as Ctrl-C does, and harder after half a minute."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
