"""Restrictions by numbers and by forms: quantity target, transfer cap, one price for all, unanimity, normalisation."""

from abc import ABC, abstractmethod

import numpy as np

from collude.axioms.core.restrict import Restriction, restriction, whole
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.numbers import exact
from collude.models.space import OutcomeSpace


class OutcomeRule(ABC, Restriction):
    """A condition on outcomes, the same at every profile."""

    @abstractmethod
    def fits(self, mechanism: Mechanism, outcome: int) -> bool:
        """Whether an outcome of a mechanism satisfies the condition, in exact numbers."""

    def unary(self, space: OutcomeSpace) -> np.ndarray:
        """The same row for every profile."""
        row = np.array([self.fits(space.sample, o) for o in range(space.outcomes)], np.bool_)
        return np.tile(row, (len(space.type_indices), 1))

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """Every outcome that occurs fits."""
        del space
        return all(self.fits(mechanism, o) for o in set(mechanism.outcome.tolist()))


@restriction
class QuantityTarget(OutcomeRule):
    """Exactly so many units change hands, at every profile: `quantity-target=Q`."""

    name = "quantity-target"
    takes = "a whole number of units"

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """There must be units to add up."""
        env = space.environment
        return "there are no units of one good" if env.public or len(env.bundles[0][0]) != 1 else ""

    def fits(self, mechanism: Mechanism, outcome: int) -> bool:
        """The units received are added; where everybody supplies, those supplied."""
        suppliers = mechanism.environment.supplier
        total = sum(
            mechanism.bundle_of(outcome, i)[0]
            for i in range(mechanism.environment.agents)
            if not suppliers[i] or all(suppliers)
        )
        return total == whole(self.argument, self.name)


@restriction
class TransferCap(OutcomeRule):
    """No agent ever receives more than a bound: `transfer-cap=B`."""

    name = "transfer-cap"
    takes = "a number"

    def fits(self, mechanism: Mechanism, outcome: int) -> bool:
        """Each transfer is compared."""
        bound = exact(self.argument, self.name)
        return all(int(t) * bound.denominator <= bound.numerator * mechanism.scale for t in mechanism.transfer[outcome])


@restriction
class UniformPrice(OutcomeRule):
    """At every profile one price: some p >= 0 with t_i = p q_i for all agents, where q_i units are supplied or bought."""

    name = "uniform-price"

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """There must be units of one good."""
        env = space.environment
        return "there are no units of one good" if env.public or len(env.bundles[0][0]) != 1 else ""

    def fits(self, mechanism: Mechanism, outcome: int) -> bool:
        """The ratios of money to units are compared."""
        prices = set()
        for i in range(mechanism.environment.agents):
            units = mechanism.bundle_of(outcome, i)[0]
            money = int(mechanism.transfer[outcome, i]) * (1 if mechanism.environment.supplier[i] else -1)
            if units == 0:
                if money:
                    return False
                continue
            prices.add(exact(money, "money") / units)
        return len(prices) <= 1 and min(prices, default=0) >= 0


@restriction
class Unanimous(Restriction):
    """Where some alternative is best for everybody, such an alternative is chosen."""

    name = "unanimous"

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """Everybody's best outcome must be one that all can have."""
        return "" if space.environment.public else "the agents do not share an alternative"

    def unary(self, space: OutcomeSpace) -> np.ndarray:
        """Common best outcomes, where there are any."""
        utilities = space.truthful()
        best = (utilities == utilities.max(axis=2, keepdims=True)).all(axis=0)
        return np.asarray(best | ~best.any(axis=1, keepdims=True))

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """In Python integers."""
        offered = space.sample
        agents = range(mechanism.environment.agents)
        for profile in all_profiles(mechanism.environment):
            rows = [[offered.utility(i, profile[i], o) for o in range(space.outcomes)] for i in agents]
            tops = [max(row) for row in rows]
            common = any(all(row[o] == top for row, top in zip(rows, tops, strict=True)) for o in range(space.outcomes))
            chosen = mechanism.outcome_at(profile)
            if common and any(
                mechanism.utility(i, profile[i], chosen) * offered.scale != tops[i] * mechanism.scale for i in agents
            ):
                return False
        return True


@restriction
class Normalised(Restriction):
    """All agents have utility 0 at the first profile: one of each class of mechanisms that differ by a common shift."""

    name = "normalised"

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """There must be money to shift."""
        return "" if space.grid is not None else "there is no grid of transfers to shift"

    def unary(self, space: OutcomeSpace) -> np.ndarray:
        """Only the first profile is restricted."""
        allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
        allowed[0] = (space.utility[:, 0] == 0).all(axis=0)
        return allowed

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """In Python integers."""
        del space
        lowest = (0,) * mechanism.environment.agents
        outcome = mechanism.outcome_at(lowest)
        return all(mechanism.utility(i, 0, outcome) == 0 for i in range(mechanism.environment.agents))
