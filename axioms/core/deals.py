"""What reallocation-proofness and side-payment collusion-proofness share: deals of a coalition that divides its total."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.conditions import PairRule
from collude.axioms.core.deal_rules import Reach, allowed_deals, deal_rules, no_deal
from collude.axioms.core.settlement import DividedGoods, best_split, hand_overs, held_by, holdings_of, settle
from collude.kernels.members import joint_offsets
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


class DealAxiom(Axiom):
    """An axiom that fails where a coalition can report and then divide what it gets so that everybody is better off.

    With transferable utility: where a joint report raises what the coalition can divide above the sum of its truthful utilities.

    Attributes
    ----------
    moves : bool
        Whether the members hand on goods as well as money.
    """

    unit = "(profile, coalition) pairs"
    moves: bool

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money; and, if goods move, goods that can be handed on."""
        env = mechanism.environment
        if env.ordinal:
            return "there is no money"
        if self.moves and env.has_lotteries:
            return "goods that a lottery gives cannot be handed on beforehand"
        return "a public alternative cannot be handed on" if self.moves and env.public else ""

    def allowed(self, space: OutcomeSpace) -> np.ndarray | None:
        """Mere trading after truthful reports must not help either."""
        return allowed_deals(space) if self.moves else None

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """All pairs of profiles."""
        return deal_rules(space, Reach(None, None, self.moves), self.name)

    def permits(self, menu: Menu, profile: Profile, outcome: int) -> bool:
        """No coalition gains by trading what the outcome gives it."""
        return not self.moves or bool(
            np.asarray(no_deal(menu, profile, profile, Reach(None, None, True)))[outcome, outcome]
        )

    def reach(self, menu: Menu) -> int:
        """All reports may differ."""
        return menu.environment.agents

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray:
        """No coalition gains in all by reporting one profile where the other is the truth."""
        return no_deal(menu, one, other, Reach(None, None, self.moves))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """From the definition, in Python integers and fractions: the goods add up, the side payments sum to zero, and
        everybody gains the same positive amount, which is what the witness says."""
        holdings = witness.details.get("holdings", [])
        payments = [Fraction(text) * mechanism.scale for text in witness.details.get("side payments", [])]
        report = mechanism.outcome_at(witness.reported)
        if not self.moves:
            return self._confirms_payments(mechanism, witness, payments)
        held = [mechanism.bundle_of(report, i) for i in witness.coalition]
        if not len(holdings) == len(payments) == len(held) == len(witness.gains) > 0 or sum(payments) != 0:
            return False
        given = [tuple(holding) for holding in holdings]
        if _total(mechanism, witness.coalition, given) != _total(mechanism, witness.coalition, held):
            return False
        gains = []
        for i, bundle, payment in zip(witness.coalition, given, payments, strict=True):
            if bundle not in mechanism.environment.indices[i]:
                return False
            type_index = witness.profile[i]
            before = mechanism.utility(i, type_index, mechanism.outcome_at(witness.profile))
            gains.append(
                _value(mechanism, i, type_index, bundle) + int(mechanism.transfer[report, i]) + payment - before
            )
        return len(set(gains)) == 1 and sum(gains) > mechanism.tolerance and tuple(gains) == tuple(witness.gains)

    @staticmethod
    def _confirms_payments(mechanism: Mechanism, witness: Witness, payments: Sequence[Fraction]) -> bool:
        """The same where goods, or the lotteries over them, stay with whom the mechanism gave them."""
        report = mechanism.outcome_at(witness.reported)
        held = [held_by(mechanism, i, int(mechanism.bundle[report, i])) for i in witness.coalition]
        given = [_as_lists(holding) for holding in witness.details.get("holdings", [])]
        if not len(payments) == len(held) == len(witness.gains) > 0 or given != held or sum(payments) != 0:
            return False
        utilities = mechanism.gains(witness.profile, witness.reported, witness.coalition)
        gains = [gain + payment for gain, payment in zip(utilities, payments, strict=True)]
        return len(set(gains)) == 1 and sum(gains) > mechanism.tolerance and tuple(gains) == tuple(witness.gains)


def _as_lists(given: object) -> object:
    """Tuples as the lists that JSON has."""
    return [_as_lists(x) for x in given] if isinstance(given, (list, tuple)) else given


def _value(mechanism: Mechanism, agent: int, type_index: int, bundle: tuple[int, ...]) -> int:
    env = mechanism.environment
    return int(env.values[agent][type_index, env.indices[agent][bundle]]) * (mechanism.scale // env.scale)


def _total(mechanism: Mechanism, coalition: tuple[int, ...], held: Sequence[tuple[int, ...]]) -> list[int]:
    """What the members hold in all, minus for what suppliers give up."""
    env = mechanism.environment
    signed = [[-x if env.supplier[i] else x for x in bundle] for i, bundle in zip(coalition, held, strict=True)]
    return [sum(column) for column in zip(*signed, strict=True)]


def deal_witness(mechanism: Mechanism, moves: bool, members: tuple[int, ...], profile: int) -> Witness:
    """The most profitable deal of a coalition at a profile, with a division in which all its members gain the same.

    It is the first joint report, in the order of reports, with the largest gain; the coalition keeps the allocation that the
    mechanism gives it where that is a best division, else it takes the first best one.

    Parameters
    ----------
    mechanism : Mechanism
    moves : bool
        Whether goods are handed on.
    members : tuple of int
    profile : int
        The number of the true profile.

    Returns
    -------
    Witness
        With the holdings, side payments and sentences in its details.
    """
    env = mechanism.environment
    truth = mechanism.types_at(profile)
    offsets = joint_offsets(np.array(env.sizes, np.int64), np.array(members, np.int64))
    start = mechanism.number(tuple(0 if i in members else k for i, k in enumerate(truth)))
    outcomes = mechanism.outcome[start + offsets]
    worth: dict[int, int] = {}
    split_of: dict[tuple[int, ...], DividedGoods] = {}
    for o in dict.fromkeys(outcomes.tolist()):
        total = holdings_of(mechanism, members, o, moves)
        if total not in split_of:
            split_of[total] = best_split(mechanism, members, truth, o, moves)
        worth[o] = split_of[total].value + sum(int(mechanism.transfer[o, i]) for i in members)
    most = max(worth.values())
    at = next(x for x, o in enumerate(outcomes.tolist()) if worth[o] == most)
    report = mechanism.types_at(int(start + offsets[at]))
    split = best_split(mechanism, members, truth, int(outcomes[at]), moves).bundles
    gains, payments = settle(mechanism, members, truth, int(outcomes[at]), split)
    details = {
        "holdings": [held_by(mechanism, i, b) for i, b in zip(members, split, strict=True)],
        "side payments": [str(payment / mechanism.scale) for payment in payments],
        **hand_overs(mechanism, members, int(outcomes[at]), split, payments),
    }
    return Witness(truth, members, tuple(report[i] for i in members), gains, details)
