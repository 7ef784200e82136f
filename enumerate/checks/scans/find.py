"""Which scan serves which axiom, and the plain question whether a mechanism satisfies one."""

from collude.axioms.bayesian.coalition_proof import CoalitionProof
from collude.axioms.bayesian.decentralised_coalition_proof import DecentralisedCoalitionProof
from collude.axioms.bayesian.strong_collusion_proof_contract import StrongCollusionProofContract
from collude.axioms.core.base import Axiom
from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.profilewise import ProfileAxiom
from collude.axioms.core.whole import WholeAxiom
from collude.axioms.reallocation.bribe_proof import BribeProof
from collude.axioms.reallocation.equal_quantities_equal_transfers import EqualQuantitiesEqualTransfers
from collude.enumerate.checks.context import CheckContext, CheckOptions, OneWorker
from collude.enumerate.checks.scans.base import Scan
from collude.enumerate.checks.scans.bribes import BribeScan
from collude.enumerate.checks.scans.coalitions import CoalitionScan
from collude.enumerate.checks.scans.deals import DealScan
from collude.enumerate.checks.scans.equal_transfers import EqualTransfersScan
from collude.enumerate.checks.scans.maps import MapScan
from collude.enumerate.checks.scans.pooled import PooledScan
from collude.enumerate.checks.scans.profiles import ProfileScan
from collude.enumerate.checks.scans.side_contracts import SideContractScan
from collude.enumerate.checks.scans.whole import WholeScan
from collude.models.mechanism import Mechanism

SCANS: tuple[tuple[type[Axiom], type[Scan[Axiom]]], ...] = (
    (CoalitionalAxiom, CoalitionScan),
    (DealAxiom, DealScan),
    (ProfileAxiom, ProfileScan),
    (WholeAxiom, WholeScan),
    (BribeProof, BribeScan),
    (EqualQuantitiesEqualTransfers, EqualTransfersScan),
    (CoalitionProof, PooledScan),
    (DecentralisedCoalitionProof, MapScan),
    (StrongCollusionProofContract, SideContractScan),
)
UP_TO_THE_FIRST = CheckOptions("none", first=True)


def scan_of(axiom: Axiom, context: CheckContext) -> Scan[Axiom]:
    """Find the scan that checks an axiom in a context.

    Parameters
    ----------
    axiom : Axiom
        What is checked.
    context : CheckContext
        The mechanism, and how much is asked.

    Returns
    -------
    Scan

    Raises
    ------
    TypeError
        If the axiom has none of the shapes that can be checked.
    """
    for shape, scan in SCANS:
        if isinstance(axiom, shape):
            return scan(axiom, context)
    raise TypeError(f"{axiom.name} has none of the shapes that can be checked; derive it from one in axioms/core")


def satisfies(mechanism: Mechanism, axiom: Axiom) -> bool:
    """Tell whether a mechanism satisfies an axiom, in the calling thread, up to the first violation.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    axiom : Axiom
        The axiom.

    Returns
    -------
    bool

    Examples
    --------
    >>> import collude as co
    >>> from collude.axioms.core.registry import find_axiom
    >>> satisfies(co.second_price(co.auction(agents=2, values=range(3))), find_axiom("strategy-proof"))
    True
    """
    scan = scan_of(axiom, CheckContext(mechanism, UP_TO_THE_FIRST, OneWorker()))
    scan.prepare()
    return all(scan.run(block).rank is None for block in scan.blocks())
