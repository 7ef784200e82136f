"""Public choices with money: payoff tables, a public good, the airline example, one object, one order."""

from collections.abc import Sequence
from fractions import Fraction

from collude.models.environment import AgentType, Environment, Prior, agent_labels, from_values
from collude.models.errors import InputError
from collude.models.numbers import Number, exact, increasing
from collude.models.registry import environment

ROUTES = ("A", "B")


@environment("choice", "a public choice among alternatives, with transfers; every agent has a table of payoffs")
def choice(
    payoffs: Sequence[Sequence[Sequence[Number]]],
    *,
    alternatives: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    prior: Prior | None = None,
) -> Environment:
    """Public choice among alternatives, with transfers: every type has a payoff from every alternative.

    Parameters
    ----------
    payoffs
        payoffs[i][k][s] is what type k of agent i gets from alternative s, in money.
    alternatives
        Their names; "s0", "s1", ... by default.
    labels
        Names of the agents; "0", "1", ... by default.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        Types are the numbers 0..K_i-1.

    Raises
    ------
    InputError
        Unless every type has a payoff for every alternative.

    Examples
    --------
    >>> import collude as co
    >>> co.choice([[[0, 2], [1, 0]], [[0, 1]]], alternatives=["stay", "go"]).sizes
    (2, 1)
    """
    try:
        table = [[[exact(x, "a payoff") for x in row] for row in agent] for agent in payoffs]
    except TypeError:
        raise InputError("payoffs are one list per agent, of one list per type, of a number per alternative") from None
    count = {len(row) for agent in table for row in agent}
    if len(count) != 1:
        raise InputError("every type needs a payoff for every alternative")
    (m,) = count
    names = tuple(alternatives) if alternatives else tuple(f"s{s}" for s in range(m))
    if len(names) != m:
        raise InputError(f"{len(names)} alternatives are named, but the payoffs have {m}")
    return from_values(
        "choice",
        [tuple(range(len(agent))) for agent in table],
        [tuple((s,) for s in range(m))] * len(table),
        table,
        labels=tuple(labels) if labels else agent_labels(len(table)),
        public=True,
        alternatives=names,
        prior=prior,
    )


@environment("public-good", "build a public good or not, at a cost that all share; types are values for it")
def public_good(agents: int, values: Sequence[Number], *, cost: Number = 0, prior: Prior | None = None) -> Environment:
    """Build a public good or not, at a cost that all agents share equally; types are values for it.

    Parameters
    ----------
    agents
        How many; 1 to 30.
    values
        The types: increasing numbers, in money, the same for all agents.
    cost
        What the good costs, in money; each pays cost / agents if it is built.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        With the alternatives "no" and "yes": value v gets 0 from "no" and v - cost / agents from "yes".

    Raises
    ------
    InputError
        If the values do not increase, or are no exact numbers.

    Examples
    --------
    >>> import collude as co
    >>> str(co.public_good(agents=3, values=[0, 5], cost=6).value(0, 1, 1))
    '3'
    """
    types, labels = increasing(values, "the values"), agent_labels(agents)
    share = exact(cost, "the cost") / agents
    table = [[[Fraction(0), x - share] for x in types]] * agents
    return from_values(
        "public-good",
        [types] * agents,
        [((0,), (1,))] * agents,
        table,
        labels=labels,
        public=True,
        alternatives=("no", "yes"),
        prior=prior,
    )


@environment("airline", "airlines with one overbooked route each, A or B; one of them may carry the others' passengers")
def airline(agents: int = 3, *, prior: Prior | None = None) -> Environment:
    """Overbooked airlines, one of which may carry the other airlines' passengers on one route.

    A type is the own overbooked route, A or B. A helper gets -3, or -100 on its own overbooked route; every other airline whose
    overbooked route is the one that is helped gets 2; the rest get 0.

    Parameters
    ----------
    agents
        Number of airlines, at least 2; three in the source.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        A public choice: nobody helps, or airline i helps on route r.

    Raises
    ------
    InputError
        For fewer than 2 airlines.

    References
    ----------
    Safronov, "Efficient coalition-proof full implementation", section 3.

    Examples
    --------
    >>> import collude as co
    >>> co.airline(2).alternatives
    ('none', '0 on A', '0 on B', '1 on A', '1 on B')
    """
    if agents < 2:
        raise InputError(f"{agents} airlines; give at least 2")
    offers = [(helper, route) for helper in range(agents) for route in range(2)]

    def payoff(i: int, type_index: int, offer: tuple[int, int] | None) -> Fraction:
        if offer is None:
            return Fraction(0)
        helper, route = offer
        if helper == i:
            return Fraction(-100 if route == type_index else -3)
        return Fraction(2 if route == type_index else 0)

    return _public(
        "airline",
        [ROUTES] * agents,
        [[[payoff(i, k, offer) for offer in (None, *offers)] for k in range(2)] for i in range(agents)],
        ("none", *(f"{i} on {ROUTES[route]}" for i, route in offers)),
        prior,
    )


@environment("single-object", "one object that somebody must get; types are values, the alternative is the winner")
def single_object(agents: int, values: Sequence[Number], *, prior: Prior | None = None) -> Environment:
    """One object that somebody must get, as a public choice of the winner; types are values for it.

    Parameters
    ----------
    agents
        How many; 1 to 30.
    values
        The types: increasing numbers, in money, the same for all agents.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        In alternative i agent i gets the object.

    Raises
    ------
    InputError
        If the values do not increase.

    Examples
    --------
    >>> import collude as co
    >>> str(co.single_object(2, [1, 5]).value(0, 1, 0))
    '5'
    """
    types = increasing(values, "the values")
    table = [[[x * int(i == s) for s in range(agents)] for x in types] for i in range(agents)]
    return _public("single-object", [types] * agents, table, tuple(f"to {i}" for i in range(agents)), prior)


@environment(
    "single-order", "one order that some supplier must carry out; types are costs, the alternative is the supplier"
)
def single_order(agents: int, costs: Sequence[Number], *, prior: Prior | None = None) -> Environment:
    """One order that some supplier must carry out, as a public choice of the supplier; types are costs.

    Parameters
    ----------
    agents
        Number of suppliers, 1 to 30.
    costs
        The types: increasing numbers, in money, the same for all agents.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        In alternative i agent i carries out the order, at his cost.

    Raises
    ------
    InputError
        If the costs do not increase.

    Examples
    --------
    >>> import collude as co
    >>> str(co.single_order(2, [1, 5]).value(0, 1, 0))
    '-5'
    """
    types = increasing(costs, "the costs")
    table = [[[-x * int(i == s) for s in range(agents)] for x in types] for i in range(agents)]
    return _public("single-order", [types] * agents, table, tuple(f"by {i}" for i in range(agents)), prior)


def _public(
    family: str,
    types: Sequence[Sequence[AgentType]],
    payoffs: Sequence[Sequence[Sequence[Fraction]]],
    alternatives: tuple[str, ...],
    prior: Prior | None,
) -> Environment:
    return from_values(
        family,
        types,
        [tuple((s,) for s in range(len(alternatives)))] * len(types),
        payoffs,
        labels=agent_labels(len(types)),
        public=True,
        alternatives=alternatives,
        prior=prior,
    )
