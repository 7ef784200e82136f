"""Where the printed theory of contracts is loose: one test for each place, each with a small case that anybody can follow."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.game import bayesian_game, belief_of
from collude.models.contracts.library import named_contract
from collude.programs.contracts.compatibility import balanced_transfers, compatibility, strict_types, temptations_of
from collude.programs.contracts.improvement import improvement, surplus_bound
from collude.programs.contracts.incentives import disobediences, is_incentive_compatible, is_obedient, lies
from collude.programs.contracts.interim import contract_problem, interim_dominance
from collude.programs.contracts.sweep import contract_verdict
from collude.programs.contracts.terms import SideContractTerms

UNPAID = SideContractTerms(payments=False)


def test_transfers_read_at_the_truth_cannot_reward_it() -> None:
    """A type is paid for admitting that he is low. Read at the true types, as printed, the payment rewards nothing."""
    game = bayesian_game([["low", "high"], ["-"]], [["-"], ["0", "1"]], lambda a, t: (a[1] * (1 + t[0]), 0))
    paid = communication_contract(game, lambda t: (0, t[0]), lambda t: (1 - t[0], t[0] - 1))
    assert is_incentive_compatible(paid)
    assert not is_incentive_compatible(paid, read="truth")
    unpaid = communication_contract(game, lambda t: (0, t[0]))
    assert [x.gain for x in lies(paid, "truth")] == [x.gain for x in lies(unpaid)] == [1, -2]


def test_the_two_readings_give_a_coalition_different_answers() -> None:
    """Two partners share a project: read at reports, a payment can part good from bad; read at the truth it cannot."""
    contract = named_contract("risky-project", {"low": "-1"})
    report, truth = (improvement(contract, (0, 1), SideContractTerms(read=read)).gain for read in ("report", "truth"))
    assert report is not None
    assert truth is not None
    assert report != truth


def disagreeing(priors: object) -> CommunicationContract:
    """Nobody can do anything; agent 2's type is a coin on which the others may bet."""
    game = bayesian_game([["-"], ["-"], ["0", "1"]], [["-"]] * 3, lambda *_: (0, 0, 0), priors)
    return communication_contract(game, lambda _: (0, 0, 0))


def test_payments_that_depend_on_outsiders_are_bets_without_limit_under_different_priors() -> None:
    heads, tails, even = ([["1"], ["1"], [p, 1 - Fraction(p)]] for p in ("2/3", "1/3", "1/2"))
    contract = disagreeing((heads, tails, even))
    everything = SideContractTerms(depends="everything")
    assert improvement(contract, (0, 1)).gain == 0
    found = improvement(contract, (0, 1), everything)
    assert found.unbounded
    assert found.exists
    assert found.method == "unbounded"
    assert found.contract is not None
    assert is_incentive_compatible(found.contract)
    bounded = improvement(contract, (0, 1), SideContractTerms(depends="everything", bound=Fraction(3)))
    assert bounded.gain == 2  # each expects a third of the stake of 3
    assert improvement(disagreeing(even), (0, 1), everything).gain == 0


def test_payments_that_depend_on_outsiders_change_nothing_if_types_are_independent() -> None:
    rng = Random(3)
    seen = 0
    for low in (-1, 0, Fraction(-3, 2), rng.randint(-2, 0)):
        contract = named_contract("risky-project", {"low": low})
        wide = improvement(contract, (0, 1), SideContractTerms(depends="everything"))
        assert wide.gain == improvement(contract, (0, 1)).gain
        seen += wide.exists
    assert seen == 4


def test_correlation_lets_payments_on_outsiders_extract_rents() -> None:
    """A third agent's type tells something about each partner's, so bets on it make lies expensive."""
    weights = {types: 4 if types[2] == types[0] else 1 for types in product((0, 1), repeat=3)}
    prior = [Fraction(w, sum(weights.values())) for w in weights.values()]
    game = bayesian_game(
        [["bad", "good"]] * 3,
        [["0", "1"], ["0", "1"], ["-"]],
        lambda a, t: [((-1, 4)[t[i]] if a[0] and a[1] else int(not (a[0] or a[1]))) for i in (0, 1)] + [0],
        prior,
    )
    contract = communication_contract(game, lambda _: (0, 0, 0))
    gains = {}
    for depends, read in product(("coalition", "everything"), ("report", "truth")):
        found = improvement(contract, (0, 1), SideContractTerms(depends=depends, read=read))
        assert found.gain is not None
        gains[depends, read] = found.gain
    assert gains["coalition", "report"] < gains["everything", "report"] <= surplus_bound(contract, (0, 1))
    assert gains["coalition", "truth"] == gains["everything", "truth"]


def test_stable_and_compatible_but_not_interim_efficient() -> None:
    """The dominating allocation of the definition may violate incentives; the step from it to an improvement fails."""
    contract = named_contract("hidden-value")
    assert contract_verdict(contract).strong == "holds"
    assert interim_dominance(contract_problem(contract)).gain == Fraction(1, 2)
    assert interim_dominance(contract_problem(contract), incentive_rows=True).gain == 0


