"""Search problem: each agent gets one object; types are strict preference orders over the objects."""

from fractions import Fraction
from math import factorial

from collude.enumerate.problems.registry import problem
from collude.models.environment import Environment, Prior, agent_labels, from_values
from collude.models.errors import InputError, SizeError
from collude.models.library.environments import strict_orders
from collude.models.space import OutcomeSpace, outcome_space

MOST_OBJECTS = 6


def assignment_environment(agents: int, objects: int | None = None, prior: Prior | None = None) -> Environment:
    """Agents with strict orders over objects; each gets exactly one, no object goes to two. Values are minus the rank."""
    count = agents if objects is None else objects
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
        labels=agent_labels(agents),
        supply=(1,) * count,
        exactly=count == agents,
        ordinal=True,
        prior=prior,
    )


@problem("assignment", "one object for each agent, strict preference orders over the objects, no money")
def assignment(agents: int, *, objects: int = 0, prior: Prior | None = None) -> OutcomeSpace:
    """House allocation; as many objects as agents unless said otherwise."""
    return outcome_space(assignment_environment(agents, objects or None, prior))
