"""Menus of two-part tariffs: a fixed fee that depends on everybody's choice, a price per unit, and a kink."""

from dataclasses import dataclass
from fractions import Fraction

from collude.models.errors import InputError
from collude.models.numbers import Number, exact
from collude.models.screening.optimum import is_linear
from collude.models.screening.problem import Multiset
from collude.models.screening.sale import Sale


@dataclass(frozen=True)
class TwoPartTariffs:
    """One tariff per type: a buyer who picks tariff k pays a fixed fee, the unit cost up to `kinks[k]` steps, and `price` beyond.

    The fee is what the sale asks of report k less the cost of its quantity, so that whoever picks the tariff of his type and buys
    its quantity pays what he pays in the sale. unit, price: money per step. kinks[k]: None if the tariff has no kink.
    """

    sale: Sale
    unit: Fraction
    price: Fraction
    kinks: tuple[int | None, ...]

    def fee(self, tariff: int, others: Multiset) -> Fraction:
        """Fixed fee of a tariff when the others pick the multiset of tariffs `others`."""
        quantity, paid = self.sale.at(tariff, others)
        return paid - self.unit * quantity

    def usage(self, tariff: int, bought: int) -> Fraction:
        """What `bought` steps cost under a tariff, without the fee."""
        kink = self.kinks[tariff]
        beyond = 0 if kink is None else max(0, bought - kink)
        return self.unit * (bought - beyond) + self.price * beyond


def two_part_tariffs(
    sale: Sale, *, price: Number | None = None, kinked: tuple[bool, ...] | None = None
) -> TwoPartTariffs:
    """The menu of two-part tariffs that implements a sale with quantities that do not depend on the others.

    Parameters
    ----------
    sale : Sale
        With a linear cost.
    price : number, optional
        Price of a step beyond the kink. The highest valuation times the marginal utility at the lowest type's quantity
        unless given; on a grid that utility has a kink there, and the marginal utility of the step above it is taken.
    kinked : tuple of bool, optional
        Which tariffs have a kink; all unless given.

    Raises
    ------
    InputError
        If the cost is not linear, quantities depend on the others, or the price is below the cost.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 9.
    """
    problem = sale.problem
    if not is_linear(problem.cost):
        raise InputError("two-part tariffs need a linear cost")
    if any(len(set(row)) != 1 for row in sale.quantity):
        raise InputError("two-part tariffs need quantities that do not depend on the others' reports")
    quantities = [row[0] for row in sale.quantity]
    lowest = min(quantities[0], problem.most - 1)
    slope = problem.valuations[-1] * (problem.utility[lowest + 1] - problem.utility[lowest])
    beyond = slope if price is None else exact(price, "the price beyond the kink")
    unit = problem.cost[1]
    if beyond < unit:
        raise InputError(f"the price beyond the kink must be at least the cost of a step, {unit}, not {beyond}")
    bent = (True,) * problem.types if kinked is None else kinked
    if len(bent) != problem.types:
        raise InputError(f"kinked needs one entry per type, {problem.types}")
    kinks = tuple(q if flag else None for q, flag in zip(quantities, bent, strict=True))
    return TwoPartTariffs(sale, unit, beyond, kinks)
