"""Do the incentives of large coalitions take care of small ones? Not as inequalities: a linear program shows by how much.

Among budget-balanced transfers for the efficient alternative that leave no coalition of certain sizes a profitable joint
misreport in expectation, what is the most that a coalition of another size can gain?
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from collude.models.beliefs import beliefs_of
from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.library.expected_externality import truthful_payoffs
from collude.models.mechanism import Mechanism
from collude.programs.dominance import MOST_ROWS, Coalition, all_coalitions, with_transfers
from collude.programs.exact import Program, solve

Row = dict[int, int]


@dataclass(frozen=True)
class Descent:
    """How much a coalition of a free size can gain while no coalition of the other sizes does.

    Attributes
    ----------
    gain : Fraction
        The most that some coalition can expect, in money.
    coalition, types, report : tuple of int
        By which joint misreport: its members, and their true and reported type indices.
    mechanism : Mechanism
        With transfers that allow it.
    """

    gain: Fraction
    coalition: Coalition
    types: tuple[int, ...]
    report: tuple[int, ...]
    mechanism: Mechanism


def descent(environment: Environment, free: Iterable[int] = (1,)) -> Descent:
    """The most that a coalition of certain sizes can gain under transfers that leave no coalition of any other size a gain.

    Transfers sum to zero at every profile, the alternative is the efficient one, and gains are expectations given the members'
    types, the others telling the truth. The answer is a proved optimum over all such transfers.

    Parameters
    ----------
    environment : Environment
        A public choice with payoffs and an independent prior.
    free : iterable of int
        The sizes of coalitions that may gain.

    Returns
    -------
    Descent

    Raises
    ------
    NotApplicableError
        Without an independent prior.
    InputError
        For another environment or other sizes, if the gain has no limit, or without the extra `programs`.
    SizeError
        If the program is too large.

    References
    ----------
    Safronov (2016), Remark 1.
    """
    base, _ = truthful_payoffs(environment)
    n, profiles, sizes = environment.agents, environment.profiles, set(free)
    if not sizes or not sizes <= set(range(1, n + 1)):
        raise InputError(f"the free sizes {sorted(sizes)} must be from 1 to {n}")
    program = Program(n * profiles)
    for p in range(profiles):
        program.exactly({p * n + i: 1 for i in range(n)}, 0)
    trials = []
    for coalition in all_coalitions(n):
        for types, report in _deviations(environment, coalition):
            row, gain, whole = _inequality(base, coalition, types, report)
            if len(coalition) in sizes:
                trials.append((coalition, types, report, row, gain, whole))
            else:
                program.at_most(row, -gain)
            if len(program.rows) > MOST_ROWS:
                raise SizeError(f"there are more than {MOST_ROWS} inequalities; use fewer types", MOST_ROWS)
    best: Descent | None = None
    for coalition, types, report, row, gain, whole in trials:
        program.cost = {j: -entry for j, entry in row.items()}
        optimum = solve(program)
        value = (gain - optimum.value) / whole / environment.scale
        if best is None or value > best.gain:
            mechanism = with_transfers(base, [x / environment.scale for x in optimum.x], "descent")
            best = Descent(value, coalition, types, report, mechanism)
    assert best is not None
    return best


def _deviations(environment: Environment, coalition: Coalition) -> Iterable[tuple[tuple[int, ...], tuple[int, ...]]]:
    points = list(product(*(range(environment.sizes[i]) for i in coalition)))
    return ((types, report) for types, report in product(points, points) if types != report)


def _inequality(
    base: Mechanism, coalition: Coalition, types: tuple[int, ...], report: tuple[int, ...]
) -> tuple[Row, int, int]:
    """(coefficients of the transfers, gain without them, whole): `whole` times what the coalition expects to gain."""
    env = base.environment
    beliefs = beliefs_of(env)
    outside = [j for j in range(env.agents) if j not in coalition]
    row: Row = {}
    gain = 0
    truth, told = [0] * env.agents, [0] * env.agents
    for i, k, r in zip(coalition, types, report, strict=True):
        truth[i], told[i] = k, r
    for others in product(*(range(env.sizes[j]) for j in outside)):
        weight = int(np.prod([beliefs.weights[j, k] for j, k in zip(outside, others, strict=True)], dtype=np.int64))
        for j, k in zip(outside, others, strict=True):
            truth[j] = told[j] = k
        there, reported = base.number(tuple(truth)), base.number(tuple(told))
        gain += weight * sum(base.gains(tuple(truth), tuple(told), coalition))
        for i in coalition:
            for place, sign in ((reported, 1), (there, -1)):
                j = place * env.agents + i
                row[j] = row.get(j, 0) + sign * weight
    return {j: entry for j, entry in row.items() if entry}, gain, beliefs.outside(coalition)
