"""Strong collusion-proofness of a contract: no coalition has a side contract that its members like and tell the truth to."""

from collections.abc import Sequence
from fractions import Fraction

from collude.axioms.core.base import (
    Axiom,
    Block,
    BlockResult,
    CheckOptions,
    Examined,
    Key,
    Witness,
    coalitions_by_size,
    joint_misreports,
    largest_coalition,
    mask_of,
    members_of,
)
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.expectations import Members, known_types
from collude.axioms.core.registry import axiom
from collude.models.contracts.embedding import mechanism_contract, reason_not_a_contract
from collude.models.contracts.extended import CommunicationContract
from collude.models.errors import DisagreementError
from collude.models.mechanism import Mechanism
from collude.programs.contracts.improvement import improvement
from collude.programs.contracts.plain_check import (
    PlainSideContract,
    interim_gains,
    plain_side_contract,
    read_side_contract,
)
from collude.programs.contracts.words import clause_line, clauses

COALITION_NS = 5e7


@axiom
class StrongCollusionProofContract(Axiom):
    """Violated by a coalition iff it has a side contract: members report their types to it, it draws a joint report to
    the mechanism and payments among the members; no member gains by lying to it, no type loses, some type gains.

    A single agent violates it iff some type gains by a misreport.
    """

    name = "strong-collusion-proof-contract"
    definition = "no coalition has an incentive compatible side contract that all its types accept and some type likes"
    source = "Giraud and Rochon (2001), Definition 8"
    unit = "coalitions"
    units = ("coalitions", "none")
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes a prior, money and exact numbers."""
        return reason_not_a_contract(mechanism)

    def _groups(self, mechanism: Mechanism, question: CheckOptions) -> list[Members]:
        n = mechanism.environment.agents
        return coalitions_by_size(n, 1, largest_coalition(n, question.largest))

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """All coalitions of the admitted sizes, and the joint reports that a side contract may make."""
        env = mechanism.environment
        coalitions, reports = joint_misreports(env.sizes, 1, largest_coalition(env.agents, question.largest))
        return Examined(env.profiles, coalitions, reports, env.profiles**2)

    def counted_in(self, mechanism: Mechanism, question: CheckOptions) -> tuple[str, int | None]:
        """Coalitions."""
        return self.unit, len(self._groups(mechanism, question))

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """A linear program per coalition."""
        reports = self.examined(mechanism, question).joint_misreports
        return COALITION_NS * len(self._groups(mechanism, question)) + 2e4 * reports

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One coalition each."""
        n = work.mechanism.environment.agents
        return [(0, 1, mask_of(members, n)) for members in self._groups(work.mechanism, work.question)]

    def extents(self, work: CheckContext) -> dict[Block, int]:
        """One block per coalition."""
        n = work.mechanism.environment.agents
        return {(mask_of(members, n),): 1 for members in self._groups(work.mechanism, work.question)}

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """The linear program of one coalition."""
        members = members_of(block[2], work.mechanism.environment.agents)
        found = self.side_contract(work.mechanism, members)
        return BlockResult() if found is None else BlockResult(1, (len(members), members))

    def side_contract(self, mechanism: Mechanism, members: Members) -> CommunicationContract | None:
        """A side contract by which the coalition violates the axiom, None if there is none."""
        return improvement(mechanism_contract(mechanism), members).contract

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The side contract of the smallest coalition, and what each member gains before types are known."""
        mechanism, members = work.mechanism, tuple(key[1])
        found = self.side_contract(mechanism, members)
        if found is None:
            raise DisagreementError(f"{self.name}: {members} has no side contract after all")
        plain = plain_side_contract(found, mechanism.environment.sizes)
        lines = [clause_line(found, clause) for clause in clauses(found) if clause.occurs]
        profile = known_types(mechanism.environment.agents, (), ())
        details = {"side_contract": plain.clauses(), "agreement": lines}
        return Witness(profile, members, None, _scaled_gains(mechanism, plain), details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Balance, truth-telling, gains and losses are computed anew, in fractions."""
        side = read_side_contract(witness.coalition, witness.details["side_contract"])
        gains = _scaled_gains(mechanism, side)
        return bool(gains) and gains == tuple(witness.gains)


def _scaled_gains(mechanism: Mechanism, side: PlainSideContract) -> tuple[Fraction, ...]:
    """`scale` times what each member gains in expectation; empty if the side contract is no improvement."""
    by_type = interim_gains(mechanism, side)
    if by_type is None:
        return ()
    return tuple(
        sum((gain for (agent, _), gain in by_type.items() if agent == i), Fraction(0)) * mechanism.scale
        for i in side.coalition
    )
