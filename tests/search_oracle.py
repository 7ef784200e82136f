"""Random tiny search problems and their answers by trying all tables."""

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import oracle
from oracle import axioms, reallocation, search

import collude as co
from collude.models.environment import Environment, from_values
from collude.models.space import OutcomeSpace, listed_space

Check = Callable[[oracle.Plain], bool]
PUBLIC = (
    "strategy-proof",
    "group-strategy-proof",
    "weakly-group-strategy-proof",
    "pairwise-strategy-proof",
    "collusion-proof",
    "individually-rational",
    "efficient",
    "non-trivial",
    "trivial",
    "onto",
    "unanimous",
    "non-constant",
    "non-dictatorial",
    "bribe-proof",
    "side-payment-collusion-proof",
)
ALIKE = ("symmetric", "anonymous", "weakly-symmetric")
GOODS = (
    "strategy-proof",
    "group-strategy-proof",
    "weakly-group-strategy-proof",
    "pairwise-strategy-proof",
    "collusion-proof",
    "individually-rational",
    "budget-balanced",
    "no-deficit",
    "no-free-lunch",
    "non-bossy",
    "no-trade-types",
    "envy-free",
    "efficient",
    "non-trivial",
    "trivial",
    "onto",
    "non-constant",
    "non-dictatorial",
    "normalised",
    "quantity-target=1",
    "transfer-cap=0",
    "bribe-proof",
    "side-payment-collusion-proof",
    "reallocation-proof",
)


def public_space(rng: random.Random) -> OutcomeSpace:
    """A public choice with random payoffs and no money; all agents alike half of the time."""
    sizes = rng.choice([(2, 2), (3, 2), (2, 3), (2, 2, 2), (4,), (2, 1, 2), (2, 4)])
    m = {4: 4, 6: 2, 8: 2}[len(list(product(*map(range, sizes))))]
    alike = len(set(sizes)) == 1 and rng.random() < 0.5
    tables = [[[Fraction(rng.randint(-2, 2)) for _ in range(m)] for _ in range(size)] for size in sizes]
    payoffs = [tables[0]] * len(sizes) if alike else tables
    return co.outcome_space(co.choice(payoffs))


def goods_space(rng: random.Random) -> OutcomeSpace:
    """A few random outcomes of an auction, a procurement or a trade."""
    kind = rng.randrange(3)
    env: Environment
    if kind == 0:
        env = co.auction(2, sorted(rng.sample(range(-1, 4), 2)), withhold=rng.random() < 0.7)
    elif kind == 1:
        env = co.procurement(2, sorted(rng.sample(range(1, 5), 2)), units=1)
    else:
        env = co.trade(sorted(rng.sample(range(4), 2)), sorted(rng.sample(range(4), 2)))
    whole = co.outcome_space(env, range(-2, 3))
    rows = [
        (tuple(b), tuple(Fraction(t, whole.scale) for t in money))
        for b, money in zip(whole.bundle.tolist(), whole.transfer.tolist(), strict=True)
    ]
    kept = rng.sample(rows, rng.randint(2, 4))
    return listed_space(env, "random", kept, tuple(Fraction(x) for x in range(-2, 3)))


def supply_space(rng: random.Random) -> OutcomeSpace:
    """A few outcomes of one to three suppliers with two units, unequal types."""
    sizes = rng.choice([(2, 2), (3, 2), (2, 2, 2)])
    values = [
        [
            [Fraction(0), -Fraction(a), -Fraction(a + b)]
            for a, b in [(rng.randint(1, 3), rng.randint(1, 3)) for _ in range(k)]
        ]
        for k in sizes
    ]
    env = from_values(
        "supply",
        [tuple(range(k)) for k in sizes],
        [((0,), (1,), (2,))] * len(sizes),
        values,
        supplier=(True,) * len(sizes),
    )
    outcomes = {
        (tuple(rng.randrange(3) for _ in sizes), tuple(Fraction(rng.randint(0, 4)) for _ in sizes))
        for _ in range(3 if sizes == (2, 2) else 2)
    }
    return listed_space(env, "random", sorted(outcomes), tuple(Fraction(x) for x in range(5)))


class Worth:
    """What outcomes are worth in the environment of a space, in fractions."""

    def __init__(self, space: OutcomeSpace) -> None:
        self.env, self.table = space.environment, outcomes(space)

    def value(self, i: int, k: int, bundle: Any) -> Fraction:
        return self.env.value(i, k, self.env.indices[i][bundle])

    def share(self, i: int, k: int, outcome: Any, j: int) -> Fraction:
        return self.value(i, k, outcome[0][j]) + Fraction(outcome[1][j])

    def best(self, i: int, k: int) -> Fraction:
        return max(self.share(i, k, outcome, i) for outcome in self.table)

    def welfare(self, profile: tuple[int, ...], outcome: Any) -> Fraction:
        return sum((self.value(i, k, outcome[0][i]) for i, k in enumerate(profile)), Fraction(0))

    def receives(self, i: int, outcome: Any) -> bool:
        return not self.env.supplier[i] and any(x > 0 for x in outcome[0][i])

    def units(self, outcome: Any) -> int:
        suppliers = self.env.supplier
        return sum(b[0] for i, b in enumerate(outcome[0]) if not suppliers[i] or all(suppliers))

    def efficient(self, plain: oracle.Plain) -> bool:
        for profile in plain.profiles():
            held = plain.table[profile]
            other = [(bundles,) for bundles in feasible(self.env, held[0])]
            if max(self.welfare(profile, o) for o in other) > self.welfare(profile, held):
                return False
        return True

    def unanimous(self, plain: oracle.Plain) -> bool:
        for profile in plain.profiles():
            most = {i: self.best(i, k) for i, k in enumerate(profile)}
            common = [o for o in self.table if all(self.share(i, profile[i], o, i) == most[i] for i in most)]
            if common and any(plain.truthful(i, profile) != most[i] for i in most):
                return False
        return True

    def dictated(self, plain: oracle.Plain) -> bool:
        agents = range(self.env.agents)
        return any(all(plain.truthful(i, p) == self.best(i, p[i]) for p in plain.profiles()) for i in agents)


