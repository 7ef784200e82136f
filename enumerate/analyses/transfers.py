"""The transfers of an efficient public choice, and the properties that the literature asks of them."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from collude.axioms.core.equalities import EqualityAxiom
from collude.axioms.core.expectations import expectations_of
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.check import check
from collude.models.environment import Environment, require_environment
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.files.tables import ChoiceRow, choice_rows
from collude.models.library.choice import efficient, vcg_choice
from collude.models.library.expected_externality import agv, freedom, shapley
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief
from collude.models.results import Report

Rule = Literal["agv", "vcg", "shapley", "none"]
RULES: dict[Rule, Callable[[Environment], Mechanism]] = {
    "agv": agv,
    "vcg": vcg_choice,
    "shapley": shapley,
    "none": efficient,
}
PROPERTIES = (
    "budget-balanced",
    "ex-ante-budget-balanced",
    "bayesian-incentive-compatible",
    "interim-individually-rational",
    "ex-ante-individually-rational",
    "coalition-proof",
    "externality-equalities",
    "insurance-equalities",
    "guaranteed-payoffs",
    "side-payment-collusion-proof",
)


@shown
@dataclass(frozen=True)
class Transfers:
    """The transfers of a rule, and their properties. Numbers are exact, in money.

    Attributes
    ----------
    mechanism : Mechanism
        The rule in its environment.
    values : tuple of Fraction
        What each agent expects from the alternative, E U_i.
    transfers : tuple of Fraction
        What each agent expects to receive, E x_i.
    revenue : Fraction
        Minus the expected sum of transfers.
    squares : Fraction
        The expected sum of the squares of all transfers, in money squared.
    own : tuple of Fraction or None
        The constants D_i of equality (3); None where the sum varies.
    others : dict of tuple of int to Fraction or None
        The constants D_C of equality (2), by coalition.
    freedom : (int, int)
        Dimensions of the transfers with equalities (1) and (3), with the D_i given and free.
    report : Report
        The properties.
    """

    mechanism: Mechanism
    values: tuple[Fraction, ...]
    transfers: tuple[Fraction, ...]
    revenue: Fraction
    squares: Fraction
    own: tuple[Fraction | None, ...]
    others: dict[tuple[int, ...], Fraction | None]
    freedom: tuple[int, int]
    report: Report

    def rows(self) -> list[ChoiceRow]:
        """One row per profile: types, alternative and transfers, as text."""
        return list(choice_rows(self.mechanism))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "rule": self.mechanism.name,
            "expected_values": [str(x) for x in self.values],
            "expected_transfers": [str(x) for x in self.transfers],
            "revenue": str(self.revenue),
            "expected_squares": str(self.squares),
            "constants_own": [None if x is None else str(x) for x in self.own],
            "constants_coalitions": [
                {"coalition": list(members), "constant": None if x is None else str(x)}
                for members, x in self.others.items()
            ],
            "freedom": list(self.freedom),
            "properties": {verdict.axiom: verdict.to_dict() for verdict in self.report},
            "table": self.rows(),
        }


def transfers(environment: Environment, rule: Rule, *, jobs: int | None = None) -> Transfers:
    """Compute the transfers of a rule in a public choice, and the properties that the literature asks of them.

    Parameters
    ----------
    environment : Environment
        A public choice with an independent prior.
    rule : str
        "agv", "vcg", "shapley" or "none".
    jobs : int, optional
        Threads; by default all processors.

    Returns
    -------
    Transfers

    Raises
    ------
    InputError
        For another rule or environment.
    NotApplicableError
        Without an independent prior.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.public_choices import airline
    >>> found = co.transfers(airline(3, prior=co.uniform((2, 2, 2))), "shapley")
    >>> str(max(max(x) for x in (row["transfers"] for row in found.rows())))
    '7/2'
    """
    require_environment(environment)
    if not isinstance(rule, str) or rule not in RULES:
        raise InputError(f"the rule is one of {', '.join(RULES)}, not {brief(rule)}")
    return examine(RULES[rule](environment), jobs=jobs)


def examine(mechanism: Mechanism, *, jobs: int | None = None) -> Transfers:
    """Examine the transfers of any mechanism in a public choice with an independent prior.

    Parameters
    ----------
    mechanism : Mechanism
        The mechanism.
    jobs : int, optional
        Threads; by default all processors.

    Returns
    -------
    Transfers
        As `transfers`.
    """
    env = mechanism.environment
    values, paid = (tuple(x / mechanism.scale for x in part) for part in expectations_of(mechanism).ex_ante)
    equalities = {name: find_axiom(name) for name in ("insurance-equalities", "externality-equalities")}
    own, others = (axiom.constants(mechanism) for axiom in equalities.values() if isinstance(axiom, EqualityAxiom))
    return Transfers(
        mechanism,
        values,
        paid,
        -sum(paid, Fraction(0)),
        _squares(mechanism),
        tuple(own[tuple(j for j in range(env.agents) if j != i)] for i in range(env.agents)),
        others,
        freedom(env.sizes),
        check(mechanism, list(PROPERTIES), jobs=jobs),
    )


def _squares(mechanism: Mechanism) -> Fraction:
    weights, whole = expectations_of(mechanism).weights
    each = [sum(int(x) ** 2 for x in row) for row in mechanism.transfer]
    total = sum(int(weight) * each[o] for weight, o in zip(weights, mechanism.outcome.tolist(), strict=True))
    return Fraction(total, whole * mechanism.scale**2)
