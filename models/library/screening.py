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
    environment
        "screening", with an independent prior that is the same for all buyers.
    cost
        Of a step, in money, or a list with the cost of every total of steps.
    quantities
        Steps by type; the seller's optimum unless given.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment or prior; for quantities that fall or leave the grid.

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

    Parameters
    ----------
    environment
        "screening" with two types, and an independent prior that is the same for all buyers.
    cost
        Of a step, in money, or a list with the cost of every total of steps.
    quantities
        Steps by type; the seller's optimum unless given.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment or prior, more types, or quantities that fall or leave the grid.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 7 and 11.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.environment("screening", agents=2, values=[5, 6], utility=[0, 20, 36, 48, 56], prior="uniform")
    >>> sale = screening_collusion_proof(tiny, cost=68)
    >>> [str(t) for t in sale.show_outcome(sale.outcome_at((0, 0))).transfers]
    ['-109', '-109']
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
    """Sell the same quantities to two buyers of two types, so that the truth is iteratively weakly dominant if alpha is small.

    Parameters
    ----------
    environment
        "screening" with two agents of two types, and an independent prior that is the same for both.
    cost
        Of a step, in money, or a list with the cost of every total of steps.
    alpha, beta
        In money: what a high type gains by the truth against a low report, and the slack of a coalition constraint; see
        `robust_sale`.
    quantities
        Steps by type; the seller's optimum unless given.

    Returns
    -------
    Mechanism
        Whether no coalition gains depends on alpha, and is not assumed.

    Raises
    ------
    InputError
        For another environment or prior, more buyers or types, or quantities that fall or leave the grid.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 16.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.environment("screening", agents=2, values=[5, 6], utility=[0, 20, 36, 48, 56], prior="uniform")
    >>> sale = screening_robust(tiny, cost=68, alpha=1)
    >>> [str(t) for t in sale.show_outcome(sale.outcome_at((0, 1))).transfers]
    ['-173/2', '-561/2']
    """
    best = _best(environment, cost, quantities)
    if best.problem.buyers != 2:
        raise InputError("screening-robust is defined for two buyers")
    return robust_sale(best.problem, best.quantity, alpha, beta).mechanism.named("screening-robust")
