"""What the equalities of coalition-proof expected externalities share: sums whose expectation must not vary."""

from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import ClassVar, NamedTuple

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, known_types
from collude.axioms.core.groups import Members, coalition_bits_of, members_of
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.kernels.expectations.transfers import count_deviations
from collude.models.beliefs import beliefs_of, chances_of
from collude.models.mechanism import Mechanism, Profile, show_type


class EqualityTables(NamedTuple):
    """The sums of an equality, how they vary, as the kernels have them.

    Attributes
    ----------
    sums : (patterns,) int64, the sum at each pattern of fixed types, times its denominator
    constants : (2^n,) int64, the constant of each set of fixed agents, agent i at bit i
    counts : (2^n,) int64, at how many types of each set the sum is not the constant
    """

    sums: np.ndarray
    constants: np.ndarray
    counts: np.ndarray


class EqualityAxiom(ExpectationAxiom, WholeAxiom):
    """An axiom by which an expectation, given the types of some agents, is one constant whatever these types are.

    Subclasses say for which sets of fixed agents it must be, and whether the constant is given.

    Attributes
    ----------
    external : bool
        Whether the expectation is that of the fixed agents' transfers less the others' values; otherwise it is that of the free
        agents' values and transfers.
    """

    independent = True
    external: ClassVar[bool]
    unit = "(coalition, types) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes exact numbers: a tolerance does not say when two expectations are equal."""
        return super().reason_not_applicable(mechanism) or (
            "" if mechanism.exact else "equalities need exact numbers, not floats"
        )

    def groups(self, mechanism: Mechanism) -> list[Members]:
        """The sets of agents whose types are fixed: all but the empty one and that of all agents."""
        return list(_proper(mechanism.environment.agents))

    def given(self, mechanism: Mechanism, fixed: Members) -> Fraction | None:
        """`scale` times the constant for these fixed agents; None if whatever holds at their first types will do."""
        return None

    def tables(self, mechanism: Mechanism) -> EqualityTables:
        """The sums of all patterns of fixed types, the constants, and how often these are missed."""
        known = expectations_of(mechanism)
        env = mechanism.environment
        sizes = np.array(env.sizes, np.int64)
        sums = known.sums[0 if self.external else 1]
        constants = np.zeros(1 << env.agents, np.int64)
        fixed, counts = np.zeros(len(constants), np.bool_), np.zeros(len(constants), np.int64)
        never = {}
        for members in self.groups(mechanism):
            constant = self.given(mechanism, members)
            if constant is not None:
                mask, whole = coalition_bits_of(members), constant * known.beliefs.outside(members)
                constants[mask], fixed[mask] = int(whole), True
                if whole.denominator != 1:  # every sum is a whole number at this scale
                    never[mask] = prod(env.sizes[i] for i in members)
        count_deviations(sums, sizes, constants, fixed, counts)
        for mask, count in never.items():
            counts[mask] = count
        return EqualityTables(sums, constants, counts)

    def violations(self, mechanism: Mechanism) -> Violations:
        """All types at which a sum varies; shown are the first ones of the smallest set of fixed agents for which it does."""
        counts = self.tables(mechanism).counts
        missed = {members: int(counts[coalition_bits_of(members)]) for members in self.groups(mechanism)}
        worst = min(((len(members), members) for members, count in missed.items() if count), default=None)
        if worst is None:
            return Violations()
        return Violations(sum(missed.values()), self._witness(mechanism, worst[1]))

    def _witness(self, mechanism: Mechanism, fixed: Members) -> Witness:
        """The first types at which the sum is not what it is at the first types (or what it should be)."""
        env = mechanism.environment
        target = self.given(mechanism, fixed)
        first = (0,) * len(fixed)
        wanted = self.value(mechanism, fixed, first) if target is None else target / mechanism.scale
        for types in product(*(range(env.sizes[i]) for i in fixed)):
            there = self.value(mechanism, fixed, types)
            if there != wanted:
                break
        words = ", ".join(
            f"agent {env.labels[i]}: {show_type(env.types[i][k])}" for i, k in zip(fixed, types, strict=True)
        )
        details = {"there": f"{words}: {there}", "elsewhere" if target is None else "should be": str(wanted)}
        amount = abs(there - wanted) * mechanism.scale
        return Witness(known_types(env.agents, fixed, types), fixed, None, (amount,), details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Both expectations are recomputed in fractions."""
        fixed = witness.coalition
        target = self.given(mechanism, fixed)
        first = self.value(mechanism, fixed, (0,) * len(fixed)) if target is None else target / mechanism.scale
        there = self.value(mechanism, fixed, tuple(witness.profile[i] for i in fixed))
        amount = abs(there - first) * mechanism.scale
        return amount > mechanism.tolerance and witness.gains == (amount,)

    def value(self, mechanism: Mechanism, fixed: Members, types: Profile) -> Fraction:
        """The expectation at some types of the fixed agents, in money, from the definition."""
        env = mechanism.environment
        rows = env.prior.independent if env.prior is not None else None
        probabilities = chances_of(env) if rows is None else ()
        free = [j for j in range(env.agents) if j not in fixed]
        total, weight = Fraction(0), Fraction(0)
        profile = list(known_types(env.agents, fixed, types))
        for others in product(*(range(env.sizes[j]) for j in free)):
            for j, k in zip(free, others, strict=True):
                profile[j] = k
            point = tuple(profile)
            chance = (
                probabilities[mechanism.number(point)]
                if rows is None
                else prod((rows[j][k] for j, k in zip(free, others, strict=True)), start=Fraction(1))
            )
            outcome = mechanism.outcome_at(point)
            amount = 0
            for i in range(env.agents):
                money = int(mechanism.transfer[outcome, i])
                worth = mechanism.utility(i, point[i], outcome) - money
                if self.external:
                    amount += money if i in fixed else -worth
                elif i not in fixed:
                    amount += money + worth
            total += chance * amount
            weight += chance
        return total / weight / mechanism.scale if weight else total

    def constants(self, mechanism: Mechanism) -> dict[Members, Fraction | None]:
        """For each set of fixed agents the constant, in money; None where there is none."""
        tables = self.tables(mechanism)
        beliefs = beliefs_of(mechanism.environment)
        found: dict[Members, Fraction | None] = {}
        for members in self.groups(mechanism):
            mask = coalition_bits_of(members)
            value = Fraction(int(tables.constants[mask]), beliefs.outside(members) * mechanism.scale)
            found[members] = None if tables.counts[mask] else value
        return found


@cache
def _proper(n: int) -> tuple[Members, ...]:
    return tuple(members_of(mask, n) for mask in range(1, (1 << n) - 1))
