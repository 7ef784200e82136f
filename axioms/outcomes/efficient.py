"""Efficiency: the outcome maximises the sum of values."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.environment import Environment
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable
from collude.models.numbers import guard

LEAST = -(2**61)


@dataclass(frozen=True, eq=False)
class _Codes:
    """Total bundles as whole numbers, one digit a good, so that codes of bundles add up to that of their total.

    weights : (goods,) int64, what a unit of each good counts
    numbers : per agent (B_i,) int64, the code of each bundle
    totals : the totals that can be handed out
    """

    weights: np.ndarray
    numbers: list[np.ndarray]
    totals: list[tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class _Draws:
    """Which totals the outcomes of a mechanism with lotteries hand out. shares : by code of the total, (R,) int64, `whole`
    times the probability that the outcome hands it out."""

    shares: Mapping[int, np.ndarray]
    whole: int


@axiom
class Efficient(OneProfileAxiom):
    """No profile has an allocation with a larger sum of values than the one that is chosen.

    Violated at a profile by the welfare lost. Compared are the deterministic allocations of what the environment has: any
    alternative of a public choice; the supply of an auction or a trade; where supply is unlimited (procurement), the ways of
    dividing the same total. A lottery counts with its expected sum of values, so that it is efficient iff every allocation
    that it may draw is; with unlimited supply each drawn allocation is compared with the divisions of its own total, and
    the expected loss counts.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 3])
    >>> co.check(co.second_price(auction), ["efficient"]).holds
    True
    >>> fair = co.Lottery([("1/2", [(1,), (0,)], [0, 0]), ("1/2", [(0,), (1,)], [0, 0])])
    >>> drawn = co.from_function(auction, lambda reports: fair)
    >>> verdict = co.check(drawn, ["efficient"])["efficient"]
    >>> verdict.violations, verdict.witness.gains
    (6, ('3/2',))
    """

    name = "efficient"
    definition = "at every profile the outcome maximises the sum of values"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks cannot be added."""
        return "utilities are ranks, which cannot be added" if mechanism.environment.ordinal else ""

    def require_size(self, mechanism: Mechanism) -> None:
        """Losses are kept times the common denominator of the lotteries' probabilities."""
        guard(2 * _whole(mechanism) * mechanism.bound, "an expected loss of welfare")

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The welfare that is lost, as `losses` has it, above the tolerance iff the loss is."""
        yield (), self.losses(mechanism, type_indices, outcomes) - (_whole(mechanism) - 1) * mechanism.tolerance

    def losses(self, mechanism: Mechanism, type_indices: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
        """The expected welfare that is lost in a block of profiles.

        Parameters
        ----------
        mechanism : Mechanism
        type_indices : (n, B) int64
            The types of every profile.
        outcomes : (B,) int
            The outcome that is looked at for each.

        Returns
        -------
        (B,) int64
            `scale` times the loss; where lotteries draw totals from an unlimited supply, also times the common denominator
            of their probabilities.

        Notes
        -----
        The best division by (max, +) convolution over the agents: B times the totals times the bundles of an agent.
        """
        env = mechanism.environment
        factor = mechanism.scale // env.scale
        held = sum(env.values[i][type_indices[i], mechanism.bundle[outcomes, i]] for i in range(env.agents))
        if env.public:
            best = np.sum([env.values[i][type_indices[i]] for i in range(env.agents)], axis=0).max(axis=1)
        elif env.supply is None and mechanism.lotteries:
            draws = _draws_of(mechanism)
            sums = _best_by_total(env, _codes_of(env), type_indices)
            drawn = sum(share[outcomes] * sums[code] for code, share in draws.shares.items())
            return np.asarray((drawn - held * draws.whole) * factor)
        else:
            best = self._best_allocation(mechanism, type_indices, outcomes)
        return np.asarray((best - held) * factor)

    def _best_allocation(self, mechanism: Mechanism, type_indices: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
        """(B,) int64: the largest sum of values of what could be handed out instead."""
        env = mechanism.environment
        codes = _codes_of(env)
        best = _best_by_total(env, codes, type_indices)
        supply = env.supply
        if supply is None:
            chosen = sum(codes.numbers[i][mechanism.bundle[outcomes, i]] for i in range(env.agents))
            result = np.full(type_indices.shape[1], LEAST, np.int64)
            for code, sums in best.items():
                result = np.where(chosen == code, sums, result)
            return result
        ok = [
            t
            for t in codes.totals
            if (t == supply if env.exactly else all(x <= y for x, y in zip(t, supply, strict=True)))
        ]
        return np.asarray(np.max([best[int(np.dot(t, codes.weights))] for t in ok], axis=0))

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All together."""
        return [()]

    def amount(self, mechanism: Mechanism, profile: Profile, members: Members) -> int:
        """That of the outcome that the mechanism chooses, above the tolerance iff the loss is."""
        return super().amount(mechanism, profile, members) - (_whole(mechanism) - 1) * mechanism.tolerance

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """The expected welfare that is lost, by trying every allocation against each one that may be drawn."""
        env = table.environment
        rows = [values[k].tolist() for values, k in zip(env.values, profile, strict=True)]
        lost = Fraction(0)
        for chance, held in _branches(table, outcome):
            if env.public:
                choices = [(s,) * env.agents for s in range(len(env.bundles[0]))]
            else:
                choices = [c for c in product(*(range(len(b)) for b in env.bundles)) if _feasible(env, c, held)]
            welfare = [sum(row[b] for row, b in zip(rows, c, strict=True)) for c in (*choices, held)]
            lost += chance * (max(welfare) - welfare[-1])
        return int(lost * _whole(table)) * (table.scale // env.scale)

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int | Fraction, ...]:
        """The loss itself."""
        whole = _whole(mechanism)
        return (amount,) if whole == 1 else (Fraction(amount + (whole - 1) * mechanism.tolerance, whole),)


