"""The driver of `screen`: the optimum, what buyers gain by colluding against each transfer scheme, verdicts, curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import TypeVar

from collude.enumerate.analyses.equilibria import Equilibria, equilibria
from collude.models.errors import DisagreementError, InputError, SizeError
from collude.models.files.html import shown
from collude.models.screening.optimum import QuantityOptimum, is_linear
from collude.models.screening.problem import ScreeningProblem
from collude.models.screening.sale import Sale
from collude.models.screening.spec import ScreeningSpec
from collude.models.screening.tariffs import two_part_tariffs
from collude.models.screening.transfers import dominant_strategy_sale, expected_payments, robust_sale
from collude.programs.screening.coalition import coalition_of
from collude.programs.screening.contract import SideContract
from collude.programs.screening.costs import TransactionCost, transaction_costs
from collude.programs.screening.epsilon import EpsilonInterval, EpsilonPolygon, epsilon_interval, epsilon_polygon
from collude.programs.screening.optimum import ProfitRange, SideContractOptimum, profit_range, side_contract
from collude.programs.screening.play import Play, play
from collude.programs.screening.proposals import seller_profits
from collude.programs.screening.purchases import choice_gain, tariff_coalition
from collude.programs.screening.room import Room, room_for_collusion
from collude.programs.screening.schemes import ProfitAtEpsilon, SchemeSearch, small_robust_sale
from collude.programs.screening.totals import collusion_proof_sale
from collude.programs.screening.virtual import JointReport, bound_at, full_rents, margins, virtual_weights

POINTS = 40
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@shown
@dataclass(frozen=True)
class SchemeReport:
    """One transfer scheme under examination.

    Attributes
    ----------
    sale : Sale
        The scheme.
    optimum : SideContractOptimum
        The third party's best side contract, with certificates.
    profits : ProfitRange
        What the seller earns then.
    epsilon : EpsilonInterval, EpsilonPolygon or None
        The fast certificate; None for more than three types.
    slacks : dict
        Of the coalition incentive constraints at the virtual valuations, by (true, reported) multiset of types, in money.
    rooms : tuple of Room
        Gains under full information.
    play : Play or None
        Dominance; None if there are too many strategies.
    equilibria : Equilibria or None
        All pure ones; None if there are too many strategies.
    curve : tuple of (Fraction, Fraction)
        For two types: epsilon, and an upper bound on the gain.
    """

    sale: Sale
    optimum: SideContractOptimum
    profits: ProfitRange
    epsilon: EpsilonInterval | EpsilonPolygon | None
    slacks: dict[JointReport, Fraction]
    rooms: tuple[Room, ...]
    play: Play | None
    equilibria: Equilibria | None
    curve: tuple[tuple[Fraction, Fraction], ...]

    @property
    def no_arbitrage(self) -> bool:
        """True if the quantities are a best split of their totals at the virtual valuations."""
        return all(slack >= 0 for (truth, report), slack in self.slacks.items() if truth == report)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, numbers as exact text; docs/screening.md describes the keys."""
        sale, optimum = self.sale, self.optimum
        return {
            "name": sale.name,
            "payments": [[str(x) for x in row] for row in sale.payment],
            "profit": str(sale.profit),
            "buyers_payoff": str(sale.buyers_payoff),
            "type_payoffs": [str(sale.payoff(k)) for k in range(sale.problem.types)],
            "gain": str(optimum.gain),
            "weakly_collusion_proof": optimum.weakly_collusion_proof,
            "seller_profit": self.profits.to_dict(),
            "worst_contract": contract_rows(sale, self.profits.worst),
            "best_contract": contract_rows(sale, self.profits.best),
            "multipliers": optimum.multipliers.to_dict(),
            "side_contract": None if optimum.weakly_collusion_proof else contract_rows(sale, optimum.contract),
            "program": {"columns": optimum.columns, "rows": optimum.rows},
            "epsilon": None if self.epsilon is None else self.epsilon.to_dict(),
            "no_arbitrage": self.no_arbitrage,
            "coalition_incentive_slacks": [
                {"truth": list(truth), "report": list(report), "slack": str(slack)}
                for (truth, report), slack in self.slacks.items()
                if truth != report
            ],
            "room": [room.to_dict() for room in self.rooms],
            "play": None if self.play is None else self.play.to_dict(),
            "equilibria": None if self.equilibria is None else _equilibrium_rows(self.equilibria),
            "curve": [{"epsilon": str(e), "bound": str(bound)} for e, bound in self.curve],
        }


