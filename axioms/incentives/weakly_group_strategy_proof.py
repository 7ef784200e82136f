"""Group strategy-proofness in the weak form: everybody in the coalition gains."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom
from collude.kernels.coalitions.best import WEAK


@axiom
class WeaklyGroupStrategyProof(CoalitionalAxiom):
    """No coalition ever has a joint misreport that gives every one of its members strictly more: the weak form.

    Violated at (profile, coalition) iff some joint report of the members gives each of them strictly more than the truth while
    everybody else reports the profile.

    Examples
    --------
    >>> import collude as co
    >>> names = ["weakly-group-strategy-proof", "group-strategy-proof"]
    >>> verdicts = co.check(co.second_price(co.auction(2, [0, 1, 2])), names)
    >>> [verdict.holds for verdict in verdicts]  # the loser who helps the winner gains nothing himself
    [True, False]
    """

    name = "weakly-group-strategy-proof"
    definition = "no coalition has a joint misreport that gives every member strictly more"
    rule = WEAK
