"""Known forms of mechanisms: which of those that were found are named in the literature."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise

import numpy as np

from collude.models.mechanism import Mechanism, all_profiles
from collude.models.space import OutcomeSpace

Form = Callable[[Mechanism], bool]


def is_trivial(mechanism: Mechanism) -> bool:
    """One constant is every agent's truthful utility everywhere."""
    agents = range(mechanism.environment.agents)
    return len({_truthful(mechanism, i, p) for p in all_profiles(mechanism.environment) for i in agents}) == 1


def _truthful(mechanism: Mechanism, agent: int, profile: tuple[int, ...]) -> int:
    return mechanism.utility(agent, profile[agent], mechanism.outcome_at(profile))


def is_top_value(mechanism: Mechanism) -> bool:
    """The utilities of the construction of Theorem 3.1, up to a common shift: at profiles where somebody has the top value
    all get a constant more than at the others, where the good is kept or sold at its value."""
    env = mechanism.environment
    if env.family != "auction" or len(set(env.types)) != 1:
        return False
    top = env.sizes[0] - 1
    low: set[int] = set()
    high: set[int] = set()
    for profile in all_profiles(env):
        (high if top in profile else low).update(_truthful(mechanism, i, profile) for i in range(env.agents))
    return len(low) <= 1 and len(high) == 1 and (not low or max(high) > max(low))


def is_constant(mechanism: Mechanism) -> bool:
    """One outcome for all profiles."""
    return len(set(mechanism.outcome.tolist())) == 1


def is_dictatorial(mechanism: Mechanism) -> bool:
    """In a public choice without money: some agent gets one of his best alternatives, of all there are, everywhere."""
    env = mechanism.environment
    if not env.public or bool(np.any(mechanism.transfer)):
        return False
    scale = mechanism.scale // env.scale
    return any(
        all(_truthful(mechanism, i, p) == int(env.values[i][p[i]].max()) * scale for p in all_profiles(env))
        for i in range(env.agents)
    )


def candidate_prices(mechanism: Mechanism) -> list[Fraction]:
    """Prices that tell types apart: 0, prices that occur, first marginals, points between them, one above the largest."""
    env = mechanism.environment
    firsts = {-env.value(i, k, 1) for i in range(env.agents) for k in range(env.sizes[i])}
    paid: set[Fraction] = set()
    for outcome in set(mechanism.outcome.tolist()):
        shown = mechanism.show_outcome(outcome)
        paid |= {t / b[0] for b, t in zip(shown.bundles, shown.transfers, strict=True) if b[0]}
    marks = sorted(firsts | {Fraction(0)})
    between = {(x + y) / 2 for x, y in pairwise(marks)}
    return sorted(price for price in {*marks, *between, *paid, marks[-1] + 1} if price >= 0)


def is_n_price(mechanism: Mechanism) -> bool:
    """Some prices p(1) <= ... <= p(n) exist such that everybody's units are one of his optima at p(eta) and paid p(eta) each.

    Set-valued recognition (Hagen (2020), Definition 2.8 with any selection): prices that cannot
    be seen because nobody supplies are free.
    """
    env = mechanism.environment
    if env.family != "procurement":
        return False
    profiles = [(p, mechanism.show_outcome(mechanism.outcome_at(p))) for p in all_profiles(env)]
    firsts = [[-env.value(i, k, 1) for k in range(env.sizes[i])] for i in range(env.agents)]
    menus: dict[tuple[int, int, Fraction], set[int]] = {}

    def optima(i: int, k: int, price: Fraction) -> set[int]:
        if (i, k, price) not in menus:
            gains = [env.value(i, k, q) + price * q for q in range(len(env.bundles[i]))]
            menus[i, k, price] = {q for q, gain in enumerate(gains) if gain == max(gains)}
        return menus[i, k, price]

    def fits(prices: tuple[Fraction, ...]) -> bool:
        for profile, shown in profiles:
            first = [firsts[i][k] for i, k in enumerate(profile)]
            accepting = [sum(cost <= price for cost in first) for price in prices]
            price = prices[max(m for m, count in enumerate(accepting) if count == m)]
            for i, (bundle, money) in enumerate(zip(shown.bundles, shown.transfers, strict=True)):
                if bundle[0] not in optima(i, profile[i], price) or money != price * bundle[0]:
                    return False
        return True

    menu = candidate_prices(mechanism)
    return any(fits((Fraction(0), *row)) for row in combinations_with_replacement(menu, env.agents))


FORMS: dict[str, Form] = {
    "trivial": is_trivial,
    "chapter 3 construction": is_top_value,
    "n-price": is_n_price,
    "constant": is_constant,
    "dictatorship": is_dictatorial,
}


def classify(space: OutcomeSpace, listed: Iterable[np.ndarray]) -> dict[str, int]:
    """How many mechanisms have each known form, the first that fits; "others" is the rest."""
    counts = dict.fromkeys((*(_forms(space)), "others"), 0)
    for outcome in listed:
        mechanism = space.mechanism(outcome)
        counts[next((name for name in _forms(space) if FORMS[name](mechanism)), "others")] += 1
    return counts


def _forms(space: OutcomeSpace) -> list[str]:
    env = space.environment
    left_out = {"trivial", "chapter 3 construction"} if env.ordinal else set()
    if env.family != "auction":
        left_out |= {"chapter 3 construction", "trivial"}
    if env.family != "procurement":
        left_out.add("n-price")
    if not env.public:
        left_out |= {"dictatorship"}
    return [name for name in FORMS if name not in left_out]
