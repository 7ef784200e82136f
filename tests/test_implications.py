"""Which axiom implies which: on no mechanism does the stronger one hold and the weaker one fail."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from conversion import mechanism as random_mechanism

import collude as co
from collude.axioms.core.registry import find_axiom, load_axioms
from collude.axioms.implications import STEPS, implications_among
from collude.enumerate.checks.check import check
from collude.models.mechanism import Mechanism

NAMES = list(dict.fromkeys(name for step in STEPS for name in (step.stronger, step.weaker)))
PAIRS = [(step.stronger, step.weaker) for step in STEPS]


def believed(mechanism: Mechanism) -> Mechanism:
    """The same mechanism, with types drawn uniformly."""
    return replace(mechanism, environment=replace(mechanism.environment, prior=co.uniform(mechanism.environment.sizes)))


def drawn_mechanisms(seed: int, count: int) -> Iterator[Mechanism]:
    """Random ones: of few outcomes, so that strong axioms hold at times; half of them of agents who are alike."""
    rng = random.Random(seed)
    for number in range(count):
        sizes = rng.choice([(2, 2), (2, 2), (3, 2), (3, 3), (2, 2, 2)])
        alike = number % 2 == 0
        sizes = (sizes[0],) * len(sizes) if alike else sizes
        made = random_mechanism(rng, sizes, rng.choice([1, 2, 2, 3, 4]), spread=rng.choice([1, 2]))
        if alike:
            env = replace(made.environment, values=(made.environment.values[0],) * len(sizes))
            made = replace(made, environment=env)
        if number % 3 == 0:
            made = replace(made, transfer=made.transfer * 0)
        yield believed(made)


def votes(seed: int, count: int) -> Iterator[Mechanism]:
    """Pareto-efficient rules of two voters, rules that follow a unanimous top only, and rules that follow nothing."""
    rng = random.Random(seed)
    vote = co.mechanism("plurality", co.voting(2, 3))
    tops = [(one[0], other[0]) for one, other in product(*vote.environment.types)]
    for _ in range(count):
        efficient = [rng.choice(pair) for pair in tops]
        unanimous = [one if one == other else rng.randrange(3) for one, other in tops]
        for chosen in (efficient, unanimous, [rng.randrange(3) for _ in tops]):
            yield replace(vote, outcome=np.array(chosen, np.int32))


def named_mechanisms() -> Iterator[Mechanism]:
    """Well-known ones, which satisfy some of the strong axioms, and a lump sum for everybody."""
    yield believed(co.second_price(co.auction(2, range(3))))
    yield believed(co.second_price(co.auction(3, range(2))))
    yield believed(co.transfers(co.public_good(2, [0, 1, 2], cost=2, prior=co.uniform((3, 3))), "vcg").mechanism)
    yield believed(co.transfers(co.public_good(3, [0, 1], cost=1, prior=co.uniform((2, 2, 2))), "vcg").mechanism)
    yield co.shapley(co.airline(3, prior=co.uniform((2, 2, 2))))
    yield co.agv(co.airline(3, prior=co.uniform((2, 2, 2))))
    for amount in (0, 1):
        sold = co.second_price(co.auction(2, [0, 1], withhold=True))
        unsold = sold.outcome * 0
        nothing = np.zeros((1, 2), np.int64)
        yield believed(replace(sold, outcome=unsold, bundle=nothing.astype(np.int32), transfer=nothing + amount))


def test_the_names_are_those_of_axioms_and_there_is_no_circle() -> None:
    assert set(NAMES) <= set(load_axioms())
    for step in STEPS:
        assert step.reason
        assert not any(back.weaker == step.stronger for back in implications_among([step.weaker, step.stronger]))


def test_what_follows_is_left_out_and_what_is_skipped_is_bridged() -> None:
    steps = {(step.stronger, step.weaker) for step in implications_among(NAMES)}
    assert steps == set(PAIRS)
    chain = implications_among(["strategy-proof", "group-strategy-proof", "reallocation-proof", "no-such-axiom"])
    assert [(step.stronger, step.weaker) for step in chain] == [
        ("group-strategy-proof", "strategy-proof"),
        ("reallocation-proof", "group-strategy-proof"),
    ]
    assert chain[1].reason.count(";") == 1


def test_a_report_knows_the_implications_among_its_axioms() -> None:
    report = co.check(co.second_price(co.auction(2, range(3))), ["gsp", "sp"])
    assert [(step.stronger, step.weaker) for step in report.implications] == [
        ("group-strategy-proof", "strategy-proof")
    ]


def test_no_mechanism_satisfies_the_stronger_axiom_and_not_the_weaker_one() -> None:
    kept: Counter[tuple[str, str]] = Counter()
    proper: Counter[tuple[str, str]] = Counter()
    mechanisms = [*drawn_mechanisms(5, 300), *votes(5, 8), *named_mechanisms()]
    for mechanism in mechanisms:
        known = [name for name in NAMES if not find_axiom(name).reason_not_applicable(mechanism)]
        answers = {v.axiom: v.holds for v in check(mechanism, known, count="none", jobs=1)}
        for step in STEPS:
            if step.stronger in answers and step.weaker in answers:
                pair = step.stronger, step.weaker
                assert not answers[step.stronger] or answers[step.weaker], (pair, mechanism)
                kept[pair] += bool(answers[step.stronger])
                proper[pair] += answers[step.weaker] and not answers[step.stronger]
    few = {pair: kept[pair] for pair in PAIRS if kept[pair] < (1 if pair[0] == "trivial" else 5)}
    assert not few, few
    assert sum(proper[pair] > 0 for pair in PAIRS) >= 17  # the two are not one and the same on what was drawn
