"""What coalitions are sure of by the truth: ranges against the definition, the surplus of all equilibria, the command."""

import random
from fractions import Fraction

import pytest
from commands import answer, refused, run
from drawn_choices import AIRLINE, drawn, plain, table_of, with_prior
from oracle import bayes as oracle
from oracle.plain import profiles

import collude as co
from collude.enumerate.analyses.equilibria import partitions_of
from collude.enumerate.analyses.transfers import RULES
from collude.models.library.expected_externality import agv, shapley
from collude.models.library.public_choices import airline
from collude.models.mechanism import Mechanism
from collude.programs.dominance import with_transfers

F = Fraction


def scaled(factor: Fraction) -> Mechanism:
    """The airline example with Shapley transfers times a factor."""
    table = table_of(shapley(AIRLINE))
    money = [factor * x for p in profiles(AIRLINE.sizes) for x in table[p]]
    return with_transfers(RULES["none"](AIRLINE), money, "scaled")


def test_the_published_range() -> None:
    """Transfers times 11/10 stay coalition-proof, but nobody is sure any more."""
    found = co.guarantees(scaled(F(11, 10)))
    assert (found.of([0]).least, found.of([0]).most) == (F(3, 40), F(17, 40))
    assert not found.sure
    assert found.surplus_at_least() == F(9, 40)
    assert co.check(scaled(F(11, 10)), ["coalition-proof"]).holds
    assert co.guarantees(scaled(F(1))).sure


def test_ranges_are_those_of_the_definition() -> None:
    rng = random.Random(20)
    seen = {"wide": 0, "sure": 0, "one agent": 0, "never": 0, "unbalanced": 0}
    while min(seen.values()) < 8:
        environment = drawn(rng)
        given = plain(environment)
        n = environment.agents
        money = [F(rng.randint(-4, 4), 2) for _ in range(environment.profiles * n)]
        rules = [shapley(environment), with_transfers(RULES["none"](environment), money, "random")]
        for mechanism in rules:
            x = table_of(mechanism)
            found = co.guarantees(mechanism)
            expected = oracle.guarantees(given, x)
            assert len(found.rows) == len(expected) + 1 == 2**n - 1
            for row in found.rows[:-1]:
                assert (row.least, row.most) == (min(expected[row.coalition]), max(expected[row.coalition]))
                assert row.values == sum(given.ex_ante(i) for i in row.coalition)
                others = given.others(row.coalition)
                for report, amount in ((row.least_at, row.least), (row.most_at, row.most)):
                    point = oracle.replace((0,) * n, others, report)
                    totals = {p: sum(given.value(i, p) + x[p][i] for i in row.coalition) for p in profiles(given.sizes)}
                    assert oracle.expectation(totals.__getitem__, row.coalition, point, given.prior) == amount
            everybody = found.rows[-1]
            whole = sum(
                given.probability(tuple(range(n)), p) * sum(given.value(i, p) + x[p][i] for i in range(n))
                for p in profiles(given.sizes)
            )
            assert everybody.least == everybody.most == whole
            assert found.subsidy == max(sum(x[p]) for p in profiles(given.sizes))
            seen["wide"] += any(row.least < row.most for row in found.rows)
            seen["sure"] += found.sure and n > 1
            seen["one agent"] += n == 1
            seen["never"] += any(0 in row for row in given.prior)
            seen["unbalanced"] += found.subsidy != 0
            assert n == 1 or found.sure == co.check(mechanism, ["guaranteed-payoffs"]).holds


def test_no_equilibrium_falls_below() -> None:
    rng = random.Random(3)
    seen = {"equilibria": 0, "attained": 0, "above": 0, "inefficient": 0}
    cases = [AIRLINE, with_prior(airline(3), "1/3,2/3"), *(drawn(rng) for _ in range(30))]
    for environment in cases:
        if environment.agents == 1 or max(environment.sizes) > 2:
            continue
        for mechanism in (agv(environment), RULES["vcg"](environment), shapley(environment)):
            sure = co.guarantees(mechanism)
            for partition in partitions_of(environment.agents):
                floor = sure.surplus_at_least(partition)
                for one in co.equilibria(mechanism, partition).found:
                    assert one.surplus >= floor
                    seen["equilibria"] += 1
                    seen["attained"] += one.surplus == floor
                    seen["above"] += one.surplus > floor
                    seen["inefficient"] += not one.efficient
                    assert one.efficient or mechanism.name != "shapley"
    assert min(seen.values()) >= 5, seen


def test_the_command() -> None:
    words = ("--environment", "airline", "--prior", "uniform")
    found = answer("guarantees", "agv", *words, "--partition", "0+1,2", "--json", status=1)
    assert found["coalitions"][0] == {
        "coalition": [0], "values": "1/4", "least": "-3/2", "least_at": [0, 0], "most": "2", "most_at": [0, 1], "sure": False
    }  # fmt: skip
    assert found["surplus_at_least"] == "-1"
    assert answer("guarantees", "shapley", *words, "--json")["surplus_at_least"] == "3/4"
    told = run("guarantees", "shapley", *words).stdout
    assert "the truth yields 3/4; no equilibrium of 0, 1, 2 yields less than 3/4" in told
    assert told.count("sure") == 7
    assert "no prior" in refused("guarantees", "agv", "--environment", "airline")
    assert "exactly once" in refused("guarantees", "agv", *words, "--partition", "0,1")
    joint = co.Prior(joint=tuple(map(F, ("1/4", 0, 0, "1/4", 0, "1/4", "1/4", 0))))
    correlated, sure = RULES["vcg"](airline(3, prior=joint)), co.guarantees(agv(AIRLINE))
    with pytest.raises(co.NotApplicableError, match="correlated"):
        co.guarantees(correlated)
    with pytest.raises(co.InputError, match="exactly once"):
        sure.surplus_at_least([[0], [1]])
