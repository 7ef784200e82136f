"""What a seller would sell without a coalition: quantities that maximise ironed virtual surplus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.screening.problem import Multiset, ScreeningProblem, without

Quantities = tuple[tuple[int, ...], ...]
MOST_CHOICES = 2_000_000


@shown
@dataclass(frozen=True)
class QuantityOptimum:
    """Quantities that maximise the seller's profit when buyers cannot collude.

    quantity: as in `Sale`. alternatives: every optimal tuple of quantities by type, increasing; one entry unless the seller
    is indifferent (None where the cost is not linear: quantities then depend on the others). profit: expected profit.
    """

    problem: ScreeningProblem
    quantity: Quantities
    profit: Fraction
    alternatives: tuple[tuple[int, ...], ...] | None

    @property
    def unique(self) -> bool | None:
        """True if no other quantities are optimal; None if that was not looked for."""
        return None if self.alternatives is None else len(self.alternatives) == 1


def optimal_quantities(problem: ScreeningProblem, quantities: Sequence[int] | None = None) -> QuantityOptimum:
    """The best quantities of a seller who faces no coalition; ties are broken towards the smaller quantity.

    Parameters
    ----------
    problem : ScreeningProblem
    quantities : sequence of int, optional
        Steps by type, to choose among several optima of a linear cost (or to study others).

    Raises
    ------
    InputError
        If the given quantities do not increase weakly or leave the grid; if the cost is so convex that the best symmetric
        quantities on this grid are not incentive compatible.
    SizeError
        If a non-linear cost makes more than two million combinations.

    Notes
    -----
    With a linear cost: types times steps. Otherwise, for every multiset of types, steps to the power of its pools.
    With ironing and a non-linear cost, pooled types are treated alike.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 1 and 12, Remark 3.

    Examples
    --------
    >>> from collude.models.screening.optimum import optimal_quantities
    >>> from collude.models.screening.problem import screening_problem
    >>> tiny = screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> found = optimal_quantities(tiny)
    >>> found.quantity, str(found.profit), found.unique
    (((1, 1), (3, 3)), '96', True)
    """
    alternatives = _alternatives(problem) if is_linear(problem.cost) else None
    if quantities is not None:
        chosen = tuple(quantities)
        if len(chosen) != problem.types or any(not 0 <= q <= problem.most for q in chosen):
            raise InputError(f"quantities need one entry per type, from 0 to {problem.most} steps")
        if any(b < a for a, b in pairwise(chosen)):
            raise InputError("quantities must not fall from one type to the next")
        rule = tuple((q,) * len(problem.others) for q in chosen)
    elif alternatives is not None:
        rule = tuple((q,) * len(problem.others) for q in alternatives[0])
    else:
        rule = _by_profile(problem)
    return QuantityOptimum(problem, rule, virtual_profit(problem, rule), alternatives)


def is_linear(cost: Sequence[Fraction]) -> bool:
    """True if every further step costs the same.

    Parameters
    ----------
    cost
        Of 0, 1, 2, ... steps, in money.
    """
    return all(b - a == cost[1] for a, b in pairwise(cost))


def virtual_profit(problem: ScreeningProblem, quantity: Quantities) -> Fraction:
    """Expected profit if the lowest type expects 0 and every other one is indifferent to the report next below his type.

    Parameters
    ----------
    problem
        The sale.
    quantity
        As in `Sale`.

    Returns
    -------
    Fraction
        Expected virtual surplus less the cost of what is sold, in money.
    """
    found = Fraction(0)
    for profile in problem.profiles:
        bought = [quantity[k][problem.place[without(profile, k)]] for k in profile]
        surplus = sum(
            (problem.virtual_valuations[k] * problem.utility[q] for k, q in zip(profile, bought, strict=True)),
            Fraction(0),
        )
        found += problem.probability(profile) * (surplus - problem.cost[sum(bought)])
    return found


def _alternatives(problem: ScreeningProblem) -> tuple[tuple[int, ...], ...]:
    """All optimal quantities by type under a linear cost, in lexicographic order."""
    best = []
    for pool in problem.pools:
        value = problem.ironed_valuations[pool[0]]
        surplus = [value * u - c for u, c in zip(problem.utility, problem.cost, strict=False)]
        top = max(surplus)
        best.append([x for x, amount in enumerate(surplus) if amount == top])
    found = []
    for choice in product(*best):
        if all(a <= b for a, b in pairwise(choice)):
            found.append(tuple(q for q, pool in zip(choice, problem.pools, strict=True) for _ in pool))
    return tuple(found)


def _by_profile(problem: ScreeningProblem) -> Quantities:
    """Best quantities for every multiset of types, equal types (and pooled ones) getting equal quantities."""
    pool_of = {k: x for x, pool in enumerate(problem.pools) for k in pool}
    size = (problem.most + 1) ** min(problem.buyers, len(problem.pools)) * len(problem.profiles)
    if size > MOST_CHOICES:
        raise SizeError(
            f"{size} combinations of quantities; at most {MOST_CHOICES} are looked at: coarsen the grid", size
        )
    known: dict[Multiset, Mapping[int, int]] = {}
    rule = []
    for k in range(problem.types):
        row = []
        for others in problem.others:
            pools = tuple(sorted(pool_of[j] for j in (*others, k)))
            if pools not in known:
                known[pools] = _best_of(problem, pools)
            row.append(known[pools][pool_of[k]])
        rule.append(tuple(row))
    _require_monotone(problem, tuple(rule))
    return tuple(rule)


def _best_of(problem: ScreeningProblem, pools: Multiset) -> Mapping[int, int]:
    present = sorted(set(pools))
    counts = [pools.count(x) for x in present]
    values = [problem.ironed_valuations[problem.pools[x][0]] for x in present]

    def surplus(choice: Sequence[int]) -> Fraction:
        total = sum(c * q for c, q in zip(counts, choice, strict=True))
        terms = (c * v * problem.utility[q] for c, v, q in zip(counts, values, choice, strict=True))
        return sum(terms, Fraction(0)) - problem.cost[total]

    best = max(product(range(problem.most + 1), repeat=len(present)), key=surplus)  # the first one: smaller quantities
    return dict(zip(present, best, strict=True))


def _require_monotone(problem: ScreeningProblem, rule: Quantities) -> None:
    weights = [problem.probability(others) for others in problem.others]
    expected = [sum(w * problem.utility[q] for w, q in zip(weights, row, strict=True)) for row in rule]
    if any(b < a for a, b in pairwise(expected)):
        raise InputError(
            "the best symmetric quantities are not incentive compatible on this grid: a higher type expects less; "
            "use a finer grid"
        )
