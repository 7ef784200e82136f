"""Searches by independent parts: against plain search, against brute force, and on problems too large to list."""

import random
from collections import Counter
from itertools import islice
from math import comb

import numpy as np
import pytest
import search_oracle

import collude as co
from collude.axioms.core.registry import require
from collude.enumerate.networks import product as parts
from collude.enumerate.networks.exploration import Effort
from collude.enumerate.networks.layout import component_net
from collude.enumerate.networks.product import Solver
from collude.enumerate.networks.reduction import reduce_net
from collude.enumerate.networks.solutions import Solutions, combined
from collude.enumerate.searches.compile import Compiled, compile_search
from collude.enumerate.searches.cubes import Runner, split
from collude.enumerate.searches.objective import objective_of
from collude.kernels.search.network import BEST, COUNT, FIRST
from collude.kernels.search.residues import PRIME, high_word, plus, times

NO_AXIOM = 3**36


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are reduced after one node, however small they are."""
    monkeypatch.setattr(parts, "TRIAL_NODES", 1)
    monkeypatch.setattr(parts, "MANY_VARIABLES", 1)


def drawn(count: int, seed: int, *, project: bool = False) -> list[tuple[Compiled, co.OutcomeSpace, list[str]]]:
    rng = random.Random(seed)
    problems = [search_oracle.random_problem(rng, number) for number in range(count)]
    return [(compile_search(space, require(names, space), project=project), space, names) for space, names in problems]


def listed(compiled: Compiled) -> list[bytes]:
    batches = Solutions(compiled.net, Effort(), (), True, 1)
    return [row.tobytes() for batch in batches for row in np.ascontiguousarray(batch, np.int32)]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("project", [False, True])
def test_parts_add_up_to_plain_search(project: bool) -> None:
    seen: Counter[str] = Counter()
    for compiled, _, names in drawn(150, 5, project=project):
        plain = Runner(compiled, COUNT, room=1 << 14).solve(())
        for absent in (None, compiled.absent()):
            tally = Solver(COUNT, absent=absent).solve(compiled.net, Effort())
            assert (tally.solutions, tally.digest, tally.complete) == (plain.solutions, plain.digest, True), names
        tracked = Solver(COUNT, tracked=True).solve(compiled.net, Effort())
        assert (tracked.solutions, tracked.digest) == (plain.solutions, plain.digest)
        assert project or np.array_equal(tracked.used, plain.used)
        rows = listed(compiled)
        assert len(rows) == len(set(rows)) == plain.solutions
        assert Solver(FIRST).solve(compiled.net, Effort()).solutions == (plain.solutions > 0)
        if not project:
            assert plain.listed is not None
            assert set(rows) == {row.tobytes() for row in plain.listed}
            if rows:
                assert tally.first is not None
                assert tally.first.astype(np.int32).tobytes() in rows
        reduction = reduce_net(compiled.net, compiled.net.domain) if plain.solutions else None
        if reduction is not None:
            seen["several parts"] += reduction.parts + reduction.singles > 1
            seen["clauses"] += reduction.conditional
            seen["clauses over parts"] += reduction.conditional and reduction.parts + reduction.singles > 1
            seen["tied"] += len(np.unique(reduction.slots.table.group)) < (reduction.slots.table.group >= 0).sum()
        seen["some"] += plain.solutions > 0
        seen["none"] += plain.solutions == 0
    least = {"several parts": 20, "clauses": 8, "clauses over parts": 5, "tied": 3, "some": 50, "none": 20}
    assert all(seen[name] >= count for name, count in least.items()), seen


@pytest.mark.usefixtures("at_once")
def test_the_best_of_parts_is_the_best() -> None:
    rng, seen = random.Random(8), 0
    for number in range(120):
        space, names = search_oracle.random_problem(rng, number)
        if space.environment.ordinal:
            continue
        weights, _ = objective_of(space, rng.choice(["revenue", "welfare", "utility"]))
        assert weights is not None
        compiled = compile_search(space, require(names, space), weights=weights)
        plain = Runner(compiled, BEST).solve(())
        tally = Solver(BEST).solve(compiled.net, Effort())
        assert tally.best == plain.best, names
        if tally.best is None:
            continue
        assert tally.first is not None
        outcomes = compiled.outcomes(tally.first[None, :])[0]
        assert sum(int(weights[p, o]) for p, o in enumerate(outcomes)) == tally.best
        assert Solver(BEST).solve(compiled.net, Effort(), floor=tally.best - 1).best == tally.best
        assert Solver(BEST).solve(compiled.net, Effort(), floor=tally.best).best is None
        seen += 1
    assert seen >= 40


@pytest.mark.usefixtures("at_once")
def test_cubes_by_parts_add_up() -> None:
    rng = random.Random(21)
    for number in range(24):
        space, names = search_oracle.random_problem(rng, number)
        compiled = compile_search(space, require(names, space))
        solver = Solver(COUNT)
        whole = solver.solve(compiled.net, Effort())
        for target in (3, 17):
            tallies = [solver.solve(compiled.net, Effort(), cube) for cube in split(compiled, target)]
            assert sum(tally.solutions for tally in tallies) == whole.solutions
            digests = [sum(tally.digest[lane] for tally in tallies) % PRIME for lane in (0, 1)]
            assert tuple(digests) == whole.digest


@pytest.mark.parametrize(
    ("require_", "count"),
    [
        ([], NO_AXIOM),
        (["anonymous"], 3**21),
        (["onto"], NO_AXIOM - 3 * 2**36 + 3),
        (["non-constant"], NO_AXIOM - 3),
        (["non-dictatorial", "onto"], NO_AXIOM - 3 * 2**36 + 3 - 2),
        (["unanimous"], 3**24),
    ],
)
def test_votes_without_incentives_are_counted_at_once(require_: list[str], count: int) -> None:
    """By hand: three alternatives at each of 36 profiles; 21 unordered ones; 12 with a common top."""
    space = co.outcome_space(co.voting(2, 3))
    result = co.search(space, require=require_)
    assert result.count == count
    assert co.search(space, require=require_, mode="exists").exists
    everything = co.search(space, require=require_, mode="all")
    assert (everything.count, everything.digest) == (count, result.digest)
    some = everything.some(10)
    assert len({mechanism.outcome.tobytes() + mechanism.bundle.tobytes() for mechanism in some}) == 10
    assert everything[3].outcome.tolist() == some[3].outcome.tolist()
    split_up = co.search(space, require=require_, chunks=40, jobs=2)
    assert (split_up.count, split_up.digest) == (count, result.digest)


def test_an_auction_without_axioms_multiplies() -> None:
    auction = co.auction(3, ["0", "1/2", "1"])
    result = co.search(auction, transfers=range(-1, 2))
    assert result.count == 108**27
    assert result.to_dict()["count"] == str(108**27)
    best = co.search(auction, transfers=range(-1, 2), mode="best", objective="revenue")
    assert best.best == "3"


def test_six_voters_agree_with_dedekind() -> None:
    """3 + n + 3 (D(n) - 2) functions, D the Dedekind numbers, by the theorem of Gibbard and Satterthwaite."""
    for voters, dedekind in ((2, 6), (3, 20), (4, 168), (5, 7581)):
        result = co.search(co.voting(voters, 3), require=["strategy-proof"], jobs=1)
        assert result.count == 3 + voters + 3 * (dedekind - 2)


def test_trivial_and_non_trivial_exclude_each_other() -> None:
    auction = co.auction(2, [0, 1])
    for mode in ("count", "exists"):
        result = co.search(auction, transfers=range(-1, 2), require=["trivial", "non-trivial"], mode=mode)
        assert result.exists is False
    trivial = co.search(auction, transfers=range(-1, 2), require=["trivial"])
    both = co.search(auction, transfers=range(-1, 2))
    other = co.search(auction, transfers=range(-1, 2), require=["non-trivial"])
    assert (trivial.count or 0) + (other.count or 0) == both.count


def test_combinations_come_in_order() -> None:
    rng = np.random.default_rng(4)
    pools = [rng.integers(0, 9, (int(size), 2)).astype(np.int32) for size in (3, 1, 4, 2)]
    rows = [tuple(row) for block in combined(pools) for row in block.tolist()]
    expected = [
        tuple(np.concatenate([pools[0][a], pools[1][b], pools[2][c], pools[3][d]]).tolist())
        for a in range(3)
        for b in range(1)
        for c in range(4)
        for d in range(2)
    ]
    assert rows == expected
    large = [np.arange(3, dtype=np.int32)[:, None]] * 30
    assert sum(len(block) for block in islice(combined(large), 3)) > 3000


def test_a_part_cut_out_has_its_own_solutions() -> None:
    """Two votes side by side: each part of the joint network counts as the vote by itself."""
    rng, seen = random.Random(2), 0
    for number in range(60):
        space, names = search_oracle.random_problem(rng, number)
        compiled = compile_search(space, require(names, space))
        reduction = reduce_net(compiled.net, compiled.net.domain)
        if reduction is None or reduction.conditional or not reduction.parts:
            continue
        counts = [
            plain_count(component_net(reduction.net, int(low), int(high)))
            for low, high in zip(reduction.bounds, reduction.bounds[1:], strict=False)
        ]
        singles = int(np.prod(reduction.single_counts, dtype=object))
        assert np.prod(counts, dtype=object) * singles == Runner(compiled, COUNT).solve(()).solutions
        seen += 1
    assert seen >= 10


def plain_count(net: parts.Net) -> int:
    """Solutions of a network by plain search."""
    return Solver(COUNT).solve(net, Effort(), settled=False, limit_reduction=True).solutions


@pytest.mark.kernel
def test_residues_multiply_as_integers_do() -> None:
    rng = random.Random(1)
    edges = [0, 1, 2, PRIME - 1, PRIME - 2, 1 << 60, (1 << 32) - 1]
    pairs = [(x, y) for x in edges for y in edges] + [(rng.randrange(PRIME), rng.randrange(PRIME)) for _ in range(300)]
    for x, y in pairs:
        assert int(times(np.uint64(x), np.uint64(y))) == x * y % PRIME
        assert int(high_word(np.uint64(x), np.uint64(y))) == x * y >> 64


def test_moulin_medians_come_out() -> None:
    """Anonymous onto functions on single-peaked orders: C(m + n - 2, n - 1) of them."""
    env = co.voting(3, 4, preferences="single-peaked")
    assert co.search(env, require=["strategy-proof", "anonymous", "onto"]).count == comb(5, 2)


@pytest.mark.parametrize(("x", "y", "total"), [(0, 0, 0), (1, PRIME - 1, 0), (PRIME - 1, PRIME - 1, PRIME - 2)])
def test_residues_add_up_below_the_modulus(x: int, y: int, total: int) -> None:
    assert int(plus(np.uint64(x), np.uint64(y))) == total
