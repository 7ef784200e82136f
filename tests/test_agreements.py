"""Side contracts that may be refused (Safronov, Theorem 3): all equilibria against the definition, the theorem, the command."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

import pytest
from commands import answer, refused, run
from drawn_choices import AIRLINE, drawn, plain, table_of
from oracle import bayes as oracle
from oracle.plain import Coalition, Profile, profiles, replace

import collude as co
from collude.enumerate.analyses.transfers import RULES
from collude.models.library.expected_externality import agv, shapley

F = Fraction
# A member refuses and reports r: (None, r); he accepts, says m, and reports r if another refuses: (m, r).
KINDS = ("refusable", "surely", "three", "inefficient", "none", "pays", "never")
Act = tuple[int | None, int]
Play = tuple[tuple[Act, ...], ...]


def acts(size: int, member: bool, surely: bool) -> list[Act]:
    if not member:
        return [(None, r) for r in range(size)]
    if surely:
        return [(m, -1) for m in range(size)]
    return [(None, r) for r in range(size)] + [(m, r) for m in range(size) for r in range(size)]


def told(deal: co.Agreement, chosen: Sequence[Act]) -> tuple[Profile, dict[int, Fraction]]:
    """The profile that is reported, and what members receive from one another."""
    said = [chosen[i][0] for i in deal.members]
    own = tuple(act[1] for act in chosen)
    if any(m is None for m in said):
        return own, {}
    message = tuple(m for m in said if m is not None)
    paid = dict(zip(deal.members, (F(x) for x in deal.payments.get(message, ())), strict=False))
    return replace(own, deal.members, tuple(deal.reports.get(message, message))), paid


def pays(
    env: oracle.Environment, x: oracle.TransferTable, deal: co.Agreement, i: int, k: int, chosen: Sequence[Act]
) -> Fraction:
    reported, paid = told(deal, chosen)
    return F(oracle.utility(env, x, i, k, reported)) + paid.get(i, F(0))


def plays(env: oracle.Environment, deal: co.Agreement, surely: bool) -> Iterator[Play]:
    every = [acts(size, i in deal.members, surely) for i, size in enumerate(env.sizes)]
    return product(*(product(every[i], repeat=size) for i, size in enumerate(env.sizes)))


def holds_up(env: oracle.Environment, x: oracle.TransferTable, deal: co.Agreement, play: Play, surely: bool) -> bool:
    for i, size in enumerate(env.sizes):
        others = tuple(j for j in range(env.n) if j != i)
        for k in range(size):
            if env.prior[i][k] == 0:
                continue
            worth = Counter[Act]()
            for types in profiles(env.sizes):
                if types[i] != k:
                    continue
                chance = env.probability(others, tuple(types[j] for j in others))
                for act in acts(size, i in deal.members, surely):
                    chosen = [play[j][types[j]] if j != i else act for j in range(env.n)]
                    worth[act] += chance * pays(env, x, deal, i, k, chosen)  # type: ignore[assignment]
            if worth[play[i][k]] < max(worth.values()):
                return False
    return True


def judged(env: oracle.Environment, x: oracle.TransferTable, deal: co.Agreement, play: Play) -> tuple[object, ...]:
    """(efficient, expected surplus, expected payoffs with side payments)."""
    everybody: Coalition = tuple(range(env.n))
    efficient, surplus, payoffs = True, F(0), [F(0)] * env.n
    for types in profiles(env.sizes):
        chance = env.probability(everybody, types)
        chosen = [play[i][k] for i, k in enumerate(types)]
        reported, _ = told(deal, chosen)
        got = F(env.welfare(types, oracle.efficient_alternative(env.u, reported)))
        best = env.welfare(types, oracle.efficient_alternative(env.u, types))
        efficient &= chance == 0 or got == best
        surplus += chance * got
        for i in everybody:
            payoffs[i] += chance * pays(env, x, deal, i, types[i], chosen)
    return efficient, surplus, tuple(payoffs)


def drawn_deal(rng: random.Random, env: oracle.Environment, members: Coalition) -> co.Agreement:
    points = list(product(*(range(env.sizes[i]) for i in members)))
    reports = {point: rng.choice(points) for point in points if rng.random() < 0.7}
    payments = {}
    for point in points:
        if rng.random() < 0.4:
            amounts = [F(rng.randint(-3, 3), rng.choice([1, 2, 3])) for _ in members[1:]]
            payments[point] = (-sum(amounts), *amounts)
    return co.Agreement(members, reports, payments)


@pytest.mark.parametrize(("seed", "least"), [(31, 1), pytest.param(32, 8, marks=pytest.mark.slow)])
def test_equilibria_are_those_of_the_definition(seed: int, least: int) -> None:
    rng = random.Random(seed)
    seen = Counter[str]()
    while min(seen[x] for x in KINDS) < least:
        environment = drawn(rng)
        env = plain(environment)
        if env.n == 1 or max(env.sizes) > 2:
            continue
        members = tuple(rng.sample(range(env.n), rng.choice([2, env.n]) if env.n > 2 else 2))
        surely = env.n > 2 or rng.random() < 0.4
        deal = drawn_deal(rng, env, members)
        mechanism = rng.choice([shapley, agv, RULES["vcg"], RULES["none"]])(environment)
        x = table_of(mechanism)
        found = co.agreement_equilibria(mechanism, deal, formed_surely=surely)
        expected = Counter(
            (play, *judged(env, x, deal, play))
            for play in plays(env, deal, surely)
            if holds_up(env, x, deal, play, surely)
        )
        mine = Counter(
            (
                tuple(
                    tuple(
                        (move["message"], -1 if move["report"] is None else move["report"])
                        for move in (found.moves(i, action) for action in strategy)
                    )
                    for i, strategy in enumerate(one.strategies)
                ),
                one.efficient,
                one.surplus,
                one.payoffs,
            )
            for one in found.found
        )
        assert mine == expected
        seen["refusable"] += not surely and bool(expected)
        seen["surely"] += surely and bool(expected)
        seen["three"] += len(members) == 3
        seen["inefficient"] += found.inefficient > 0
        seen["none"] += not expected
        seen["pays"] += bool(deal.payments) and bool(expected)
        seen["never"] += any(0 in row for row in env.prior)


def test_the_theorem_needs_the_right_to_refuse() -> None:
    """Shapley's transfers: no side contract of a pair harms if it may be refused, nearly all do if it may not."""
    good = shapley(AIRLINE)
    for pair in ((0, 1), (2, 0)):
        surely = co.every_agreement(good, pair, formed_surely=True)
        assert (surely.agreements, surely.equilibria, surely.inefficient, surely.harmful) == (256, 552, 548, 252)
        assert surely.worst is not None
        assert surely.worst.worst == F(-97, 2)
    rng = random.Random(5)
    for _ in range(12):
        environment = drawn(rng, zeros=False)
        env = plain(environment)
        if env.n < 2 or max(env.sizes) > 2:
            continue
        mechanism = shapley(environment)
        for members in [(0, 1)] if env.n == 2 else [(0, 1), (1, 2)]:
            found = co.agreement_equilibria(mechanism, drawn_deal(rng, env, members))
            assert not found.inefficient
            assert all(one.payoffs == tuple(env.ex_ante(i) for i in range(env.n)) for one in found.found)


