"""Families of mechanisms that the literature names, each with a recogniser that asks only what the outcomes show.

Recognition is set-valued: where a tie leaves a choice, any choice fits, at each profile anew; one mechanism can be in several
families. A recogniser is made for an environment first, so that what depends on it alone is worked out once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import combinations_with_replacement, permutations
from math import comb, factorial

import numpy as np

from collude.models.environment import Environment
from collude.models.errors import SizeError
from collude.models.library.assignment import serial_dictatorship
from collude.models.library.recognise import best_prices, fixed_price_form, n_price_form
from collude.models.mechanism import Mechanism, all_profiles, types_of
from collude.models.trade.posted_forms import linear_price_form, posted_price_form

Recogniser = Callable[[Mechanism], bool]
MOST_TABLES = 20_000


@dataclass(frozen=True)
class Family:
    """Mechanisms of one form.

    name: a word for it. title: what a reader is told, with the source. suits: whether an environment has such mechanisms.
    recogniser: makes the test of a mechanism for an environment. explains: whether the form says what happens, so that a
    mechanism that has it is no extra.
    """

    name: str
    title: str
    suits: Callable[[Environment], bool]
    recogniser: Callable[[Environment], Recogniser]
    explains: bool = True


def families_of(environment: Environment) -> Iterator[tuple[Family, Recogniser]]:
    """The families that an environment can have, each with its recogniser."""
    if environment.has_lotteries:
        return
    for family in FAMILIES:
        if family.suits(environment):
            yield family, family.recogniser(environment)


def mechanism_families(mechanism: Mechanism) -> tuple[str, ...]:
    """The families that a mechanism is in, which overlap.

    Parameters
    ----------
    mechanism
        Any; with lotteries it is in none.

    Returns
    -------
    tuple of str
        Names such as "n-price" or "dictatorial", always in the same order.

    Examples
    --------
    >>> import collude as co
    >>> co.classify(co.top_value(co.auction(2, [0, 2, 5]), price=3))
    ('top-value',)
    """
    return tuple(family.name for family, recognises in families_of(mechanism.environment) if recognises(mechanism))


def truthful_utility(mechanism: Mechanism) -> np.ndarray:
    """(n, P) int64: `scale` times what each agent gets at each profile under the truth."""
    env = mechanism.environment
    types, factor = types_of(env.sizes, 0, env.profiles), mechanism.scale // env.scale
    held, paid = mechanism.bundle[mechanism.outcome], mechanism.transfer[mechanism.outcome]
    return np.stack([env.values[i][types[i], held[:, i]] * factor + paid[:, i] for i in range(env.agents)])


def utility_spread(mechanism: Mechanism) -> Fraction:
    """The largest truthful utility of any agent at any profile, less the smallest.

    Parameters
    ----------
    mechanism
        Any, without lotteries.

    Returns
    -------
    Fraction
        In money.

    Examples
    --------
    >>> import collude as co
    >>> utility_spread(co.top_value(co.auction(2, [0, 1, 4]), price=3))
    Fraction(1, 1)
    """
    utility = truthful_utility(mechanism)
    return Fraction(int(utility.max()) - int(utility.min()), mechanism.scale)


def is_trivial(mechanism: Mechanism) -> bool:
    """One constant is every agent's truthful utility everywhere."""
    utility = truthful_utility(mechanism)
    return bool((utility == utility[0, 0]).all())


def is_top_value(mechanism: Mechanism) -> bool:
    """The utilities of the construction of Theorem 3.1, up to a common shift: at profiles where somebody has the top value
    all get a constant more than at the others, where the good is kept or sold at its value."""
    env = mechanism.environment
    if env.family != "auction" or len(set(env.types)) != 1:
        return False
    utility = truthful_utility(mechanism)
    top = (types_of(env.sizes, 0, env.profiles) == env.sizes[0] - 1).any(axis=0)
    low, high = np.unique(utility[:, ~top]), np.unique(utility[:, top])
    return len(low) <= 1 and len(high) == 1 and (not len(low) or bool(high[0] > low[0]))


