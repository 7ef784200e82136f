"""Ordinary mechanisms of named agents whose outcomes are lotteries, recognised as ones that treat agents alike."""

from fractions import Fraction
from typing import Any

import pytest

from collude.enumerate.checks.check import check
from collude.enumerate.symmetric.check import check_symmetric
from collude.models.errors import InputError, SizeError
from collude.models.files.functions import from_function
from collude.models.library.environments import auction
from collude.models.lottery import Lottery
from collude.models.numbers import LARGEST
from collude.models.symmetric.auctions import symmetric_second_price
from collude.models.symmetric.population import Population
from collude.models.symmetric.tables import from_share_function
from collude.models.symmetric.views import UnequalError, from_ordinary

F = Fraction


def drawn_winner(values: tuple[Fraction, ...]) -> Lottery:
    """Among the highest bidders one is drawn, who pays the second highest bid."""
    best = [i for i, value in enumerate(values) if value == max(values)]
    price = sorted(values)[-2]
    return Lottery([(F(1, len(best)), i, [-price if j == i else 0 for j in range(len(values))]) for i in best])


@pytest.mark.parametrize(("n", "kinds"), [(2, 3), (3, 3), (4, 2)])
def test_joint_lotteries_and_own_lotteries_tell_the_same(n: int, kinds: int) -> None:
    """The auction with even ties, drawn for all at once: the ordinary check of lotteries, and multisets."""
    ordinary = from_function(auction(n, range(kinds)), drawn_winner)
    ours = from_ordinary(ordinary)
    split = symmetric_second_price(Population(n, auction(1, range(kinds))))
    for row, other in zip(ours.share.tolist(), split.share.tolist(), strict=True):
        assert [ours.shares[r] for r in row if r >= 0] == [split.shares[r] for r in other if r >= 0]
    report, compared, violated = check_symmetric(split, jobs=1), 0, 0
    named = check(ordinary, [verdict.axiom for verdict in report], jobs=1)
    for verdict in report:
        assert verdict.violations == named[verdict.axiom].violations, verdict.axiom
        assert verdict.over_lotteries == named[verdict.axiom].over_lotteries
        compared += 1
        violated += not verdict.holds
    assert compared >= 13
    assert violated >= 3


def test_goods_for_nothing_with_some_probability() -> None:
    """Each count by hand: of equal bidders with even ties who pay nothing, and of one winner among 70."""
    split = symmetric_second_price(Population(3, auction(1, range(3))))
    verdict = check_symmetric(split, "no-free-lunch", jobs=1)["no-free-lunch"]
    assert verdict.violations == 3 + 3 * 2  # all report 0; or one reports more and the others 0
    assert verdict.over_lotteries
    raffle = from_share_function(
        Population(2, auction(1, range(2))), lambda own, _all: [(F(1, 2), 1, -1), (F(1, 2), 0, own)], name="raffle"
    )
    assert check_symmetric(raffle, "no-free-lunch", jobs=1)["no-free-lunch"].violations == 4  # those who report 1
    alone = symmetric_second_price(Population(70, auction(1, range(2))), ties="nobody")
    assert check_symmetric(alone, "no-free-lunch", jobs=1)["no-free-lunch"].violations == 70


def test_a_lottery_that_favours_somebody_is_refused() -> None:
    def biased(_values: tuple[Fraction, ...]) -> Lottery:
        return Lottery([(F(2, 3), 0, [0, 0]), (F(1, 3), 1, [0, 0])])

    mechanism = from_function(auction(2, range(2)), biased)
    with pytest.raises(UnequalError, match=r"probability 2/3.* of the same type gets .*probability 1/3"):
        from_ordinary(mechanism)


@pytest.mark.parametrize("size", [40, 58, 59, 60, 61, 62, 63, 64, 70])
def test_no_overflow_is_silent(size: int) -> None:
    """Payments around 2^size: counted exactly or refused in words, never wrapped around."""
    large = 2**size

    def share(report: Any, counts: tuple[int, ...]) -> Any:
        return (0, large if report == 1 and counts[1] == 1 else 0)

    population = Population(3, auction(1, range(2)))
    try:
        mechanism = from_share_function(population, share)
        names = [verdict.axiom for verdict in check_symmetric(mechanism, jobs=1)] + ["budget-balanced"]
        report = check_symmetric(mechanism, names, jobs=1)
    except (SizeError, InputError) as error:
        assert 4 * 3 * large >= LARGEST, error
        return
    assert 4 * 3 * large < LARGEST
    tame = from_share_function(population, lambda r, c: (0, 2**20 if share(r, c)[1] else 0))
    small = check_symmetric(tame, names, jobs=1)
    for verdict, other in zip(report, small, strict=True):
        assert (verdict.axiom, verdict.violations, verdict.classes) == (other.axiom, other.violations, other.classes)
    assert report["side-payment-collusion-proof"].witness is not None
    assert report["no-deficit"].witness is not None
    assert report["no-deficit"].witness.gains == (str(large),)


def test_large_denominators_and_goods_are_refused() -> None:
    population = Population(2, auction(1, range(2)))
    fine = F(1, 2**70)
    with pytest.raises(SizeError, match="int64"):
        from_share_function(population, lambda *_: [(fine, 1, 0), (1 - fine, 0, 0)])
    with pytest.raises(SizeError, match="int64"):
        symmetric_second_price(Population(60, auction(1, range(2))))
    coarse = F(1, 2**58)
    with pytest.raises(SizeError, match="goods could reach"):
        from_share_function(population.with_supply(2**5), lambda *_: [(coarse, 1, 0), (1 - coarse, 0, 0)])


def test_counts_pass_two_to_the_63_exactly() -> None:
    """Everybody envies nobody, everybody is paid: violations are n K^n by hand, far beyond a machine word."""
    n, kinds = 60, 3
    mechanism = from_share_function(Population(n, auction(1, range(kinds))), lambda *_: (0, 1))
    report = check_symmetric(mechanism, ["no-positive-transfers", "no-deficit", "strategy-proof"], jobs=1)
    assert report["no-positive-transfers"].violations == n * kinds**n
    assert report["no-deficit"].violations == kinds**n
    assert report["strategy-proof"].violations == 0
