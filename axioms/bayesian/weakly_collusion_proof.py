"""Weak collusion-proofness: no side contract of all agents, who do not know each other's types, gains anything."""

from fractions import Fraction

from collude.axioms.core.base import ANY, Witness
from collude.axioms.core.expectations import ExpectationAxiom, expected_utilities, misreport_witness
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.errors import DisagreementError
from collude.models.mechanism import Mechanism, show_type
from collude.models.numbers import exact
from collude.programs.screening.coalition import GrandCoalition, coalition_of, reason_no_side_contract
from collude.programs.screening.contract import Choice, SideContract, contract_faults, evaluate_contract
from collude.programs.screening.optimum import side_contract

MOST_LINES = 16


@axiom
class WeaklyCollusionProof(ExpectationAxiom, WholeAxiom):
    """No side contract of all agents, who do not know each other's types, raises their expected sum of payoffs.

    A third party offers the contract: it maps the types that they report to him to a lottery over joint reports, to a division of
    the goods (unless the outcome is a public alternative) and to side payments that sum to zero. Telling him the truth must be
    best for every type, and no type may be worse off than without the contract. Violated, once, iff such a contract raises the
    sum, or if the truth is no equilibrium, by the misreport of a single agent. Only the coalition of all agents is examined.

    References
    ----------
    Jeon and Menicucci (2005), definition 2.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> found = co.check(co.second_price(auction), ["weakly-collusion-proof"])["weakly-collusion-proof"]
    >>> found.holds, found.witness.details["gain"]
    (False, '1/4')
    """

    name = "weakly-collusion-proof"
    definition = "no incentive compatible side contract that all agents accept raises their expected total payoff"
    source = "Jeon and Menicucci (2005), definition 2"
    unit = "mechanisms"
    independent = True
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money, two agents, exact numbers and independent types."""
        return reason_no_side_contract(mechanism)

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """All agents."""
        return mechanism.environment.agents

    def steps(self, mechanism: Mechanism) -> int:
        """Every profile of types against every outcome."""
        return 200 * mechanism.environment.profiles * mechanism.outcomes * mechanism.environment.agents

    def violations(self, mechanism: Mechanism) -> Violations:
        """One if a side contract gains: the third party's program is solved, with an exact certificate either way."""
        coalition = coalition_of(mechanism)
        gain, agent, type_index, report = coalition.best_misreport
        if gain > 0:
            return Violations(1, misreport_witness(mechanism, (agent,), (type_index,), (report,)))
        found = side_contract(coalition)
        return Violations() if found.gain == 0 else Violations(1, self._witness(mechanism, coalition, found.contract))

    @staticmethod
    def _witness(mechanism: Mechanism, coalition: GrandCoalition, contract: SideContract) -> Witness:
        n = mechanism.environment.agents
        details = {
            "gain": str(sum(_gains(coalition, contract), Fraction(0))),
            "side contract": _lines(mechanism, coalition, contract),
            "choices": [
                [[str(choice.weight), choice.option, list(choice.allocation)] for choice in row]
                for row in contract.choices
            ],
            "side payments": [[str(x) for x in row] for row in contract.payments],
        }
        gains = tuple(gain * mechanism.scale for gain in _gains(coalition, contract))
        return Witness((ANY,) * n, tuple(range(n)), None, gains, details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The contract's lotteries, balance, incentives and participation are checked in fractions, and what it brings."""
        if witness.misreport is not None:
            types = tuple(witness.profile[i] for i in witness.coalition)
            (before,) = expected_utilities(mechanism, witness.coalition, types, types)
            (after,) = expected_utilities(mechanism, witness.coalition, types, witness.misreport)
            return after > before and tuple(witness.gains) == ((after - before) * mechanism.scale,)
        coalition = coalition_of(mechanism)
        choices, payments = witness.details["choices"], witness.details["side payments"]
        contract = SideContract(
            tuple(tuple(Choice(exact(w), o, tuple(held)) for w, o, held in row) for row in choices),
            tuple(tuple(exact(x) for x in row) for row in payments),
        )
        gains = _gains(coalition, contract)
        stated = tuple(gain * mechanism.scale for gain in gains) == tuple(witness.gains)
        return not contract_faults(coalition, contract) and stated and sum(gains, Fraction(0)) > 0


def _gains(coalition: GrandCoalition, contract: SideContract) -> list[Fraction]:
    """What each agent expects to gain, before he knows his type."""
    payoffs = evaluate_contract(coalition, contract).payoffs
    return [
        sum((p * (payoffs[i][k][k] - coalition.truthful(i, k)) for k, p in enumerate(row)), Fraction(0))
        for i, row in enumerate(coalition.prior)
    ]


def _lines(mechanism: Mechanism, coalition: GrandCoalition, contract: SideContract) -> list[str]:
    """The contract in words, profile by profile, where it changes something."""
    env = mechanism.environment
    found = []
    for profile, row, paid in zip(coalition.profiles, contract.choices, contract.payments, strict=True):
        own = mechanism.outcome_at(profile)
        kept = tuple(int(b) for b in mechanism.bundle[own])
        if not any(paid) and all((c.option, c.allocation) == (own, kept) for c in row):
            continue
        parts = []
        for choice in row:
            held = ", ".join(show_type(env.bundles[i][b]) for i, b in enumerate(choice.allocation))
            chance = "" if choice.weight == 1 else f"with probability {choice.weight} "
            parts.append(f"{chance}report {coalition.options[choice.option].label} and hold {held}")
        money = ", ".join(str(x) for x in paid)
        found.append(f"{mechanism.describe(profile)}: {'; '.join(parts)}; pay {money}")
    if not found:
        raise DisagreementError("a side contract that gains must change something")
    more = len(found) - MOST_LINES
    return found if more <= 0 else [*found[:MOST_LINES], f"... and at {more} more profiles; --json has them all"]