def test_three_who_may_refuse() -> None:
    found = co.agreement_equilibria(shapley(AIRLINE), co.Agreement((0, 1, 2), {(0, 0, 1): (0, 0, 0)}))
    assert found.found
    assert not found.inefficient
    assert 0 < found.signed < len(found.found)


@pytest.mark.slow
def test_no_side_contract_of_a_pair_harms() -> None:
    found = co.every_agreement(shapley(AIRLINE), (0, 1))
    assert (found.agreements, found.equilibria, found.inefficient, found.without) == (256, 3264, 0, 0)
    assert co.every_agreement(agv(AIRLINE), (0, 1)).harmful == 256


def test_the_command() -> None:
    words = ("equilibria", "shapley", "--environment", "airline", "--prior", "uniform", "--sign", "0+1")
    agreed = ("--agree", "A,B=A,A", "--agree", "B,A=A,A")
    found = answer(*words, *agreed, "--json")
    assert (found["equilibria"], found["inefficient"], found["signed"]) == (21, 0, 4)
    assert found["reports"] == [{"message": [0, 1], "report": [0, 0]}, {"message": [1, 0], "report": [0, 0]}]
    found = answer(*words, *agreed, "--formed-surely", "--pay", "A,A=1/3,-1/3", "--json", status=1)
    assert (found["equilibria"], found["inefficient"], found["signed"]) == (1, 1, None)
    assert found["payments"] == [{"message": [0, 0], "receive": ["1/3", "-1/3"]}]
    told_words = run(*words, *agreed).stdout
    assert "21 pure equilibria, 0 inefficient; the truth yields 3/4, in 4 of them the contract is signed" in told_words
    assert "0 refuses and reports A if A, says B (or reports B if somebody refuses) if B" in told_words
    shown = run(*words, "--every-agreement", "--formed-surely")
    assert shown.returncode == 1
    assert "256 side contracts, 552 pure equilibria, 548 of them inefficient, by 252 of the contracts" in shown.stdout
    assert "(B, A) is reported as (A, B)" in shown.stdout
    for more, message in (
        (("--agree", "A,B"), "no equals sign"),
        (("--agree", "A=A,A"), "one type for each of 2 agents"),
        (("--agree", "A,C=A,A"), "no type 'C'"),
        (("--agree", "A,B=A,A", "--agree", "A,B=B,B"), "given twice"),
        (("--pay", "A,B=1,1"), "sum to 0"),
        (("--pay", "A,B=1"), "sum to 0"),
        (("--partition", "all"), "act by themselves"),
        (("--every-agreement", "--agree", "A,B=A,A"), "takes all of them"),
    ):
        assert message in refused(*words, *more)
    assert "go with --sign" in refused(*words[:-2], "--formed-surely")
    assert "two or more" in refused(*words[:-1], "0")
    assert "names an agent twice" in refused(*words[:-1], "0+0")
    assert "must name agents 0..2" in refused(*words[:-1], "0+x")
    with pytest.raises(co.SizeError, match="side contracts"):
        co.every_agreement(shapley(AIRLINE), (0, 1, 2))
