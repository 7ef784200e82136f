"""What the benchmarks share: paired timing in one process, tables of figures against targets, the C comparison."""

import json
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as Grid

from collude.kernels import Table

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, the figure, the target ("at least" or "at most" a number), and how it was got."""

    what: str
    figure: float
    at_least: float | None = None
    at_most: float | None = None
    detail: str = ""

    @property
    def met(self) -> bool:
        """True if the figure meets its target, or has none."""
        low = self.at_least is None or self.figure >= self.at_least
        return low and (self.at_most is None or self.figure <= self.at_most)


def seconds(function: Callable[[], Any]) -> float:
    """Seconds of one call."""
    started = perf_counter()
    function()
    return perf_counter() - started


def paired(first: Callable[[], Any], second: Callable[[], Any], runs: int = 5) -> tuple[float, float]:
    """Median seconds of two functions, run in turn after one warm-up each."""
    first(), second()
    times = [(seconds(first), seconds(second)) for _ in range(runs)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def median(function: Callable[[], Any], runs: int = 5) -> float:
    """Median seconds after one warm-up."""
    function()
    return statistics.median(seconds(function) for _ in range(runs))


def show(title: str, rows: list[Row], as_json: bool) -> None:
    """Print the figures against their targets."""
    if as_json:
        print(json.dumps([{**asdict(row), "met": row.met} for row in rows]))
        return
    grid = Grid(title=title, box=None, padding=(0, 2), title_justify="left")
    for heading in ("what", "figure", "target", "", "how"):
        grid.add_column(heading)
    for row in rows:
        target = f">= {row.at_least:g}" if row.at_least is not None else ""
        target = f"<= {row.at_most:g}" if row.at_most is not None else target
        grid.add_row(row.what, f"{row.figure:,.4g}", target, "ok" if row.met else "SHORT", row.detail)
    Console(width=150).print(grid)


def write_table(table: Table, path: Path) -> None:
    """Write a kernel table in the form that lattice.c reads."""
    n, outcomes = table.allocation.shape
    head = [n, len(table.outcome), outcomes, table.utility.shape[1], table.utility.shape[2]]
    with path.open("wb") as file:
        for array in (np.array(head, np.int64), table.sizes, table.outcome, table.allocation, table.utility):
            file.write(np.ascontiguousarray(array).tobytes())


def run_c(table: Table, repetitions: int) -> tuple[int, float]:
    """(violating pairs, best seconds) of the C program, compiled here and now with -O3 -march=native."""
    with tempfile.TemporaryDirectory() as folder:
        program, data = Path(folder) / "lattice", Path(folder) / "table.bin"
        subprocess.run(["cc", "-O3", "-march=native", "-o", program, HERE / "lattice.c"], check=True)
        write_table(table, data)
        done = subprocess.run([program, data, str(repetitions)], check=True, capture_output=True, text=True)
    count, best = done.stdout.split()
    return int(count), float(best)