def test_types_before_a_recommendation_and_after_it_are_different_things() -> None:
    """Chicken: a coin says who yields. Before it is tossed both like to yield together, afterwards the winner does not."""
    table = {(0, 0): (0, 0), (0, 1): (7, 2), (1, 0): (2, 7), (1, 1): (6, 6)}
    game = bayesian_game([["-"], ["-"]], [["dare", "yield"]] * 2, lambda a, _: table[a[0], a[1]])
    half = Fraction(1, 2)
    contract = communication_contract(game, lambda _: {(0, 1): half, (1, 0): half})
    assert is_obedient(contract)
    dominance = interim_dominance(contract_problem(contract), incentive_rows=True)
    assert dominance.gain == 3
    assert contract_verdict(contract, UNPAID).strong == "holds"
    assert contract_verdict(contract).strong == "violated"


def test_non_degeneracy_must_leave_out_the_truth() -> None:
    """No type is strictly worse off by reporting what he is; with other reports alone some types are."""
    contract = named_contract("own-types")
    strict = strict_types(contract)
    assert strict == [(i, k) for i in range(3) for k in (0, 1)]
    with_truth = {(x.agent, x.type_index): [x.gain, Fraction(0)] for x in lies(contract)}
    assert not any(max(row) < 0 for row in with_truth.values())


def test_what_is_seen_before_acting_matters_for_obedience() -> None:
    """A bet on a price that a coin decides: fair before the price is seen, not after."""
    game = bayesian_game(
        [["-"], ["-"]],
        [["no bet", "bet on high"], ["low", "high"]],
        lambda a, _: (a[0] * (2 * a[1] - 1), 0),
    )
    half = Fraction(1, 2)
    contract = communication_contract(game, lambda _: {(0, 0): half, (0, 1): half})
    assert is_obedient(contract)
    after = disobediences(contract, signal=lambda a: a[1], keeps=lambda agent, *_: agent == 0)
    assert sorted((x.observed, x.gain) for x in after) == [(0, -1), (1, 1)]


def test_swapped_indices_in_the_compatibility_condition() -> None:
    """The printed condition and the dual of the transfer system differ at this prior, which has no product form."""
    weights = [3, 1, 1, 3, 1, 1, 1, 1]
    belief = belief_of([Fraction(w, 12) for w in weights], (2, 2, 2))
    assert compatibility(belief).holds
    printed = compatibility(belief, "printed")
    assert not printed.holds
    assert any(printed.function.values())


@pytest.mark.parametrize("agents", [2, 3])
def test_independent_beliefs_are_compatible(agents: int) -> None:
    for prior in ("uniform", [["1/3", "2/3"]] * agents):
        assert compatibility(belief_of(prior, (2,) * agents)).holds
    one_type = belief_of(["1/6", "1/3", "1/3", "1/6"], (2, 2, 1)) if agents == 3 else None
    assert one_type is None or compatibility(one_type).holds


def test_correlated_beliefs_of_two_agents_fail_with_a_witness() -> None:
    belief = belief_of(["1/3", "1/6", "1/6", "1/3"], (2, 2))
    found = compatibility(belief)
    assert not found.holds
    for i, types in product((0, 1), belief):
        k, other = types[i], (*types[:i], 1 - types[i], *types[i + 1 :])
        total = belief[types] * 2 * found.weights.get((i, k, 1 - k), 0)
        total -= belief[other] * 2 * found.weights.get((i, 1 - k, k), 0)
        assert total == found.function[types]


def test_compatibility_is_sufficient_for_balanced_transfers_and_not_necessary() -> None:
    """Efficient rules of random values under beliefs that fail the condition: balanced transfers exist all the same."""
    rng = Random(11)
    belief = belief_of(["1/3", "1/6", "1/6", "1/3"], (2, 2))
    assert not compatibility(belief).holds
    seen = 0
    for _ in range(8):
        worth = [[[rng.randint(0, 9) for _ in range(3)] for _ in range(2)] for _ in range(2)]
        game = bayesian_game(
            [["0", "1"]] * 2,
            [["a", "b", "c"], ["-"]],
            lambda a, t, worth=worth: [worth[i][k][a[0]] for i, k in enumerate(t)],
            ["1/3", "1/6", "1/6", "1/3"],
        )
        rule = {
            t: (max(range(3), key=lambda s, t=t, worth=worth: worth[0][t[0]][s] + worth[1][t[1]][s]), 0)
            for t in product((0, 1), repeat=2)
        }
        found = balanced_transfers(game, temptations_of(game, rule))
        assert found.exist
        contract = communication_contract(game, lambda t, rule=rule: rule[t], lambda t, found=found: found.transfers[t])
        assert is_incentive_compatible(contract)
        assert all(sum(row) == 0 for row in found.transfers.values())
        seen += any(any(row) for row in found.transfers.values())
    assert seen >= 1


def test_transfers_that_cannot_be_balanced_are_refuted() -> None:
    """No transfers make both types of an agent lose 1 by feigning the other if beliefs about others are the same."""
    game = bayesian_game([["0", "1"], ["-"]], [["-"], ["-"]], lambda *_: (0, 0))
    found = balanced_transfers(game, {(0, 0, 1): Fraction(1), (0, 1, 0): Fraction(1)})
    assert not found.exist
    assert found.relaxation == Fraction(1, 1)
