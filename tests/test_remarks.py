"""Safronov's Remarks 1 to 3: what large coalitions say about small ones, smallest transfers, pairs; each from its definition."""

import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path

import pytest
from commands import answer, refused, run
from drawn_choices import AIRLINE, GOOD, OBJECT3, drawn, plain, published, table_of, with_prior
from oracle import bayes as oracle
from oracle.plain import profiles

import collude as co
from collude.models.environment import Environment
from collude.models.library.expected_externality import freedom
from collude.models.library.public_choices import single_object

F = Fraction
Vector = list[Fraction]


def eliminated(rows: list[Vector]) -> tuple[list[Vector], list[int]]:
    """Row echelon form with leading ones, and the columns of these."""
    rows, leads = [list(row) for row in rows], []
    for column in range(len(rows[0])):
        lead = next((r for r in range(len(leads), len(rows)) if rows[r][column]), None)
        if lead is None:
            continue
        top = len(leads)
        rows[top], rows[lead] = rows[lead], rows[top]
        rows[top] = [x / rows[top][column] for x in rows[top]]
        for r, row in enumerate(rows):
            if r != top and row[column]:
                rows[r] = [x - row[column] * y for x, y in zip(row, rows[top], strict=True)]
        leads.append(column)
    return rows[: len(leads)], leads


def smallest(environment: Environment, constants: Sequence[Fraction] | None) -> tuple[Fraction, int]:
    """The smallest expected sum of squares under (1) and (3), and the dimension, by a basis of the null space."""
    env = plain(environment)
    n, points = env.n, list(profiles(env.sizes))
    place = {(p, i): x for x, (p, i) in enumerate(product(points, range(n)))}
    width = len(place) + n
    rows = []
    for p in points:
        row = [F(0)] * (width + 1)
        for i in range(n):
            row[place[p, i]] = F(1)
        rows.append(row)
    for i in range(n):
        for p in points:
            if p[i] == 0:
                row = [F(0)] * (width + 1)
                row[len(place) + i] = F(-1)
                for k, chance in enumerate(env.prior[i]):
                    point = (*p[:i], k, *p[i + 1 :])
                    row[place[point, i]] += chance
                    row[width] -= chance * env.value(i, point)
                rows.append(row)
        if constants is not None:
            rows.append([F(x == len(place) + i) for x in range(width)] + [constants[i]])
    reduced, leads = eliminated(rows)
    assert width not in leads
    start = [F(0)] * width
    for row, lead in zip(reduced, leads, strict=True):
        start[lead] = row[width]
    basis = []
    for free in (x for x in range(width) if x not in leads):
        direction = [F(x == free) for x in range(width)]
        for row, lead in zip(reduced, leads, strict=True):
            direction[lead] = -row[free]
        basis.append(direction)
    weight = [env.probability(tuple(range(n)), p) for p in points for _ in range(n)] + [F(0)] * n

    def inner(one: Vector, other: Vector) -> Fraction:
        return sum((w * x * y for w, x, y in zip(weight, one, other, strict=True)), F(0))

    normal = [[*(inner(one, other) for other in basis), -inner(one, start)] for one in basis]
    point = list(start)
    if basis:
        solved, pivots = eliminated(normal)
        for row, pivot in zip(solved, pivots, strict=True):
            point = [x + row[-1] * y for x, y in zip(point, basis[pivot], strict=True)]
    return inner(point, point), len(basis)


