"""Voting rules on counts of ballots: against their definitions, and as mechanisms of named voters."""

import random
from itertools import permutations

import numpy as np
import pytest
from oracle.elections import RULES, scoring

from collude.enumerate.checks.check import check
from collude.enumerate.symmetric.check import check_symmetric
from collude.enumerate.symmetric.manipulability import rule_for
from collude.kernels.multisets.ranking import multisets
from collude.models.errors import InputError, SizeError
from collude.models.files.spec import build
from collude.models.library.environments import voting
from collude.models.library.voting import borda, generalised_median, plurality
from collude.models.library.voting_rules.ballots import ballots_of
from collude.models.library.voting_rules.orders import dichotomous_orders
from collude.models.library.voting_rules.registry import find_rule, load_rules
from collude.models.symmetric.population import Population
from collude.models.symmetric.registry import build_symmetric, find_symmetric
from collude.models.symmetric.views import from_ordinary

PARAMETERS = {"k-approval": {"k": 2}, "scoring": {"weights": [3, 1, 0]}, "generalised-median": {"phantoms": [1]}}


@pytest.mark.parametrize("name", RULES)
def test_winners_against_the_definition(name: str) -> None:
    elections = 0
    for m, voters in ((2, 4), (3, 1), (3, 2), (3, 5), (4, 2)):
        orders = list(permutations(range(m)))
        _, rule = rule_for(name, m, {})
        counts = multisets(voters, len(orders))
        winners = rule.winners(counts)
        for row, winner in zip(counts.tolist(), winners.tolist(), strict=True):
            ballots = [orders[k] for k, number in enumerate(row) for _ in range(number)]
            assert winner == RULES[name](ballots), (name, ballots)
            elections += 1
    assert elections > 500
    draw = random.Random(7)
    orders = list(permutations(range(4)))
    for _ in range(60):
        ballots = [draw.choice(orders) for _ in range(draw.randint(3, 15))]
        row = np.array([[sum(b == order for b in ballots) for order in orders]])
        assert rule_for(name, 4, {})[1].winners(row)[0] == RULES[name](ballots)


def test_own_weights_and_approvals() -> None:
    orders = list(permutations(range(3)))
    counts = multisets(4, 6)
    for name, parameters, weights in (
        ("scoring", {"weights": "3,1,0"}, (3, 1, 0)),
        ("scoring", {"weights": "1,1/2,0"}, (2, 1, 0)),
        ("k-approval", {"k": "2"}, (1, 1, 0)),
        ("k-approval", {"k": "1"}, (1, 0, 0)),
    ):
        winners = rule_for(name, 3, parameters)[1].winners(counts).tolist()
        for row, winner in zip(counts.tolist(), winners, strict=True):
            assert winner == scoring([orders[k] for k, x in enumerate(row) for _ in range(x)], weights)


def test_approval_counts_approvals() -> None:
    assert len(dichotomous_orders(3)) == 6
    environment = voting(3, 3, preferences="dichotomous")
    rule = find_rule("approval").function(ballots_of(environment, "approval"))
    approved = [set(yes) for yes, _ in environment.types[0]]
    for row in multisets(3, 6).tolist():
        votes = [sum(x for x, yes in zip(row, approved, strict=True) if a in yes) for a in range(3)]
        assert rule.winners(np.array([row]))[0] == votes.index(max(votes))


@pytest.mark.parametrize("name", sorted(load_rules()))
def test_counts_and_named_voters_agree(name: str) -> None:
    """The same rule, on multisets and as an ordinary mechanism: same winners, same counts, same witnesses."""
    preferences = {"generalised-median": "single-peaked", "approval": "dichotomous"}.get(name, "strict")
    parameters = PARAMETERS.get(name, {})
    for voters in (2, 4) if name == "generalised-median" else (1, 2, 3):
        environment = voting(voters, 3, preferences=preferences)
        ordinary = build(name, {"agents": voters, "alternatives": 3, "preferences": preferences}, parameters)
        population = Population(voters, voting(1, 3, preferences=preferences))
        ours = build_symmetric(find_symmetric(name), population, **parameters)
        again = from_ordinary(ordinary)
        assert [[again.shares[r] for r in row if r >= 0] for row in again.share.tolist()] == [
            [ours.shares[r] for r in row if r >= 0] for row in ours.share.tolist()
        ]
        names = ["strategy-proof", "group-strategy-proof", "weakly-group-strategy-proof", "collusion-proof"]
        one, other = check_symmetric(ours, names, jobs=1), check(ordinary, names)
        for axiom in names:
            mine, plain = one[axiom].to_dict(), other[axiom].to_dict()
            for key in ("classes", "seconds"):
                mine.pop(key, None), plain.pop(key, None)
            assert mine == plain, (name, voters, axiom)
        assert environment.profiles == one["strategy-proof"].profiles


def test_old_names_are_the_same_rules() -> None:
    environment = voting(3, 3)
    for name, mechanism in (("plurality", plurality(environment)), ("borda", borda(environment))):
        symmetric = build_symmetric(find_symmetric(name), Population(3, voting(1, 3)))
        assert (from_ordinary(mechanism).share >= 0).sum() == (symmetric.share >= 0).sum()
    peaked = voting(2, 4, preferences="single-peaked")
    assert from_ordinary(generalised_median(peaked, phantoms=[1])).population.agents == 2


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("k-approval", {"k": "3"}, "needs k from 1 to 2"),
        ("scoring", {"weights": "0,1,2"}, "must not increase"),
        ("scoring", {"weights": "1,0"}, "one for each place"),
        ("majority", {"share": "1"}, "at least 1/2 and below 1"),
        ("majority", {"status_quo": "5"}, "0 to 2"),
        ("plurality", {"weights": "1"}, "takes no parameter"),
        ("plurlity", {}, "nearest is 'plurality'"),
    ],
)
def test_refusals(name: str, parameters: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rule_for(name, 3, parameters)


def test_points_never_leave_int64() -> None:
    """All put alternative 0 first: it wins, or the points are refused, never anything else."""
    won = refused = 0
    for digits in range(22):
        for name, parameters in (
            ("scoring", {"weights": [6 * 10**digits, 1, 0]}),
            ("scoring", {"weights": [2, "1." + "0" * digits + "1", 0]}),
            ("majority", {"share": f"{5 * 10**digits + 1}/{9 * 10**digits}", "status_quo": 1}),
        ):
            for voters in range(1, 5):
                try:
                    _, rule = rule_for(name, 3, parameters)
                    winners = rule.winners(np.array([[voters, 0, 0, 0, 0, 0]]))
                except SizeError as error:
                    assert "int64" in str(error)
                    refused += 1
                else:
                    assert winners.tolist() == [0], (name, parameters, voters)
                    won += 1
    assert won > 100
    assert refused > 30
