"""Published numbers of coalition-proof expected externality mechanisms: tables, equilibria, contracts, freedom."""

import random
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from drawn_choices import (
    AIRLINE,
    GOOD,
    OBJECT2,
    OBJECT3,
    RANDOM,
    THIRD,
    drawn,
    plain,
    published,
    shapley_is_certified,
    table_of,
    with_prior,
)
from oracle import bayes as oracle

import collude as co
from collude.enumerate.analyses.equilibria import read_partition
from collude.enumerate.analyses.side_contracts import Agreement, contract_game
from collude.enumerate.analyses.transfers import RULES
from collude.models.environment import Environment
from collude.models.library.expected_externality import agv, freedom, shapley
from collude.models.library.public_choices import single_object
from collude.models.mechanism import Mechanism, all_profiles
from collude.programs.dominance import with_transfers

F = Fraction
PROOF = "coalition-proof"


@pytest.mark.parametrize(
    ("environment", "values", "first", "last", "agv_row", "vcg_row"),
    [
        (AIRLINE, ["1/4"] * 3, ["0"] * 3, ["0"] * 3, (12, "2"), (6, "3", "15/2")),
        (THIRD, ["2/9"] * 3, ["0"] * 3, ["0"] * 3, (12, "3"), (6, "3", "8")),
        (GOOD, ["1/4"] * 3, ["0"] * 3, ["0"] * 3, (0, "0"), (0, "0", "0")),
        (
            OBJECT3,
            ["1/2", "1/4", "1/8"],
            ["7/16", "-1/16", "-3/8"],
            ["-5/16", "3/16", "1/8"],
            (3, "3/8"),
            (20, "1", "1/2"),
        ),
        (OBJECT2, ["5/4", "7/8"], ["3/8", "-3/8"], ["-3/8", "3/8"], (0, "0"), (67, "3", "7/8")),
        (
            RANDOM,
            ["59/10", "129/20", "71/10"],
            ["-157/40", "-47/20", "251/40"],
            ["71/20", "7/10", "-17/4"],
            (11, "27/5"),
            (23, "11", "13/4"),
        ),
    ],
)
def test_published_table(
    environment: Environment, values: list[str], first: list[str], last: list[str], agv_row: Any, vcg_row: Any
) -> None:
    found = co.transfers(environment, "shapley")
    assert [str(x) for x in found.values] == values
    assert found.rows()[0]["transfers"] == first
    assert found.rows()[-1]["transfers"] == last
    assert shapley_is_certified(environment)
    for rule, (count, gain, *more) in (("agv", agv_row), ("vcg", vcg_row)):
        other = co.transfers(environment, rule)
        verdict = other.report[PROOF]
        gains = verdict.witness.gains if verdict.witness else ("0",)
        assert (verdict.violations, str(sum(F(g) for g in gains))) == (count, gain)
        assert [str(other.revenue)][: len(more)] == more


def test_extremes_of_two_published_tables() -> None:
    for environment, high, low in (
        (THIRD, F(11, 3), F(-11, 6)),
        (GOOD, F(1, 2), F(-1, 4)),
        (AIRLINE, F(7, 2), F(-7, 4)),
    ):
        paid = [x for row in table_of(shapley(environment)).values() for x in row]
        assert (max(paid), min(paid)) == (high, low)


@pytest.mark.parametrize(
    ("environment", "rule", "partition", "count", "inefficient"),
    [
        (AIRLINE, "shapley", None, 1, 0),
        *((AIRLINE, "shapley", pair, 1, 0) for pair in ("0+1,2", "0+2,1", "1+2,0")),
        (AIRLINE, "agv", None, 3, 2),
        *((AIRLINE, "agv", pair, 4, 4) for pair in ("0+1,2", "0+2,1", "1+2,0")),
        (GOOD, "shapley", None, 1, 0),
        *((GOOD, "shapley", pair, 4, 0) for pair in ("0+1,2", "0+2,1", "1+2,0")),
        (GOOD, "agv", None, 3, 2),
        (OBJECT3, "shapley", None, 3, 0),
        (OBJECT3, "shapley", "0+1,2", 18, 0),
        (OBJECT3, "shapley", "0+2,1", 24, 0),
        (OBJECT3, "shapley", "1+2,0", 22, 0),
        (OBJECT3, "agv", None, 3, 0),
        (with_prior(single_object(2, range(3))), "shapley", None, 4, 0),
        (with_prior(single_object(2, range(3))), "agv", None, 4, 0),
        (RANDOM, "shapley", None, 1, 0),
        (RANDOM, "shapley", "0+1,2", 27, 0),
        (RANDOM, "shapley", "0+2,1", 3, 0),
        (RANDOM, "shapley", "1+2,0", 4, 0),
        (RANDOM, "agv", None, 2, 1),
    ],
)
def test_published_equilibria(
    environment: Environment, rule: str, partition: str | None, count: int, inefficient: int
) -> None:
    blocks = None if partition is None else read_partition(partition, environment.agents)
    found = co.equilibria(RULES[rule](environment), blocks)
    assert (len(found.found), found.inefficient) == (count, inefficient)
    if rule == "shapley":  # Theorem 2: each block gets exactly its expected values
        values = co.transfers(environment, rule).values
        for one in found.found:
            assert one.payoffs == tuple(sum(values[i] for i in block) for block in found.partition)


