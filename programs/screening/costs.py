"""Gains of a fixed reallocation from high to low types, and the transaction costs that private information makes of them."""

from dataclasses import dataclass
from fractions import Fraction
from math import comb

from collude.models.errors import InputError
from collude.models.screening.problem import ScreeningProblem
from collude.programs.exact import Program, solve


@dataclass(frozen=True)
class TransactionCost:
    """What it gains and costs to hand low types some of what high types buy, in mixed profiles with so many high types.

    Reports are truthful, and every low type's quantity rises by dq where m of n buyers are of the high type, 0 < m < n.

    Attributes
    ----------
    moved : int
        dq, in steps.
    high_members : int
        m.
    gain : Fraction
        The expected gain in surplus.
    cost : Fraction
        The expected rent that the high types must be left for it. The reallocation is feasible for a third party who chooses
        only side payments iff the gain is at least that.
    """

    moved: int
    high_members: int
    gain: Fraction
    cost: Fraction

    @property
    def feasible(self) -> bool:
        """True if the gain covers the cost."""
        return self.gain >= self.cost

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "moved": self.moved,
            "high_members": self.high_members,
            "gain": str(self.gain),
            "cost": str(self.cost),
            "feasible": self.feasible,
        }


def transaction_costs(
    problem: ScreeningProblem, low: int, high: int, *, high_members: int = 1
) -> tuple[TransactionCost, ...]:
    """Gain and transaction cost of every amount that low types could be handed, for two types.

    Parameters
    ----------
    problem : ScreeningProblem
        Two types.
    low, high : int
        Steps that each type buys.
    high_members : int
        Number m of buyers of the high type among the n; each hands on (n - m) dq / m steps, which must be whole.

    Returns
    -------
    tuple of TransactionCost
        By the number of steps that are moved.

    Raises
    ------
    InputError
        For other numbers of types, or m outside 1..n-1.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 8 and Remark 6.

    Examples
    --------
    >>> from collude.models.screening.problem import screening_problem
    >>> from collude.programs.screening.costs import transaction_costs
    >>> tiny = screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> [(x.moved, int(x.gain), int(x.cost)) for x in transaction_costs(tiny, 1, 3)]
    [(1, 4, 8), (2, -14, 14), (3, -54, 18)]
    """
    if problem.types != 2:
        raise InputError(f"gains and transaction costs are defined for two types, not {problem.types}")
    n, m = problem.buyers, high_members
    if not 1 <= m < n:
        raise InputError(f"the number of high types must be from 1 to {n - 1}, not {m}")
    p, u = problem.prior[0], problem.utility
    theta_low, theta_high = problem.valuations
    found = []
    for moved in range(1, min(high * m // (n - m), problem.most - low) + 1):
        if (n - m) * moved % m:
            continue
        up, down = u[low + moved] - u[low], u[high] - u[high - (n - m) * moved // m]
        gain = comb(n, m) * p ** (n - m) * (1 - p) ** m * ((n - m) * theta_low * up - m * theta_high * down)
        rent = n * comb(n - 1, m) * (1 - p) ** (m + 1) * p ** (n - 1 - m) * (theta_high - theta_low) * up
        found.append(TransactionCost(moved, m, gain, rent))
    return tuple(found)


def smallest_deficit(problem: ScreeningProblem, low: int, high: int, moved: int) -> Fraction | None:
    """The least money that a third party must add so that moving quantity from high to low types is feasible.

    Two buyers of two types report truthfully, and steps are moved in mixed profiles only; he chooses side payments, subject to
    incentive and participation constraints of both types.

    Parameters
    ----------
    problem : ScreeningProblem
        Two buyers, two types.
    low, high : int
        Steps that each type buys.
    moved : int
        Steps that are handed over.

    Returns
    -------
    Fraction or None
        In money: cost less gain, at most 0 iff the reallocation pays for itself. None if no payments are incentive compatible,
        because the low type would then expect more utility than the high type.

    Raises
    ------
    InputError
        For other problems, or without the extra `programs`.

    Notes
    -----
    A linear program with two unknowns, the expected side payment of each type.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 8.
    """
    if (problem.buyers, problem.types) != (2, 2):
        raise InputError("this is defined for two buyers of two types")
    p, u = problem.prior[0], problem.utility
    theta = problem.valuations
    before = (u[low], u[high])
    after = (p * u[low] + (1 - p) * u[low + moved], p * u[high - moved] + (1 - p) * u[high])
    if after[1] < after[0]:
        return None
    program = Program(2, {0: -2 * p, 1: -2 * (1 - p)})  # unknowns: expected side payments to the third party
    for k, r in ((0, 1), (1, 0)):
        slack = theta[k] * (before[k] - before[r]) - (_interim(problem, low, high, k) - _interim(problem, low, high, r))
        gained = theta[k] * (after[k] - before[k]) - theta[k] * (after[r] - before[r])
        program.at_most({k: 1, r: -1}, slack + gained)
    for k in range(2):
        program.at_most({k: 1}, theta[k] * (after[k] - before[k]))
    return solve(program).value


def _interim(problem: ScreeningProblem, low: int, high: int, type_index: int) -> Fraction:
    """Expected payment of a type when BIR of the low type and BIC of the high type bind."""
    theta, u = problem.valuations, problem.utility
    base = theta[0] * u[low]
    return base if type_index == 0 else base + theta[1] * (u[high] - u[low])
