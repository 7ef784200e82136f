"""collude: try every coalition, every joint misreport and every reallocation against a finite mechanism."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from collude.models.sources import at_import

if TYPE_CHECKING:
    from collude.enumerate.analyses.equilibria import Equilibria, equilibria
    from collude.enumerate.analyses.screening import SchemeReport, ScreeningReport, screen, screen_sale
    from collude.enumerate.analyses.transfers import Transfers, transfers
    from collude.enumerate.analyses.worst import worst
    from collude.enumerate.checks.check import check, holds
    from collude.enumerate.searches.result import SearchResult
    from collude.enumerate.searches.search import search
    from collude.models.beliefs import uniform
    from collude.models.environment import Environment, Prior
    from collude.models.errors import (
        ColludeError,
        DisagreementError,
        IncompleteError,
        InputError,
        NotApplicableError,
        SizeError,
    )
    from collude.models.files.functions import from_function
    from collude.models.library.auctions import first_price, posted_price, second_price, top_value
    from collude.models.library.environments import auction, choice, procurement, public_good, trade, voting
    from collude.models.library.expected_externality import agv, shapley
    from collude.models.library.public_choices import airline, single_object, single_order
    from collude.models.library.recognise import fixed_price_form, n_price_form
    from collude.models.library.two_price import two_price, two_price_curve
    from collude.models.mechanism import Mechanism, Outcome
    from collude.models.results import Member, Report, Verdict, Violation
    from collude.models.screening.optimum import QuantityOptimum, optimal_quantities
    from collude.models.screening.problem import ScreeningProblem, screening_problem
    from collude.models.screening.sale import Sale
    from collude.models.screening.spec import read_screening
    from collude.models.screening.transfers import dominant_strategy_sale, robust_sale
    from collude.models.space import OutcomeSpace, listed_space, outcome_space
    from collude.programs.dominance import Dominance, dominance
    from collude.programs.screening.coalition import GrandCoalition, coalition_of
    from collude.programs.screening.contract import SideContract
    from collude.programs.screening.epsilon import epsilon_interval, epsilon_polygon
    from collude.programs.screening.optimum import SideContractOptimum, profit_range, side_contract
    from collude.programs.screening.schemes import best_profit_at, search_schemes
    from collude.programs.screening.totals import collusion_proof_sale
    from collude.programs.separability import Separability, separability

at_import()

__version__ = "0.1.0"

_HOMES = {
    "collude.enumerate.checks.check": ("check", "holds"),
    "collude.enumerate.analyses.equilibria": ("Equilibria", "equilibria"),
    "collude.enumerate.analyses.screening": ("SchemeReport", "ScreeningReport", "screen", "screen_sale"),
    "collude.enumerate.analyses.transfers": ("Transfers", "transfers"),
    "collude.enumerate.analyses.worst": ("worst",),
    "collude.enumerate.searches.result": ("SearchResult",),
    "collude.enumerate.searches.search": ("search",),
    "collude.models.errors": (
        "ColludeError",
        "DisagreementError",
        "IncompleteError",
        "InputError",
        "NotApplicableError",
        "SizeError",
    ),
    "collude.models.library.auctions": ("first_price", "posted_price", "second_price", "top_value"),
    "collude.models.beliefs": ("uniform",),
    "collude.models.environment": ("Environment", "Prior"),
    "collude.models.library.environments": ("auction", "choice", "procurement", "public_good", "trade", "voting"),
    "collude.models.library.expected_externality": ("agv", "shapley"),
    "collude.models.files.functions": ("from_function",),
    "collude.models.mechanism": ("Mechanism", "Outcome"),
    "collude.models.library.public_choices": ("airline", "single_object", "single_order"),
    "collude.models.library.recognise": ("fixed_price_form", "n_price_form"),
    "collude.models.screening.optimum": ("QuantityOptimum", "optimal_quantities"),
    "collude.models.screening.problem": ("ScreeningProblem", "screening_problem"),
    "collude.models.screening.sale": ("Sale",),
    "collude.models.screening.spec": ("read_screening",),
    "collude.models.screening.transfers": ("dominant_strategy_sale", "robust_sale"),
    "collude.models.space": ("OutcomeSpace", "listed_space", "outcome_space"),
    "collude.models.library.two_price": ("two_price", "two_price_curve"),
    "collude.programs.dominance": ("Dominance", "dominance"),
    "collude.programs.screening.coalition": ("GrandCoalition", "coalition_of"),
    "collude.programs.screening.contract": ("SideContract",),
    "collude.programs.screening.epsilon": ("epsilon_interval", "epsilon_polygon"),
    "collude.programs.screening.optimum": ("SideContractOptimum", "profit_range", "side_contract"),
    "collude.programs.screening.schemes": ("best_profit_at", "search_schemes"),
    "collude.programs.screening.totals": ("collusion_proof_sale",),
    "collude.programs.separability": ("Separability", "separability"),
    "collude.models.results": ("Member", "Report", "Verdict", "Violation"),
}
_NAMES = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'collude' has no attribute {name!r}")
    value = getattr(import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
