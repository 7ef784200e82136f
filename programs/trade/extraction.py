"""What seller and buyer can do together in a trade mechanism: joint extraction, and fair transfers after the fact."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from collude.models.files.html import shown
from collude.models.trade.direct import DirectTrade, direct_trade
from collude.models.trade.objects import BUYER, SELLER, ThresholdRule
from collude.programs.exact import Program, solve
from collude.programs.trade.full_program import ProvedOptimum


@shown
@dataclass(frozen=True)
class JointExtraction:
    """What seller and buyer gain together, profile by profile, if both types are known to both and money can pass between them.

    Attributes
    ----------
    gains : tuple of Fraction
        By place s 2^N + b, in money: the most that any joint report yields less what the truth yields.
    reports : tuple of int
        The places of such reports.
    expected, largest : Fraction
        The mean over the prior, and the most over profiles.
    """

    gains: tuple[Fraction, ...]
    reports: tuple[int, ...]
    expected: Fraction
    largest: Fraction


def joint_extraction(mechanism: DirectTrade) -> JointExtraction:
    """The most that seller and buyer can gain at each true profile by a joint report, with side payments between them.

    The joint utility of a report is the surplus of its trades at the true values plus the designer's transfers to both. In
    an exactly balanced threshold mechanism the pair reaches the first best: report as good for both what is worth trading,
    the rest as bad. In the version with own-report transfers it takes the designer's money as well.

    Parameters
    ----------
    mechanism : DirectTrade

    Returns
    -------
    JointExtraction

    Notes
    -----
    16^N sums of N terms; at most 4 objects.

    Examples
    --------
    >>> from collude.models.trade.objects import ObjectTrade
    >>> rule = ThresholdRule(ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")), (0, 0), ("3/5", "3/5"), (0, 0))
    >>> str(joint_extraction(direct_trade(rule, "balanced")).expected)
    '1/5'
    """
    count = range(len(mechanism.types))
    places = range(len(mechanism.transfers))
    gains, reports = [], []
    money = [sum(pair, Fraction(0)) for pair in mechanism.transfers]
    for s in count:
        for b in count:
            totals = [mechanism.surplus(s, b, place) + money[place] for place in places]
            best = max(places, key=totals.__getitem__)
            gains.append(totals[best] - totals[mechanism.place(s, b)])
            reports.append(best)
    expected = mechanism.expected(lambda s, b: gains[mechanism.place(s, b)])
    return JointExtraction(tuple(gains), tuple(reports), expected, max(gains))


def fairest_transfers(rule: ThresholdRule) -> ProvedOptimum:
    """Exactly balanced transfers with a rule's interim utilities that make the worst utility after the fact largest.

    A linear program in one payment per profile and the worst utility; the value is that utility, proved. The printed
    balanced transfers are one of many versions and can leave a type below 0 after the fact where others do not.

    Parameters
    ----------
    rule : ThresholdRule

    Returns
    -------
    ProvedOptimum
        With the mechanism that has these transfers.

    Raises
    ------
    InputError
        Without the extra `programs`.
    """
    printed = direct_trade(rule, "balanced")
    count = range(len(printed.types))
    worst = len(printed.transfers)
    program = Program(worst + 1, {worst: Fraction(-1)})
    for s in count:
        for b in count:
            place = printed.place(s, b)
            held = printed.transfers[place][SELLER]
            seller = printed.utility(SELLER, s, s, b) - held
            buyer = printed.utility(BUYER, b, s, b) + held
            program.at_most({worst: 1, place: -1}, seller)
            program.at_most({worst: 1, place: 1}, buyer)
    for side in (SELLER, BUYER):
        for k in count:
            row = {
                (printed.place(k, x) if side == SELLER else printed.place(x, k)): printed.chance(1 - side, x)
                for x in count
            }
            target = sum((chance * printed.transfers[place][SELLER] for place, chance in row.items()), Fraction(0))
            program.exactly(row, target)
    optimum = solve(program)
    money = tuple((x, -x) for x in optimum.x[:worst])
    return ProvedOptimum(-optimum.value, program, optimum, DirectTrade(rule.problem, printed.probabilities, money))


def worst_after_the_fact(mechanism: DirectTrade) -> Fraction:
    """The smallest truthful utility of either side at any profile; at least 0 iff the mechanism is ex post rational.

    Parameters
    ----------
    mechanism : DirectTrade

    Returns
    -------
    Fraction
        In money.
    """
    count = range(len(mechanism.types))
    utilities: list[Callable[[int, int], Fraction]] = [
        lambda s, b: mechanism.utility(SELLER, s, s, b),
        lambda s, b: mechanism.utility(BUYER, b, s, b),
    ]
    return min(utility(s, b) for utility in utilities for s in count for b in count)
