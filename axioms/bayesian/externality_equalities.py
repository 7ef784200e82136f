"""Equality (2): a coalition's expected transfers are the others' expected values, up to a constant."""

from collude.axioms.core.equalities import EqualityAxiom
from collude.axioms.core.registry import axiom


@axiom
class ExternalityEqualities(EqualityAxiom):
    """Violated at (proper coalition C, its types) iff E[transfers of C - values of the others | types of C] is not what it is
    at the first types. With budget balance it makes an efficient mechanism coalition-proof (Proposition 1)."""

    name = "externality-equalities"
    definition = "every coalition's expected transfers equal the others' expected values, up to a constant"
    external = True
