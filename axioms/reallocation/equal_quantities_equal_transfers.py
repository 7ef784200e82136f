"""Lemma 2.1: with the outsiders' reports fixed, equal bundles of a group mean equal transfers of that group."""

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile


@axiom
class EqualQuantitiesEqualTransfers(Axiom):
    """With the others' reports fixed, a coalition whose members get the same bundles gets the same transfers.

    Violated at (coalition, profile, profile') iff the profiles agree outside the coalition, every member holds the same bundle at
    both, and some member's transfer differs. Each pair of profiles is counted once.

    References
    ----------
    Hagen (2020), lemma 2.1.

    Examples
    --------
    >>> import collude as co
    >>> name = "equal-quantities-equal-transfers"
    >>> co.check(co.second_price(co.auction(2, [0, 1, 2])), [name])[name].violations
    13
    >>> co.check(co.posted_price(co.auction(2, [0, 1, 2]), price=1), [name]).holds
    True
    """

    name = "equal-quantities-equal-transfers"
    definition = (
        "with the others' reports fixed, a coalition whose members get the same bundles gets the same transfers"
    )
    source = "Hagen (2020), lemma 2.1"
    unit = "(coalition, profile, profile') triples"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money."""
        if mechanism.environment.has_lotteries:
            return "outcomes are lotteries"
        return "there is no money" if mechanism.environment.ordinal else ""

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Bundles and transfers at both profiles are compared again."""
        one, other = mechanism.outcome_at(witness.profile), mechanism.outcome_at(witness.reported)
        rises = rises_of(mechanism, witness.profile, witness.reported, witness.coalition)
        same = all(mechanism.bundle_of(one, i) == mechanism.bundle_of(other, i) for i in witness.coalition)
        return same and rises == witness.gains and max(map(abs, rises)) > mechanism.tolerance


def rises_of(mechanism: Mechanism, truth: Profile, report: Profile, members: Members) -> tuple[int, ...]:
    """How much more money each member of a coalition receives at one profile than at another.

    Parameters
    ----------
    mechanism : Mechanism
    truth, report : tuple of int
        Profiles of type indices: before and after.
    members : tuple of int

    Returns
    -------
    tuple of int
        `scale` times the rise of each member's transfer.
    """
    before, after = mechanism.outcome_at(truth), mechanism.outcome_at(report)
    return tuple(int(mechanism.transfer[after, i]) - int(mechanism.transfer[before, i]) for i in members)
