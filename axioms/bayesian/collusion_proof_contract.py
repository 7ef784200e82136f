"""Collusion-proofness of a contract: every side contract of a coalition is undermined by some of its own members."""

from collude.axioms.bayesian.strong_collusion_proof_contract import StrongCollusionProofContract
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import axiom
from collude.models.contracts.embedding import mechanism_contract
from collude.models.contracts.extended import CommunicationContract
from collude.models.errors import IncompleteError
from collude.models.mechanism import Mechanism
from collude.programs.contracts.consistency import UNDECIDED, consistent_improvement


@axiom
class CollusionProofContract(StrongCollusionProofContract):
    """Every side contract of a coalition is undermined by a side contract of some of its own members.

    Violated by a coalition iff it has a side contract as in strong collusion-proofness upon which, in turn, no proper
    subcoalition has one: exact for coalitions of one and two, for larger ones it may stay undecided.

    References
    ----------
    Giraud and Rochon (2001), Definition 8.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> co.check(co.second_price(auction), ["collusion-proof-contract"])["collusion-proof-contract"].violations
    1
    """

    name = "collusion-proof-contract"
    definition = "every side contract of a coalition is undermined by a side contract of some of its members"

    def side_contract(self, mechanism: Mechanism, members: Members) -> CommunicationContract | None:
        """A side contract that no subcoalition undermines, None if there is none.

        Raises
        ------
        IncompleteError
            If it cannot be decided whether there is one.
        """
        found = consistent_improvement(mechanism_contract(mechanism), members)
        if found.verdict == UNDECIDED:
            raise IncompleteError(
                f"{self.name} is undecided for the coalition {members}: {found.reason}; "
                "bound coalitions with --max-coalition 2 to have an answer"
            )
        return found.contract
