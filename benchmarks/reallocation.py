"""Speed of reallocation-proofness, as ratios in one run: against the naive enumeration, against group strategy-proofness,
over the number of agents, and with two threads.

    python benchmarks/reallocation.py [--profiles 4] [--json]

Fixed price, all increasing vectors of 2 out of 6 marginal costs (15 types); the naive enumeration of (profile, coalition,
joint misreport, split) is timed on a sample of profiles.
"""

import argparse
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.check import run_scan
from collude.enumerate.checks.context import CheckContext, CheckOptions
from collude.enumerate.checks.scans.find import scan_of
from collude.kernels import count_violations, extension_counts, make_outcome_sets, reachable
from collude.kernels.deals.deals import count_deals
from collude.kernels.deals.naive_deals import naive_deals
from collude.models.goods import goods_of, truth_table
from collude.models.library.environments import procurement
from collude.models.library.procurement import fixed_price, vcg_procurement
from collude.models.mechanism import Mechanism


def best_of(function: Callable[[], object], repeats: int = 7) -> float:
    """Shortest of several runs, in seconds, after one that compiles."""
    function()
    times = []
    for _ in range(repeats):
        started = perf_counter()
        function()
        times.append(perf_counter() - started)
    return min(times)


def pairs(mechanism: Mechanism) -> int:
    """Number of (profile, coalition) pairs."""
    return mechanism.environment.profiles * (2**mechanism.environment.agents - 1)


def example(agents: int) -> Mechanism:
    """The fixed-price mechanism of the benchmark."""
    return fixed_price(procurement(agents, range(1, 7), units=2), price="7/2")


def deals_ns(mechanism: Mechanism) -> float:
    """Nanoseconds per (profile, coalition) of the whole reallocation check on one thread, tables included."""
    goods, truth = goods_of(mechanism, True), truth_table(mechanism)
    return 1e9 * best_of(lambda: count_deals(mechanism.table, goods, truth)) / pairs(mechanism)


def group_ns(mechanism: Mechanism) -> float:
    """The same of group strategy-proofness: `reachable` and `count_violations`."""
    table, n = mechanism.table, mechanism.environment.agents
    masks, extensions = make_outcome_sets(table), extension_counts(n, 1, n)

    def check() -> None:
        reach = reachable(table.outcome, table.sizes, mechanism.outcomes)
        count_violations(table, masks, reach, extensions, (0, mechanism.environment.profiles), 2**62)

    return 1e9 * best_of(check) / pairs(mechanism)


def naive_ns(mechanism: Mechanism, profiles: int) -> float:
    """The naive enumeration on the first, the last and other profiles, evenly spread."""
    goods, n = goods_of(mechanism, True), mechanism.environment.agents
    naive_deals(mechanism.table, goods, (0, 1), 1)
    places = np.linspace(0, mechanism.environment.profiles - 1, profiles).astype(int).tolist()
    started = perf_counter()
    for place in places:
        naive_deals(mechanism.table, goods, (place, place + 1), n)
    return 1e9 * (perf_counter() - started) / (profiles * (2**n - 1))


def threads_ratio(mechanism: Mechanism) -> float:
    """How much faster two threads answer than one, through the axiom's blocks."""
    axiom = find_axiom("reallocation-proof")
    scans = {jobs: scan_of(axiom, CheckContext(mechanism, CheckOptions(), Threads(jobs))) for jobs in (1, 2)}
    shortest = {1: float("inf"), 2: float("inf")}
    for _ in range(7):
        for jobs, scan in scans.items():
            started = perf_counter()
            run_scan(scan)
            shortest[jobs] = min(shortest[jobs], perf_counter() - started)
    return shortest[1] / shortest[2]


def processors(mechanism: Mechanism) -> float:
    """What the machine gives two threads that share nothing: a bound on the ratio above."""
    goods, n = goods_of(mechanism, True), mechanism.environment.agents

    def spin(place: int) -> None:
        naive_deals(mechanism.table, goods, (place, place + 100), n)

    spin(0)
    alone = best_of(lambda: [spin(0), spin(100)], 5)
    with ThreadPoolExecutor(2) as pool:
        return alone / best_of(lambda: list(pool.map(spin, (0, 100))), 5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=4, help="profiles on which the naive enumeration is timed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    by_agents = {n: deals_ns(example(n)) for n in (3, 4, 5)}
    group = group_ns(example(4))
    naive = naive_ns(example(4), options.profiles)
    vcg = deals_ns(vcg_procurement(procurement(4, range(1, 7), units=2), target=3))
    figures = {
        "ns per (profile, coalition), fixed price, 4 agents": by_agents[4],
        "the same, naive enumeration": naive,
        "times faster than naive (>= 100,000)": naive / by_agents[4],
        "times group strategy-proofness (<= 10)": by_agents[4] / group,
        "cost with 5 agents / with 3 (<= 1.6)": by_agents[5] / by_agents[3],
        "two threads (>= 1.7)": threads_ratio(example(5)),
        "two threads that share nothing, here and now": processors(example(3)),
        "ns per (profile, coalition), VCG for 3 units, 4 agents": vcg,
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:66} {value:14,.2f}")


if __name__ == "__main__":
    main()
