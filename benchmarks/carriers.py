"""Who carries the work. Blocks of a small check: a plain pool of threads against joblib's, as a ratio of times. A run: many small
chunks against one, as ratios of times and of this process's processor times."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from joblib import Parallel, delayed

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.context import CheckContext, CheckOptions
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.searches.search import search
from collude.models.library.auctions import second_price
from collude.models.library.environments import auction
from collude.models.space import outcome_space

RUNS = 20


def fastest(act: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    times = []
    for _ in range(RUNS):
        started = perf_counter()
        act()
        times.append(perf_counter() - started)
    return min(times)


def run_seconds(chunks: int, backend: str) -> tuple[float, float]:
    """(seconds, seconds of this process's processor time) of a search of two seconds, cut into chunks."""
    space = outcome_space(auction(2, range(3)), range(-2, 3))
    with TemporaryDirectory() as folder:
        started, worked = perf_counter(), process_time()
        require = ["strategy-proof", "individually-rational"]
        search(space, require=require, chunks=chunks, backend=backend, jobs=2, out=str(Path(folder) / "run"))
        return perf_counter() - started, process_time() - worked


def print_runs() -> None:
    """One line for each back end: 10,000 chunks against one."""
    print("back end     one s  10,000 s  ratio  processor")
    run_seconds(1, "serial")
    for backend in ("serial", "threads", "processes"):
        (one, worked), (many, more) = (
            map(min, zip(*(run_seconds(chunks, backend) for _ in range(3)), strict=True)) for chunks in (1, 10_000)
        )
        ratio = "        -" if backend == "processes" else f"{more / worked:9.2f}"
        print(f"{backend:10} {one:7.2f} {many:9.2f} {many / one:6.2f}  {ratio}")


def main() -> None:
    """One line for each size: blocks, both times, ratio; then runs."""
    print("agents values blocks   own ms  joblib ms  ratio")
    for agents, values in ((3, 10), (4, 10), (5, 10), (6, 8)):
        context = CheckContext(second_price(auction(agents, range(values))), CheckOptions(), Threads(2))
        scan = scan_of(find_axiom("group-strategy-proof"), context)
        scan.prepare()
        blocks = scan.blocks()
        own = fastest(lambda scan=scan, blocks=blocks: list(Threads(2).map(scan.run, blocks)))  # type: ignore[misc]
        other = fastest(
            lambda scan=scan, blocks=blocks: list(  # type: ignore[misc]
                Parallel(2, backend="threading", return_as="generator")(delayed(scan.run)(block) for block in blocks)
            )
        )
        print(f"{agents:6} {values:6} {len(blocks):6} {own * 1e3:8.2f} {other * 1e3:10.2f} {other / own:6.1f}")
    print_runs()


if __name__ == "__main__":
    main()
