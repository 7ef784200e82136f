"""collude: try every coalition, every joint misreport and every reallocation against a finite mechanism."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from collude import _cache

if TYPE_CHECKING:
    from collude.enumerate.check import check, holds
    from collude.enumerate.equilibria import Equilibria, equilibria
    from collude.enumerate.found import Found
    from collude.enumerate.search import search
    from collude.enumerate.transfers import Transfers, transfers
    from collude.enumerate.worst import worst
    from collude.errors import (
        ColludeError,
        DisagreementError,
        IncompleteError,
        InputError,
        NotApplicableError,
        SizeError,
    )
    from collude.models.auctions import first_price, posted_price, second_price, top_value
    from collude.models.beliefs import uniform
    from collude.models.environment import Environment, Prior
    from collude.models.environments import auction, choice, procurement, public_good, trade, voting
    from collude.models.expected_externality import agv, shapley
    from collude.models.functions import from_function
    from collude.models.mechanism import Mechanism, Outcome
    from collude.models.public_choices import airline, single_object, single_order
    from collude.models.recognise import fixed_price_form, n_price_form
    from collude.models.space import Space, listed_space, outcome_space
    from collude.models.two_price import two_price, two_price_curve
    from collude.programs.dominance import Dominance, dominance
    from collude.programs.separability import Separability, separability
    from collude.results import Member, Report, Verdict, Violation

_cache.set_up()

__version__ = "0.1.0"

_HOMES = {
    "collude.enumerate.check": ("check", "holds"),
    "collude.enumerate.equilibria": ("Equilibria", "equilibria"),
    "collude.enumerate.transfers": ("Transfers", "transfers"),
    "collude.enumerate.worst": ("worst",),
    "collude.enumerate.found": ("Found",),
    "collude.enumerate.search": ("search",),
    "collude.errors": (
        "ColludeError",
        "DisagreementError",
        "IncompleteError",
        "InputError",
        "NotApplicableError",
        "SizeError",
    ),
    "collude.models.auctions": ("first_price", "posted_price", "second_price", "top_value"),
    "collude.models.beliefs": ("uniform",),
    "collude.models.environment": ("Environment", "Prior"),
    "collude.models.environments": ("auction", "choice", "procurement", "public_good", "trade", "voting"),
    "collude.models.expected_externality": ("agv", "shapley"),
    "collude.models.functions": ("from_function",),
    "collude.models.mechanism": ("Mechanism", "Outcome"),
    "collude.models.public_choices": ("airline", "single_object", "single_order"),
    "collude.models.recognise": ("fixed_price_form", "n_price_form"),
    "collude.models.space": ("Space", "listed_space", "outcome_space"),
    "collude.models.two_price": ("two_price", "two_price_curve"),
    "collude.programs.dominance": ("Dominance", "dominance"),
    "collude.programs.separability": ("Separability", "separability"),
    "collude.results": ("Member", "Report", "Verdict", "Violation"),
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
