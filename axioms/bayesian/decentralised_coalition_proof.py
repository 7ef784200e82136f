"""Coalition-proofness without shared information: each member of a coalition follows a map from his type to a report."""

from fractions import Fraction

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import axiom
from collude.models.beliefs import chances_of
from collude.models.mechanism import Mechanism, all_profiles

Maps = tuple[tuple[int, ...], ...]


@axiom
class DecentralisedCoalitionProof(ExpectationAxiom):
    """No coalition gains in expectation by agreeing beforehand on a report for each type of each member.

    Violated by a coalition iff maps from types to reports, one per member, raise the sum of its expected utilities before types
    are known. Members agree on the maps, but nobody learns another's type.

    References
    ----------
    Safronov (2016), footnote 2.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> name = "decentralised-coalition-proof"
    >>> co.check(co.second_price(auction), [name])[name].witness.details["maps"]  # the first one always reports 0
    [[0, 0], [0, 1]]
    """

    name = "decentralised-coalition-proof"
    definition = "no coalition gains in expectation by agreeing on a report for each type of each member"
    source = "Safronov (2016), footnote 2"
    unit = "coalitions"
    by_default = False

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every profile is weighed anew, in fractions."""
        maps = tuple(tuple(row) for row in witness.details["maps"])
        gains = gains_of(mechanism, witness.coalition, maps)
        return sum(gains) > mechanism.tolerance and gains == tuple(witness.gains)


def gains_of(mechanism: Mechanism, members: Members, maps: Maps) -> tuple[Fraction, ...]:
    """What each member of a coalition gains in expectation if all follow their maps from types to reports: from the definition.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    members : tuple of int
    maps : tuple of tuples of int
        Per member, for each of his type indices the one that he reports.

    Returns
    -------
    tuple of Fraction
        `scale` times the gain of each, before types are known.
    """
    gains = [Fraction(0)] * len(members)
    env = mechanism.environment
    for profile, chance in zip(all_profiles(env), chances_of(env), strict=True):
        told = list(profile)
        for i, row in zip(members, maps, strict=True):
            told[i] = row[profile[i]]
        rises = mechanism.gains(profile, tuple(told), members)
        gains = [gain + chance * rise for gain, rise in zip(gains, rises, strict=True)]
    return tuple(gains)
