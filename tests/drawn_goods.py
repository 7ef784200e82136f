"""Random mechanisms with goods of every awkward kind, and the oracle's view of them."""

import random
from fractions import Fraction

import numpy as np
from conversion import plain
from oracle import reallocation as oracle

from collude.kernels.deals.deals import truthful_utilities
from collude.models.environment import Environment, from_values
from collude.models.goods import truth_table
from collude.models.mechanism import Mechanism

KINDS = ("concave", "any", "gaps", "two goods")


def concave(rng: random.Random, units: int, low: int) -> list[Fraction]:
    """A value for each of 0..units units, marginals falling, in halves; of a supplier if `low` is negative."""
    marginals = sorted((rng.randint(low, low + 8) for _ in range(units)), reverse=True)
    return [Fraction(sum(marginals[:q]), 2) for q in range(units + 1)]


def draw_environment(rng: random.Random, kind: str) -> Environment:
    """Suppliers and demanders mixed, unequal numbers of types and bundles; kind: "concave", "any" or "two goods"."""
    n = rng.randint(1, 3)
    sizes = [rng.randint(1, 3) for _ in range(n)]
    bundles: list[tuple[tuple[int, ...], ...]] = []
    values = []
    supplier = tuple(rng.random() < 0.5 for _ in range(n))
    for i, size in enumerate(sizes):
        if kind == "two goods":
            menu = [(a, b) for a in range(2) for b in range(3)]
            held = ((0, 0), *rng.sample(menu[1:], rng.randint(1, 3)))
        elif kind == "gaps":
            held = tuple((q,) for q in sorted(rng.sample(range(6), rng.randint(1, 4))))
        else:
            held = tuple((q,) for q in range(rng.randint(1, 3) + 1))
        bundles.append(held)
        if kind == "concave":
            values.append([concave(rng, len(held) - 1, -9 if supplier[i] else 0) for _ in range(size)])
        else:
            values.append([[Fraction(rng.randint(-8, 8), 2) for _ in held] for _ in range(size)])
    return from_values("goods", [tuple(range(size)) for size in sizes], bundles, values, supplier=supplier)


def draw(seed: int, kind: str = "any", spread: int = 4) -> Mechanism:
    """A random mechanism with transfers in thirds."""
    rng = random.Random(seed)
    env = draw_environment(rng, kind)
    n = env.agents
    rows = sorted(
        {
            (*(rng.randrange(len(menu)) for menu in env.bundles), *(rng.randint(-spread, spread) for _ in range(n)))
            for _ in range(rng.randint(1, 6))
        }
    )
    known = np.array(rows, np.int64)
    return Mechanism(
        environment=env,
        name=f"random {kind} {seed}",
        outcome=np.array([rng.randrange(len(known)) for _ in range(env.profiles)], np.int32),
        bundle=known[:, :n].astype(np.int32),
        transfer=np.ascontiguousarray(known[:, n:]) * env.scale,
        scale=3 * env.scale,
    )


def goods(mechanism: Mechanism) -> oracle.Goods:
    """The oracle's view of the goods."""
    env = mechanism.environment

    def value(i: int, k: int, bundle: object) -> Fraction:
        return env.value(i, k, env.indices[i][bundle])  # type: ignore[index]

    return oracle.Goods(value, env.bundles, [-1 if supplier else 1 for supplier in env.supplier])


def gain_of(mechanism: Mechanism, moves: bool) -> oracle.Gain:
    table = plain(mechanism)
    return oracle.reallocation_gain(table, goods(mechanism)) if moves else oracle.side_payment_gain(table)


def truth(mechanism: Mechanism) -> np.ndarray:
    env = mechanism.environment
    table = truth_table(mechanism)
    truthful_utilities(mechanism.table, table, (0, env.profiles))
    return table
