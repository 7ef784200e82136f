"""Random tiny search problems and their answers by trying all tables."""

import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import permutations, product
from typing import Any

import oracle
from oracle import axioms, reallocation, search

import collude as co
from collude.models.environment import Environment, from_values
from collude.models.space import OutcomeSpace, listed_space

Check = Callable[[oracle.Plain], bool]
INCENTIVES = (
    "strategy-proof",
    "group-strategy-proof",
    "weakly-group-strategy-proof",
    "pairwise-strategy-proof",
    "coalition-strategy-proof=2",
    "collusion-proof",
)
ANYWHERE = (*INCENTIVES, "onto", "non-constant", "non-dictatorial", "maskin-monotonic")
CARDINAL = (
    "individually-rational",
    "efficient",
    "trivial",
    "non-trivial",
    "bribe-proof",
    "side-payment-collusion-proof",
)
MONEY = ("budget-balanced", "no-positive-transfers", "transfer-cap=0", "normalised", "non-bossy")
UNITS = ("no-trade-types", "reallocation-proof", "quantity-target=1", "uniform-price")
ALIKE = ("symmetric", "anonymous", "weakly-symmetric")
APPLIES = {  # which conditions have a meaning in which family of problems: written by hand, the engine is not asked
    "public": (
        *ANYWHERE,
        *CARDINAL,
        "unanimous",
        "no-positive-transfers",
        "transfer-cap=0",
        "budget-balanced",
        "no-deficit",
    ),
    "orders": (*ANYWHERE, "pareto-efficient", "unanimous"),
    "objects": (*ANYWHERE, "pareto-efficient", "non-bossy", "no-trade-types"),
    "auction": (*ANYWHERE, *CARDINAL, *MONEY, *UNITS, "no-deficit", "no-free-lunch", "envy-free"),
    "procurement": (*ANYWHERE, *CARDINAL, *MONEY, *UNITS, "envy-free"),
    "trade": (*ANYWHERE, *CARDINAL, *MONEY, *UNITS, "no-deficit", "no-free-lunch"),
    "supply": (*ANYWHERE, *CARDINAL, *MONEY, *UNITS, "envy-free"),
}
EVERY = sorted({name for names in APPLIES.values() for name in names} | set(ALIKE))
LEAST_RESTRICTING = {
    "non-trivial": 1,
    "coalition-strategy-proof=2": 3,
    "no-trade-types": 1,
    "transfer-cap=0": 1,
    "no-positive-transfers": 1,
}


def public_space(rng: random.Random) -> OutcomeSpace:
    """A public choice with random payoffs and no money; all agents alike half of the time."""
    sizes = rng.choice([(2, 2), (3, 2), (2, 3), (2, 2, 2), (4,), (2, 1, 2), (2, 4)])
    m = {4: 4, 6: 2, 8: 2}[len(list(product(*map(range, sizes))))]
    alike = len(set(sizes)) == 1 and rng.random() < 0.5
    tables = [[[Fraction(rng.randint(-2, 2)) for _ in range(m)] for _ in range(size)] for size in sizes]
    payoffs = [tables[0]] * len(sizes) if alike else tables
    return co.outcome_space(co.choice(payoffs))


def orders_space(rng: random.Random) -> OutcomeSpace:
    """A tiny vote over strict or weak orders."""
    agents, alternatives, preferences = rng.choice(
        [(2, 2, "strict"), (2, 2, "weak"), (3, 2, "strict"), (1, 3, "strict")]
    )
    return co.outcome_space(co.voting(agents, alternatives, preferences=preferences))


def objects_space(rng: random.Random) -> OutcomeSpace:
    """Two agents and two objects, or one agent and three."""
    from collude.enumerate.problems.registry import build_problem

    return build_problem("assignment", rng.choice([{"agents": 2}, {"agents": 1, "objects": 3}]))


def goods_space(rng: random.Random, env: Environment) -> OutcomeSpace:
    """A few random outcomes of an environment with a good."""
    whole = co.outcome_space(env, range(-2, 3))
    rows = [
        (tuple(b), tuple(Fraction(t, whole.scale) for t in money))
        for b, money in zip(whole.bundle.tolist(), whole.transfer.tolist(), strict=True)
    ]
    kept = rng.sample(rows, rng.randint(2, 4))
    return listed_space(env, "random", kept, tuple(Fraction(x) for x in range(-2, 3)))


def auction_space(rng: random.Random) -> OutcomeSpace:
    """A few random outcomes of an auction."""
    return goods_space(rng, co.auction(2, sorted(rng.sample(range(-1, 4), 2)), withhold=rng.random() < 0.7))


def procurement_space(rng: random.Random) -> OutcomeSpace:
    """A few random outcomes of a procurement."""
    return goods_space(rng, co.procurement(2, sorted(rng.sample(range(1, 5), 2)), units=1))


