"""Quasi-linear exchange economies with private information: efficient allocations, their prices, and AGV transfers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from collude.models.contracts.game import Belief, belief_of
from collude.models.environment import agent_labels
from collude.models.errors import InputError, NotApplicableError
from collude.models.files.html import shown
from collude.models.mechanism import Profile
from collude.models.numbers import Number, exact

Goods = tuple[Fraction, ...]
Amounts: TypeAlias = "Number | Sequence[Amounts]"  # one number, or one for each; of goods perhaps a list for each


@shown
@dataclass(frozen=True, eq=False)
class ExchangeEconomy:
    """Agents who own goods and money and value the goods by type: v = sum over goods of (a x - c x**2 / 2), plus money.

    labels: one per agent. slopes[i][k][h]: a for type k of agent i and good h. curvatures[i][h]: c > 0. endowments[i][h]:
    units of good h that agent i owns. money[i]: his money. prior: the probability of every type profile, all positive.

    Endowments do not depend on types. They may not: if the total is the same at every profile of a full product of types,
    no agent's endowment can change with his type.
    """

    labels: tuple[str, ...]
    slopes: tuple[tuple[Goods, ...], ...]
    curvatures: tuple[Goods, ...]
    endowments: tuple[Goods, ...]
    money: Goods
    prior: Belief

    @property
    def agents(self) -> int:
        """Number of agents n."""
        return len(self.labels)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of types of each agent."""
        return tuple(map(len, self.slopes))

    @property
    def profiles(self) -> list[Profile]:
        """All type profiles, the last agent's type fastest."""
        return list(product(*(range(size) for size in self.sizes)))

    @property
    def supply(self) -> Goods:
        """How much there is of each good."""
        return tuple(sum(row, Fraction(0)) for row in zip(*self.endowments, strict=True))

    def value(self, agent: int, type_index: int, goods: Sequence[Fraction]) -> Fraction:
        """What a type gets from quantities of the goods, in units of money."""
        rows = zip(self.slopes[agent][type_index], self.curvatures[agent], goods, strict=True)
        return sum((a * x - c * x * x / 2 for a, c, x in rows), Fraction(0))

    def prices(self, types: Profile) -> Goods:
        """The prices in units of money at which the efficient allocation is bought and sold.

        Raises
        ------
        InputError
            If a price is not positive: then somebody would rather throw goods away, which the model excludes.
        """
        found = tuple(self._price(types, good) for good in range(len(self.supply)))
        if any(price <= 0 for price in found):
            raise InputError(f"at types {types} a price is {min(found)}; make goods scarcer or slopes larger")
        return found

    def _price(self, types: Profile, good: int) -> Fraction:
        """The price at which what all want adds up to the supply; an agent whose slope is below it gets nothing."""
        wants = sorted(((self.slopes[i][k][good], self.curvatures[i][good]) for i, k in enumerate(types)), reverse=True)
        flat, steep = -self.supply[good], Fraction(0)
        price = Fraction(0)
        for slope, curvature in wants:
            if steep and price >= slope:
                break
            flat, steep = flat + slope / curvature, steep + 1 / curvature
            price = flat / steep
        return price

    def demand(self, agent: int, type_index: int, prices: Goods) -> Goods:
        """The quantities that a type buys at prices, none of them negative."""
        rows = zip(self.slopes[agent][type_index], self.curvatures[agent], prices, strict=True)
        return tuple(max(Fraction(0), (a - p) / c) for a, c, p in rows)

    def allocation(self, types: Profile) -> tuple[Goods, ...]:
        """The efficient quantities of every agent: those that he would buy at the prices."""
        prices = self.prices(types)
        return tuple(self.demand(i, k, prices) for i, k in enumerate(types))


