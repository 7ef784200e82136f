"""The atlas against brute force over all subsets, and its commands."""

import json
import random
from itertools import combinations

import pytest
import search_oracle
from commands import run
from conversion import plain

import collude as co
from collude.enumerate.maps.atlas import atlas
from collude.enumerate.problems.registry import build_problem


def brute(space: co.OutcomeSpace, names: list[str]) -> dict[frozenset[str], int]:
    """How many mechanisms have each subset of the axioms, by trying all tables."""
    tables = search_oracle.brute_force(space, [])
    known = search_oracle.checks(space)
    satisfied = [
        frozenset(name for name in names if known[name](search_oracle.plain_of(space, table))) for table in tables
    ]
    subsets = [frozenset(group) for m in range(len(names) + 1) for group in combinations(names, m)]
    return {subset: sum(subset <= have for have in satisfied) for subset in subsets}


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 12))])
def test_an_atlas_agrees_with_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    families = list(search_oracle.SPACES)
    family = families[seed % len(families)]
    space = search_oracle.SPACES[family](rng)
    names = rng.sample(search_oracle.conditions(family, space), 6)
    counts = brute(space, names)
    made = atlas(space, names)
    assert made.complete
    for subset, count in counts.items():
        assert made.decided(sorted(subset)) == (count > 0), subset
    impossible = [subset for subset, count in counts.items() if not count]
    minimal = {subset for subset in impossible if not any(other < subset for other in impossible)}
    assert {frozenset(clash.axioms) for clash in made.clashes} == minimal
    possible = [subset for subset, count in counts.items() if count]
    maximal = {subset for subset in possible if not any(subset < other for other in possible)}
    assert {frozenset(set_.axioms): set_.count for set_ in made.possibilities} == {s: counts[s] for s in maximal}
    assert made.searches <= 2 ** len(names)


def test_gibbard_and_satterthwaite_in_an_atlas() -> None:
    pytest.importorskip("pysat")
    space = co.outcome_space(co.voting(2, 3))
    names = ["strategy-proof", "onto", "non-dictatorial", "unanimous", "anonymous", "maskin-monotonic", "non-constant"]
    made = atlas(space, names, confirm="sat")
    clashes = {clash.axioms for clash in made.clashes}
    assert ("strategy-proof", "onto", "non-dictatorial") in clashes
    assert all(clash.confirmed == "sat" for clash in made.clashes)
    assert made.searches < 2 ** len(names) / 2
    for set_ in made.possibilities:
        assert co.check(set_.mechanism, list(set_.axioms)).holds


AUCTION = [
    "strategy-proof",
    "group-strategy-proof",
    "anonymous",
    "envy-free",
    "efficient",
    "budget-balanced",
    "individually-rational",
    "non-trivial",
]
PROCUREMENT = [
    "group-strategy-proof",
    "reallocation-proof",
    "bribe-proof",
    "individually-rational",
    "quantity-target=1",
    "transfer-cap=3",
    "anonymous",
    "non-constant",
]
GAP_CLOSED = [
    {"anonymous", "efficient", "budget-balanced"},
    {"envy-free", "efficient", "budget-balanced"},
    {"group-strategy-proof", "anonymous", "non-trivial"},
    {"group-strategy-proof", "envy-free", "non-trivial"},
]
GAP_OPEN = [
    {"group-strategy-proof", "anonymous", "efficient"},
    {"group-strategy-proof", "envy-free", "efficient"},
    {"strategy-proof", "anonymous", "efficient", "budget-balanced"},
    {"strategy-proof", "envy-free", "efficient", "budget-balanced"},
    {"group-strategy-proof", "anonymous", "budget-balanced", "non-trivial"},
    {"group-strategy-proof", "envy-free", "budget-balanced", "non-trivial"},
]
NO_TARGET = [
    {"individually-rational", "quantity-target=1", "transfer-cap=3"},
    {"group-strategy-proof", "quantity-target=1", "anonymous"},
    {"reallocation-proof", "quantity-target=1", "anonymous"},
    {"bribe-proof", "quantity-target=1", "anonymous"},
    {"quantity-target=1", "transfer-cap=3", "anonymous"},
]
LARGE = [
    ("auction", {"agents": 2, "values": "0,1", "transfers": "-2:2"}, AUCTION, GAP_CLOSED, 0.25),
    pytest.param(
        "auction",
        {"agents": 2, "values": "0,2,4", "transfers": "-4:4"},
        AUCTION,
        GAP_OPEN,
        0.25,
        marks=pytest.mark.slow,
    ),
    ("procurement", {"agents": 2, "costs": "1,4", "transfers": "0:4"}, PROCUREMENT, NO_TARGET, 0.25),
]


@pytest.mark.parametrize(("problem", "parameters", "names", "clashes", "share"), LARGE)
def test_eight_axioms(
    problem: str, parameters: dict[str, object], names: list[str], clashes: list[set[str]], share: float
) -> None:
    """Every clash confirmed by a solver and minimal, every maximal set held by a mechanism by the oracle's definitions."""
    pytest.importorskip("pysat")
    space = build_problem(problem, parameters)
    made = atlas(space, names, confirm="sat")
    assert made.complete
    assert [clash.confirmed for clash in made.clashes] == ["sat"] * len(clashes)
    assert {frozenset(clash.axioms) for clash in made.clashes} == set(map(frozenset, clashes))
    assert 0 < made.searches < share * 2 ** len(names)
    known = search_oracle.checks(space)
    known["transfer-cap=3"] = lambda p: all(max(o[1]) <= 3 for o in p.table.values())
    for set_ in made.possibilities:
        table = plain(set_.mechanism)
        assert {name for name in names if known[name](table)} == set(set_.axioms)
        assert co.check(set_.mechanism, list(set_.axioms)).holds
    covered = [set(set_.axioms) for set_ in made.possibilities]
    for clash in made.clashes:
        for name in clash.axioms:
            assert any(set(clash.axioms) - {name} <= each for each in covered)
    for m in range(len(names) + 1):
        for group in combinations(names, m):
            assert made.decided(group) == (not any(clash <= set(group) for clash in clashes))
            assert made.decided(group) == any(set(group) <= each for each in covered)


@pytest.mark.slow
@pytest.mark.parametrize(("problem", "parameters", "names", "clashes", "share"), LARGE[::2])
def test_every_subset_by_a_solver(
    problem: str, parameters: dict[str, object], names: list[str], clashes: list[set[str]], share: float
) -> None:
    """All 256 subsets, one by one, each answer confirmed by a solver: the same atlas."""
    pytest.importorskip("pysat")
    space = build_problem(problem, parameters)
    for m in range(len(names) + 1):
        for group in combinations(names, m):
            found = co.search(space, require=list(group), mode="exists", confirm="sat")
            assert found.exists == (not any(clash <= set(group) for clash in clashes)), group
    assert share < 1


def test_the_command() -> None:
    words = [
        "voting",
        "--agents",
        "2",
        "--alternatives",
        "2",
        "--axioms",
        "strategy-proof,onto,anonymous,non-dictatorial",
    ]
    done = run("atlas", *words, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["complete"]
    assert answer["subsets"] == 16
    assert {"axioms", "count"} == set(answer["maximal_possible"][0])
    assert run("atlas", *words).stdout.count("\n") < 30
    wrong = run(
        "atlas", "voting", "--agents", "2", "--alternatives", "2", "--axioms", "self-enforcing-group-strategy-proof"
    )
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
