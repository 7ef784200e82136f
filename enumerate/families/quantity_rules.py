"""Which quantities can be procured collusion-proof at all, whatever real transfers are paid: rule by rule, by exact programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import NamedTuple

import numpy as np

from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.files.functions import assemble
from collude.models.files.html import shown
from collude.models.files.returned import OutcomeRow
from collude.models.mechanism import Mechanism, Profile, all_profiles
from collude.programs.exact import Program, solve

MOST_RULES, MOST_PROFILES = 20_000, 64
Quantities = tuple[int, ...]


@shown
@dataclass(frozen=True, eq=False)
class QuantityRuleReport:
    """All quantity rules of an environment, by how far each gets towards reallocation-proofness.

    Attributes
    ----------
    rules : how many there are: quantities for each supplier at each profile
    efficient : how many split what each coalition supplies in the cheapest way, at every profile
    pairwise : how many of these are not refuted by a pair of profiles
    feasible : for how many of these real transfers exist under which no coalition gains by a joint misreport and a reallocation
    fixed_price : at how many of these all quantities are optimal at one price (Hagen (2020), Definition 2.6)
    extras : the others, each with transfers that do it
    """

    rules: int
    efficient: int
    pairwise: int
    feasible: int
    fixed_price: int
    extras: tuple[Mechanism, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; of the extras their number."""
        return {**vars(self), "rules": str(self.rules), "efficient": str(self.efficient), "extras": len(self.extras)}


class Situation(NamedTuple):
    """A coalition with its costs, and what the others report."""

    coalition: tuple[int, ...]
    profile: Profile


class QuantityRules:
    """The quantity rules of one environment of suppliers of one good.

    Parameters
    ----------
    environment
        Procurement.
    """

    def __init__(self, environment: Environment) -> None:
        self.env = environment
        self.units = len(environment.bundles[0]) - 1
        self.profiles = list(all_profiles(environment))
        agents = range(environment.agents)
        self.coalitions = [group for size in agents for group in combinations(agents, size + 1)]
        self.least: dict[Situation, list[Fraction]] = {}

    def cost(self, agent: int, type_index: int, units: int) -> Fraction:
        """What so many units cost a type."""
        return -self.env.value(agent, type_index, units)

    def least_cost(self, coalition: tuple[int, ...], profile: Profile, units: int) -> Fraction:
        """The least cost at which a coalition of these types supplies so many units."""
        key = Situation(coalition, tuple(profile[i] for i in coalition))
        if key not in self.least:
            marginals = sorted(
                self.cost(i, profile[i], q + 1) - self.cost(i, profile[i], q)
                for i in coalition
                for q in range(self.units)
            )
            self.least[key] = [sum(marginals[:q], Fraction(0)) for q in range(len(marginals) + 1)]
        return self.least[key][units]

    @cached_property
    def options(self) -> list[list[Quantities]]:
        """At each profile, the quantities that every coalition supplies in the cheapest way."""
        every = list(product(range(self.units + 1), repeat=self.env.agents))
        return [[row for row in every if self._cheapest(profile, row)] for profile in self.profiles]

    def _cheapest(self, profile: Profile, row: Quantities) -> bool:
        return all(
            sum(self.cost(i, profile[i], row[i]) for i in coalition)
            == self.least_cost(coalition, profile, sum(row[i] for i in coalition))
            for coalition in self.coalitions
        )

    def deviators(self, one: int, other: int) -> Iterator[tuple[int, ...]]:
        """The coalitions that can lead from one profile to another."""
        differ = {i for i, (a, b) in enumerate(zip(self.profiles[one], self.profiles[other], strict=True)) if a != b}
        return (coalition for coalition in self.coalitions if differ <= set(coalition))

    def compatible(self, one: int, row: Quantities, other: int, there: Quantities) -> bool:
        """Whether no coalition refutes the quantities at two profiles, its transfers cancelling out."""
        here_types, there_types = self.profiles[one], self.profiles[other]
        for coalition in self.deviators(one, other):
            here, away = (sum(quantities[i] for i in coalition) for quantities in (row, there))
            kept = self.least_cost(coalition, here_types, here) + self.least_cost(coalition, there_types, away)
            if self.least_cost(coalition, here_types, away) + self.least_cost(coalition, there_types, here) < kept:
                return False
        return True

    def pairwise(self) -> Iterator[tuple[Quantities, ...]]:
        """The rules that pass both tests, found profile by profile."""
        stack: list[tuple[Quantities, ...]] = [()]
        while stack:
            chosen = stack.pop()
            place = len(chosen)
            if place == len(self.profiles):
                yield chosen
                continue
            for row in reversed(self.options[place]):
                if all(self.compatible(p, there, place, row) for p, there in enumerate(chosen)):
                    stack.append((*chosen, row))

    def transfers(self, rule: Sequence[Quantities]) -> list[Fraction] | None:
        """Transfers, agent by agent at each profile, under which no coalition gains; None if there are none, which is proved.

        The programme makes the largest gain as small as possible: it is 0, or there are no such transfers.
        """
        n, slack = self.env.agents, self.env.agents * len(self.profiles)
        program = Program(slack + 1, {slack: 1}, signed=frozenset({slack}))
        for c, h in product(range(len(self.profiles)), repeat=2):
            for coalition in self.deviators(c, h) if c != h else ():
                away = sum(rule[h][i] for i in coalition)
                own = sum((self.cost(i, self.profiles[c][i], rule[c][i]) for i in coalition), Fraction(0))
                row: dict[int, int] = {slack: -1}
                for i in coalition:
                    row[h * n + i], row[c * n + i] = 1, -1
                program.at_most(row, self.least_cost(coalition, self.profiles[c], away) - own)
        optimum = solve(program)
        return None if optimum.value else list(optimum.x[:-1])

    def has_one_price(self, rule: Sequence[Quantities]) -> bool:
        """Whether one price makes every quantity of the rule optimal."""
        low, high = Fraction(0), None
        for profile, row in zip(self.profiles, rule, strict=True):
            for i, (k, q) in enumerate(zip(profile, row, strict=True)):
                if q:
                    low = max(low, self.cost(i, k, q) - self.cost(i, k, q - 1))
                if q < self.units:
                    bound = self.cost(i, k, q + 1) - self.cost(i, k, q)
                    high = bound if high is None else min(high, bound)
        return high is None or low <= high

    def mechanism(self, rule: Sequence[Quantities], transfers: Sequence[Fraction], name: str) -> Mechanism:
        """A rule with its transfers."""
        n = self.env.agents
        rows = [OutcomeRow(row, tuple(transfers[p * n : p * n + n])) for p, row in enumerate(rule)]
        known = list(dict.fromkeys(rows))
        return assemble(self.env, name, np.array([known.index(row) for row in rows], np.int32), known, None)