def exchange_economy(
    types: Sequence[Sequence[Amounts]],
    endowment: Amounts,
    money: Amounts,
    curvature: Amounts = 1,
    prior: object = "uniform",
    labels: Sequence[str] | None = None,
) -> ExchangeEconomy:
    """An economy from plain numbers.

    Parameters
    ----------
    types
        Per agent his types: the slope of his value, or a list of slopes, one per good.
    endowment, money, curvature
        One number for all agents, or one per agent; of goods also a list of numbers per agent, one per good.
    prior
        As `collude.models.beliefs.read_prior` takes it; every profile must have positive probability.

    Raises
    ------
    InputError
        If numbers are missing, a curvature is not positive, an endowment or money is negative, or a profile is impossible.

    Examples
    --------
    >>> economy = exchange_economy([[30, 33], [30, 36], [30, 42]], endowment=8, money=400)
    >>> [str(price) for price in economy.prices((1, 0, 1))], [str(x) for (x,) in economy.allocation((1, 0, 1))]
    (['27'], ['6', '3', '15'])
    """
    slopes = tuple(tuple(_goods(given, "a type") for given in row) for row in types)
    n = len(slopes)
    if n < 2 or not all(slopes):
        raise InputError("an economy needs at least two agents, each with at least one type")
    width = len(slopes[0][0])
    if any(len(row) != width for rows in slopes for row in rows):
        raise InputError(f"every type must have one slope per good ({width})")
    curvatures = _per_agent(curvature, n, width, "the curvature")
    endowments = _per_agent(endowment, n, width, "the endowment")
    purses = tuple(row[0] for row in _per_agent(money, n, 1, "the money"))
    if any(c <= 0 for row in curvatures for c in row):
        raise InputError("every curvature must be positive")
    if any(x < 0 for row in endowments for x in row) or any(x < 0 for x in purses):
        raise InputError("endowments and money must be at least 0")
    sizes = tuple(map(len, slopes))
    belief = belief_of(prior, sizes)
    if len(belief) < len(list(product(*(range(size) for size in sizes)))):
        raise InputError("every type profile of an economy must have positive probability")
    names = tuple(labels) if labels is not None else agent_labels(n)
    return ExchangeEconomy(names, slopes, curvatures, endowments, purses, belief)


def _goods(given: object, what: str) -> Goods:
    rows = given if isinstance(given, (list, tuple)) else [given]
    return tuple(exact(x, what) for x in rows)


def _per_agent(given: object, n: int, width: int, what: str) -> tuple[Goods, ...]:
    rows = given if isinstance(given, (list, tuple)) else [given] * n
    if len(rows) != n:
        raise InputError(f"{what} must be one number, or one per agent ({n})")
    found = tuple(_goods(row, what) for row in rows)
    found = tuple(row * width if len(row) == 1 else row for row in found)
    if any(len(row) != width for row in found):
        raise InputError(f"{what} of an agent must be one number, or one per good ({width})")
    return found


def agv_payments(economy: ExchangeEconomy) -> Mapping[Profile, Goods]:
    """The transfers of d'Aspremont and Gérard-Varet: each agent receives the others' expected value given his type, and pays an
    equal share of what the others receive.

    Parameters
    ----------
    economy
        With independent types.

    Returns
    -------
    mapping
        At every type profile the money that each agent receives; it sums to 0.

    Raises
    ------
    NotApplicableError
        If types are not independent.

    References
    ----------
    d'Aspremont and Gérard-Varet (1979), Incentives and Incomplete Information.

    Examples
    --------
    >>> economy = exchange_economy([[30, 33], [30, 36], [30, 42]], endowment=8, money=400)
    >>> sum(agv_payments(economy)[1, 0, 1])
    Fraction(0, 1)
    """
    n = economy.agents
    marginals = _marginals(economy)
    expected: list[list[Fraction]] = [[Fraction(0)] * size for size in economy.sizes]
    for types in economy.profiles:
        goods = economy.allocation(types)
        values = [economy.value(i, k, goods[i]) for i, k in enumerate(types)]
        for i, k in enumerate(types):
            chance = economy.prior[types] / marginals[i][k]
            expected[i][k] += chance * (sum(values, Fraction(0)) - values[i])
    found = {}
    for types in economy.profiles:
        own = [expected[i][k] for i, k in enumerate(types)]
        total = sum(own, Fraction(0))
        found[types] = tuple(x - (total - x) / (n - 1) for x in own)
    return found


def _marginals(economy: ExchangeEconomy) -> list[list[Fraction]]:
    marginals = [[Fraction(0)] * size for size in economy.sizes]
    for types, weight in economy.prior.items():
        for i, k in enumerate(types):
            marginals[i][k] += weight
    for types, weight in economy.prior.items():
        product_of = Fraction(1)
        for i, k in enumerate(types):
            product_of *= marginals[i][k]
        if product_of != weight:
            raise NotApplicableError("AGV transfers in closed form need independent types, but the prior is correlated")
    return marginals
