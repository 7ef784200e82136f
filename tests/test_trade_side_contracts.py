"""Side contracts of seller and buyer who do not know each other's types, in the optimal mechanism and in posted prices."""

from fractions import Fraction

import pytest
from test_trade_optimal import base

from collude.enumerate.checks.check import check
from collude.models.mechanism import Mechanism
from collude.models.trade.direct import direct_trade
from collude.models.trade.mechanism import trade_mechanism
from collude.models.trade.objects import ObjectTrade
from collude.programs.screening.coalition import coalition_of
from collude.programs.screening.optimum import side_contract
from collude.programs.trade.dominant_program import posted_price_per_object
from collude.programs.trade.frontier import trade_frontier
from collude.programs.trade.knapsack import optimal_trade

F = Fraction


def reached(mechanism: Mechanism) -> tuple[Fraction, Fraction]:
    """(what the pair expects truthfully, what the best side contract with reports and payments only brings it)."""
    coalition = coalition_of(mechanism, moves=False)
    return coalition.truthful_total, coalition.truthful_total + side_contract(coalition).gain


@pytest.mark.parametrize(("version", "most"), [("balanced", F(33, 10)), ("own-report", F(33, 8))])
def test_published_values_of_one_object(version: str, most: Fraction) -> None:
    mechanism = trade_mechanism(direct_trade(optimal_trade(base(1)).rule, version))
    assert reached(mechanism) == (F(33, 10), most)


def test_a_posted_price_is_lifted_to_the_second_best() -> None:
    assert reached(trade_mechanism(posted_price_per_object(base(1), 11))) == (F(13, 4), F(33, 10))


def test_no_side_contract_gains_on_the_frontier_of_balanced_mechanisms() -> None:
    odd = ObjectTrade(1, "0,2", "1,7", "3/4,1/4")  # type: ignore[arg-type]
    rules = [vertex.rule for problem in (base(1), odd) for vertex in trade_frontier(problem).vertices]
    rules.append(optimal_trade(base(2)).rule)
    assert len(rules) >= 7
    for rule in rules:
        truthful, most = reached(trade_mechanism(direct_trade(rule, "balanced")))
        assert truthful == most == sum(rule.utilities)


def test_the_axiom_divides_what_a_lottery_gave() -> None:
    """Here goods are handed on as well: a balanced optimum leaves nothing to gain, the designer's money does."""
    balanced, own = (trade_mechanism(direct_trade(optimal_trade(base(1)).rule, v)) for v in ("balanced", "own-report"))
    assert check(balanced, ["weakly-collusion-proof"]).holds
    verdict = check(own, ["weakly-collusion-proof"])["weakly-collusion-proof"]
    assert not verdict.holds
    assert verdict.over_lotteries
    assert verdict.witness is not None
    assert F(verdict.witness.details["gain"]) >= F(33, 40)
