"""Search problems of public choice: voting on orders, choice from payoff tables, a public good; with or without money."""

from collections.abc import Sequence
from typing import Any

from collude.enumerate.problems.registry import problem
from collude.models.environment import Prior
from collude.models.library.environments import choice as choice_environment
from collude.models.library.environments import public_good as public_good_environment
from collude.models.library.environments import voting as voting_environment
from collude.models.space import OutcomeSpace, outcome_space


@problem("voting", "an alternative for each profile of strict, weak or single-peaked orders")
def voting(agents: int, alternatives: int, *, preferences: str = "strict", prior: Prior | None = None) -> OutcomeSpace:
    """Social choice functions on preference orders."""
    return outcome_space(voting_environment(agents, alternatives, preferences=preferences, prior=prior))


@problem("choice", "an alternative, and perhaps a transfer from a grid for each agent; payoffs[i][k][s]")
def choice(
    payoffs: Sequence[Any], *, transfers: Sequence[Any] | None = None, prior: Prior | None = None
) -> OutcomeSpace:
    """Public choice with a payoff for each agent, type and alternative."""
    return outcome_space(choice_environment(payoffs, prior=prior), transfers)


@problem("public-good", "build or not, and perhaps a transfer from a grid for each agent")
def public_good(
    agents: int,
    values: Sequence[Any],
    *,
    cost: str = "0",
    transfers: Sequence[Any] | None = None,
    prior: Prior | None = None,
) -> OutcomeSpace:
    """A public good whose cost all share."""
    return outcome_space(public_good_environment(agents, values, cost=cost, prior=prior), transfers)