def trade_space(rng: random.Random) -> OutcomeSpace:
    """A few random outcomes of a bilateral trade."""
    return goods_space(rng, co.trade(sorted(rng.sample(range(4), 2)), sorted(rng.sample(range(4), 2))))


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
        self.values: dict[Any, oracle.Number] = {}

    def value(self, i: int, k: int, bundle: Any) -> oracle.Number:
        if (i, k, bundle) not in self.values:
            self.values[i, k, bundle] = oracle.whole(self.env.value(i, k, self.env.indices[i][bundle]))
        return self.values[i, k, bundle]

    def share(self, i: int, k: int, outcome: Any, j: int) -> oracle.Number:
        return self.value(i, k, outcome[0][j]) + oracle.whole(outcome[1][j])

    def best(self, i: int, k: int) -> oracle.Number:
        return max(self.share(i, k, outcome, i) for outcome in self.table)

    def welfare(self, profile: tuple[int, ...], outcome: Any) -> oracle.Number:
        return sum(self.value(i, k, outcome[0][i]) for i, k in enumerate(profile))

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

    def one_price(self, outcome: Any) -> bool:
        candidates = {Fraction(0)}
        pairs = []
        for i, (bundle, money) in enumerate(zip(*outcome, strict=True)):
            units = bundle[0] if self.env.supplier[i] else -bundle[0]
            pairs.append((units, Fraction(money)))
            if units:
                candidates.add(Fraction(money) / units)
        return any(p >= 0 and all(t == p * q for q, t in pairs) for p in candidates)

    def pareto_efficient(self, plain: oracle.Plain) -> bool:
        for profile in plain.profiles():
            held = [plain.truthful(i, profile) for i in range(plain.n)]
            for other in self.table:
                got = [self.share(i, k, other, i) for i, k in enumerate(profile)]
                if got != held and all(x >= y for x, y in zip(got, held, strict=True)):
                    return False
        return True

    def monotonic(self, plain: oracle.Plain) -> bool:
        for before in plain.profiles():
            held = plain.table[before]
            for after in plain.profiles():
                if plain.table[after] == held:
                    continue
                fallen = any(
                    self.share(i, before[i], held, i) >= self.share(i, before[i], other, i)
                    and self.share(i, after[i], held, i) < self.share(i, after[i], other, i)
                    for i in range(plain.n)
                    for other in self.table
                )
                if not fallen:
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
        "strategy-proof": no(lambda p: axioms.each_triple(p, "strong", largest=1)),
        "group-strategy-proof": no(lambda p: axioms.each_triple(p, "strong")),
        "weakly-group-strategy-proof": no(lambda p: axioms.each_triple(p, "weak")),
        "pairwise-strategy-proof": no(lambda p: axioms.each_triple(p, "strong", largest=2)),
        "collusion-proof": no(lambda p: axioms.each_triple(p, "strong", grand=True)),
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
        "coalition-strategy-proof=2": no(lambda p: axioms.each_triple(p, "strong", largest=2)),
        "maskin-monotonic": worth.monotonic,
        "pareto-efficient": worth.pareto_efficient,
        "no-positive-transfers": lambda p: all(max(o[1]) <= 0 for o in p.table.values()),
        "uniform-price": lambda p: all(worth.one_price(o) for o in p.table.values()),
        "bribe-proof": no(reallocation.each_bribe),
        "side-payment-collusion-proof": no(
            lambda p: reallocation.each_gainful(p, reallocation.side_payment_gain(p)),
        ),
        "reallocation-proof": no(lambda p: reallocation.each_gainful(p, reallocation.reallocation_gain(p, goods))),
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
    shown = [space.sample.show_outcome(o) for o in range(space.outcomes)]
    return [(one.bundles, tuple(oracle.whole(t) for t in one.transfers)) for one in shown]


def utility_of(space: OutcomeSpace) -> oracle.Utility:
    """What an agent's type gets from an outcome, worked out once for each of them."""
    env = space.environment

    @cache
    def utility(i: int, k: int, outcome: Any) -> oracle.Number:
        return oracle.whole(env.value(i, k, env.indices[i][outcome[0][i]]) + outcome[1][i])

    return utility


def brute_force(space: OutcomeSpace, names: list[str]) -> list[dict[Any, Any]]:
    """All tables that satisfy the named restrictions."""
    known = checks(space)
    sizes, asked = space.environment.sizes, [known[name] for name in names]
    return list(search.all_mechanisms(sizes, outcomes(space), utility_of(space), asked))


def plain_of(space: OutcomeSpace, table: dict[Any, Any]) -> oracle.Plain:
    """A table as a plain mechanism."""
    return oracle.Plain(space.environment.sizes, table, utility_of(space))


def projected(space: OutcomeSpace, tables: list[dict[Any, Any]]) -> int:
    """How many distinct truthful utility functions some tables have."""
    sizes, utility = space.environment.sizes, utility_of(space)
    return len({search.truthful_utilities(sizes, utility, table) for table in tables})


def alike(space: OutcomeSpace) -> bool:
    """Whether all agents have the same types and values, so that fairness axioms compare every pair."""
    env = space.environment
    return all((env.values[0].tolist() == v.tolist()) for v in env.values) and len(set(env.supplier)) == 1


SPACES = {
    "public": public_space,
    "orders": orders_space,
    "objects": objects_space,
    "auction": auction_space,
    "procurement": procurement_space,
    "trade": trade_space,
    "supply": supply_space,
}


def conditions(family: str, space: OutcomeSpace) -> list[str]:
    """The conditions that have a meaning on a space of a family."""
    names = list(APPLIES[family])
    if alike(space) and space.environment.agents > 1:
        names += [name for name in ALIKE if not (family == "objects" and name == "anonymous")]
    if family == "supply" and space.environment.agents == 1:
        names.remove("envy-free")
    return names


def random_problem(rng: random.Random, number: int) -> tuple[OutcomeSpace, list[str]]:
    """A space, of one family after another, and one to three conditions that have a meaning there."""
    family = list(SPACES)[number % len(SPACES)]
    space = SPACES[family](rng)
    names = conditions(family, space)
    return space, rng.sample(names, rng.randint(1, 3))


def space_for(name: str, rng: random.Random, number: int) -> OutcomeSpace:
    """A space on which a condition has a meaning, of one such family after another."""
    families = [family for family in SPACES if name in APPLIES[family] or name in ALIKE]
    while True:
        family = families[number % len(families)]
        space = SPACES[family](rng)
        if name in conditions(family, space):
            return space
        number += 1


__all__ = ["brute_force", "permutations", "projected", "random_problem"]
