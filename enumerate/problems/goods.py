"""Search problems with goods whose outcomes are more than bundles and a grid of transfers: procurement, bilateral trade."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from collude.enumerate.problems.registry import problem
from collude.models.environment import MOST_OUTCOMES, Bundle, Prior
from collude.models.errors import InputError, SizeError
from collude.models.library.environments import procurement, trade
from collude.models.numbers import Number, exact
from collude.models.space import OutcomeSpace, listed_space, outcome_space


@problem("procurement", "units and a transfer from a grid, or one of given allocations, for each supplier")
def procurement_problem(
    agents: int,
    costs: Sequence[Number | Sequence[Number]],
    *,
    units: int = 1,
    transfers: Sequence[Number] | None = None,
    allocations: Sequence[object] | None = None,
    prior: Prior | None = None,
) -> OutcomeSpace:
    """Lay out procurement: every supplier gets units and a transfer, from a grid or from a list of pairs.

    Parameters
    ----------
    agents : int
        Number of suppliers.
    costs : sequence of exact numbers, or of vectors
        The cost types of a supplier, in money.
    units : int
        Most units that a supplier can supply.
    transfers : sequence of exact numbers, optional
        The grid of transfers, money received, with 0..units units each.
    allocations : sequence of (units, transfer), optional
        What a supplier may get, instead of a grid.
    prior : Prior, optional
        Beliefs about types.

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        Unless exactly one of `transfers` and `allocations` is given and fits.
    SizeError
        If there are too many outcomes.

    Examples
    --------
    >>> procurement_problem(2, [1, 2], allocations=[(0, 0), (1, 2)]).outcomes
    4
    """
    env = procurement(agents, costs, units=units, prior=prior)
    if (transfers is None) == (allocations is None):
        raise InputError("procurement needs either transfers or allocations (pairs units,transfer; ...)")
    if transfers is not None:
        return outcome_space(env, transfers)
    pairs = []
    for pair in allocations or ():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InputError(f"an allocation is a pair units,transfer, not {pair!r}")
        held, money = exact(pair[0], "the units"), exact(pair[1], "a transfer")
        if held.denominator != 1 or not 0 <= held < len(env.bundles[0]):
            raise InputError(f"{held} units cannot be supplied; take 0 to {len(env.bundles[0]) - 1}")
        pairs.append((int(held), money))
    if len(pairs) ** agents > MOST_OUTCOMES:
        raise SizeError(f"{len(pairs)} allocations for {agents} agents are too many outcomes", len(pairs) ** agents)
    rows = [(tuple(q for q, _ in row), tuple(t for _, t in row)) for row in product(pairs, repeat=agents)]
    return listed_space(env, "procurement", rows)


@problem("trade", "a bundle that changes hands, and a transfer from a grid for each side")
def trade_problem(
    costs: Sequence[Number | Sequence[Number]],
    values: Sequence[Number | Sequence[Number]],
    *,
    units: int = 1,
    transfers: Sequence[Number] | None = None,
    prices: Sequence[Number] | None = None,
    bundles: Sequence[Bundle] | None = None,
    separate: bool = False,
    prior: Prior | None = None,
) -> OutcomeSpace:
    """Lay out bilateral trade: a bundle that changes hands, and transfers from a grid, or a price that one side pays the other.

    Parameters
    ----------
    costs : sequence of exact numbers, or of vectors
        The seller's types.
    values : sequence of exact numbers, or of vectors
        The buyer's types.
    units : int
        Most units that change hands.
    transfers : sequence of exact numbers, optional
        A grid of transfers, money received, for each side by itself.
    prices : sequence of exact numbers, optional
        Instead: the buyer pays what the seller receives, one of these for a trade and nothing without one. A list for each
        bundle but the empty one ("1;1,2") says which prices it can have.
    bundles : sequence of tuple of int, optional
        Bundles of several goods, the first one nothing.
    separate : bool
        Each side has a price of its own, out of `prices`.
    prior : Prior, optional
        Beliefs about types.

    Returns
    -------
    OutcomeSpace
        With prices that are not separate, budget balance is built in.

    Raises
    ------
    InputError
        Unless exactly one of `transfers` and `prices` is given.

    Examples
    --------
    >>> trade_problem([0, 1], [1, 2], prices=[1]).outcomes
    2
    """
    env = trade(costs, values, units=units, bundles=bundles, prior=prior)
    if (transfers is None) == (prices is None):
        raise InputError("trade needs either transfers or prices")
    if transfers is not None:
        return outcome_space(env, transfers)
    zero = exact(0)
    rows = [((0, 0), (zero, zero))]
    for b, asked in enumerate(_prices_of_bundles(prices or (), len(env.bundles[0]) - 1), 1):
        pairs = product(asked, repeat=2) if separate else ((p, p) for p in asked)
        rows += [((b, b), (p, -q)) for p, q in pairs]
    return listed_space(env, "trade", rows)


def _prices_of_bundles(prices: Sequence[object], bundles: int) -> list[list[Fraction]]:
    """Which prices each bundle can have: all of a grid, or those of its own list."""
    if not any(isinstance(each, (tuple, list)) for each in prices):
        return [[exact(p, "a price") for p in prices]] * bundles
    if len(prices) != bundles:
        raise InputError(
            f"{len(prices)} lists of prices for {bundles} bundles; give one for each, parted by semicolons"
        )
    return [[exact(p, "a price") for p in (each if isinstance(each, (tuple, list)) else (each,))] for each in prices]
