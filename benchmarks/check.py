"""The check against its baselines, ratios in one run: naive pair loop, C, scaling in n, threads, memory, building."""

import argparse
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import Row, median, paired, run_c, seconds, show
from packed import packed_pairs
from plain import plain_pairs

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.check import run_scan
from collude.enumerate.checks.context import CheckContext, CheckOptions, lattice_bytes
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import verdict_on
from collude.kernels import (
    Table,
    best_violation,
    count_violations,
    extension_counts,
    make_outcome_sets,
    naive_pairs,
    naive_violations,
    reachable,
)
from collude.models.library.auctions import first_price, posted_price, second_price, top_value
from collude.models.library.environments import auction
from collude.models.mechanism import Mechanism

GSP = "group-strategy-proof"
WARM = 100  # calls in a row at n=4, where one takes 0.3 ms and after another long loop finds cold caches


def count(mechanism: Mechanism) -> int:
    """From table to count on one core: lattice, masks, all profiles."""
    table = mechanism.table
    n = mechanism.environment.agents
    reach = reachable(table.outcome, table.sizes, mechanism.outcomes)
    span = (0, mechanism.environment.profiles)
    return int(count_violations(table, make_outcome_sets(table), reach, extension_counts(n, 1, n), span, 2**62)[0])


def with_threads(mechanism: Mechanism, jobs: int) -> None:
    """The same through the driver, with threads."""
    options = CheckOptions(count="coalitions", witness=False)
    run_scan(scan_of(find_axiom(GSP), CheckContext(mechanism, options, Threads(jobs))))


def against_naive() -> list[Row]:
    """The whole thing at n=4 against loops over all 10^8 ordered pairs: as anybody would first write it; with everybody's
    stance on every outcome tabled beforehand, and the same with coalitions (the only one that counts what we count); and
    the hardest one we know, with packed types."""
    mechanism = second_price(auction(4, range(10)))
    table, everything = mechanism.table, (0, 10**4)
    loops: dict[str, tuple[Callable[[], Any], float | None]] = {
        "naive pair loop": (lambda: plain_pairs(table, everything), 800),
        "the same with tabled stances": (lambda: naive_pairs(table, everything), None),
        "the same with coalitions": (lambda: naive_violations(table, everything, 4, False), None),
        "packed pair loop": (lambda: packed_pairs(table, everything), None),
    }
    rows = []
    for name, (loop, target) in loops.items():
        ours, theirs = paired(lambda: [count(mechanism) for _ in range(WARM)], loop, 7)
        detail = f"{theirs:.3f} s / {ours / WARM * 1e3:.3f} ms, {theirs * 10:.2f} ns per pair"
        rows.append(Row(f"n=4 K=10: {name} / ours", theirs / ours * WARM, target, detail=detail))
    return rows


def pair_seconds(loop: Callable[..., Any], table: Table, spans: list[tuple[int, int]]) -> float:
    """Seconds per ordered pair of a naive loop, without what it prepares once per call; median of three."""
    pairs = sum(stop - start for start, stop in spans) * len(table.outcome)
    fixed = median(lambda: loop(table, (0, 0)), 5)
    return (median(lambda: [loop(table, span) for span in spans], 3) - len(spans) * fixed) / pairs


def pair_rates() -> list[Row]:
    """Ordered pairs per second at n=6, one core; the naive loops on true profiles spread over the whole table."""
    mechanism = second_price(auction(6, range(10)))
    starts = np.random.default_rng(0).integers(0, 10**6 - 16, 12)
    spans = [(int(start), int(start) + 16) for start in starts]
    ours = 10**12 / median(lambda: count(mechanism), 7)
    rows = []
    loops = (("naive", plain_pairs, 20_000), ("tabled naive", naive_pairs, None), ("packed naive", packed_pairs, None))
    for name, loop, target in loops:
        theirs = 1 / pair_seconds(loop, mechanism.table, spans)
        detail = f"{ours:.2e} / {theirs:.2e} pairs per second"
        rows.append(Row(f"n=6 K=10: pairs per second, ours / {name}", ours / theirs, target, detail=detail))
    return rows


def against_c() -> list[Row]:
    """The same algorithm in C, best of several on both sides."""
    rows = []
    for n in (4, 5, 6):
        mechanism = second_price(auction(n, range(10)))
        expected, theirs = run_c(mechanism.table, 15)
        if count(mechanism) != expected:
            raise SystemExit(f"C counts {expected}, the kernels {count(mechanism)}")
        ours = min(seconds(lambda m=mechanism: count(m)) for _ in range(15))
        rows.append(Row(f"n={n} K=10: C / ours", theirs / ours, 0.8, detail=f"{theirs:.2e} s / {ours:.2e} s"))
    return rows


def scaling(largest: int) -> list[Row]:
    """Nanoseconds per (profile, coalition), n=4 to `largest`."""
    costs = {}
    for n in range(4, largest + 1):
        mechanism = second_price(auction(n, range(10)))
        costs[n] = median(lambda m=mechanism: count(m), 5 if n < 7 else 3) * 1e9 / (10**n * (2**n - 1))
    detail = ", ".join(f"n={n}: {cost:.2f} ns" for n, cost in costs.items())
    growth = max(costs[n] for n in range(5, largest + 1)) / costs[4]
    return [Row("cost per (profile, coalition): largest n>4 / n=4", growth, at_most=1.5, detail=detail)]


