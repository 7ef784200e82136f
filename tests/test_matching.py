"""Top trading cycles, Boston and deferred acceptance: against other definitions, and what is known about them."""

import random
from itertools import permutations, product

import pytest

from collude.enumerate.checks.check import check
from collude.models.errors import ColludeError
from collude.models.files.spec import build
from collude.models.library.assignment import assignment
from collude.models.library.matching import (
    accept_at_once,
    accept_later,
    boston,
    deferred_acceptance,
    marriage,
    top_trading_cycles,
    trade_cycles,
)


def is_stable(held: tuple[int, ...], wishes: object, lines: object) -> bool:
    """No agent and object (or partner) prefer one another to what they have."""
    owner = {b: i for i, b in enumerate(held)}
    return not any(
        wishes[i].index(b) < wishes[i].index(held[i])
        and (b not in owner or lines[b].index(i) < lines[b].index(owner[b]))
        for i in range(len(held))
        for b in range(len(lines))
    )


def rounds_of_boston(wishes: object, lines: object) -> list[int]:
    """The same mechanism as stability: of all assignments the one where rank in wishes comes before place in line."""
    held: dict[int, int] = {}
    for r in range(len(lines)):
        free = set(range(len(lines))) - set(held.values())
        asks = {i: wishes[i][r] for i in range(len(wishes)) if i not in held}
        for b in free:
            rivals = [i for i, x in asks.items() if x == b]
            if rivals:
                held[min(rivals, key=lines[b].index)] = b
    return [held[i] for i in range(len(wishes))]


def test_against_definitions() -> None:
    draw, differ = random.Random(3), 0
    for _ in range(300):
        n = draw.randint(2, 4)
        objects = draw.randint(n, 4)
        wishes = [tuple(draw.sample(range(objects), objects)) for _ in range(n)]
        lines = tuple(tuple(draw.sample(range(n), n)) for _ in range(objects))
        stable = [held for held in permutations(range(objects), n) if is_stable(held, wishes, lines)]
        best = tuple(min((h[i] for h in stable), key=wishes[i].index) for i in range(n))
        assert tuple(accept_later(wishes, lines)) == best
        assert accept_at_once(wishes, lines) == rounds_of_boston(wishes, lines)
        cycles = tuple(trade_cycles(wishes, lines))
        better = [
            h
            for h in permutations(range(objects), n)
            if h != cycles and all(wishes[i].index(h[i]) <= wishes[i].index(cycles[i]) for i in range(n))
        ]
        assert not better
        differ += len({cycles, best, tuple(accept_at_once(wishes, lines))}) > 1
    assert differ > 50


def test_core_of_a_housing_market() -> None:
    """With own houses, top trading cycles is the only assignment that no coalition improves on with its own houses."""
    for wishes in product(permutations(range(3)), repeat=3):
        held = trade_cycles(wishes, ((0, 1, 2), (1, 0, 2), (2, 0, 1)))
        blocked = any(
            all(wishes[i].index(b) <= wishes[i].index(held[i]) for i, b in zip(group, swap, strict=True))
            and any(wishes[i].index(b) < wishes[i].index(held[i]) for i, b in zip(group, swap, strict=True))
            for size in (1, 2, 3)
            for group in permutations(range(3), size)
            for swap in permutations(group)
        )
        assert not blocked


@pytest.mark.parametrize(
    ("mechanism", "alone", "together"),
    [
        (top_trading_cycles(assignment(3)), True, True),
        (top_trading_cycles(assignment(3), priorities=[[1, 2, 0]]), True, True),
        (deferred_acceptance(assignment(3), priorities=[[0, 1, 2], [1, 2, 0], [2, 0, 1]]), True, False),
        (boston(assignment(3)), False, False),
        (deferred_acceptance(marriage(6)), False, False),
    ],
)
def test_what_is_known(mechanism: object, alone: bool, together: bool) -> None:
    report = check(mechanism, ["strategy-proof", "group-strategy-proof"], max_coalition=3)
    assert report["strategy-proof"].holds == alone
    assert report["group-strategy-proof"].holds == together


def test_only_those_who_are_asked_can_lie_with_success() -> None:
    witness = check(deferred_acceptance(marriage(6)), "strategy-proof")["strategy-proof"].witness
    assert witness is not None
    assert witness.coalition[0] >= 3


def test_by_name_and_refusals() -> None:
    named = build("boston", {"agents": "3"}, {"priorities": "0,1,2;1,0,2;2,1,0"})
    assert named.notes == ("priorities as given",)
    assert build("deferred-acceptance", {"agents": "4"}, {}).environment.family == "marriage"
    assert build("deferred-acceptance", {"kind": "assignment", "agents": "2"}, {}).environment.family == "assignment"
    for environment, parameters in (
        ({"agents": "3"}, {"priorities": "0,1"}),
        ({"agents": "3"}, {"priorities": "0,1,1"}),
        ({"agents": "3"}, {"priorities": "0,1,2;1,0,2"}),
    ):
        with pytest.raises(ColludeError, match="priorities"):
            build("boston", environment, parameters)
    with pytest.raises(ColludeError, match="even number"):
        build("deferred-acceptance", {"agents": "3"}, {})
