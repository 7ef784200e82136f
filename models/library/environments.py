"""The environments of the literature, by name: auctions, procurement, trade, public choice, voting."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import TypeAlias

from collude.models.environment import Bundle, Environment, Prior, agent_labels, from_values, show_type
from collude.models.errors import InputError, SizeError
from collude.models.library.voting_rules.orders import ORDERS, rank_in
from collude.models.numbers import Number, exact, increasing, whole
from collude.models.registry import environment

LARGEST_TYPE_SET = 1_000_000
Costs: TypeAlias = tuple[Fraction, ...] | tuple[tuple[Fraction, ...], ...]  # or values: numbers, or vectors


@environment("auction", "one good, every agent has a value for it; the seller may keep it unless told otherwise")
def auction(
    agents: int,
    values: Sequence[Number],
    *,
    withhold: bool = True,
    labels: Sequence[str] | None = None,
    prior: Prior | None = None,
) -> Environment:
    """One good for agents who each have a value for it; at most one gets it.

    Parameters
    ----------
    agents
        How many; 1 to 30.
    values
        The types: increasing numbers, in money, the same for all agents.
    withhold
        True if the seller may keep the good; False if some agent must get it.
    labels
        Names of the agents; "0", "1", ... by default.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        Bundle 1 is the good, bundle 0 nothing.

    Raises
    ------
    InputError
        If the values do not increase, or are no exact numbers.

    Examples
    --------
    >>> import collude as co
    >>> co.auction(agents=3, values=range(5)).profiles
    125
    """
    types = increasing(values, "the values")
    table = [[[Fraction(0), x] for x in types]] * agents
    return from_values(
        "auction",
        [types] * agents,
        [((0,), (1,))] * agents,
        table,
        labels=tuple(labels) if labels else agent_labels(agents),
        supply=(1,),
        exactly=not withhold,
        prior=prior,
    )


def marginal_vectors(numbers: Iterable[object], units: int) -> tuple[tuple[Fraction, ...], ...]:
    """All strictly increasing vectors of marginals out of a set of numbers, in lexicographic order.

    Parameters
    ----------
    numbers
        Increasing numbers.
    units
        Length of each vector.

    Raises
    ------
    InputError
        Unless there are at least as many numbers as units.
    SizeError
        If there are more than 10^6 vectors.

    Examples
    --------
    >>> [[int(x) for x in vector] for vector in marginal_vectors([1, 2, 3], 2)]
    [[1, 2], [1, 3], [2, 3]]
    """
    values = increasing(numbers, "the marginals")
    if not 1 <= units <= len(values):
        raise InputError(f"{units} units need between 1 and {len(values)} marginals; give more costs or fewer units")
    if comb(len(values), units) > LARGEST_TYPE_SET:
        size = comb(len(values), units)
        raise SizeError(f"{units} of {len(values)} marginals make {size} types; at most {LARGEST_TYPE_SET}", size)
    return tuple(combinations(values, units))


@environment("procurement", "suppliers with increasing marginal costs sell up to R units each to a buyer")
def procurement(
    agents: int,
    costs: Sequence[Number | Sequence[Number]],
    *,
    units: int = 1,
    labels: Sequence[str] | None = None,
    prior: Prior | None = None,
) -> Environment:
    """Suppliers with increasing marginal costs who sell units of one good to a buyer.

    The buyer's demand is not part of the environment, so supply is unlimited.

    Parameters
    ----------
    agents
        Number of suppliers, 1 to 30.
    costs
        Increasing numbers of at least 0, all increasing vectors over which become types; or a list of such vectors.
    units
        How many units each can supply, where costs are numbers.
    labels
        Names of the suppliers; "0", "1", ... by default.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        A type is a vector of marginal costs, in money; bundle q is q units supplied.

    Raises
    ------
    InputError
        If costs do not increase, are negative, or vectors have different lengths.
    SizeError
        If there are more than 10^6 types.

    References
    ----------
    Hagen (2020), chapter 2.

    Examples
    --------
    >>> import collude as co
    >>> co.procurement(agents=2, costs=[1, 2, 3], units=2).types[0][1]
    (Fraction(1, 1), Fraction(3, 1))
    """
    types = _cost_vectors(tuple(costs), units)
    quantities = range(len(types[0]) + 1)
    totals = [[-sum(vector[:q], Fraction(0)) for q in quantities] for vector in types]
    return from_values(
        "procurement",
        [types] * agents,
        [tuple((q,) for q in quantities)] * agents,
        [totals] * agents,
        labels=tuple(labels) if labels else agent_labels(agents),
        supplier=(True,) * agents,
        prior=prior,
    )


def _cost_vectors(costs: Sequence[Number | Sequence[Number]], units: int) -> tuple[tuple[Fraction, ...], ...]:
    if not costs or not isinstance(costs[0], (tuple, list)):
        types = marginal_vectors(costs, units)
    else:
        types = tuple(increasing(vector, "a cost vector") for vector in costs)
        if len({len(vector) for vector in types}) > 1:
            raise InputError("all cost vectors must have the same number of units")
    if types[0][0] < 0:
        raise InputError(f"marginal costs must be at least 0, but {types[0][0]} is given")
    return types


def _bundle(given: object) -> Bundle:
    """A bundle as whole numbers of units; a single number is a bundle of one good."""
    return tuple(whole(x, "a bundle") for x in (given if isinstance(given, (tuple, list)) else (given,)))


def _totals(types: Costs, bundles: Sequence[Bundle], marginals: bool) -> list[list[Fraction]]:
    rows = []
    for one_type in types:
        vector = one_type if isinstance(one_type, tuple) else (one_type,)
        if len(vector) != len(bundles) - 1:
            raise InputError(
                f"the type {show_type(vector)} must have {len(bundles) - 1} entries, one per bundle but nothing"
            )
        if marginals:
            rows.append([sum(vector[:q], Fraction(0)) for q in range(len(bundles))])
        else:
            rows.append([Fraction(0), *vector])
    return rows


def _exact_types(given: Sequence[object], where: str) -> Costs:
    """Vectors as they are, as rationals; numbers, which must increase."""
    vectors = [one_type for one_type in given if isinstance(one_type, (tuple, list))]
    if not vectors:
        return increasing(given, where)
    if len(vectors) < len(given):
        raise InputError(f"{where} mix numbers and vectors; write either, not both")
    return tuple(tuple(exact(x, where) for x in one_type) for one_type in vectors)


def _traded(bundles: Sequence[Bundle] | None, units: int) -> tuple[Bundle, ...]:
    """The bundles that can be traded, nothing first: those that are given, else 0, 1, ..., `units` units of one good."""
    if bundles is None:
        return tuple((q,) for q in range(units + 1))
    menu = tuple(_bundle(bundle) for bundle in bundles)
    if not menu or any(menu[0]):
        raise InputError("the first bundle must be the empty one, all zeros")
    return menu


@environment("trade", "one seller with costs and one buyer with values trade units of a good, or bundles of goods")
def trade(
    costs: Sequence[Number | Sequence[Number]],
    values: Sequence[Number | Sequence[Number]],
    *,
    units: int = 1,
    bundles: Sequence[Bundle] | None = None,
    prior: Prior | None = None,
) -> Environment:
    """Bilateral trade: agent "seller" gives up the bundle that agent "buyer" receives.

    Parameters
    ----------
    costs, values
        Types of the seller and of the buyer, in money. Numbers: with one unit they are the types; with R units types are the
        increasing vectors of R marginal costs and the decreasing vectors of R marginal values over them. Vectors: marginals,
        or, with `bundles`, total costs and total values of every bundle but the empty one.
    units
        How many units of the good can be traded, where there are no `bundles`.
    bundles
        Integer vectors, the first one zero: what can be traded of several goods.
    prior
        Beliefs about types, for Bayesian axioms.

    Raises
    ------
    InputError
        If numbers do not increase, numbers and vectors are mixed, or vectors have the wrong length.

    References
    ----------
    Hagen (2020), chapter 1.

    Examples
    --------
    >>> import collude as co
    >>> co.trade(costs=[1, 2, 3], values=[1, 2, 3], units=2).sizes
    (3, 3)
    """
    costs, values, marginals = tuple(costs), tuple(values), bundles is None
    vectors = [x for x in (*costs, *values) if isinstance(x, (tuple, list))]
    menu = _traded(bundles, len(vectors[0]) if vectors else units)
    sellers: Costs
    buyers: Costs
    if marginals and units > 1 and not vectors:
        sellers = marginal_vectors(costs, units)
        buyers = tuple(tuple(reversed(vector)) for vector in marginal_vectors(values, units))
    else:
        sellers, buyers = _exact_types(costs, "the costs"), _exact_types(values, "the values")
    cost = [[-x for x in row] for row in _totals(sellers, menu, marginals)]
    return from_values(
        "trade",
        [sellers, buyers],
        [menu, menu],
        [cost, _totals(buyers, menu, marginals)],
        labels=("seller", "buyer"),
        supplier=(True, False),
        supply=(0,) * len(menu[0]),
        exactly=True,
        prior=prior,
    )


@environment(
    "voting", "voters with strict, weak, single-peaked or dichotomous preference orders over alternatives, no money"
)
def voting(agents: int, alternatives: int, *, preferences: str = "strict", prior: Prior | None = None) -> Environment:
    """Voters with preference orders over alternatives, one of which is chosen for all; there is no money.

    Parameters
    ----------
    agents
        Number of voters, 1 to 30.
    alternatives
        How many; named a0, a1, ...
    preferences
        Which orders are types: "strict", "weak", "single-peaked" (on a0, a1, ...) or "dichotomous" (approved or not).
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        Ordinal: utilities are minus the rank, so only comparisons have a meaning.

    Raises
    ------
    InputError
        For other preferences.
    SizeError
        If there are too many alternatives to list all orders (7 strict, 8 single-peaked, 6 weak, 10 dichotomous).

    Examples
    --------
    >>> import collude as co
    >>> co.voting(agents=3, alternatives=3).profiles
    216
    """
    if preferences not in ORDERS:
        raise InputError(f"preferences are {', '.join(ORDERS)}, not {preferences!r}")
    generate, most = ORDERS[preferences]
    if not 1 <= alternatives <= most:
        raise SizeError(
            f"{preferences} orders are listed for 1 to {most} alternatives, not {alternatives}", alternatives
        )
    orders = generate(alternatives)
    ranks = [[Fraction(-rank_in(order, a)) for a in range(alternatives)] for order in orders]
    return from_values(
        "voting",
        [orders] * agents,
        [tuple((a,) for a in range(alternatives))] * agents,
        [ranks] * agents,
        labels=agent_labels(agents),
        public=True,
        ordinal=True,
        alternatives=tuple(f"a{a}" for a in range(alternatives)),
        prior=prior,
    )