def is_constant(mechanism: Mechanism) -> bool:
    """One outcome for all profiles."""
    return len(set(mechanism.outcome_ids[mechanism.outcome].tolist())) == 1


def is_dictatorial(mechanism: Mechanism) -> bool:
    """In a public choice without money: some agent gets one of his best alternatives, of all there are, everywhere."""
    env = mechanism.environment
    if not env.public or bool(np.any(mechanism.transfer)):
        return False
    types, utility = types_of(env.sizes, 0, env.profiles), truthful_utility(mechanism)
    factor = mechanism.scale // env.scale
    return any(bool((utility[i] == env.values[i].max(axis=1)[types[i]] * factor).all()) for i in range(env.agents))


def is_auction_posted_price(mechanism: Mechanism) -> bool:
    """One good, one price: the agents are asked in some order, the first who takes it wins and pays; no other money.

    A type above the price takes it, one below refuses, one equal to it does either, at each profile anew.
    """
    env = mechanism.environment
    if env.family != "auction":
        return False
    prices: set[Fraction] = set()
    after: dict[int, set[int]] = {}
    kept: list[Fraction] = []
    for profile in all_profiles(env):
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        winners = [i for i, bundle in enumerate(shown.bundles) if bundle[0]]
        if any(money for i, money in enumerate(shown.transfers) if i not in winners):
            return False
        if not winners:
            kept.append(max(env.value(i, k, 1) for i, k in enumerate(profile)))
            continue
        winner = winners[0]
        prices.add(-shown.transfers[winner])
        price = min(prices)
        if len(prices) > 1 or env.value(winner, profile[winner], 1) < price:
            return False
        for i, k in enumerate(profile):
            if i != winner and env.value(i, k, 1) > price:
                after.setdefault(i, set()).add(winner)
    if prices and any(value > min(prices) for value in kept):
        return False
    try:
        TopologicalSorter(after).prepare()
    except CycleError:
        return False
    return True


def is_uniform_price(mechanism: Mechanism) -> bool:
    """Hagen (2020), Definition 2.7: a price for each multiset of types; everybody supplies one of his optima and is paid it."""
    env = mechanism.environment
    paid: dict[tuple[int, ...], set[Fraction]] = {}
    low: dict[tuple[int, ...], Fraction] = {}
    high: dict[tuple[int, ...], Fraction | None] = {}
    if len(set(env.types)) != 1:
        return False
    for profile in all_profiles(env):
        key = tuple(sorted(profile))
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        for i, (bundle, money) in enumerate(zip(shown.bundles, shown.transfers, strict=True)):
            least, most = best_prices(mechanism, i, profile[i], bundle[0])
            low[key] = max(low.get(key, Fraction(0)), least)
            if most is not None:
                known = high.get(key)
                high[key] = most if known is None else min(known, most)
            if bundle[0]:
                paid.setdefault(key, set()).add(money / bundle[0])
            elif money:
                return False
    for key, least in low.items():
        rates, most = paid.get(key, {least}), high.get(key)
        if len(rates) > 1 or min(rates) < least or (most is not None and min(rates) > most):
            return False
    return True


def _medians(environment: Environment) -> Recogniser:
    """All medians of the peaks and n + 1 phantoms (Moulin, 1980); the outer two are idle if every alternative is chosen."""
    n, m = environment.agents, len(environment.alternatives)
    if comb(m + n, n + 1) > MOST_TABLES:
        raise SizeError(f"{comb(m + n, n + 1)} medians with phantoms are too many to compare with", comb(m + n, n + 1))
    types = types_of(environment.sizes, 0, environment.profiles)
    peaks = np.stack([environment.values[i].argmax(axis=1)[types[i]] for i in range(n)])
    tables = set()
    for phantoms in combinations_with_replacement(range(m), n + 1):
        points = np.concatenate([peaks, np.tile(np.array(phantoms)[:, None], environment.profiles)])
        tables.add(np.sort(points, axis=0)[n].astype(np.int32).tobytes())
    return lambda mechanism: mechanism.bundle[mechanism.outcome, 0].astype(np.int32).tobytes() in tables


