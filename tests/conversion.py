"""Bridges between the engine and the oracle: a mechanism as a plain table, and random mechanisms of every awkward kind."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import oracle

from collude.models.environment import Environment, from_values
from collude.models.mechanism import Mechanism


def plain(mechanism: Mechanism) -> oracle.Plain:
    """The mechanism as a dictionary of (bundles, transfers) with exact utilities."""
    env = mechanism.environment
    shown = {}
    for number in {int(number) for number in mechanism.outcome}:
        outcome = mechanism.show_outcome(number)
        shown[number] = (outcome.bundles, tuple(oracle.whole(t) for t in outcome.transfers))
    table = {p: shown[mechanism.outcome_at(p)] for p in product(*(range(size) for size in env.sizes))}

    def utility(agent: int, kind: int, outcome: object) -> Fraction | int:
        bundles, transfers = outcome  # type: ignore[misc]
        b = env.indices[agent][bundles[agent]]
        return oracle.whole(Fraction(int(env.values[agent][kind, b]), env.scale) + transfers[agent])

    return oracle.Plain(env.sizes, table, utility)


def environment(rng: random.Random, sizes: tuple[int, ...], bundles: int = 2, spread: int = 3) -> Environment:
    """Random values, small enough that ties abound."""
    values = [[[Fraction(rng.randint(-spread, spread)) for _ in range(bundles)] for _ in range(size)] for size in sizes]
    return from_values(
        "random", [tuple(range(size)) for size in sizes], [tuple((b,) for b in range(bundles))] * len(sizes), values
    )


def mechanism(
    rng: random.Random, sizes: tuple[int, ...], outcomes: int, bundles: int = 2, spread: int = 2
) -> Mechanism:
    """A random mechanism with at most `outcomes` distinct outcomes."""
    env = environment(rng, sizes, bundles)
    n = len(sizes)
    rows = {
        tuple(rng.randrange(bundles) for _ in range(n)) + tuple(rng.randint(-spread, spread) for _ in range(n))
        for _ in range(outcomes)
    }
    known = np.array(sorted(rows), np.int64)
    outcome = np.array([rng.randrange(len(known)) for _ in range(env.profiles)], np.int32)
    return Mechanism(
        environment=env,
        name="random",
        outcome=outcome,
        bundle=known[:, :n].astype(np.int32),
        transfer=np.ascontiguousarray(known[:, n:]) * env.scale,
        scale=env.scale,
    )


def permuted(mechanism: Mechanism, order: list[int]) -> Mechanism:
    """The same mechanism with its agents in another order."""
    env = mechanism.environment
    moved = replace(
        env,
        labels=tuple(env.labels[i] for i in order),
        types=tuple(env.types[i] for i in order),
        bundles=tuple(env.bundles[i] for i in order),
        values=tuple(env.values[i] for i in order),
        supplier=tuple(env.supplier[i] for i in order),
    )
    outcome = np.ascontiguousarray(mechanism.outcome.reshape(env.sizes).transpose(order)).ravel()
    return replace(
        mechanism,
        environment=moved,
        outcome=outcome,
        bundle=np.ascontiguousarray(mechanism.bundle[:, order]),
        transfer=np.ascontiguousarray(mechanism.transfer[:, order]),
    )


def some_sizes(rng: random.Random, largest: int = 4, profiles: int = 200) -> tuple[int, ...]:
    """Unequal numbers of types, some of them 1."""
    while True:
        sizes = tuple(rng.randint(1, 4) for _ in range(rng.randint(1, largest)))
        if np.prod(sizes) <= profiles:
            return sizes