def checks(space: OutcomeSpace) -> dict[str, Check]:
    """Every restriction from the oracle's definitions."""
    worth = Worth(space)
    env, table = worth.env, worth.table
    goods = reallocation.Goods(worth.value, env.bundles, [-1 if s else 1 for s in env.supplier])
    no = search.without_violations
    trades = lambda o: any(any(bundle) for bundle in o[0])  # noqa: E731
    return {
        "strategy-proof": no(axioms.strategy_proof),
        "group-strategy-proof": no(axioms.group_strategy_proof),
        "weakly-group-strategy-proof": no(axioms.weakly_group_strategy_proof),
        "pairwise-strategy-proof": no(lambda p: axioms.group_strategy_proof(p, largest=2)),
        "collusion-proof": no(axioms.collusion_proof),
        "individually-rational": no(axioms.individually_rational),
        "budget-balanced": no(axioms.budget_balanced),
        "no-deficit": no(axioms.no_deficit),
        "no-free-lunch": no(lambda p: axioms.no_free_lunch(p, worth.receives)),
        "non-bossy": no(axioms.non_bossy),
        "no-trade-types": no(lambda p: axioms.no_trade_types(p, trades)),
        "envy-free": no(lambda p: axioms.envy_free(p, worth.share)),
        "efficient": worth.efficient,
        "symmetric": no(axioms.symmetric),
        "weakly-symmetric": no(lambda p: axioms.symmetric(p, weak=True)),
        "anonymous": axioms.anonymous,
        "trivial": axioms.trivial,
        "non-trivial": lambda p: not axioms.trivial(p),
        "onto": lambda p: {o[0] for o in p.table.values()} == {o[0] for o in table},
        "non-constant": lambda p: len(set(p.table.values())) > 1,
        "unanimous": worth.unanimous,
        "non-dictatorial": lambda p: not worth.dictated(p),
        "normalised": lambda p: all(p.truthful(i, (0,) * env.agents) == 0 for i in range(env.agents)),
        "quantity-target=1": lambda p: all(worth.units(o) == 1 for o in p.table.values()),
        "transfer-cap=0": lambda p: all(max(o[1]) <= 0 for o in p.table.values()),
        "bribe-proof": no(reallocation.bribe_proof),
        "side-payment-collusion-proof": no(reallocation.side_payment_collusion_proof),
        "reallocation-proof": no(lambda p: reallocation.reallocation_proof(p, goods)),
    }


def feasible(env: Environment, held: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The allocations that efficiency compares with the one held."""
    if env.public:
        return [(b,) * env.agents for b in env.bundles[0]]

    def total(bundles: tuple[Any, ...]) -> tuple[int, ...]:
        signed = [[-x if s else x for x in b] for b, s in zip(bundles, env.supplier, strict=True)]
        return tuple(sum(column) for column in zip(*signed, strict=True))

    every = list(product(*env.bundles))
    if env.supply is None:
        return [b for b in every if total(b) == total(held)]
    if env.exactly:
        return [b for b in every if total(b) == env.supply]
    return [b for b in every if all(x <= y for x, y in zip(total(b), env.supply, strict=True))]


def outcomes(space: OutcomeSpace) -> list[Any]:
    """The outcomes as (bundles, transfers)."""
    return [(shown.bundles, shown.transfers) for shown in (space.sample.show_outcome(o) for o in range(space.outcomes))]


def brute_force(space: OutcomeSpace, names: list[str]) -> list[dict[Any, Any]]:
    """All tables that satisfy the named restrictions."""
    env = space.environment

    def utility(i: int, k: int, outcome: Any) -> Fraction:
        return env.value(i, k, env.indices[i][outcome[0][i]]) + Fraction(outcome[1][i])

    known = checks(space)
    return list(search.all_mechanisms(env.sizes, outcomes(space), utility, [known[name] for name in names]))


def projected(space: OutcomeSpace, tables: list[dict[Any, Any]]) -> int:
    """How many distinct truthful utility functions some tables have."""
    env = space.environment

    def utility(i: int, k: int, outcome: Any) -> Fraction:
        return env.value(i, k, env.indices[i][outcome[0][i]]) + Fraction(outcome[1][i])

    return len({search.truthful_utilities(env.sizes, utility, table) for table in tables})


def alike(space: OutcomeSpace) -> bool:
    """Whether all agents have the same types and values, so that fairness axioms compare every pair."""
    env = space.environment
    return all((env.values[0].tolist() == v.tolist()) for v in env.values) and len(set(env.supplier)) == 1


def random_problem(rng: random.Random) -> tuple[OutcomeSpace, list[str]]:
    """A space and a few restrictions that have a meaning there."""
    space = rng.choice([public_space, goods_space, supply_space])(rng)
    names = list(PUBLIC if space.environment.public else GOODS)
    if alike(space) and space.environment.agents > 1:
        names += ALIKE
    chosen = []
    for name in rng.sample(names, rng.randint(1, 3)):
        try:
            co.search(space, require=[name], mode="exists")
        except (co.NotApplicableError, co.InputError):
            continue
        chosen.append(name)
    return space, chosen


__all__ = ["brute_force", "permutations", "projected", "random_problem"]
