"""Do the incentives of large coalitions take care of small ones? Not as inequalities: a linear program shows by how much.

Among budget-balanced transfers for the efficient alternative that leave no coalition of certain sizes a profitable joint
misreport in expectation, what is the most that a coalition of another size can gain?
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import floor

import numpy as np

from collude.models.beliefs import beliefs_of
from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.files.tables import choice_rows
from collude.models.library.expected_externality import truthful_payoffs
from collude.models.mechanism import Mechanism, show_type
from collude.programs.decide import ProgramAnswer, decide
from collude.programs.dominance import MOST_ROWS, Coalition, all_coalitions, with_transfers
from collude.programs.exact import Program

Row = dict[int, int]


@dataclass(frozen=True)
class _Trial:
    """A joint misreport whose gain is made as large as possible: `whole` times it is `gain` plus `row` times the transfers."""

    coalition: Coalition
    types: tuple[int, ...]
    report: tuple[int, ...]
    row: Row
    gain: int
    whole: int


@shown
@dataclass(frozen=True)
class Descent:
    """How much a coalition of a free size can gain while no coalition of the other sizes does.

    Attributes
    ----------
    gain : Fraction or None
        The most that some coalition can expect, in money; None if there is no limit.
    coalition, types, report : tuple of int
        By which joint misreport: its members, and their true and reported type indices.
    mechanism : Mechanism
        With transfers that allow it; without a limit, with some by which it gains.
    """

    gain: Fraction | None
    coalition: Coalition
    types: tuple[int, ...]
    report: tuple[int, ...]
    mechanism: Mechanism

    def story(self) -> list[str]:
        """The answer in words, line by line."""
        env = self.mechanism.environment
        if self.gain == 0:
            return ["under all balanced transfers by which no other coalition gains, these do not gain either"]
        who, true, told = (
            ", ".join(words)
            for words in zip(
                *(
                    (env.labels[i], show_type(env.types[i][k]), show_type(env.types[i][r]))
                    for i, k, r in zip(self.coalition, self.types, self.report, strict=True)
                ),
                strict=True,
            )
        )
        gain, more = (
            ("more than any amount", "by these transfers, among others, it gains:")
            if self.gain is None
            else (str(self.gain), "no coalition of these sizes can gain more:")
        )
        return [
            f"there are balanced transfers by which no other coalition gains, but {{{who}}} of types ({true}) gains {gain} "
            f"by reporting ({told}); {more}",
            *(
                f"  ({', '.join(row['types'])})  {row['alternative']}  transfers {'  '.join(row['transfers'])}"
                for row in choice_rows(self.mechanism)
            ),
        ]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "gain": None if self.gain is None else str(self.gain),
            "coalition": list(self.coalition),
            "types": list(self.types),
            "report": list(self.report),
            "table": list(choice_rows(self.mechanism)),
        }


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
        For another environment or other sizes, or without the extra `programs`.
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
                trials.append(_Trial(coalition, types, report, row, gain, whole))
            else:
                program.at_most(row, -gain)
            if len(program.rows) > MOST_ROWS:
                raise SizeError(f"there are more than {MOST_ROWS} inequalities; use fewer types", MOST_ROWS)
    if not trials:
        raise InputError(
            f"coalitions of sizes {sorted(sizes)} have nothing else to report: their agents have one type each"
        )
    return _largest(base, program, trials)


def _largest(base: Mechanism, program: Program, trials: Iterable[_Trial]) -> Descent:
    """The largest gain of all trials; the first one without a limit if there is one."""
    scale = base.environment.scale
    best: Descent | None = None
    for trial in trials:
        program.cost = {j: -entry for j, entry in trial.row.items()}
        answer = decide(program)
        if answer.optimum is None:
            steps = _steps(program, trial.gain, answer)
            point = [(x + steps * step) / scale for x, step in zip(answer.point, answer.ray, strict=True)]
            mechanism = with_transfers(base, point, "descent")
            return Descent(None, trial.coalition, trial.types, trial.report, mechanism)
        value = (trial.gain - answer.optimum.value) / trial.whole / scale
        if best is None or best.gain is None or value > best.gain:
            mechanism = with_transfers(base, [x / scale for x in answer.optimum.x], "descent")
            best = Descent(value, trial.coalition, trial.types, trial.report, mechanism)
    assert best is not None
    return best


def _steps(program: Program, gain: int, answer: ProgramAnswer) -> int:
    """How far to go along a direction of endless gain until there is one."""
    cost, fall = (
        sum((entry * x[j] for j, entry in program.cost.items()), Fraction(0)) for x in (answer.point, answer.ray)
    )
    return max(0, floor((gain - cost) / fall) + 1)


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
