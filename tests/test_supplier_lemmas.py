"""Lemmas 2.1 to 2.7 on uniform prices: the same exceptions as by the definitions, none where the theory says so."""

import random
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, combinations_with_replacement, permutations, product

import pytest
from commands import answer, refused

import collude as co
from collude.enumerate.families.lemmas import SUPPLIER_LEMMAS, check_lemmas, largest_spread
from collude.enumerate.families.recognisers import is_uniform_price
from collude.enumerate.families.supplier_lemmas import GroupPrices, lines_do_not_join, no_sequence, unequal_treatment
from collude.enumerate.problems.registry import build_problem

GSP = "group-strategy-proof"
NAMES = ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"]


class Plain:
    """A mechanism of suppliers as tables of units and money, and prices in steps of a half."""

    def __init__(self, mechanism: co.Mechanism) -> None:
        env = mechanism.environment
        self.n, self.kinds, self.most = env.agents, env.sizes[0], len(env.bundles[0]) - 1
        self.cost = [[-env.value(0, k, q) for q in range(self.most + 1)] for k in range(self.kinds)]
        self.table = {}
        for profile in product(range(self.kinds), repeat=self.n):
            shown = mechanism.show_outcome(mechanism.outcome_at(profile))
            self.table[profile] = [(b[0], t) for b, t in zip(shown.bundles, shown.transfers, strict=True)]
        paid = [t / q for row in self.table.values() for q, t in row if q]
        top = max([*paid, *(c for row in self.cost for c in row)]) + 1
        self.prices = [Fraction(x, 2) for x in range(2 * int(top) + 2)]
        self.optima = cache(self.best_replies)
        self.all_groups = list(self.groups())

    def best_replies(self, k: int, price: Fraction) -> set[tuple[int, Fraction]]:
        best = max(price * q - self.cost[k][q] for q in range(self.most + 1))
        return {(q, price * q) for q in range(self.most + 1) if price * q - self.cost[k][q] == best}

    def groups(self) -> Iterator[tuple[int, tuple[int, ...], int, set[tuple[int, Fraction]]]]:
        """(size, types of the others in order, type of the members, what the members get)."""
        for profile, row in self.table.items():
            for size in range(1, self.n + 1):
                for members in combinations(range(self.n), size):
                    if len({profile[i] for i in members}) == 1:
                        others = tuple(sorted(profile[j] for j in range(self.n) if j not in members))
                        yield size, others, profile[members[0]], {row[i] for i in members}

    def lines(self) -> dict[tuple[int, tuple[int, ...]], list[Fraction]]:
        found = {(size, others): list(self.prices) for size, others, _, _ in self.all_groups}
        for size, others, k, given in self.all_groups:
            row = found[size, others]
            found[size, others] = [price for price in row if given <= self.optima(k, price)]
        return found

    def accepting(self, types: tuple[int, ...], price: Fraction) -> int:
        return sum(self.cost[k][1] <= price for k in types)

    def clock(self, others: tuple[int, ...], row: tuple[Fraction, ...], size: int) -> Fraction:
        """The descending clock: everybody is in, who refuses leaves, until nobody does."""
        m = self.n
        while size + self.accepting(others, row[m]) != m:
            m = size + self.accepting(others, row[m])
        return row[m]


def exceptions(mechanism: co.Mechanism) -> dict[str, bool]:
    """Whether each lemma fails, from its statement."""
    plain = Plain(mechanism)
    return {
        "2.1": _other_transfers(plain),
        "2.2": _other_utilities(plain),
        "2.3": _no_menu(plain),
        "2.4": not all(plain.lines().values()),
        "2.5": _prices_rise(plain),
        "2.6": not any(_gives_lines(plain, row) for row in _rows(plain)),
        "2.7": not any(_gives_lines(plain, row, 1) and _one_price(plain, row) for row in _rows(plain)),
    }


def _other_transfers(plain: Plain) -> bool:
    for one, other in product(plain.table, repeat=2):
        for size in range(1, plain.n + 1):
            for group in combinations(range(plain.n), size):
                if all(one[j] == other[j] for j in range(plain.n) if j not in group):
                    here, there = ([plain.table[p][i] for i in group] for p in (one, other))
                    if [q for q, _ in here] == [q for q, _ in there] and here != there:
                        return True
    return False