def quantity_rules(environment: Environment) -> QuantityRuleReport:
    """Find all quantity rules that real transfers make reallocation-proof, and sort them into fixed prices and extras.

    Parameters
    ----------
    environment
        Suppliers of one good.

    Returns
    -------
    QuantityRuleReport

    Raises
    ------
    InputError
        For another environment.
    SizeError
        If there are too many profiles or rules.

    Notes
    -----
    A rule is refuted by one coalition at one profile, by a pair of profiles, or by a linear programme over all transfers, whose
    answer is proved in rationals.

    References
    ----------
    Hagen (2020), Theorem 2.1: on rich sets of types only fixed prices are left.

    Examples
    --------
    >>> import collude as co
    >>> found = co.quantity_rules(co.procurement(2, [1, 2]))
    >>> found.rules, found.efficient, found.pairwise, found.feasible, found.fixed_price, len(found.extras)
    (256, 144, 37, 37, 31, 6)
    """
    if environment.family != "procurement" or len(environment.bundles[0][0]) != 1:
        raise InputError("quantity rules are those of suppliers of one good (co.procurement)")
    if environment.profiles > MOST_PROFILES:
        raise SizeError(
            f"{environment.profiles} profiles are more than {MOST_PROFILES}; take fewer types", environment.profiles
        )
    made = QuantityRules(environment)
    pairwise = feasible = fixed = 0
    extras = []
    for rule in made.pairwise():
        pairwise += 1
        if pairwise > MOST_RULES:
            raise SizeError(f"more than {MOST_RULES} rules pass the tests of pairs; take fewer types", pairwise)
        transfers = made.transfers(rule)
        if transfers is None:
            continue
        feasible += 1
        if made.has_one_price(rule):
            fixed += 1
        else:
            extras.append(made.mechanism(rule, transfers, f"quantity-rule-{pairwise}"))
    every = (made.units + 1) ** (environment.agents * environment.profiles)
    return QuantityRuleReport(every, prod(map(len, made.options)), pairwise, feasible, fixed, tuple(extras))
