"""Strategy-proof: no agent ever gains by a misreport."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class StrategyProof(CoalitionalAxiom):
    """No agent ever gains by a misreport, whatever the others report: truth is a dominant strategy.

    Violated at (profile, agent) iff the agent, whose true type is that of the profile, has a report that gives him strictly more
    than the truth while the others report the profile.

    References
    ----------
    Gibbard (1973); Satterthwaite (1975).

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 2])
    >>> co.check(co.second_price(auction), ["strategy-proof"]).holds
    True
    >>> found = co.check(co.first_price(auction), ["strategy-proof"])["strategy-proof"]
    >>> print(found.violations, found.witness.types, found.witness.reported)
    4 ('2', '0') ('0', '0')
    """

    name = "strategy-proof"
    definition = "no agent has a misreport that gives him strictly more"
    unit = "(profile, agent) pairs"
    largest = 1
