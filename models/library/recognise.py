"""Recognising procurement mechanisms by their outcomes: fixed prices with lump sums, and n-price mechanisms.

Both are set-valued: a supplier with two optimal quantities may be given either, at each profile anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism

Form = TypeVar("Form")
LARGEST_SEARCH = 100_000
TIES = ("any", "largest", "smallest")


@shown
@dataclass(frozen=True)
class FixedPriceForm:
    """All prices low..high (None: no bound) under which the mechanism is a fixed price; anchors: per agent one quantity
    and transfer that he gets, so that his lump sum at price p is transfer - p * quantity."""

    low: Fraction
    high: Fraction | None
    anchors: tuple[tuple[int, Fraction], ...]

    def lumps(self, price: Fraction) -> tuple[Fraction, ...]:
        """The lump sums that go with a price."""
        return tuple(transfer - price * quantity for quantity, transfer in self.anchors)


@shown
@dataclass(frozen=True)
class NPriceForm:
    """Prices p(1) <= ... <= p(n) under which the mechanism is an n-price mechanism; idle prices are not unique."""

    prices: tuple[Fraction, ...]


class Recognition(NamedTuple, Generic[Form]):
    """What a mechanism was recognised as: the form, and "", or None and the reason why it has no such form."""

    form: Form | None
    reason: str


class UnitPrices(NamedTuple):
    """Prices per unit from low to high, both included; high is None where there is no bound."""

    low: Fraction
    high: Fraction | None


def _require_supply(mechanism: Mechanism) -> None:
    env = mechanism.environment
    if not all(env.supplier) or env.goods[0].shape[1] != 1:
        raise InputError(f"only suppliers of one good have a price per unit, not the agents of {env.family!r}")
    if mechanism.lotteries:
        raise InputError(f"the outcomes of {mechanism.name} are lotteries; prices are recognised in sure ones")


def _seen(mechanism: Mechanism, agent: int) -> list[tuple[int, int, Fraction]]:
    """All (type, quantity, transfer) that an agent gets at some profile."""
    env = mechanism.environment
    inner = int(np.prod(env.sizes[agent + 1 :], dtype=np.int64))
    type_indices = np.arange(env.profiles) // inner % env.sizes[agent]
    numbers = np.unique(type_indices * mechanism.outcomes + mechanism.outcome)
    rows = set()
    for number in numbers.tolist():
        type_index, outcome = divmod(number, mechanism.outcomes)
        transfer = Fraction(int(mechanism.transfer[outcome, agent]), mechanism.scale)
        rows.add((type_index, mechanism.bundle_of(outcome, agent)[0], transfer))
    return sorted(rows)


def best_prices(mechanism: Mechanism, agent: int, type_index: int, quantity: int) -> UnitPrices:
    """The prices per unit at which a quantity is optimal for a type of a supplier.

    Parameters
    ----------
    mechanism
        Its agents supply one good.
    agent, type_index
        Whose costs are meant.
    quantity
        In units; one that the agent can supply.

    Returns
    -------
    UnitPrices
        Empty, low above high, if the quantity is optimal at no price.
    """
    env = mechanism.environment
    low, high = Fraction(0), None
    own = env.value(agent, type_index, env.indices[agent][(quantity,)])
    for b, (other,) in enumerate(env.bundles[agent]):
        if other == quantity:
            continue
        bound = (own - env.value(agent, type_index, b)) / (other - quantity)
        if other < quantity:
            low = max(low, bound)
        else:
            high = bound if high is None else min(high, bound)
    return UnitPrices(low, high)


def fixed_price_form(mechanism: Mechanism) -> Recognition[FixedPriceForm]:
    """The prices and lump sums under which a procurement mechanism is a fixed price, or why there are none.

    Definition 2.6: one real price p >= 0 and lumps l_i such that everywhere q_i is optimal at p for the report and
    t_i = p q_i + l_i. Exact.

    Parameters
    ----------
    mechanism
        Procurement of one good, with sure outcomes.

    Returns
    -------
    Recognition
        Of a `FixedPriceForm`.

    Raises
    ------
    InputError
        Unless all agents supply one good, and no outcome is a lottery.

    References
    ----------
    Hagen (2020), Definition 2.6.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.procurement import fixed_price
    >>> env = co.procurement(agents=2, costs=[1, 2, 4], units=2)
    >>> form, reason = co.fixed_price_form(fixed_price(env, price=3))
    >>> str(form.low), [str(x) for x in form.lumps(form.low)]
    ('3', ['0', '0'])
    """
    _require_supply(mechanism)
    labels = mechanism.environment.labels
    low: Fraction = Fraction(0)
    high: Fraction | None = None
    anchors = []
    for i, label in enumerate(labels):
        seen = _seen(mechanism, i)
        for type_index, quantity, _ in seen:
            least, most = best_prices(mechanism, i, type_index, quantity)
            low = max(low, least)
            high = most if high is None else high if most is None else min(high, most)
        if high is not None and low > high:
            return Recognition(None, f"no price makes all quantities up to those of agent {label} optimal")
        paid = sorted({(quantity, transfer) for _, quantity, transfer in seen})
        anchors.append(paid[0])
        for (quantity, one), (more, other) in pairwise(paid):
            if quantity == more:
                return Recognition(None, f"agent {label} supplies {quantity} for {one} and also for {other}")
            price = (other - one) / (more - quantity)
            if price < low or (high is not None and price > high):
                reason = f"agent {label} is paid {price} for a unit, which no price that fits the quantities allows"
                return Recognition(None, reason)
            low = high = price
    return Recognition(FixedPriceForm(low, high, tuple(anchors)), "")


def n_price_form(mechanism: Mechanism, *, ties: str = "any") -> Recognition[NPriceForm]:
    """The prices of an n-price mechanism that has the outcomes of this one, or why there are none.

    Definition 2.8, set-valued: at every profile everybody gets one of his optima at p(eta), eta the largest m with
    exactly m first units that cost at most p(m), and is paid p(eta) per unit. Every p(m) is tried among 0, the prices
    paid, the first-unit costs, a point between neighbouring ones and one above; that covers all cases, since a price at
    which nobody supplies matters only through who accepts it.

    Parameters
    ----------
    mechanism
        Procurement of one good, with sure outcomes.
    ties : {"any", "largest", "smallest"}
        Which of his optima an agent gets.

    Returns
    -------
    Recognition
        Of an `NPriceForm`.

    Raises
    ------
    InputError
        Unless all agents supply one good and no outcome is a lottery; after 100,000 price sequences.

    References
    ----------
    Hagen (2020), Definition 2.8.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.procurement import n_price
    >>> env = co.procurement(agents=2, costs=[1, 2, 3])
    >>> co.n_price_form(n_price(env, prices=[1, 2])).form.prices
    (Fraction(1, 1), Fraction(2, 1))
    """
    _require_supply(mechanism)
    if ties not in TIES:
        raise InputError(f"ties must be {', '.join(TIES)}, not {ties!r}")
    env = mechanism.environment
    type_indices = _all_type_indices(mechanism)
    first = [[-env.value(i, k, env.indices[i][(1,)]) for k in range(size)] for i, size in enumerate(env.sizes)]
    prices = _candidates(mechanism, first)
    fits = {price: _everybody_fits(mechanism, type_indices, price, ties) for price in prices}
    accepting = {
        price: sum(
            np.array([cost <= price for cost in row])[type_indices[i]].astype(np.int64) for i, row in enumerate(first)
        )
        for price in prices
    }
    chosen = _price_sequence(env.agents, prices, fits, accepting)
    if chosen is None:
        return Recognition(
            None, "no sequence of prices gives everybody an optimum at the price that enough suppliers accept"
        )
    return Recognition(NPriceForm(chosen), "")


def _price_sequence(
    agents: int,
    prices: Sequence[Fraction],
    fits: Mapping[Fraction, np.ndarray],
    accepting: Mapping[Fraction, np.ndarray],
) -> tuple[Fraction, ...] | None:
    """p(1) <= ... <= p(n) out of `prices` so that the mechanism fits where they decide; None if there are none.

    fits, accepting: per price, for each profile, whether everybody holds an optimum at it, and how many accept it, (P,).
    """
    tried = 0
    stack: list[tuple[tuple[Fraction, ...], np.ndarray]] = [((), np.ones(fits[Fraction(0)].shape, np.bool_))]
    while stack:
        chosen, left = stack.pop()
        m = agents - len(chosen)
        if m == 0:
            if fits[Fraction(0)][left].all():
                return chosen
            continue
        for price in prices:
            if chosen and price > chosen[0]:
                break
            decided = left & (accepting[price] >= m)
            tried += 1
            if fits[price][decided].all():
                stack.append(((price, *chosen), left & ~decided))
        if tried > LARGEST_SEARCH:
            raise InputError(f"more than {LARGEST_SEARCH} price sequences; recognise a smaller mechanism")
    return None


def _all_type_indices(mechanism: Mechanism) -> np.ndarray:
    return np.concatenate(
        [type_indices for _, type_indices, _ in mechanism.blocks(0, mechanism.environment.profiles)], axis=1
    )


def _candidates(mechanism: Mechanism, first: list[list[Fraction]]) -> list[Fraction]:
    """Prices that are tried, increasing."""
    costs = sorted({cost for row in first for cost in row})
    paid = {
        transfer / quantity
        for i in range(mechanism.environment.agents)
        for _, quantity, transfer in _seen(mechanism, i)
        if quantity > 0 and transfer >= 0
    }
    between = {(a + b) / 2 for a, b in pairwise([Fraction(0), *costs])}
    return sorted({Fraction(0), *costs, *paid, *between, costs[-1] + 1})


def _everybody_fits(mechanism: Mechanism, type_indices: np.ndarray, price: Fraction, ties: str) -> np.ndarray:
    """For each profile, whether every agent holds an optimum of his report at the price and is paid it per unit: (P,)."""
    env = mechanism.environment
    result = np.ones(env.profiles, np.bool_)
    for i, size in enumerate(env.sizes):
        wanted = np.zeros((size, len(env.bundles[i])), np.bool_)
        for k in range(size):
            profits = [price * q + env.value(i, k, b) for b, (q,) in enumerate(env.bundles[i])]
            best = [b for b, x in enumerate(profits) if x == max(profits)]
            wanted[k, {"any": best, "largest": best[-1:], "smallest": best[:1]}[ties]] = True
        paid = np.array(
            [
                Fraction(int(t), mechanism.scale) == price * env.bundles[i][b][0]
                for b, t in zip(mechanism.bundle[:, i].tolist(), mechanism.transfer[:, i].tolist(), strict=True)
            ]
        )
        result &= wanted[type_indices[i], mechanism.bundle[mechanism.outcome, i]] & paid[mechanism.outcome]
    return result