def test_surpluses_of_bad_equilibria() -> None:
    assert co.equilibria(agv(AIRLINE)).worst == 0
    assert co.equilibria(agv(RANDOM)).worst == F(377, 20)


def test_the_airline_example_in_numbers() -> None:
    for rule, value in (("agv", (F(-1), F(1))), ("shapley", (F(3, 4), F(-3, 4)))):
        env, x = plain(AIRLINE), table_of(RULES[rule](AIRLINE))
        assert oracle.coalition_value(env, x, (1, 2), (0, 1), (0, 1)) == value[0]
        assert oracle.coalition_value(env, x, (1, 2), (0, 1), (0, 0)) == value[1]
    axiom = "decentralised-coalition-proof"
    verdict = co.check(agv(AIRLINE), [axiom])[axiom]
    assert verdict.witness is not None
    assert sum(F(g) for g in verdict.witness.gains) == F(1, 2)
    assert verdict.witness.details["maps"] == [[0, 0], [0, 0]]
    # Proposition 4 says "only if"; on discrete types truth is dominant for all coalitions although nothing is separable.
    assert co.check(shapley(AIRLINE), ["side-payment-collusion-proof"]).holds
    assert not co.separability(AIRLINE).separable


def scheme(t: Fraction) -> Mechanism:
    """The two others pay t each to the one whose report is unique."""
    money = []
    for profile in all_profiles(AIRLINE):
        unique = [i for i, k in enumerate(profile) if profile.count(k) == 1]
        money += [2 * t if [i] == unique else -t if unique else F(0) for i in range(3)]
    return with_transfers(RULES["none"](AIRLINE), money, "scheme")


@pytest.mark.parametrize(
    ("t", "proof", "insured"),
    [("99/100", False, False), ("1", True, False), ("7/4", True, True), ("105/4", True, False), ("27", False, False)],
)
def test_slack_of_a_finite_grid(t: str, proof: bool, insured: bool) -> None:
    report = co.check(scheme(F(t)), [PROOF, "insurance-equalities", "fully-implements"])
    assert (report[PROOF].holds, report["insurance-equalities"].holds) == (proof, insured)
    if t == "1":
        found = co.equilibria(scheme(F(1)))
        assert (len(found.found), found.inefficient) == (3, 2)


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize(
    "reports",
    [{}, {(0, 1): (0, 0), (1, 0): (0, 0)}, {(0, 1): (0, 0), (1, 0): (1, 1)}],
    ids=["as said", "same", "first's"],
)
def test_side_contracts_do_no_harm(pair: tuple[int, int], reports: Any) -> None:
    good = list(contract_game(shapley(AIRLINE), Agreement(pair, reports)).equilibria())
    assert good
    assert all(one.efficient for one in good)
    bad = list(contract_game(agv(AIRLINE), Agreement(pair, reports)).equilibria())
    assert not all(one.efficient for one in bad)


def test_freedom() -> None:
    assert freedom((2, 2, 2)) == (5, 7)
    assert freedom(published(4, 2, 4, 4).sizes) == (9, 10)


@pytest.mark.parametrize("seed", range(6))
def test_freedom_is_a_rank(seed: int) -> None:
    """The null space of (1) and (3) has the dimensions that the formula says."""
    environment = drawn(random.Random(seed), zeros=False)
    assert environment.prior is not None
    n, sizes, rows = environment.agents, environment.sizes, environment.prior.independent or ()
    profiles = list(all_profiles(environment))
    place = {(p, i): x for x, (p, i) in enumerate(product(profiles, range(n)))}
    matrix = []
    for p in profiles:
        matrix.append([1 if q == p else 0 for q in profiles for _ in range(n)])
    for i in range(n):
        for p in profiles:
            if p[i] == 0:
                row = [0.0] * len(place)
                for k in range(sizes[i]):
                    row[place[(*p[:i], k, *p[i + 1 :]), i]] = float(rows[i][k])
                matrix.append(row)
    assert freedom(sizes)[0] == len(place) - np.linalg.matrix_rank(np.array(matrix, float))