def _other_utilities(plain: Plain) -> bool:
    def utilities(profile: tuple[int, ...]) -> list[Fraction]:
        return [t - plain.cost[k][q] for k, (q, t) in zip(profile, plain.table[profile], strict=True)]

    for profile in plain.table:
        for order in permutations(range(plain.n)):
            moved = tuple(profile[i] for i in order)
            if utilities(moved) != [utilities(profile)[i] for i in order]:
                return True
    return False


def _no_menu(plain: Plain) -> bool:
    menus: dict[tuple[int, tuple[int, ...]], list[tuple[int, tuple[int, Fraction]]]] = {}
    for size, others, k, given in plain.groups():
        menus.setdefault((size, others), []).extend((k, each) for each in given)
    for menu in menus.values():
        for (k, (q, t)), (_, (p, s)) in product(menu, repeat=2):
            if (q == p and t != s) or s - plain.cost[k][p] > t - plain.cost[k][q]:
                return True
    return False


def _prices_rise(plain: Plain) -> bool:
    lines = plain.lines()
    keys = list(lines)
    for chosen in product(*(lines[key] for key in keys)):
        line = dict(zip(keys, chosen, strict=True))
        fits = True
        for (size, others), price in line.items():
            if size == 1:
                continue
            for k in range(plain.kinds):
                left = line[size - 1, tuple(sorted((*others, k)))]
                fits &= left == price if plain.cost[k][1] <= price else left <= price
        if fits:
            return False
    return True


def _rows(plain: Plain) -> Iterator[tuple[Fraction, ...]]:
    for row in combinations_with_replacement(plain.prices, plain.n):
        yield (Fraction(0), *row)


def _gives_lines(plain: Plain, row: tuple[Fraction, ...], most: int = 99) -> bool:
    lines = plain.lines()
    return all(plain.clock(others, row, size) in line for (size, others), line in lines.items() if size <= most)


def _one_price(plain: Plain, row: tuple[Fraction, ...]) -> bool:
    for profile, given in plain.table.items():
        common = plain.clock(profile, row, 0)
        for i, k in enumerate(profile):
            own = plain.clock(tuple(profile[j] for j in range(plain.n) if j != i), row, 1)
            if plain.optima(k, own) != plain.optima(k, common) or given[i] not in plain.optima(k, common):
                return False
    return True


def uniform(costs: str, prices: str, require: list[str], **more: object) -> co.SearchResult:
    given = {"agents": 2, "costs": costs, "uniform_price": prices, **more}
    return co.search(build_problem("uniform-price", given), require=require, mode="all", classify=True)


@pytest.mark.parametrize(
    ("costs", "prices", "ties", "require", "least"),
    [
        ("1,2", "0:2", "largest", [], 3),
        ("1,2", "0:2", "any", ["strategy-proof"], 9),
        ("2,4", "0,3,5", "largest", [], 3),
        ("1,3", "0,1,3", "smallest", [], 1),
    ],
)
def test_exceptions_by_definition(costs: str, prices: str, ties: str, require: list[str], least: int) -> None:
    """On uniform prices that are not group strategy-proof, where lemmas may fail."""
    found = list(uniform(costs, prices, require, ties=ties))
    expected = [exceptions(mechanism) for mechanism in found]
    reports = check_lemmas(found, [GSP])
    assert [report.name for report in reports] == NAMES
    for report in reports:
        numbers = [number for number, fails in enumerate(expected) if fails[report.name]]
        assert (report.exceptions, report.first) == (len(numbers), min(numbers, default=None)), report.name
        assert report.mechanisms == len(found)
        assert len(numbers) >= least or report.name in ("2.1", "2.2", "2.3", "2.4")
        assert (not numbers) == (report.name == "2.2") or report.name in ("2.1", "2.3", "2.4")


