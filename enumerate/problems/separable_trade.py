"""Search problem: bilateral trade of bundles between all additive types whose marginal costs and values are on one grid."""

from collections.abc import Sequence

from collude.enumerate.problems.goods import trade_problem
from collude.enumerate.problems.registry import problem
from collude.models.environment import Prior
from collude.models.numbers import Number, exact, whole
from collude.models.space import OutcomeSpace
from collude.models.trade.type_grids import box, separable_types


@problem("separable-trade", "as trade, between all additive types with marginal costs and values on one grid")
def separable_trade_problem(
    marginals: Sequence[object],
    *,
    units: Sequence[object] = (1,),
    prices: Sequence[Number] | None = None,
    transfers: Sequence[Number] | None = None,
    separate: bool = False,
    prior: Prior | None = None,
) -> OutcomeSpace:
    """Lay out trade between all sellers with weakly rising and all buyers with weakly falling marginals from one grid.

    Parameters
    ----------
    marginals : sequence of exact numbers
        Marginal costs and marginal values, positive.
    units : sequence of int
        Most units of each good.
    prices, transfers, separate
        As for the problem trade.
    prior : Prior, optional
        Beliefs about types.

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        For other numbers.

    Examples
    --------
    >>> space = separable_trade_problem([1, 2], units=[2], prices=range(5))
    >>> space.environment.sizes, space.outcomes
    ((3, 3), 11)
    """
    most = [whole(count, "the units") for count in units]
    grid = [exact(each, "a marginal") for each in marginals]
    return trade_problem(
        separable_types(most, grid, rising=True),
        separable_types(most, grid, rising=False),
        bundles=box(most),
        prices=prices,
        transfers=transfers,
        separate=separate,
        prior=prior,
    )
