"""Assignment: each agent gets one object; types are strict preference orders over the objects; no money."""

from collections.abc import Sequence
from fractions import Fraction
from math import factorial

import numpy as np

from collude.models.draft import RuleDraft
from collude.models.environment import Environment, Prior, agent_labels, from_values
from collude.models.errors import InputError, SizeError
from collude.models.library.price import require_family, whole_list
from collude.models.library.voting_rules.orders import strict_orders
from collude.models.registry import environment, mechanism

MOST_OBJECTS = 6


@environment("assignment", "each agent gets one object, strict preference orders over the objects, no money")
def assignment(
    agents: int, *, objects: int = 0, labels: Sequence[str] | None = None, prior: Prior | None = None
) -> Environment:
    """Agents with strict orders over objects; each gets exactly one, and no object goes to two.

    Parameters
    ----------
    agents : number of agents
    objects : number of objects, at least that of the agents; 0 for as many
    labels : names of the agents
    prior : beliefs about the types

    Returns
    -------
    Environment, whose values are minus the rank of the object

    Examples
    --------
    >>> assignment(3).profiles
    216
    """
    count = objects or agents
    if count < agents:
        raise InputError(f"{agents} agents cannot get one object each out of {count}")
    if count > MOST_OBJECTS:
        raise SizeError(f"orders are listed for at most {MOST_OBJECTS} objects, not {count}", factorial(count))
    orders = strict_orders(count)
    bundles = tuple(tuple(int(g == b) for g in range(count)) for b in range(count))
    ranks = [[Fraction(-order.index(b)) for b in range(count)] for order in orders]
    return from_values(
        "assignment",
        [orders] * agents,
        [bundles] * agents,
        [ranks] * agents,
        labels=tuple(labels) if labels else agent_labels(agents),
        supply=(1,) * count,
        exactly=count == agents,
        ordinal=True,
        prior=prior,
    )


@mechanism("serial-dictatorship", "assignment", "agents choose in a fixed order, each the best object that is left")
def serial_dictatorship(environment: Environment, *, order: Sequence[int] = ()) -> RuleDraft:
    """Agents choose one after another, each the object that he likes best among those that are left.

    Parameters
    ----------
    environment : an assignment environment
    order : the agents by number, in the order in which they choose; 0, 1, 2, ... if empty

    Raises
    ------
    InputError if the order is not one of all agents

    Examples
    --------
    >>> serial_dictatorship(assignment(3)).outcomes
    6
    """
    require_family(environment, "assignment", "serial-dictatorship")
    n = environment.agents
    turns = list(whole_list(order, n, "the order")) if order else list(range(n))
    if sorted(turns) != list(range(n)):
        raise InputError(f"the order {turns} must name each of the agents 0 to {n - 1} once")
    ranked = [np.argsort(-values, axis=1, kind="stable") for values in environment.values]

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each in turn takes his best object that is not taken."""
        profiles = np.arange(type_indices.shape[1])
        taken = np.zeros((type_indices.shape[1], len(environment.bundles[0])), np.bool_)
        held = np.zeros(type_indices.shape, np.int64)
        for i in turns:
            wishes = ranked[i][type_indices[i]]
            first = (~np.take_along_axis(taken, wishes, axis=1)).argmax(axis=1)
            held[i] = wishes[profiles, first]
            taken[profiles, held[i]] = True
        return held, np.zeros(type_indices.shape, np.int64)

    return RuleDraft(environment, "serial-dictatorship", rule, environment.scale, notes=(f"order {turns}",))