@dataclass(frozen=True)
class TariffReport:
    """A menu of two-part tariffs, and what buyers gain by choosing otherwise.

    Attributes
    ----------
    price : Fraction
        Beyond the kink, in money.
    choice_gain : Fraction
        What a buyer gains alone by another choice.
    gain : Fraction or None
        What a coalition gains; None if a buyer gains alone, for then the menu does not do what it is to do.
    """

    price: Fraction
    choice_gain: Fraction
    gain: Fraction | None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        gain = None if self.gain is None else str(self.gain)
        return {"price": str(self.price), "choice_gain": str(self.choice_gain), "gain": gain}


@shown
@dataclass(frozen=True)
class ScreeningReport:
    """The answer of `screen`.

    Attributes
    ----------
    problem : ScreeningProblem
        What was asked.
    optimum : QuantityOptimum
        The best quantities without collusion.
    schemes : tuple of SchemeReport
        The transfer schemes.
    costs : tuple of TransactionCost
        Gains and transaction costs of collusion, where they are defined.
    tariffs : TariffReport or None
        If asked for.
    search : SchemeSearch or None
        If asked for: all optimal transfers on a grid.
    best : ProfitAtEpsilon or None
        If asked for: the best profit at a given epsilon.
    seconds : float
        How long that took.
    """

    problem: ScreeningProblem
    optimum: QuantityOptimum
    schemes: tuple[SchemeReport, ...]
    costs: tuple[TransactionCost, ...]
    tariffs: TariffReport | None
    search: SchemeSearch | None
    best: ProfitAtEpsilon | None
    seconds: float

    @property
    def weakly_collusion_proof(self) -> bool:
        """True if some optimal scheme leaves a coalition no gain."""
        return any(
            one.optimum.weakly_collusion_proof and one.sale.profit == self.optimum.profit for one in self.schemes
        )

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, numbers as exact text; docs/screening.md describes the keys."""
        problem, optimum = self.problem, self.optimum
        return {
            "buyers": problem.buyers,
            "valuations": [str(x) for x in problem.valuations],
            "prior": [str(x) for x in problem.prior],
            "virtual_valuations": [str(x) for x in problem.virtual_valuations],
            "ironed_valuations": [str(x) for x in problem.ironed_valuations],
            "steps": problem.most,
            "step": str(problem.step),
            "optimum": {
                "quantities": [list(row) for row in optimum.quantity],
                "profit": str(optimum.profit),
                "unique": optimum.unique,
                "alternatives": None if optimum.alternatives is None else [list(x) for x in optimum.alternatives],
                "expected_payments": [str(x) for x in expected_payments(problem, optimum.quantity)],
            },
            "weakly_collusion_proof": self.weakly_collusion_proof,
            "schemes": [one.to_dict() for one in self.schemes],
            "transaction_costs": [cost.to_dict() for cost in self.costs],
            "tariffs": None if self.tariffs is None else self.tariffs.to_dict(),
            "search": None if self.search is None else self.search.to_dict(),
            "best_at_epsilon": None if self.best is None else self.best.to_dict(),
            "seconds": round(self.seconds, 6),
        }


def contract_rows(sale: Sale, contract: SideContract) -> list[dict[str, object]]:
    """Write a side contract profile by profile: lotteries over reports and quantities, and side payments.

    Parameters
    ----------
    sale : Sale
        What the seller offers.
    contract : SideContract
        Among the buyers.

    Returns
    -------
    list of dict
        `types`, `choices` (each with `probability`, `report` and `quantities`) and `side_payments`; probabilities and money as
        exact text.
    """
    mechanism, coalition = sale.mechanism, coalition_of(sale.mechanism)
    first: dict[int, list[int]] = {}
    for p, outcome in enumerate(mechanism.outcome.tolist()):
        first.setdefault(outcome, list(mechanism.types_at(p)))
    return [
        {
            "types": list(profile),
            "choices": [
                {
                    "probability": str(choice.weight),
                    "report": first[choice.option],
                    "quantities": list(choice.allocation),
                }
                for choice in choices
            ],
            "side_payments": [str(x) for x in paid],
        }
        for profile, choices, paid in zip(coalition.profiles, contract.choices, contract.payments, strict=True)
    ]


def _equilibrium_rows(found: Equilibria) -> list[dict[str, object]]:
    return [
        {"strategies": [list(s) for s in one.strategies], "payoffs": [str(x) for x in one.payoffs]}
        for one in found.found
    ]


def screen_sale(sale: Sale, *, reduced: bool = True) -> SchemeReport:
    """Examine one transfer scheme: side contracts, certificates, room for collusion, play.

    Parameters
    ----------
    sale : Sale
        Bayesian incentive compatible.
    reduced : bool
        Which of the two programs to solve; see `side_contract`.

    Returns
    -------
    SchemeReport

    Raises
    ------
    InputError
        If the truth is no equilibrium of the sale.
    DisagreementError
        If the program and the epsilon certificate differ: a bug.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> sale = co.dominant_strategy_sale(tiny, co.optimal_quantities(tiny).quantity)
    >>> found = co.screen_sale(sale)
    >>> str(found.optimum.gain), str(found.profits.least)
    ('10', '88')
    """
    problem = sale.problem
    if not sale.incentive_compatible:
        raise InputError(f"the scheme {sale.name} is not incentive compatible: some type gains by a misreport")
    coalition = coalition_of(sale.mechanism)
    found = side_contract(coalition, reduced=reduced)
    epsilon = _epsilon(sale, found)
    return SchemeReport(
        sale,
        found,
        profit_range(coalition, seller_profits(sale, coalition), found, reduced=reduced),
        epsilon,
        margins(sale, virtual_weights(problem, full_rents(problem))),
        room_for_collusion(sale.mechanism),
        _unless_too_large(play, sale),
        _unless_too_large(equilibria, sale.mechanism),
        _curve(sale),
    )


def _epsilon(sale: Sale, found: SideContractOptimum) -> EpsilonInterval | EpsilonPolygon | None:
    """The fast certificate, held against the program."""
    if sale.problem.types not in (2, 3):
        return None
    epsilon = epsilon_interval(sale) if sale.problem.types == 2 else epsilon_polygon(sale)
    proof = found.weakly_collusion_proof
    if (epsilon.admissible and not proof) or (epsilon.decisive and proof and not epsilon.admissible):
        raise DisagreementError(f"the program and the epsilon certificate of {sale.name} differ; please report this")
    return epsilon


def _unless_too_large(function: Callable[[Asked], Answer], argument: Asked) -> Answer | None:
    try:
        return function(argument)
    except SizeError:
        return None


def _curve(sale: Sale) -> tuple[tuple[Fraction, Fraction], ...]:
    if sale.problem.types != 2:
        return ()
    points = [Fraction(x, POINTS) for x in range(POINTS)]
    bounds = [(e, bound_at(sale, (e,))) for e in points]
    return tuple((e, bound) for e, bound in bounds if bound is not None)


def schemes_of(spec: ScreeningSpec) -> tuple[Sale, ...]:
    """List the transfer schemes that a specification asks about: dominant-strategy, collusion-proof, robust, and its own.

    Parameters
    ----------
    spec : ScreeningSpec
        From `read_screening`.

    Returns
    -------
    tuple of Sale
    """
    problem, quantity = spec.problem, spec.optimum.quantity
    found = [dominant_strategy_sale(problem, quantity), collusion_proof_sale(problem, quantity)]
    if spec.robust is not None:
        found.append(robust_sale(problem, quantity, *spec.robust))
    else:
        small = small_robust_sale(problem, quantity)
        found += [] if small is None else [small]
    return (*found, *spec.sales)


def screen(
    spec: ScreeningSpec,
    *,
    reduced: bool = True,
    tariffs: bool = False,
    search: SchemeSearch | None = None,
    best: ProfitAtEpsilon | None = None,
    schemes: Sequence[Sale] | None = None,
) -> ScreeningReport:
    """Examine a screening problem: the optimum, what buyers gain by colluding against each scheme, transaction costs, tariffs.

    Parameters
    ----------
    spec : ScreeningSpec
        From `read_screening`.
    reduced : bool
        Which of the two programs to solve; see `side_contract`.
    tariffs : bool
        Whether to examine the menu of two-part tariffs of the collusion-proof scheme too.
    search, best : optional
        Answers of `search_schemes` and `best_profit_at`, to be reported with the rest.
    schemes : sequence of Sale, optional
        The schemes to examine; those of `schemes_of` unless given.

    Returns
    -------
    ScreeningReport

    Raises
    ------
    InputError
        If the truth is no equilibrium of a scheme.
    """
    started = perf_counter()
    problem, optimum = spec.problem, spec.optimum
    sales = schemes_of(spec) if schemes is None else tuple(schemes)
    reports = tuple(screen_sale(sale, reduced=reduced) for sale in sales)
    costs: list[TransactionCost] = []
    if problem.types == 2 and is_linear(problem.cost):
        low, high = (row[0] for row in optimum.quantity)
        for m in range(1, problem.buyers):
            costs += transaction_costs(problem, low, high, high_members=m)
    menu = _tariff_report(collusion_proof_sale(problem, optimum.quantity)) if tariffs else None
    return ScreeningReport(problem, optimum, reports, tuple(costs), menu, search, best, perf_counter() - started)


def _tariff_report(sale: Sale) -> TariffReport:
    menu = two_part_tariffs(sale)
    alone = choice_gain(menu)
    gain = side_contract(tariff_coalition(menu)).gain if alone == 0 else None
    return TariffReport(menu.price, alone, gain)
