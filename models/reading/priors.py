"""Priors as people write them: exact weights that are probabilities."""

from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.numbers import exact


@shown
@dataclass(frozen=True)
class Prior:
    """Exact beliefs: independent (one distribution per agent) or joint (a weight per profile in C order).

    An environment takes a joint prior that is the product of its marginals as the independent one that it is.
    """

    independent: tuple[tuple[Fraction, ...], ...] | None = None
    joint: tuple[Fraction, ...] | None = None


def checked_prior(prior: Prior, sizes: tuple[int, ...]) -> Prior:
    """The prior in fractions; independent if it can be.

    Parameters
    ----------
    prior
        As it was given.
    sizes
        Number of types of each agent.

    Raises
    ------
    InputError
        If weights are no probabilities, or too few.
    """
    if (prior.independent is None) == (prior.joint is None):
        raise InputError("a prior is either independent or joint; give exactly one of the two")
    given = prior.independent if prior.independent is not None else (prior.joint or (),)
    tables = tuple(tuple(exact(weight, "a weight of the prior") for weight in weights) for weights in given)
    lengths = sizes if prior.independent is not None else (prod(sizes),)
    if len(tables) != len(lengths):
        raise InputError(f"the prior has {len(tables)} distributions for {len(lengths)} agents")
    for i, (weights, length) in enumerate(zip(tables, lengths, strict=True)):
        if len(weights) != length:
            raise InputError(f"distribution {i} of the prior has {len(weights)} weights, but {length} are needed")
        if any(weight < 0 for weight in weights) or sum(weights) != 1:
            raise InputError(f"distribution {i} of the prior must have weights of at least 0 that sum to 1")
    if prior.independent is not None:
        return Prior(independent=tables)
    rows = _marginals(tables[0], sizes)
    return Prior(independent=rows) if joint_probabilities(rows) == tables[0] else Prior(joint=tables[0])


def _marginals(joint: tuple[Fraction, ...], sizes: tuple[int, ...]) -> tuple[tuple[Fraction, ...], ...]:
    probabilities, n = np.array(joint, object).reshape(sizes), len(sizes)
    rows = [probabilities.sum(axis=tuple(j for j in range(n) if j != i)) for i in range(n)]
    return tuple(tuple(Fraction(x) for x in np.atleast_1d(row)) for row in rows)


def joint_probabilities(independent: tuple[tuple[Fraction, ...], ...]) -> tuple[Fraction, ...]:
    """The probability of each profile if types are independent.

    Parameters
    ----------
    independent
        Per agent the probabilities of his types.

    Returns
    -------
    tuple of Fraction
        In C order, the last agent fastest.
    """
    found = [Fraction(1)]
    for row in independent:
        found = [chance * weight for chance in found for weight in row]
    return tuple(found)