def test_smallest_transfers_are_those_of_the_definition() -> None:
    rng = random.Random(12)
    seen = Counter[str]()
    cases = [(AIRLINE, False), (GOOD, True), (published(4, 2, 3, 3), False)]
    while min(seen[x] for x in ("free", "given", "never", "uneven")) < 4:
        environment, give = cases.pop() if cases else (drawn(rng), rng.random() < 0.5)
        env = plain(environment)
        if env.n == 1 or environment.profiles > 12:
            continue
        surplus = sum(env.ex_ante(i) for i in range(env.n))
        constants = None
        if give:
            first = [F(rng.randint(-3, 3), 2) for _ in range(env.n - 1)]
            constants = (*first, surplus - sum(first))
        found = co.least_squares(environment, constants)
        square, dimensions = smallest(environment, constants)
        assert (found.square, found.dimensions) == (square, dimensions)
        assert found.dimensions == freedom(env.sizes)[0 if give else 1]
        x = table_of(found.mechanism)
        assert not oracle.condition_1(env, x)
        assert oracle.condition_3(env, x) == [{constant} for constant in found.constants]
        assert constants is None or found.constants == constants
        assert found.shapley
        never = any(0 in row for row in env.prior)
        assert found.unique or never
        if not never:
            shift = [constant - env.ex_ante(i) for i, constant in enumerate(found.constants)]
            known = oracle.shapley(env)
            assert x == {p: tuple(a + b for a, b in zip(known[p], shift, strict=True)) for p in known}
        seen["given" if give else "free"] += 1
        seen["never"] += never
        seen["uneven"] += len(set(env.sizes)) > 1
    with pytest.raises(co.InputError, match="sum to the expected surplus, 3/4"):
        co.least_squares(AIRLINE, [1, 0, 0])
    with pytest.raises(co.SizeError, match="fewer types"):
        co.least_squares(with_prior(single_object(4, range(4))))


