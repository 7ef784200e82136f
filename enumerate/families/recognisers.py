"""What the outcomes of one mechanism show: utilities under the truth, and whether it has a form that the literature names.

Recognition is set-valued: where a tie leaves a choice, any choice fits, at each profile anew.
"""

from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

import numpy as np

from collude.models.library.recognise import best_prices
from collude.models.mechanism import Mechanism, all_profiles, types_of


def truthful_utility(mechanism: Mechanism) -> np.ndarray:
    """What each agent gets at each profile if all tell the truth.

    Parameters
    ----------
    mechanism
        Without lotteries.

    Returns
    -------
    (n, P) int64
        In units of 1 / `mechanism.scale`.
    """
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
    """Whether one constant is every agent's truthful utility everywhere.

    Parameters
    ----------
    mechanism
        Without lotteries.

    Returns
    -------
    bool
    """
    utility = truthful_utility(mechanism)
    return bool((utility == utility[0, 0]).all())


def is_top_value(mechanism: Mechanism) -> bool:
    """Whether an auction gives the utilities of the construction of Theorem 3.1, up to a common shift.

    At profiles where somebody has the top value all get a constant more than at the others, where the good is kept or sold at
    its value.

    Parameters
    ----------
    mechanism
        Anything but an auction with the same values for all is no such mechanism.

    Returns
    -------
    bool

    References
    ----------
    Hagen (2020), Theorem 3.1.
    """
    env = mechanism.environment
    if env.family != "auction" or len(set(env.types)) != 1:
        return False
    utility = truthful_utility(mechanism)
    top = (types_of(env.sizes, 0, env.profiles) == env.sizes[0] - 1).any(axis=0)
    low, high = np.unique(utility[:, ~top]), np.unique(utility[:, top])
    return len(low) <= 1 and len(high) == 1 and (not len(low) or bool(high[0] > low[0]))


def is_constant(mechanism: Mechanism) -> bool:
    """Whether there is one outcome for all profiles.

    Parameters
    ----------
    mechanism
        Any.

    Returns
    -------
    bool
    """
    return len(set(mechanism.outcome_ids[mechanism.outcome].tolist())) == 1


def is_dictatorial(mechanism: Mechanism) -> bool:
    """Whether some agent gets one of his best alternatives, of all there are, everywhere.

    Parameters
    ----------
    mechanism
        Anything but a public choice without money is not dictatorial.

    Returns
    -------
    bool
    """
    env = mechanism.environment
    if not env.public or bool(np.any(mechanism.transfer)):
        return False
    types, utility = types_of(env.sizes, 0, env.profiles), truthful_utility(mechanism)
    factor = mechanism.scale // env.scale
    return any(bool((utility[i] == env.values[i].max(axis=1)[types[i]] * factor).all()) for i in range(env.agents))


def is_auction_posted_price(mechanism: Mechanism) -> bool:
    """Whether a good is offered at one price to the agents in some order: the first who takes it wins and pays; no other money.

    A type above the price takes it, one below refuses, one equal to it does either, at each profile anew.

    Parameters
    ----------
    mechanism
        Anything but an auction is none.

    Returns
    -------
    bool
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
    """Whether there is a price for each multiset of types at which everybody supplies one of his optima and is paid it.

    Parameters
    ----------
    mechanism
        Suppliers of one good.

    Returns
    -------
    bool

    References
    ----------
    Hagen (2020), Definition 2.7.
    """
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
