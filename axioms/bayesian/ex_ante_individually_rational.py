"""Ex ante individual rationality: every agent expects at least 0 before he knows his type."""

from fractions import Fraction

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, known_types
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.beliefs import chances_of
from collude.models.mechanism import Mechanism, all_profiles


def ex_ante(mechanism: Mechanism, agent: int) -> Fraction:
    """What an agent expects before types are known, from the definition.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    agent : int

    Returns
    -------
    Fraction
        `scale` times his expected truthful utility.
    """
    probabilities = chances_of(mechanism.environment)
    return sum(
        (
            chance * mechanism.utility(agent, profile[agent], mechanism.outcome_at(profile))
            for profile, chance in zip(all_profiles(mechanism.environment), probabilities, strict=True)
        ),
        Fraction(0),
    )


@axiom
class ExAnteIndividuallyRational(ExpectationAxiom, WholeAxiom):
    """Every agent expects at least 0 before types are known.

    Violated by each agent whose expected utility over all profiles, if all tell the truth, is below 0.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> fee = co.from_function(auction, lambda reports: ([0, 0], [-1, 1]))
    >>> found = co.check(fee, ["ex-ante-individually-rational"])["ex-ante-individually-rational"]
    >>> found.violations, found.witness.gains
    (1, ('1',))
    """

    name = "ex-ante-individually-rational"
    definition = "every agent expects at least 0 before types are known"
    source = "collude, common definitions"
    unit = "agents"

    def violations(self, mechanism: Mechanism) -> Violations:
        """All agents who expect less than 0; shown is the one who expects least."""
        known = expectations_of(mechanism)
        weights, whole = known.weights
        totals = (known.truthful * weights).sum(axis=1).tolist()
        short = [(total, i) for i, total in enumerate(totals) if total < -mechanism.tolerance * whole]
        if not short:
            return Violations()
        agent = min(short)[1]
        amount = -ex_ante(mechanism, agent)
        profile = known_types(mechanism.environment.agents, (), ())
        details = {"expects": str(-amount / mechanism.scale)}
        return Violations(len(short), Witness(profile, (agent,), None, (amount,), details))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The expectation is recomputed in fractions."""
        (agent,) = witness.coalition
        amount = -ex_ante(mechanism, agent)
        return amount > mechanism.tolerance and witness.gains == (amount,)
