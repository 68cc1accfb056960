"""`make chaos`: the whole matrix. COUNT posts a cell (1000), CELLS= some of them by their names.

Prints a line per cell, writes the table to benchmarks/chaos.md when all cells ran, and leaves with 1 when a
post went out twice, was lost, is stuck, or is called what it is not, or when what a cell is for never happened.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.chaos import table
from benchmarks.chaos.cells import CELLS, rounds
from benchmarks.chaos.talking import ROOT

BOUND = 300.0  # seconds after peace: what then still has no end is stuck
TABLE = ROOT / "benchmarks/chaos.md"


def main() -> None:
    count = int(os.environ.get("COUNT") or 1000)
    wanted = (os.environ.get("CELLS") or "").replace(",", " ").split()
    unknown = set(wanted) - {cell.slug for cell in CELLS}
    if unknown:
        sys.exit(
            f"There is no cell {', '.join(sorted(unknown))}; there are {', '.join(cell.slug for cell in CELLS)}."
        )
    cells = [cell for cell in CELLS if not wanted or cell.slug in wanted]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="slogan-chaos-") as folder:
        Path(folder).chmod(0o755)
        verdicts = run_all(Path(folder), cells, count)
    print(f"{time.monotonic() - began:.0f} s")
    if not wanted:
        TABLE.write_text(table.page(verdicts, count))
    print(table.closing(verdicts))
    if idle := [f"{one.name} ({one.idle})" for one in verdicts if one.idle]:
        sys.exit(f"chaos: nothing is proved where what was to go wrong never did: {'; '.join(idle)}")
    sys.exit(0 if all(one.good for one in verdicts) else 1)


def run_all(var: Path, cells: list, count: int) -> list:
    """Every round on one stack of servers, in that folder."""
    from app.core.settings import override
    from app.local.servers import Postgres, Valkey

    postgres, valkey = Postgres(var / "postgres"), Valkey(var / "valkey")
    try:
        override(
            database_url=postgres.start(), redis_url=valkey.start(), var_dir=var, private_hosts=["127.0.0.1"],
            log_level="ERROR", _env_file=None,
        )  # fmt: skip
        from app import the_app
        from app.core.migrate import upgrade

        upgrade(postgres.url)
        return judged(the_app(), postgres, valkey, var, cells, count)
    finally:
        valkey.stop()
        postgres.stop()


def judged(app, postgres, valkey, var: Path, cells: list, count: int) -> list:
    from benchmarks.chaos.running import Run, Stack
    from benchmarks.chaos.verdict import judge

    stack, verdicts = Stack(app, postgres, valkey, var, large=count >= 100), []
    large = count >= 100
    try:
        for group in rounds(cells, small=not large):
            run = Run(stack, group, count, large=large)
            run.go(BOUND)
            for cell in group:
                verdicts.append(judge(run, cell))
                print(("ok   " if verdicts[-1].good else "BAD  ") + str(verdicts[-1]), flush=True)
            stack.platforms.ask("forget")
    finally:
        stack.end()
        if not all(one.good for one in verdicts) or len(verdicts) < len(cells):
            Path(tempfile.gettempdir(), "slogan-chaos.log").write_bytes(stack.log.read_bytes())
    return verdicts


if __name__ == "__main__":
    main()
