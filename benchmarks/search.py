"""Speed of the search: ratios to CP-SAT and to a SAT solver, scaling with voters and workers, memory. Run it by itself:

    python benchmarks/search.py [--long]

Every contestant is measured in the same process, building included: the solvers get the clauses of `enumerate/certify/cnf.py`.
"""

import argparse
import resource
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

import collude as co
from collude.axioms.core.registry import require
from collude.enumerate.certify.cnf import encode
from collude.enumerate.certify.second_opinion import count_cpsat, count_sat
from collude.enumerate.listings.recheck import pairs_within
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace, outcome_space

GSP = "group-strategy-proof"


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """(shortest seconds, last result)."""
    shortest, result = float("inf"), None
    for _ in range(times):
        started = perf_counter()
        result = work()
        shortest = min(shortest, perf_counter() - started)
    return shortest, result


def count_tables(space: OutcomeSpace, axioms: Sequence[str]) -> int:
    """CP-SAT on integer variables with a table of allowed pairs for each pair of profiles, one thread."""
    from ortools.sat.python import cp_model

    required = require(axioms, space)
    made = encode(space, required)
    model = cp_model.CpModel()
    unknown = [model.new_int_var_from_domain(cp_model.Domain.from_values(v.tolist()), "") for v in made.values]
    menu = Menu(space.environment, space.bundle, space.transfer, space.scale)
    for axiom in required:
        for p, q in pairs_within(menu, axiom.reach(menu)):
            fits = axiom.fits(menu, menu.profiles[p], menu.profiles[q])
            if fits is None:
                continue
            rows, columns = made.values[p], made.values[q]
            pairs = np.argwhere(fits[np.ix_(rows, columns)])
            allowed = np.column_stack([rows[pairs[:, 0]], columns[pairs[:, 1]]])
            model.add_allowed_assignments([unknown[p], unknown[q]], allowed.tolist())

    class Counter(cp_model.CpSolverSolutionCallback):
        """Counts."""

        count = 0

        def on_solution_callback(self) -> None:
            """One more."""
            self.count += 1

    solver, counter = cp_model.CpSolver(), Counter()
    solver.parameters.num_workers = 1
    solver.parameters.enumerate_all_solutions = True
    solver.solve(model, counter)
    return counter.count


def solvers(name: str, make: Callable[[], OutcomeSpace], axioms: Sequence[str], rivals: Sequence[str]) -> None:
    """One problem by the native search and by solvers, and the ratios."""
    native, found = best_of(5, lambda: co.search(make(), require=axioms, jobs=1, saturate=False))
    print(f"{name}: {found.count} mechanisms, native {native * 1000:.1f} ms")
    for rival in rivals:
        space = make()
        started = perf_counter()
        made = encode(space, require(axioms, space))
        built = perf_counter() - started
        solved, count = best_of(1, lambda m=made, r=rival: (count_cpsat if r == "cpsat" else count_sat)(m))
        assert count == found.count
        print(
            f"  {rival:6} {built + solved:7.2f} s (clauses {built:.2f}, solving {solved:.2f}): "
            f"{(built + solved) / native:.0f} times native, solving alone {solved / native:.0f} times"
        )


def by_tables(name: str, make: Callable[[], OutcomeSpace], axioms: Sequence[str]) -> None:
    """As `solvers`, for CP-SAT with tables of allowed pairs."""
    native, found = best_of(5, lambda: co.search(make(), require=axioms, jobs=1, saturate=False))
    seconds, count = best_of(1, lambda: count_tables(make(), axioms))
    assert count == found.count
    print(f"{name}: CP-SAT with tables {seconds:.2f} s, {seconds / native:.0f} times native ({native * 1000:.1f} ms)")


def voters() -> None:
    """Time per (solution x profile) from 3 to 5 voters."""
    each = {}
    for n in (3, 4, 5):
        env = co.voting(n, 3)
        seconds, found = best_of(3 if n < 5 else 1, lambda e=env: co.search(e, require=["strategy-proof"], jobs=1))
        each[n] = seconds * 1e9 / (found.count * found.profiles)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        about = f"{seconds:.3f} s, {each[n]:.1f} ns per (solution x profile), {memory:.0f} MB"
        print(f"{n} voters: {found.count} functions, {about}")
    print(f"  5 voters need {each[5] / each[3]:.2f} times as long per (solution x profile) as 3")


def workers(long: bool) -> None:
    """Two workers against one."""
    env = co.auction(2, [0, 1, 2])
    window, axioms = range(-3, 4) if long else range(-2, 3), ["strategy-proof", "individually-rational"]
    seconds = {}
    for jobs in (1, 2):
        started = perf_counter()
        found = co.search(env, transfers=window, require=axioms, jobs=jobs, chunks=256)
        seconds[jobs] = perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{jobs} workers: {found.count} mechanisms, {seconds[jobs]:.2f} s, digest {found.digest[:8]}, {memory:.0f} MB"
        )
    print(f"  two workers are {seconds[1] / seconds[2]:.2f} times as fast as one")


def main() -> None:
    """Everything, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="a search of more than 20 s for the workers")
    given = parser.parse_args()
    co.search(co.voting(2, 3), require=["strategy-proof"])
    both = ("cpsat", "sat")
    solvers("social choice, 4 voters", lambda: outcome_space(co.voting(4, 3)), ["strategy-proof"], both)
    values, window = co.auction(2, [0, 1, 2]), range(-2, 3)
    fair = [GSP, "symmetric", "normalised"]
    solvers("auction, 75 outcomes", lambda: outcome_space(values, window), fair, both)
    solvers("the same, not normalised", lambda: outcome_space(values, window), fair[:2], both[:1])
    by_tables("social choice, 4 voters", lambda: outcome_space(co.voting(4, 3)), ["strategy-proof"])
    by_tables("auction, 75 outcomes", lambda: outcome_space(values, window), fair)
    by_tables("the same, not normalised", lambda: outcome_space(values, window), fair[:2])
    voters()
    workers(given.long)


if __name__ == "__main__":
    main()
