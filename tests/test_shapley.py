"""The Shapley value of games: against all orders of the agents, and refusals."""

import random
from fractions import Fraction
from itertools import chain, combinations, permutations

import pytest
from commands import answer, refused, run

from collude.enumerate.analyses.shapley import shapley_value
from collude.models.errors import InputError, SizeError


def test_shares_are_what_each_adds_on_average_over_all_orders() -> None:
    rng = random.Random(4)
    for n in (1, 2, 3, 3, 4, 4, 5, 5, 6):
        names = "ABCDEF"[:n]
        subsets = chain.from_iterable(combinations(names, k) for k in range(1, n + 1))
        worths = {frozenset(subset): Fraction(rng.randint(-20, 20), rng.randint(1, 4)) for subset in subsets}
        total = dict.fromkeys(names, Fraction(0))
        orders = list(permutations(names))
        for order in orders:
            for place, name in enumerate(order):
                total[name] += worths[frozenset(order[: place + 1])] - worths.get(frozenset(order[:place]), Fraction(0))
        found = shapley_value(worths)
        assert dict(zip(found.agents, found.shares, strict=True)) == {x: y / len(orders) for x, y in total.items()}
        assert sum(found.shares) == worths[frozenset(names)]


def test_games_that_are_none() -> None:
    for words, message in (
        (["A"], "is no worth of a coalition"),
        (["A+A=3"], "is no worth of a coalition"),
        (["A=1", "B=2"], r"the worth of A\+B is missing"),
        (["A=1", " A =2"], "given twice"),
        (["A=x"], "not a number"),
    ):
        assert message.replace("\\", "") in refused("shapley", *words)
    with pytest.raises(InputError, match="no agent"):
        shapley_value({})
    with pytest.raises(InputError, match="nobody is worth 0"):
        shapley_value({frozenset(): Fraction(1), frozenset("A"): Fraction(1)})
    with pytest.raises(SizeError, match="at most 16"):
        shapley_value({frozenset("ABCDEFGHIJKLMNOPQ"): Fraction(1)})


def test_a_glove_game_on_the_command_line() -> None:
    words = ["shapley", "A=0", "B=0", "C=0", "A+B=1", "A+C=1", "B+C=0", "A+B+C=1"]
    assert answer(*words, "--json")["shares"] == ["2/3", "1/6", "1/6"]
    assert run(*words).stdout.splitlines() == ["A  2/3", "B  1/6", "C  1/6"]