def _single_peaked(environment: Environment) -> bool:
    """A vote over alternatives on a line, every peak unique."""
    if environment.family != "voting":
        return False
    for values in environment.values:
        rise = np.diff(values, axis=1)
        if (rise == 0).any() or ((rise[:, :-1] < 0) & (rise[:, 1:] > 0)).any():
            return False
    return len(environment.alternatives) > 2


def _serial(environment: Environment) -> Recogniser:
    """All serial dictatorships, one for each order of the agents."""
    if factorial(environment.agents) > MOST_TABLES:
        raise SizeError("too many orders of the agents to compare with", factorial(environment.agents))
    tables = set()
    for order in permutations(range(environment.agents)):
        built = serial_dictatorship(environment, order=order)
        tables.add(built.bundle[built.outcome].astype(np.int32).tobytes())
    return lambda mechanism: mechanism.bundle[mechanism.outcome].astype(np.int32).tobytes() in tables


def _always(test: Recogniser) -> Callable[[Environment], Recogniser]:
    return lambda _environment: test


def _of(*names: str) -> Callable[[Environment], bool]:
    return lambda environment: environment.family in names


def _one_good(environment: Environment) -> bool:
    return environment.family == "procurement" and len(environment.bundles[0][0]) == 1


FAMILIES = (
    Family("trivial", "trivial: one utility for all, everywhere", _of("auction"), _always(is_trivial)),
    Family(
        "top-value",
        "top-value construction, Hagen (2020), Theorem 3.1",
        _of("auction"),
        _always(is_top_value),
    ),
    Family(
        "posted-price",
        "posted price, offered to the agents in some order",
        _of("auction"),
        _always(is_auction_posted_price),
    ),
    Family(
        "fixed-price",
        "fixed price with lump sums, Hagen (2020), Definition 2.6",
        _one_good,
        _always(lambda mechanism: fixed_price_form(mechanism)[0] is not None),
    ),
    Family(
        "n-price",
        "n-price, Hagen (2020), Definition 2.8",
        _one_good,
        _always(lambda mechanism: n_price_form(mechanism)[0] is not None),
    ),
    Family(
        "n-price-largest",
        "n-price, the largest optimum always",
        _one_good,
        _always(lambda mechanism: n_price_form(mechanism, ties="largest")[0] is not None),
    ),
    Family(
        "n-price-smallest",
        "n-price, the smallest optimum always",
        _one_good,
        _always(lambda mechanism: n_price_form(mechanism, ties="smallest")[0] is not None),
    ),
    Family(
        "uniform-price",
        "uniform price, Hagen (2020), Definition 2.7",
        _one_good,
        _always(is_uniform_price),
        explains=False,
    ),
    Family(
        "linear-posted-price",
        "posted price of a trade, linear, Theorem 1.1",
        _of("trade"),
        _always(lambda mechanism: linear_price_form(mechanism).fits),
    ),
    Family(
        "generalised-posted-price",
        "generalised posted price of a trade, Definition 1.10",
        _of("trade"),
        _always(lambda mechanism: posted_price_form(mechanism).fits),
    ),
    Family(
        "largest-posted-price",
        "generalised posted price of a trade, the largest optima, Theorem 1.2",
        _of("trade"),
        _always(lambda mechanism: posted_price_form(mechanism, largest=True).fits),
    ),
    Family("median", "median of the peaks and phantoms, Moulin (1980)", _single_peaked, _medians),
    Family("serial-dictatorship", "serial dictatorship", _of("assignment"), _serial),
    Family("constant", "constant", lambda _environment: True, _always(is_constant)),
    Family("dictatorial", "dictatorial", lambda environment: environment.public, _always(is_dictatorial)),
)
