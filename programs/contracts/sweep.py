"""All coalitions at once: is a contract strong collusion-proof, and is it collusion-proof?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

from collude.models.contracts.extended import CommunicationContract, revised
from collude.models.errors import SizeError
from collude.models.files.html import shown
from collude.programs.contracts.consistency import (
    CANDIDATES,
    EXISTS,
    NONE,
    ConsistentImprovement,
    consistent_improvement_in,
)
from collude.programs.contracts.improvement import Improvement, improvement_in
from collude.programs.contracts.incentives import double_deviations, lies
from collude.programs.contracts.terms import SideContractTerms

Members = tuple[int, ...]
HOLDS, VIOLATED = "holds", "violated"
MOST_COALITIONS = 2_000


@dataclass(frozen=True)
class CoalitionVerdict:
    """What one coalition can do against a contract.

    Attributes
    ----------
    coalition : tuple of int
    improvement : Improvement
        The best side contract.
    consistent : ConsistentImprovement
        Whether there is one that no subcoalition undermines.
    """

    coalition: Members
    improvement: Improvement
    consistent: ConsistentImprovement


@shown
@dataclass(frozen=True)
class ContractVerdict:
    """Whether a contract withstands all coalitions.

    Attributes
    ----------
    contract : CommunicationContract
    terms : SideContractTerms
        The side contracts that were allowed.
    coalitions : tuple of CoalitionVerdict
        What each of them can do, by size.
    incentive_compatible : bool
        Whether nobody gains by a lie.
    communication_equilibrium : bool
        Whether nobody gains by a lie and disobedience together, which collusion-proofness alone does not imply.
    """

    contract: CommunicationContract
    terms: SideContractTerms
    coalitions: tuple[CoalitionVerdict, ...]
    incentive_compatible: bool
    communication_equilibrium: bool

    @property
    def _single(self) -> bool:
        """What the definitions ask of single agents, under the terms."""
        by_terms = self.terms.incentives == "communication"
        return self.communication_equilibrium if by_terms else self.incentive_compatible

    @property
    def strong(self) -> str:
        """Strong collusion-proof: "holds", or "violated" if some coalition has an improvement or some agent lies."""
        return HOLDS if self._single and not any(v.improvement.exists for v in self.coalitions) else VIOLATED

    @property
    def ordinary(self) -> str:
        """Collusion-proof: "holds", "violated" if some coalition has a consistent improvement, or "undecided"."""
        verdicts = {v.consistent.verdict for v in self.coalitions}
        if not self._single or EXISTS in verdicts:
            return VIOLATED
        return HOLDS if verdicts <= {NONE} else "undecided"


def verdicts(
    contract: CommunicationContract,
    terms: SideContractTerms | None = None,
    largest: int | None = None,
    candidates: int = CANDIDATES,
) -> Iterator[CoalitionVerdict]:
    """What each coalition of the insiders of a contract can do, by size.

    Parameters
    ----------
    contract : CommunicationContract
    terms : SideContractTerms, optional
        Which side contracts are allowed.
    largest : int, optional
        The largest number of members that is looked at; all by default.
    candidates : int
        As in `consistent_improvement`.

    Yields
    ------
    CoalitionVerdict
        By number of members, then in lexicographic order.

    Raises
    ------
    SizeError
        If there are too many coalitions, or a program is too large.
    InputError
        Without the extra `programs`.

    Notes
    -----
    One linear program or more per coalition.
    """
    chosen = terms or SideContractTerms()
    insiders = contract.game.insiders
    sizes = range(1, min(largest or len(insiders), len(insiders)) + 1)
    count = sum(comb(len(insiders), size) for size in sizes)
    if count > MOST_COALITIONS:
        raise SizeError(
            f"{count} coalitions, a linear program each; at most {MOST_COALITIONS} are taken (bound their size)", count
        )
    for size in sizes:
        for coalition in combinations(insiders, size):
            game = revised(contract, coalition)
            found = improvement_in(game, chosen)
            if found.exists:
                consistent = consistent_improvement_in(game, chosen, candidates)
            else:
                consistent = ConsistentImprovement(coalition, NONE, f"no improvement ({found.method})", found)
            yield CoalitionVerdict(coalition, found, consistent)


def contract_verdict(
    contract: CommunicationContract,
    terms: SideContractTerms | None = None,
    largest: int | None = None,
    candidates: int = CANDIDATES,
) -> ContractVerdict:
    """Whether a contract is strong collusion-proof, and whether it is collusion-proof.

    Parameters
    ----------
    contract
        A contract for all agents of a game.
    terms
        Which side contracts are allowed; the defaults of `SideContractTerms` if left out.
    largest
        The largest coalition that is examined; all by default.
    candidates
        How many side contracts are tried per coalition of three or more, see `consistent_improvement`.

    Returns
    -------
    ContractVerdict

    References
    ----------
    Giraud and Rochon (2001), Definition 8.

    Examples
    --------
    >>> from collude.models.contracts.library import mutual_favours
    >>> found = contract_verdict(mutual_favours())
    >>> found.strong, found.ordinary
    ('violated', 'holds')
    """
    chosen = terms or SideContractTerms()
    return ContractVerdict(
        contract,
        chosen,
        tuple(verdicts(contract, chosen, largest, candidates)),
        all(found.gain <= 0 for found in lies(contract, chosen.read)),
        all(found.gain <= 0 for found in double_deviations(contract, chosen.read)),
    )
