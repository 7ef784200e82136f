"""Proposition 3: a coalition that tells the truth is sure of its expected values, whatever the others report."""

from fractions import Fraction

from collude.axioms.core.equalities import EqualityAxiom
from collude.axioms.core.expectations import expectations_of
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism


@axiom
class GuaranteedPayoffs(EqualityAxiom):
    """A coalition that tells the truth expects the sum of its members' expected values against any fixed reports of the others.

    Violated at (agents outside a proper coalition, their reports) iff the coalition, telling the truth against these reports,
    expects over its types something else. With budget balance it makes every equilibrium of every partition into coalitions
    efficient (Theorem 2).

    References
    ----------
    Safronov (2016), Proposition 3.

    Examples
    --------
    >>> import collude as co
    >>> good = co.public_good(2, [0, 3], cost=2, prior=co.uniform((2, 2)))
    >>> co.check(co.mechanism("agv", good), ["guaranteed-payoffs"]).holds
    True
    """

    name = "guaranteed-payoffs"
    definition = "a coalition that tells the truth expects the sum of its expected values against any fixed reports"
    external = False
    unit = "(outsiders, reports) pairs"

    def given(self, mechanism: Mechanism, fixed: Members) -> Fraction:
        """The expected values of those who are free."""
        values = expectations_of(mechanism).ex_ante.values
        return sum((x for i, x in enumerate(values) if i not in fixed), Fraction(0))
