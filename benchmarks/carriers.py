"""Who carries the blocks of a small check: collude's own threads, or joblib's. Prints the ratio of times."""

from collections.abc import Callable
from time import perf_counter

from joblib import Parallel, delayed

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.context import CheckContext, CheckOptions
from collude.enumerate.checks.scans.find import scan_of
from collude.models.library.auctions import second_price
from collude.models.library.environments import auction

RUNS = 20


def fastest(act: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    times = []
    for _ in range(RUNS):
        started = perf_counter()
        act()
        times.append(perf_counter() - started)
    return min(times)


def main() -> None:
    """One line for each size: blocks, both times, ratio."""
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


if __name__ == "__main__":
    main()
