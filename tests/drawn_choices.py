"""Public choices for tests: the note's generator, random ones with unequal type counts and types of probability zero."""

import random
from dataclasses import replace
from fractions import Fraction

from oracle.bayes import Environment as Plain
from oracle.bayes import TransferTable

from collude.enumerate.analyses.transfers import examine
from collude.models.beliefs import read_prior
from collude.models.environment import Environment, Prior
from collude.models.library.expected_externality import shapley
from collude.models.library.public_choices import airline, choice, public_good, single_object
from collude.models.mechanism import Mechanism, all_profiles


class Draw:
    """The linear congruential generator with which the published numbers were made."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        self.state = (1103515245 * self.state + 12345) % 2**31
        return (self.state >> 16) % bound


def published(seed: int, n: int, kinds: int, alternatives: int) -> Environment:
    """Random(seed, n, K, m)."""
    draw = Draw(seed)
    payoffs = [[[draw.below(16) - 5 for _ in range(alternatives)] for _ in range(kinds)] for _ in range(n)]
    weights = [[1 + draw.below(4) for _ in range(kinds)] for _ in range(n)]
    rows = tuple(tuple(Fraction(w, sum(row)) for w in row) for row in weights)
    return choice(payoffs, prior=Prior(independent=rows))


def drawn(rng: random.Random, zeros: bool = True) -> Environment:
    """A random public choice: 1 to 3 agents, 1 to 3 types each, 2 to 4 alternatives, rational payoffs."""
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
    m = rng.randint(2, 4)
    payoffs = [
        [[Fraction(rng.randint(-6, 6), rng.choice([1, 1, 2])) for _ in range(m)] for _ in range(size)] for size in sizes
    ]
    rows = []
    for size in sizes:
        weights = [rng.randint(0 if zeros else 1, 3) for _ in range(size)]
        weights[rng.randrange(size)] += 1
        rows.append(tuple(Fraction(w, sum(weights)) for w in weights))
    return choice(payoffs, prior=Prior(independent=tuple(rows)))


def plain(environment: Environment) -> Plain:
    """The same for the oracle."""
    assert environment.prior is not None
    assert environment.prior.independent is not None
    u = [
        [[environment.value(i, k, s) for s in range(len(environment.bundles[i]))] for k in range(size)]
        for i, size in enumerate(environment.sizes)
    ]
    return Plain(u, environment.prior.independent)


def with_prior(environment: Environment, text: str = "uniform") -> Environment:
    return replace(environment, prior=read_prior(text, environment.sizes))


def table_of(mechanism: Mechanism) -> TransferTable:
    """The transfers, profile by profile."""
    return {p: mechanism.show_outcome(mechanism.outcome_at(p)).transfers for p in all_profiles(mechanism.environment)}


AIRLINE = with_prior(airline(3))
THIRD = with_prior(airline(3), "1/3,2/3")
GOOD = with_prior(public_good(3, [0, 2], cost=3))
OBJECT3 = with_prior(single_object(3, [0, 1]))
OBJECT2 = with_prior(single_object(2, range(4)))
RANDOM = published(1, 3, 2, 3)


def shapley_is_certified(environment: Environment) -> bool:
    """Theorem 1, Proposition 3 and Remark 2."""
    found = examine(shapley(environment))
    names = (
        "budget-balanced",
        "coalition-proof",
        "externality-equalities",
        "insurance-equalities",
        "guaranteed-payoffs",
    )
    return (
        all(found.report[name].holds for name in names)
        and set(found.transfers) == {Fraction(0)}
        and found.own == found.values
    )
