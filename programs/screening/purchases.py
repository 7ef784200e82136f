"""Menus of two-part tariffs as the options of a coalition: tariffs, totals bought, and the cheapest way to buy them."""

from fractions import Fraction
from itertools import combinations_with_replacement

from collude.models.screening.problem import Multiset, without
from collude.models.screening.tariffs import TwoPartTariffs
from collude.programs.screening.coalition import GrandCoalition, Option


def tariff_coalition(menu: TwoPartTariffs) -> GrandCoalition:
    """The coalition of buyers who face a menu of two-part tariffs.

    Its options are the multisets of tariffs together with every total that can be bought under them, bought in the cheapest
    way. Truth means that everybody picks the tariff of his type and buys its quantity.

    Parameters
    ----------
    menu : TwoPartTariffs

    Returns
    -------
    GrandCoalition
    """
    sale, problem = menu.sale, menu.sale.problem
    options = []
    for tariffs in combinations_with_replacement(range(problem.types), problem.buyers):
        fees = [menu.fee(k, without(tariffs, k)) for k in tariffs]
        for total, (_, bought) in sorted(_cheapest(menu, tariffs).items()):
            paid = [fee + menu.usage(k, q) for fee, k, q in zip(fees, tariffs, bought, strict=True)]
            label = f"tariffs {tariffs}, {total} bought"
            options.append(Option(((Fraction(1), total),), tuple(-x for x in paid), label))
    levels = tuple(tuple(theta * u for u in problem.utility) for theta in problem.valuations)
    codes = tuple(range(problem.most + 1))
    types = range(problem.types)
    misreports = tuple(tuple(sale.payoff(k) if k == r else max(own_payoffs(menu, k, r)) for r in types) for k in types)
    n = problem.buyers
    return GrandCoalition((levels,) * n, (codes,) * n, (problem.prior,) * n, tuple(options), (misreports,) * n)


def own_payoffs(menu: TwoPartTariffs, truth: int, tariff: int) -> list[Fraction]:
    """What a type expects from a tariff if the others pick the tariffs of their types.

    Parameters
    ----------
    menu : TwoPartTariffs
    truth, tariff : int
        Type indices: his own, and the one that the tariff is meant for.

    Returns
    -------
    list of Fraction
        In money, by the number of steps that he buys.
    """
    problem = menu.sale.problem
    fee = sum((problem.probability(others) * menu.fee(tariff, others) for others in problem.others), Fraction(0))
    return [
        problem.valuations[truth] * u - fee - menu.usage(tariff, bought) for bought, u in enumerate(problem.utility)
    ]


def choice_gain(menu: TwoPartTariffs) -> Fraction:
    """The most that any type gains by another tariff or quantity if the others choose as they should.

    Parameters
    ----------
    menu : TwoPartTariffs

    Returns
    -------
    Fraction
        In money; 0 if none gains.
    """
    sale = menu.sale
    types = range(sale.problem.types)
    return max(max(own_payoffs(menu, k, r)) - sale.payoff(k) for k in types for r in types)


def _cheapest(menu: TwoPartTariffs, tariffs: Multiset) -> dict[int, tuple[Fraction, tuple[int, ...]]]:
    """For every total the cheapest purchases under these tariffs: (cost without fees, what each buys)."""
    best: dict[int, tuple[Fraction, tuple[int, ...]]] = {0: (Fraction(0), ())}
    for tariff in tariffs:
        longer: dict[int, tuple[Fraction, tuple[int, ...]]] = {}
        for total, (cost, bought) in best.items():
            for q in range(menu.sale.problem.most + 1):
                candidate = (cost + menu.usage(tariff, q), (*bought, q))
                known = longer.get(total + q)
                if known is None or candidate[0] < known[0]:
                    longer[total + q] = candidate
        best = longer
    return best
