"""The search against brute force, against known counts, and against itself however it is run."""

import random
from dataclasses import replace
from fractions import Fraction as F  # noqa: N817
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import search_oracle

import collude as co
from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import load_axioms, require
from collude.enumerate.listings.isomorphism import relabellings
from collude.enumerate.searches.compile import compile_search
from collude.enumerate.searches.cubes import MODES, Runner, split
from collude.kernels.search.dfs import explore, restart
from collude.kernels.search.network import PAUSED, SOLUTIONS, fresh_state
from collude.kernels.search.residues import PRIME
from collude.models.space import Cells


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 50))])
def test_random_problems_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for number in range(20):
        space, names = search_oracle.random_problem(rng, number)
        tables = search_oracle.brute_force(space, names)
        found = co.search(space, require=names, mode="all")
        assert found.count == len(tables), names
        listed = {tuple(m.show_outcome(o) for o in m.outcome.tolist()) for m in found}
        assert len(listed) == len(tables)
        expected = {tuple(table[p] for p in sorted(table)) for table in tables}
        assert {tuple((o.bundles, o.transfers) for o in row) for row in listed} == expected
        assert co.search(space, require=names, mode="exists").exists == bool(tables)
        classes = co.search(space, require=names, project="utility")
        assert classes.count == search_oracle.projected(space, tables)


def problems(rng: random.Random, count: int) -> list[tuple[co.OutcomeSpace, list[str]]]:
    return [search_oracle.random_problem(rng, number) for number in range(count)]


@pytest.mark.parametrize("name", search_oracle.EVERY)
def test_each_condition_alone_agrees_with_brute_force(name: str) -> None:
    """Eight problems for each condition, drawn where the table of the oracle says that it applies; the engine may not decline."""
    rng = random.Random(name)
    restricting = 0
    for number in range(8):
        space = search_oracle.space_for(name, rng, number)
        everything = space.outcomes ** prod(space.environment.sizes)
        kept = len(search_oracle.brute_force(space, [name]))
        assert co.search(space, require=[name]).count == kept
        restricting += kept < everything
    assert restricting >= search_oracle.LEAST_RESTRICTING.get(name, 4)


def test_coalitions_of_two_among_three_agents() -> None:
    """Three alternatives, so that two who lie together can gain where neither can alone; counted again by a SAT solver."""
    pytest.importorskip("pysat")
    rng = random.Random(5)
    for _ in range(6):
        payoffs = [[[rng.randint(-2, 2) for _ in range(3)] for _ in range(2)] for _ in range(3)]
        space = co.outcome_space(co.choice(payoffs))
        for name in ("pairwise-strategy-proof", "coalition-strategy-proof=2"):
            found = co.search(space, require=[name], confirm="sat")
            assert found.count is not None
            assert found.evidence["confirmed"]["answer"] == f"{found.count} mechanisms"


def test_the_table_of_the_oracle_names_every_searchable_axiom() -> None:
    names = {name.partition("=")[0] for name in search_oracle.EVERY}
    assert names == {name for name, axiom in load_axioms().items() if axiom.searchable}
    assert all(axiom.has_second_opinion for axiom in load_axioms().values() if axiom.searchable)


def test_cubes_add_up_to_the_whole() -> None:
    rng = random.Random(7)
    for space, names in problems(rng, 12):
        compiled = compile_search(space, require(names, space))
        whole = Runner(compiled, MODES["count"]).solve(())
        for target in (2, 9, 50):
            parts = [Runner(compiled, MODES["count"]).solve(cube) for cube in split(compiled, target)]
            assert sum(part.solutions for part in parts) == whole.solutions
            assert tuple(sum(part.digest[lane] for part in parts) % PRIME for lane in (0, 1)) == whole.digest
            used = np.bitwise_or.reduce([part.used for part in parts]) if parts else np.zeros_like(whole.used)
            assert np.array_equal(used, whole.used)


@pytest.mark.parametrize("project", ["", "utility"])
def test_answer_does_not_depend_on_how_it_is_run(project: str) -> None:
    env, axioms = co.auction(2, [0, 1, 2]), ["strategy-proof", "individually-rational", "budget-balanced"]
    runs = [
        co.search(env, transfers=range(-1, 2), require=axioms, project=project, **options)
        for options in ({}, {"jobs": 1, "chunks": 40}, {"jobs": 2, "chunks": 300}, {"mode": "all"})
    ]
    assert len({(found.count, found.digest) for found in runs}) == 1


def test_propagation_from_larger_domains_changes_no_answer() -> None:
    rng = random.Random(3)
    for space, names in problems(rng, 25):
        compiled = compile_search(space, require(names, space))
        tallies = [Runner(compiled, MODES["count"], limit=limit).solve(()) for limit in (1, 2, 64)]
        assert len({(tally.solutions, tally.digest) for tally in tallies}) == 1
        assert tallies[2].nodes <= tallies[0].nodes


