"""Public choices with money that treat agents alike: the efficient alternative, VCG, expected externalities."""

from fractions import Fraction
from math import factorial, lcm, prod

import numpy as np

from collude.kernels.multisets.ranking import multiset_count, multisets
from collude.models.errors import InputError, NotApplicableError
from collude.models.numbers import guard
from collude.models.symmetric.mechanism import Lottery, SymmetricMechanism, from_count_rule
from collude.models.symmetric.population import Population, distribution
from collude.models.symmetric.registry import symmetric_mechanism

TIE_NOTE = "the first of several efficient alternatives is taken"
BLOCK = 1 << 14


def _payoffs(population: Population, name: str) -> np.ndarray:
    """What each type gets from each alternative, (K, m) int64, `member.scale` times."""
    member = population.member
    if not member.public or member.ordinal:
        raise InputError(f"{name} needs a public choice with payoffs (choice or public-good), not {member.family!r}")
    guard(4 * population.agents * (int(np.abs(population.values).max(initial=0)) + 1), "the sum of all payoffs")
    return population.values


def _part(bundle: int, money: Fraction) -> Lottery:
    return ((Fraction(1), bundle, money),)


@symmetric_mechanism("efficient", "choice", "the first alternative with the greatest total payoff, no transfers")
def symmetric_efficient(population: Population) -> SymmetricMechanism:
    """The first alternative that maximises the sum of the reported payoffs, without transfers.

    Parameters
    ----------
    population : Population
        Of a public choice with payoffs.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment.
    """
    values = _payoffs(population, "efficient")

    def rule(counts: np.ndarray) -> np.ndarray:
        return np.broadcast_to((counts @ values).argmax(axis=1)[:, None, None], (*counts.shape, 1))

    return from_count_rule(population, "efficient", rule, lambda key: _part(key[0], Fraction(0)), (TIE_NOTE,))


@symmetric_mechanism(
    "vcg-choice", "choice", "the efficient alternative; whoever changes it pays what that costs the others"
)
def symmetric_vcg_choice(population: Population) -> SymmetricMechanism:
    """VCG with Clarke's pivot, see `vcg_choice`.

    Parameters
    ----------
    population : Population
        Of a public choice with payoffs.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment.

    References
    ----------
    Clarke (1971), "Multipart pricing of public goods".
    """
    values, scale = _payoffs(population, "vcg-choice"), population.member.scale

    def rule(counts: np.ndarray) -> np.ndarray:
        welfare = counts @ values
        chosen = welfare.argmax(axis=1)
        others = welfare[:, None, :] - values[None]
        paid = others[np.arange(len(counts)), :, chosen] - others.max(axis=2)
        return np.stack([np.broadcast_to(chosen[:, None], counts.shape), paid], axis=2)

    return from_count_rule(
        population, "vcg-choice", rule, lambda key: _part(key[0], Fraction(key[1], scale)), (TIE_NOTE,)
    )


def expected_externality(population: Population) -> list[Fraction]:
    """What the others expect in all when one agent has a type, types being independent.

    Parameters
    ----------
    population : Population
        Of a public choice with payoffs; the uniform prior unless it has another.

    Returns
    -------
    list of Fraction
        One per type.

    Raises
    ------
    InputError
        For another environment.
    """
    values, n = _payoffs(population, "agv"), population.agents
    chances = distribution(population)
    whole = lcm(*(x.denominator for x in chances))
    weight = [int(x * whole) for x in chances]
    kinds, total = len(values), multiset_count(n - 1, len(values))
    sums = [0] * kinds
    for first in range(0, total, BLOCK):
        others = multisets(n - 1, kinds, first, min(total, first + BLOCK))
        ways = [
            factorial(n - 1) // prod(factorial(x) for x in row) * prod(w**x for w, x in zip(weight, row, strict=True))
            for row in others.tolist()
        ]
        welfare = others @ values
        for k in range(kinds):
            chosen = (welfare + values[k]).argmax(axis=1)
            given = welfare[np.arange(len(others)), chosen].tolist()
            sums[k] += sum(way * x for way, x in zip(ways, given, strict=True))
    return [Fraction(x, whole ** (n - 1) * population.member.scale) for x in sums]


@symmetric_mechanism(
    "agv", "choice", "efficient; each gets what the others expect given his report, less his share of theirs"
)
def symmetric_agv(population: Population) -> SymmetricMechanism:
    """Expected externality mechanism, see `agv`.

    Parameters
    ----------
    population : Population
        Of a public choice with payoffs and a prior.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment, or one agent.
    NotApplicableError
        Without a prior.

    References
    ----------
    d'Aspremont and Gerard-Varet (1979), "Incentives and incomplete information".
    """
    n = population.agents
    if n < 2:
        raise InputError("agv needs at least 2 agents")
    if population.member.prior is None:
        raise NotApplicableError("agv needs a prior; give one, for instance --prior uniform")
    values = _payoffs(population, "agv")
    expected = expected_externality(population)
    scale = lcm(*((x / (n - 1)).denominator for x in expected))
    given = [int(x / (n - 1) * scale) for x in expected]
    guard(4 * n * max(map(abs, given), default=0) + 1, "an expected externality")
    share = np.array(given, np.int64)

    def rule(counts: np.ndarray) -> np.ndarray:
        chosen = (counts @ values).argmax(axis=1)
        paid = n * share[None, :] - (counts @ share)[:, None]
        return np.stack([np.broadcast_to(chosen[:, None], counts.shape), paid], axis=2)

    return from_count_rule(population, "agv", rule, lambda key: _part(key[0], Fraction(key[1], scale)), (TIE_NOTE,))
