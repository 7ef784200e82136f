"""Public choice with money: the efficient alternative without transfers, and VCG with Clarke's pivot transfers."""

import numpy as np

from collude.models.draft import RuleDraft
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.price import best, by_parts, money_scale, scaled_values
from collude.models.registry import mechanism

TIE_NOTE = "the first of several efficient alternatives is taken"


def _tables(environment: Environment, name: str) -> list[np.ndarray]:
    if not environment.public or environment.ordinal:
        raise InputError(
            f"{name} needs a public choice with payoffs (choice or public-good), not {environment.family!r}"
        )
    return scaled_values(environment, money_scale(environment))


def _payoffs(tables: list[np.ndarray], type_indices: np.ndarray) -> np.ndarray:
    """What each agent gets from each alternative, (n, m, B)."""
    return np.stack([table[:, reported] for table, reported in zip(tables, type_indices, strict=True)])


@mechanism("efficient", "choice", "the first alternative with the greatest total payoff, no transfers")
def efficient(environment: Environment) -> RuleDraft:
    """Choose the first alternative with the greatest sum of reported payoffs, without any transfers.

    Parameters
    ----------
    environment
        A public choice with payoffs, such as "choice" or "public-good".

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, or one whose payoffs are ranks.

    Examples
    --------
    >>> import collude as co
    >>> efficient(co.public_good(2, [0, 3], cost=4)).outcome.tolist()
    [0, 0, 0, 1]
    """
    tables = _tables(environment, "efficient")

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chosen = best(_payoffs(tables, type_indices).sum(axis=0), "smallest")
        return np.broadcast_to(chosen, type_indices.shape), np.zeros_like(type_indices)

    return RuleDraft(environment, "efficient", by_parts(rule), notes=(TIE_NOTE,))


@mechanism("vcg-choice", "choice", "the efficient alternative; whoever changes it pays what that costs the others")
def vcg_choice(environment: Environment) -> RuleDraft:
    """VCG with Clarke's pivot: the efficient alternative, and whoever changes it pays what that costs the others.

    With s* the first efficient alternative, agent i receives sum_{j != i} u_j(s*) - max_s sum_{j != i} u_j(s), which is never
    positive. The maximum is over all alternatives, also those in which i acts.

    Parameters
    ----------
    environment
        A public choice with payoffs, such as "choice" or "public-good".

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, or one whose payoffs are ranks.

    References
    ----------
    Clarke (1971), "Multipart pricing of public goods".

    Examples
    --------
    >>> import collude as co
    >>> tax = vcg_choice(co.public_good(2, [0, 3], cost=2))
    >>> [str(x) for x in tax.show_outcome(tax.outcome_at((1, 0))).transfers]
    ['-1', '0']
    """
    tables = _tables(environment, "vcg-choice")

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        payoffs = _payoffs(tables, type_indices)
        welfare = payoffs.sum(axis=0)
        chosen = best(welfare, "smallest")
        column = np.arange(type_indices.shape[1])
        paid = np.empty_like(type_indices)
        for i, own in enumerate(payoffs):
            others = welfare - own
            paid[i] = others[chosen, column] - others.max(axis=0)
        return np.broadcast_to(chosen, type_indices.shape), paid

    return RuleDraft(environment, "vcg-choice", by_parts(rule), notes=(TIE_NOTE,))