@pytest.mark.slow
def test_planted_exceptions() -> None:
    """Each lemma is violated by some mechanism, and noticed."""
    rng = random.Random(11)
    space = build_problem("procurement", {"agents": 2, "costs": "1,2", "allocations": "0,0;1,1;1,2"})
    every = list(co.search(space, require=["strategy-proof"], mode="all"))
    noticed = dict.fromkeys(NAMES, 0)
    uniform_ones = [mechanism for mechanism in every if is_uniform_price(mechanism)]
    for mechanism in [*uniform_ones, *rng.sample(every, 40)]:
        uniform_price = is_uniform_price(mechanism)
        expected = exceptions(mechanism)
        assert unequal_treatment(mechanism) == expected["2.2"] == (not co.check(mechanism, ["anonymous"]).holds)
        noticed["2.2"] += expected["2.2"]
        assert not (uniform_price and expected["2.2"])
        for report in check_lemmas([mechanism], [GSP]):
            if report.mechanisms and report.name != "2.2":
                assert report.exceptions == expected[report.name], report.name
                noticed[report.name] += report.exceptions
    assert all(count > 3 for count in noticed.values()), noticed


@pytest.mark.parametrize(
    ("costs", "prices", "more"),
    [
        ("1,2", "0:2", {"ties": "any"}),
        ("1,2,3", "0:3", {}),
        ("1,2,3", "0:3", {"ties": "smallest"}),
        ("2,10", "0,4,8", {}),
        ("2,6,10", "0,4,8", {"units": 2}),
        ("2,6", "0,4,8", {"agents": 3}),
    ],
)
def test_exceptions_are_the_extras(costs: str, prices: str, more: dict[str, object]) -> None:
    """Under group strategy-proofness 2.1 to 2.4 hold on these grids, and 2.7, which is Theorem 2.3, fails for extras only."""
    found = uniform(costs, prices, [GSP], **more)
    assert found.families is not None
    extras = found.families.numbers
    for report in check_lemmas(found, [GSP]):
        assert report.mechanisms == found.count
        expected = len(extras) if report.name in ("2.5", "2.6", "2.7") else 0
        assert report.exceptions == expected, report.name
        assert report.first == (min(extras) if expected else None)


def test_which_lemmas_are_tested() -> None:
    found = uniform("1,2", "0:2", ["strategy-proof"])
    assert [report.name for report in check_lemmas(found, ["strategy-proof"])] == ["2.2"]
    nothing = check_lemmas([], [GSP], co.procurement(2, [1, 2]))
    assert [(report.name, report.mechanisms) for report in nothing] == [(lemma.name, 0) for lemma in SUPPLIER_LEMMAS]
    with pytest.raises(co.InputError, match="suppliers of one good"):
        check_lemmas([co.mechanism("vcg-trade", co.trade(costs=[1, 2], values=[1, 2]))], [GSP])
    assert largest_spread([]) is None


@pytest.mark.slow
def test_three_suppliers_by_definition() -> None:
    """Lemma 2.6 for groups of every size, by the clock over prices in halves."""
    seen = {True: 0, False: 0}
    for mechanism in uniform("1,3", "0,2,4", ["strategy-proof"], agents=3):
        plain = Plain(mechanism)
        fails = not any(_gives_lines(plain, row) for row in _rows(plain))
        prices = GroupPrices(mechanism)
        assert no_sequence(prices) == fails
        assert fails or not lines_do_not_join(prices)
        seen[fails] += 1
    assert min(seen.values()) >= 2, seen


def test_the_command() -> None:
    words = [
        "search",
        "uniform-price",
        "--agents",
        "2",
        "--costs",
        "2,10",
        "--uniform-price",
        "0,4,8",
        "--require",
        GSP,
    ]
    made = answer(*words, "--mode", "all", "--check-lemmas", "--json")
    assert [(each["name"], each["exceptions"]) for each in made["lemmas"]] == [
        *((name, 0) for name in NAMES[:4]),
        *((name, 1) for name in NAMES[4:]),
    ]
    assert made["spread"] == "6"
    trade = ["search", "trade", "--costs", "1,2", "--values", "1,2", "--prices", "1", "--mode", "all", "--quiet"]
    assert "suppliers" in refused(*trade, "--check-lemmas")
