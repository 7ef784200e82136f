"""Properties that must hold on every mechanism, on random ones: implications, relabelling, monotonicity, parts."""

import random
from dataclasses import replace

import numpy as np
from conversion import mechanism as random_mechanism
from conversion import permuted, some_sizes
from hypothesis import given, settings
from hypothesis import strategies as st

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.check import check, holds
from collude.enumerate.checks.context import CheckContext, CheckOptions
from collude.enumerate.checks.scans.base import merge_results
from collude.enumerate.checks.scans.find import scan_of
from collude.models.mechanism import Mechanism

GSP = "group-strategy-proof"
seeds = st.integers(0, 10**6)


def draw(seed: int) -> Mechanism:
    rng = random.Random(seed)
    return random_mechanism(rng, some_sizes(rng, profiles=40), rng.randint(1, 6))


def violations(mechanism: Mechanism, axiom: str = GSP) -> int:
    count = check(mechanism, [axiom], jobs=1)[axiom].violations
    assert count is not None
    return count


def restricted(mechanism: Mechanism, agent: int, kept: list[int]) -> Mechanism:
    """The same mechanism with fewer types of one agent."""
    env = mechanism.environment
    types, values = list(env.types), list(env.values)
    types[agent] = tuple(types[agent][k] for k in kept)
    values[agent] = np.ascontiguousarray(values[agent][kept])
    outcome = np.ascontiguousarray(np.take(mechanism.outcome.reshape(env.sizes), kept, axis=agent)).ravel()
    return replace(mechanism, environment=replace(env, types=tuple(types), values=tuple(values)), outcome=outcome)


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_implications(seed: int) -> None:
    mechanism = draw(seed)
    names = (GSP, "pairwise-strategy-proof", "strategy-proof", "weakly-group-strategy-proof")
    strong, pairwise, single, weak = (holds(mechanism, name, jobs=1) for name in names)
    enforced = holds(mechanism, "self-enforcing-group-strategy-proof", jobs=1)
    assert not strong or (pairwise and weak and enforced)
    assert not pairwise or single
    assert not weak or single


@settings(max_examples=60, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_relabelling_agents_and_types_changes_nothing(seed: int, rng: random.Random) -> None:
    mechanism = draw(seed)
    order = list(range(mechanism.environment.agents))
    rng.shuffle(order)
    assert violations(permuted(mechanism, order)) == violations(mechanism)
    agent = rng.randrange(mechanism.environment.agents)
    kinds = list(range(mechanism.environment.sizes[agent]))
    rng.shuffle(kinds)
    assert violations(restricted(mechanism, agent, kinds)) == violations(mechanism)


@settings(max_examples=60, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_fewer_types_and_coalitions_never_add_violations(seed: int, rng: random.Random) -> None:
    mechanism = draw(seed)
    agent = rng.randrange(mechanism.environment.agents)
    size = mechanism.environment.sizes[agent]
    kept = sorted(rng.sample(range(size), rng.randint(1, size)))
    for name in (GSP, "weakly-group-strategy-proof"):
        assert violations(restricted(mechanism, agent, kept), name) <= violations(mechanism, name)
    counts = [
        check(mechanism, [GSP], max_coalition=m, jobs=1)[GSP].violations
        for m in range(1, mechanism.environment.agents + 1)
    ]
    assert counts == sorted(counts)  # type: ignore[type-var]


@settings(max_examples=60, deadline=None)
@given(seeds, st.lists(st.integers(-5, 5), min_size=4, max_size=4))
def test_constants_change_no_incentive(seed: int, constants: list[int]) -> None:
    mechanism = draw(seed)
    shift = np.array(constants[: mechanism.environment.agents] + [0] * 4, np.int64)[: mechanism.environment.agents]
    shifted = replace(mechanism, transfer=mechanism.transfer + shift)
    for name in (GSP, "weakly-group-strategy-proof", "self-enforcing-group-strategy-proof"):
        assert violations(shifted, name) == violations(mechanism, name)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 7), st.sampled_from(["bitsets", "options"]))
def test_parts_add_up_to_the_whole(seed: int, jobs: int, path: str) -> None:
    mechanism = draw(seed)
    scan = scan_of(find_axiom(GSP), CheckContext(mechanism, CheckOptions(path=path), Threads(jobs)))
    parts = [scan.run(block) for block in scan.blocks()]
    random.Random(seed).shuffle(parts)
    verdict = check(mechanism, [GSP], jobs=1)[GSP]
    total = merge_results(parts)
    assert total.count == verdict.violations
    assert (total.rank is None) == verdict.holds
