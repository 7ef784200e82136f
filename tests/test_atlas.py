"""The atlas against brute force over all subsets, and its commands."""

import json
import random
from itertools import combinations

import pytest
import search_oracle
from commands import run

import collude as co
from collude.enumerate.maps.atlas import atlas


def brute(space: co.OutcomeSpace, names: list[str]) -> dict[frozenset[str], int]:
    """How many mechanisms have each subset of the axioms, by trying all tables."""
    tables = search_oracle.brute_force(space, [])
    known = search_oracle.checks(space)
    satisfied = [
        frozenset(name for name in names if known[name](search_oracle.plain_of(space, table))) for table in tables
    ]
    subsets = [frozenset(group) for m in range(len(names) + 1) for group in combinations(names, m)]
    return {subset: sum(subset <= have for have in satisfied) for subset in subsets}


@pytest.mark.parametrize("seed", range(12))
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