@pytest.mark.kernel
def test_a_search_resumes_where_it_stopped() -> None:
    env = co.voting(2, 3)
    compiled = compile_search(co.outcome_space(env), require(["strategy-proof"], co.outcome_space(env)))
    state = fresh_state(compiled.net, 1, False)
    restart(compiled.net, state, np.empty((0, 2), np.int64), 1, True)
    calls = 1
    while explore(compiled.net, state, MODES["count"], 1, 1) == PAUSED:
        calls += 1
    assert calls > 20
    assert int(state.head[SOLUTIONS]) == 17


@pytest.mark.kernel
def test_merging_profiles_changes_no_answer() -> None:
    """Anonymity as identification and as a constraint: the same mechanisms, the same digest."""
    env = co.voting(3, 3, preferences="single-peaked")
    space = co.outcome_space(env)
    rules = require(["strategy-proof", "anonymous"], space)
    merged = compile_search(space, rules)
    outcome_ids = compile_search(replace(space, cells=trivial_cells(space)), rules)
    assert merged.variables < outcome_ids.variables
    one, other = (Runner(compiled, MODES["count"]).solve(()) for compiled in (merged, outcome_ids))
    assert (one.solutions, one.digest) == (other.solutions, other.digest)


def trivial_cells(space: co.OutcomeSpace) -> Cells:
    """Every profile by itself."""
    profiles = len(space.type_indices)
    option = np.tile(np.arange(space.outcomes, dtype=np.int32), (profiles, 1))
    return Cells(np.arange(profiles), option, np.full(profiles, space.outcomes, np.int64))


def test_removing_a_constraint_only_adds_mechanisms() -> None:
    rng = random.Random(11)
    for space, names in problems(rng, 30):
        every = {
            tuple(m.show_outcome(o) for o in m.outcome.tolist()) for m in co.search(space, require=names, mode="all")
        }
        for name in names:
            fewer = [other for other in names if other != name]
            more = co.search(space, require=fewer, mode="all")
            assert every <= {tuple(m.show_outcome(o) for o in m.outcome.tolist()) for m in more}


def test_a_planted_mechanism_is_found() -> None:
    """Without the price between 1 and 2 there is no anonymous non-trivial mechanism; with it there is one."""
    axioms = ["group-strategy-proof", "anonymous", "non-trivial"]
    env = co.auction(2, [0, 1, 2])
    whole = co.outcome_space(env, [-2, "-3/2", -1, 0, "1/2", 1])
    planted = co.search(whole, require=axioms, normalise=True, mode="all")
    assert planted.exists
    coarse = co.outcome_space(env, [-2, -1, 0, 1])
    assert co.search(coarse, require=axioms, normalise=True).exists is False
    first = next(iter(planted))
    used = {tuple(first.show_outcome(o).transfers) for o in first.outcome.tolist()}
    assert any(t.denominator == 2 for row in used for t in row)


def test_best_is_the_best_of_all() -> None:
    env = co.auction(2, [0, 2], prior=co.Prior(independent=((F(3, 4), F(1, 4)),) * 2))
    space = co.outcome_space(env, range(-2, 2))
    axioms = ["strategy-proof", "individually-rational", "no-deficit"]
    for objective in ("revenue", "welfare", "utility"):
        best = co.search(space, require=axioms, mode="best", objective=objective)
        split_up = co.search(space, require=axioms, mode="best", objective=objective, chunks=60, jobs=2)
        values = [expected(mechanism, objective) for mechanism in co.search(space, require=axioms)]
        assert F(best.best or 0) == F(split_up.best or 0) == max(values)
        assert expected(next(iter(best)), objective) == max(values)


def expected(mechanism: co.Mechanism, objective: str) -> F:
    """The expected revenue, welfare or sum of utilities under the prior of the test."""
    probabilities, total = (F(3, 4), F(1, 4)), F(0)
    for profile in product(range(2), repeat=2):
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        worth = sum(2 * k * b[0] for k, b in zip(profile, shown.bundles, strict=True))
        money = sum(shown.transfers)
        amount = {"revenue": -money, "welfare": F(worth), "utility": worth + money}[objective]
        total += probabilities[profile[0]] * probabilities[profile[1]] * amount
    return total