@pytest.mark.parametrize("least", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_pairs_decouple(least: int) -> None:
    rng = random.Random(7)
    seen = Counter[str]()
    cases = [published(1, 3, 3, 3), AIRLINE, OBJECT3, single_object(2, range(4))]
    while min(seen[x] for x in ("possible", "impossible", "separable", "spared", "three")) < least:
        environment = cases.pop() if cases else drawn(rng)
        env = plain(with_prior(environment))
        if env.n == 1:
            continue
        for found in co.all_pairs(environment):
            i, j = found.pair
            whole = co.dominance(environment, [(i,), (j,), (i, j)])
            assert (found.feasible, found.slack) == (whole.feasible, whole.slack)
            rest = tuple(k for k in range(env.n) if k not in found.pair)
            x = {p: [F(0)] * env.n for p in profiles(env.sizes)}
            for case in found.cases:
                here = [p for p in x if tuple(p[k] for k in rest) == case.others]
                surplus = {(p[i], p[j]): env.welfare(p, oracle.efficient_alternative(env.u, p)) for p in here}
                mixed = {
                    surplus[a, b] + surplus[c, d] - surplus[a, d] - surplus[c, b]
                    for (a, b), (c, d) in combinations(surplus, 2)
                }
                assert case.separable == (mixed <= {0})
                assert case.dominance.feasible or not case.separable
                seen["separable"] += case.separable and len(surplus) > 3
                seen["spared"] += case.dominance.feasible and not case.separable
                if case.dominance.mechanism is not None:
                    small = table_of(case.dominance.mechanism)
                    for p in here:
                        x[p][i], x[p][j] = (F(amount) for amount in small[p[i], p[j], 0][:2])
            seen["possible" if found.feasible else "impossible"] += 1
            seen["three"] += env.n == 3
            if found.feasible:
                table = {p: tuple(row) for p, row in x.items()}
                upset = oracle.dominance_violations(env, table)
                assert not [one for one in upset if one[1] in {(i,), (j,), (i, j)}]
    with pytest.raises(co.InputError, match="two different agents"):
        co.pair_dominance(AIRLINE, (0, 0))


def test_singles_and_pairs_say_nothing_of_all_together() -> None:
    """The published counterexample: with one and two agents possible, with all three not."""
    environment = published(241, 3, 2, 3)
    small = [members for size in (1, 2) for members in combinations(range(3), size)]
    assert co.dominance(environment, small).feasible
    assert not co.dominance(environment).feasible


@pytest.mark.parametrize("free", [(1,), (2,), (3,), (1, 2), (2, 3)])
def test_which_sizes_take_care_of_others(free: tuple[int, ...]) -> None:
    """In the airline example only all together are taken care of, by balance; what pairs can gain has no limit."""
    env = plain(AIRLINE)
    found = co.descent(AIRLINE, free)
    assert found.gain == {(1,): F(101, 4), (3,): F(0)}.get(free)
    x = table_of(found.mechanism)
    assert not oracle.condition_1(env, x)
    profitable = oracle.coalition_proof(env, x)
    assert {len(members) for members, *_ in profitable} <= set(free)
    mine = [gain for *what, gain in profitable if what == [found.coalition, found.types, found.report]]
    assert mine == ([found.gain] if found.gain else []) or (found.gain is None and mine[0] > 0)


def test_the_commands(tmp_path: Path) -> None:
    words = ("transfers", "airline", "--rule")
    found = answer(*words, "least-squares", "--sure", "1/2,1/4,0", "--json")
    assert found["least_squares"] == {
        "square": "445/32", "constants": ["1/2", "1/4", "0"], "dimensions": 5, "unique": True, "shapley": True
    }  # fmt: skip
    assert found["expected_transfers"] == ["1/4", "0", "-1/4"]
    assert answer(*words, "shapley", "--json")["expected_squares"] == found["expected_squares"][:2] + "1/32"
    assert "they are the Shapley transfers up to a constant" in run(*words, "least-squares").stdout
    found = answer(*words, "descent", "--json", status=1)
    assert (found["gain"], found["coalition"], len(found["table"])) == ("101/4", [0], 8)
    assert "gains more than any amount" in run(*words, "descent", "--may-gain", "2,3").stdout
    found = answer(
        "transfers", "single-object", "--agents", "3", "--values", "0:3", "--rule", "pairs", "--json", status=1
    )
    assert [(one["slack"], sum(case["feasible"] for case in one["cases"])) for one in found["pairs"]] == [
        ("1/8", 2), ("1/8", 3), ("1/8", 3)
    ]  # fmt: skip
    assert "possible though not separable" in run(*words, "pairs").stdout
    object2 = ("transfers", "single-object", "--agents", "2", "--values", "0:3", "--rule", "dominant")
    table = tmp_path / "x.csv"
    assert answer(*object2, "--coalitions", "0,1,0", "--out", str(table), "--json")["coalitions"] == [[0], [1]]
    assert len(table.read_text().splitlines()) == 17
    assert answer(*object2, "--coalitions", "1,0+1", "--json")["feasible"]
    assert answer(*object2, "--max-coalition", "1", "--json")["feasible"]
    assert not answer(*object2, "--max-coalition", "2", "--json", status=1)["feasible"]
    for more, message in (
        (("shapley", "--coalitions", "0"), "goes with --rule dominant"),
        (("dominant", "--sure", "1"), "goes with --rule least-squares"),
        (("dominant", "--may-gain", "1"), "goes with --rule descent"),
        (("dominant", "--max-coalition", "1", "--coalitions", "0"), "leave out"),
        (("dominant", "--coalitions", "0+9"), "must name agents"),
        (("descent", "--may-gain", "x"), "numbers of members"),
        (("descent", "--may-gain", "4"), "from 1 to 3"),
        (("least-squares", "--sure", "1,2"), "sum to the expected surplus"),
        (("pairs", "--out", "x.csv"), "leave out --out"),
    ):
        assert message in refused(*words, *more)
    lone = Path(tmp_path / "lone.toml")
    lone.write_text('mechanism = "efficient"\n[environment]\nkind = "choice"\npayoffs = [[[0, 1]]]\n')
    assert "nothing else to report" in refused("transfers", str(lone), "--rule", "descent")
    assert "at least 2" in refused("transfers", str(lone), "--rule", "pairs")
