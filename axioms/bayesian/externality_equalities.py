"""Equality (2): a coalition's expected transfers are the others' expected values, up to a constant."""

from collude.axioms.core.equalities import EqualityAxiom
from collude.axioms.core.registry import axiom


@axiom
class ExternalityEqualities(EqualityAxiom):
    """Every coalition's expected transfers equal the others' expected values, up to a constant: equality (2).

    Violated at (proper coalition C, its types) iff E[transfers of C - values of the others | types of C] is not what it is at the
    first types. With budget balance it makes an efficient mechanism coalition-proof (Proposition 1).

    References
    ----------
    Safronov (2016).

    Examples
    --------
    >>> import collude as co
    >>> good = co.public_good(2, [0, 3], cost=2, prior=co.uniform((2, 2)))
    >>> [co.check(co.mechanism(name, good), ["externality-equalities"]).holds for name in ("agv", "efficient")]
    [True, False]
    """

    name = "externality-equalities"
    definition = "every coalition's expected transfers equal the others' expected values, up to a constant"
    external = True
