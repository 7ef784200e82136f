"""Equality (3): what an agent expects over his own types does not depend on the others' types."""

from collude.axioms.core.equalities import EqualityAxiom
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism


@axiom
class InsuranceEqualities(EqualityAxiom):
    """What an agent expects over his own types is the same whatever the types of the others: equality (3).

    Violated at (all agents but one, their types) iff what the one expects over his own types, value and transfer together, is not
    what it is at the others' first types. With budget balance it implies equality (2) (Proposition 2).

    References
    ----------
    Safronov (2016).

    Examples
    --------
    >>> import collude as co
    >>> good = co.public_good(2, [0, 3], cost=2, prior=co.uniform((2, 2)))
    >>> co.check(co.mechanism("efficient", good), ["insurance-equalities"])["insurance-equalities"].violations
    2
    """

    name = "insurance-equalities"
    definition = "what an agent expects over his own types is the same whatever the types of the others"
    external = False

    def groups(self, mechanism: Mechanism) -> list[Members]:
        """All agents but one; nobody, if there is one agent only."""
        n = mechanism.environment.agents
        return [tuple(j for j in range(n) if j != i) for i in range(n)]