def threads(agents: list[int]) -> list[Row]:
    """Two threads against one, through the driver."""
    rows = []
    for n in agents:
        mechanism = second_price(auction(n, range(10)))
        one, two = paired(
            lambda m=mechanism: with_threads(m, 1), lambda m=mechanism: with_threads(m, 2), 25 if n < 7 else 3
        )
        rows.append(Row(f"n={n} K=10: two threads", one / two, 1.7, detail=f"{one:.3f} s / {two:.3f} s"))
    return rows


def verdict(mechanism: Mechanism, witness: bool) -> None:
    """The count through the driver on one core; with the worst violation, the verdict is written and checked too."""
    context = CheckContext(mechanism, CheckOptions(count="coalitions", witness=witness), Threads(1))
    scan = scan_of(find_axiom(GSP), context)
    total = run_scan(scan)
    if witness:
        verdict_on(scan, total, 0.0)


def witnesses() -> list[Row]:
    """A whole verdict with the worst violation against the count alone."""
    rows = []
    top = partial(top_value, price=4)
    auctions = [("second price", second_price, 6), ("first price", first_price, 5)]
    auctions += [("second price", second_price, 4), ("top value", top, 4)]
    for name, rule, n in auctions:
        mechanism = rule(auction(n, range(10)))
        plain, whole = paired(lambda m=mechanism: verdict(m, False), lambda m=mechanism: verdict(m, True), 25)
        detail = f"{whole * 1e3:.1f} ms / {plain * 1e3:.1f} ms"
        rows.append(Row(f"{name} n={n} K=10: verdict with witness / count", whole / plain, at_most=2.5, detail=detail))
    return rows


def over_two_words(table: Table) -> Table:
    """The same mechanism, its outcomes renumbered evenly over 0..127."""
    outcomes = table.allocation.shape[1]
    numbers = np.linspace(0, 127, outcomes).astype(np.int32)
    allocation = np.zeros((len(table.sizes), 128), np.int32)
    allocation[:, numbers] = table.allocation
    return table._replace(outcome=numbers[table.outcome], allocation=allocation)


def words() -> list[Row]:
    """Count and worst violation, the same outcomes in two words against one."""
    rows = []
    for n in (5, 6):
        table = second_price(auction(n, range(10))).table
        calls = {}
        for number, same in ((1, table), (2, over_two_words(table))):
            reach = reachable(same.outcome, same.sizes, same.allocation.shape[1])
            sets, extensions, span = make_outcome_sets(same), extension_counts(n, 1, n), (0, len(same.outcome))
            calls["count", number] = partial(count_violations, same, sets, reach, extensions, span, 2**62)
            calls["worst violation", number] = partial(best_violation, same, sets, reach, extensions, span, 0)
        pairs = len(table.outcome) * (2**n - 1)
        for what in ("count", "worst violation"):
            one, two = paired(calls[what, 1], calls[what, 2], 25)
            detail = f"{two / pairs * 1e9:.2f} ns / {one / pairs * 1e9:.2f} ns per (profile, coalition)"
            rows.append(Row(f"n={n} K=10: {what}, two words / one", two / one, at_most=2.5, detail=detail))
    return rows


def peak_memory() -> int:
    """Peak bytes of this process. On Linux from its own map: ru_maxrss of a child starts from its parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(next(line.split()[1] for line in status.open() if line.startswith("VmHWM")))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def memory() -> list[Row]:
    """Peak memory of a fresh process that checks n=6, against 1.5 times table and lattice, plus 300 MB."""
    done = subprocess.run([sys.executable, __file__, "--peak", "6"], capture_output=True, text=True, check=True)
    peak, needed = (int(word) for word in done.stdout.split())
    return [Row("n=6 K=10: peak memory, MB", peak / 1e6, at_most=(1.5 * needed + 300e6) / 1e6)]


def building() -> list[Row]:
    """Seconds to build 10^6 profiles of each named auction."""
    env = auction(6, range(10))
    rules = {
        "second-price": lambda: second_price(env),
        "first-price": lambda: first_price(env),
        "posted-price": lambda: posted_price(env, price="9/2"),
        "top-value": lambda: top_value(env, price="17/2"),
    }
    return [Row(f"build {name}, 10^6 profiles, s", median(rule, 3), at_most=1) for name, rule in rules.items()]


def main() -> None:
    """Measure and print; --quick leaves out n=7."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak", type=int)
    options = parser.parse_args()
    if options.peak:
        mechanism = second_price(auction(options.peak, range(10)))
        with_threads(mechanism, 1)
        print(peak_memory(), 4 * mechanism.environment.profiles + lattice_bytes(mechanism))
        return
    largest = 6 if options.quick else 7
    rows = [*against_naive(), *pair_rates(), *against_c(), *scaling(largest), *threads(list(range(6, largest + 1)))]
    show("collude check", [*rows, *witnesses(), *words(), *memory(), *building()], options.json)


if __name__ == "__main__":
    main()