def test_an_unsaturated_window_is_said() -> None:
    env, axioms = co.auction(2, [0, 2]), ["group-strategy-proof", "symmetric"]
    narrow = co.search(env, transfers=range(-1, 2), require=axioms, normalise=True)
    assert narrow.evidence["window"]["saturated"] is False
    assert narrow.evidence["window"]["wider_count"] > (narrow.count or 0)
    assert narrow.evidence["window"]["wider_transfers"] == ["-2", "2"]
    wide = co.search(env, transfers=range(-4, 5), require=axioms, normalise=True)
    assert wide.evidence["window"]["saturated"] is True


def test_a_step_that_changes_nothing_is_not_taken_for_saturation() -> None:
    """Values that differ by 6, transfers up to 1: nothing up to 2, something up to 3, much more up to 6."""
    env, axioms = co.auction(2, [0, 6]), ["group-strategy-proof", "symmetric", "non-trivial"]
    narrow = co.search(env, transfers=range(-1, 2), require=axioms, normalise=True)
    assert (narrow.count, narrow.evidence["window"]["wider_count"], narrow.evidence["window"]["saturated"]) == (
        0,
        554,
        False,
    )


def test_a_stopped_search_is_incomplete() -> None:
    env = co.auction(2, [0, 1, 2, 3])
    found = co.search(env, transfers=range(-2, 3), require=["strategy-proof"], max_seconds=0.3)
    assert (found.complete, found.count, found.status) == (False, None, 3)


def test_a_wrong_mechanism_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CoalitionalAxiom, "pair_rules", lambda _self, _space: [])
    with pytest.raises(co.DisagreementError, match="strategy-proof"):
        co.search(co.voting(1, 3), require=["strategy-proof"], mode="all")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"require": ["strategy-prof"]}, "nearest is 'strategy-proof'"),
        ({"require": ["self-enforcing-group-strategy-proof"]}, "cannot be searched"),
        ({"require": ["individually-rational"]}, "without a zero"),
        ({"require": ["quantity-target"]}, "takes a whole number"),
        ({"mode": "some"}, "exists, count, all, best"),
        ({"mode": "best"}, "objective"),
        ({"jobs": 0}, "at least 1"),
        ({"nonsense": 1}, "no option 'nonsense'"),
        ({"normalise": True}, "no grid"),
    ],
)
def test_bad_input_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(co.ColludeError, match=words):
        co.search(co.voting(2, 3), **options)


def test_too_large_is_refused_with_numbers() -> None:
    with pytest.raises(co.SizeError, match="outcomes"):
        co.search(co.auction(4, [0, 1]), transfers=range(-30, 31))
    space = co.outcome_space(co.auction(2, range(9)), range(-12, 13))
    with pytest.raises(co.SizeError, match="GB"):
        compile_search(space, require(["group-strategy-proof"], space), memory=1 << 24)


def test_listing_to_a_folder_is_the_same(tmp_path: Path) -> None:
    env, axioms = co.auction(2, [0, 1]), ["strategy-proof", "individually-rational"]
    memory = co.search(env, transfers=range(-1, 2), require=axioms, mode="all")
    disk = co.search(env, transfers=range(-1, 2), require=axioms, mode="all", out=str(tmp_path), chunks=30)
    assert (memory.count, memory.digest) == (disk.count, disk.digest)
    one, other = (sorted(m.outcome.tobytes() + m.transfer.tobytes() for m in found) for found in (memory, disk))
    assert one == other
    assert {path.name for path in tmp_path.iterdir()} >= {"mechanisms.npy", "outcomes.csv", "result.json"}
    assert not (tmp_path / "listed").exists()


@pytest.mark.parametrize(
    ("agents", "count", "sizes"), [(2, 17, {2: 1, 3: 1, 6: 2}), (3, 60, {3: 3, 6: 1, 9: 1, 18: 2})]
)
def test_orbits_add_up(agents: int, count: int, sizes: dict[int, int]) -> None:
    space = co.outcome_space(co.voting(agents, 3))
    found = co.search(space, require=["strategy-proof"], mode="all", isomorphism=True)
    assert found.evidence["isomorphism"]["sizes"] == {str(size): classes for size, classes in sizes.items()}
    assert sum(size * classes for size, classes in sizes.items()) == count == found.count


@pytest.mark.kernel
def test_renaming_maps_mechanisms_to_mechanisms() -> None:
    for env, grid, axioms in (
        (co.voting(2, 3, preferences="single-peaked"), None, ["strategy-proof"]),
        (co.auction(2, [0, 2]), range(-2, 3), ["group-strategy-proof", "symmetric"]),
    ):
        space = co.outcome_space(env, grid)
        compiled = compile_search(space, require(axioms, space))
        tables = [row for batch in Runner(compiled, MODES["all"], 64).batches() for row in compiled.outcomes(batch)]
        known = {table.tobytes() for table in tables}
        for source, target in relabellings(space):
            assert {target[table[source]].tobytes() for table in tables} == known
