"""Sales to buyers with hidden valuations, by name: dominant-strategy, collusion-proof and robust transfers."""

from collections.abc import Sequence

from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import Number
from collude.models.registry import mechanism
from collude.models.screening.optimum import QuantityOptimum, optimal_quantities
from collude.models.screening.problem import Cost, problem_of
from collude.models.screening.transfers import dominant_strategy_sale, robust_sale, two_type_collusion_proof_sale


def _best(environment: Environment, cost: Cost, quantities: Sequence[int] | None) -> QuantityOptimum:
    chosen = None if quantities is None else [int(q) for q in quantities]
    return optimal_quantities(problem_of(environment, cost), chosen)


@mechanism("screening-dominant", "screening", "the seller's optimal quantities, with payments that make truth dominant")
def screening_dominant(environment: Environment, *, cost: Cost, quantities: Sequence[int] | None = None) -> Mechanism:
    """Sell the quantities that are best without a coalition, with payments that do not depend on the others' reports.

    Parameters
    ----------
    environment : Environment
        "screening", with an independent prior that is the same for all buyers.
    cost : number
        Cost of a step, or a list with the cost of every total.
    quantities : sequence of int, optional
        Steps by type, the seller's optimum unless given.

    References
    ----------
    Jeon and Menicucci (2005), section 3.1.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.screening import screening_dominant
    >>> from collude.models.screening.buyers import screening
    >>> tiny = screening(2, [5, 6], utility=[0, 20, 36, 48, 56], prior=co.uniform((2, 2)))
    >>> [str(t) for t in screening_dominant(tiny, cost=68).show_outcome(0).transfers]
    ['-100', '-100']
    """
    best = _best(environment, cost, quantities)
    return dominant_strategy_sale(best.problem, best.quantity).mechanism.named("screening-dominant")


@mechanism(
    "screening-collusion-proof", "screening", "the same quantities and profit, with payments that tempt no coalition"
)
def screening_collusion_proof(
    environment: Environment, *, cost: Cost, quantities: Sequence[int] | None = None
) -> Mechanism:
    """Sell the same quantities at the same expected payments, which depend on all reports so that no side contract gains.

    Parameters as in `screening_dominant`; two types. Raises InputError for more.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 7 and 11.
    """
    best = _best(environment, cost, quantities)
    return two_type_collusion_proof_sale(best.problem, best.quantity).mechanism.named("screening-collusion-proof")


@mechanism("screening-robust", "screening", "as screening-collusion-proof, the truth being iteratively weakly dominant")
def screening_robust(
    environment: Environment,
    *,
    cost: Cost,
    alpha: Number,
    beta: Number = 0,
    quantities: Sequence[int] | None = None,
) -> Mechanism:
    """Sell the same quantities to two buyers of two types, a high type gaining `alpha` by the truth against a low report.

    Parameters as in `screening_dominant` and `robust_sale`. Whether no coalition gains depends on alpha.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 16.
    """
    best = _best(environment, cost, quantities)
    if best.problem.buyers != 2:
        raise InputError("screening-robust is defined for two buyers")
    return robust_sale(best.problem, best.quantity, alpha, beta).mechanism.named("screening-robust")