def _codes_of(environment: Environment) -> _Codes:
    reached = {(0,) * environment.goods[0].shape[1]}
    low = np.zeros(environment.goods[0].shape[1], np.int64)
    high = low.copy()
    for goods in environment.goods:
        low, high = low + np.minimum(goods.min(axis=0), 0), high + np.maximum(goods.max(axis=0), 0)
        reached = {tuple(np.add(t, g).tolist()) for t in reached for g in goods}
    radix = (high - low + 1).tolist()
    weights = np.array([int(np.prod(radix[g + 1 :], dtype=np.int64)) for g in range(len(radix))], np.int64)
    return _Codes(weights, [goods @ weights for goods in environment.goods], sorted(reached))


def _best_by_total(environment: Environment, codes: _Codes, type_indices: np.ndarray) -> dict[int, np.ndarray]:
    """By code of a total, (B,) int64: the largest sum of values of its divisions at each profile."""
    best: dict[int, np.ndarray] = {0: np.zeros(type_indices.shape[1], np.int64)}
    for i, numbers in enumerate(codes.numbers):
        values = environment.values[i][type_indices[i]]
        following: dict[int, np.ndarray] = {}
        for code, sums in best.items():
            for b, more in enumerate(numbers.tolist()):
                total = sums + values[:, b]
                known = following.get(code + more)
                following[code + more] = total if known is None else np.maximum(known, total)
        best = following
    return best


def _whole(table: OutcomeTable) -> int:
    """What losses are multiplied by to be whole: only totals drawn from an unlimited supply are worth fractions."""
    env = table.environment
    if env.public or env.supply is not None or not table.lotteries:
        return 1
    return lcm(*(branch.probability.denominator for draw in table.lotteries for branch in draw))


def _draws_of(mechanism: Mechanism) -> _Draws:
    """The totals that each outcome of a mechanism with lotteries hands out, worked out once."""

    def make() -> _Draws:
        codes, whole = _codes_of(mechanism.environment), _whole(mechanism)
        guard(2 * whole * mechanism.bound, "an expected loss of welfare")
        shares: dict[int, np.ndarray] = {}
        for o in range(mechanism.outcomes):
            for branch in mechanism.branches(o):
                code = sum(int(codes.numbers[i][b]) for i, b in enumerate(branch.bundles))
                shares.setdefault(code, np.zeros(mechanism.outcomes, np.int64))[o] += int(branch.probability * whole)
        return _Draws(shares, whole)

    return mechanism.once("totals drawn", make)


def _branches(table: OutcomeTable, outcome: int) -> list[tuple[Fraction, Members]]:
    """(probability, bundle numbers) of each allocation that an outcome may draw; one if it is sure."""
    if table.lotteries and table.lotteries[outcome]:
        return [(branch.probability, branch.bundles) for branch in table.lotteries[outcome]]
    return [(Fraction(1), tuple(int(b) for b in table.bundle[outcome]))]


def _feasible(env: Environment, choice: Members, held: Members) -> bool:
    """Whether bundles could be given instead of those held: what there is suffices, or the total stays."""
    total = [sum(x) for x in zip(*(env.goods[i][b].tolist() for i, b in enumerate(choice)), strict=True)]
    if env.supply is None:
        return total == [sum(x) for x in zip(*(env.goods[i][b].tolist() for i, b in enumerate(held)), strict=True)]
    if env.exactly:
        return tuple(total) == env.supply
    return all(x <= y for x, y in zip(total, env.supply, strict=True))
