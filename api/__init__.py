"""collude: try every coalition, every joint misreport and every reallocation against a finite mechanism."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from collude import _cache

if TYPE_CHECKING:
    from collude.enumerate.check import check, holds
    from collude.enumerate.found import Found
    from collude.enumerate.search import search
    from collude.enumerate.worst import worst
    from collude.errors import ColludeError, DisagreementError, InputError, NotApplicableError, SizeError
    from collude.models.auctions import first_price, posted_price, second_price, top_value
    from collude.models.environment import Environment, Prior
    from collude.models.environments import auction, choice, procurement, public_good, trade, voting
    from collude.models.functions import from_function
    from collude.models.mechanism import Mechanism, Outcome
    from collude.models.recognise import fixed_price_form, n_price_form
    from collude.models.space import Space, listed_space, outcome_space
    from collude.models.two_price import two_price, two_price_curve
    from collude.results import Member, Report, Verdict, Violation

_cache.set_up()

__version__ = "0.1.0"

_HOMES = {
    "collude.enumerate.check": ("check", "holds"),
    "collude.enumerate.worst": ("worst",),
    "collude.enumerate.found": ("Found",),
    "collude.enumerate.search": ("search",),
    "collude.errors": ("ColludeError", "DisagreementError", "InputError", "NotApplicableError", "SizeError"),
    "collude.models.auctions": ("first_price", "posted_price", "second_price", "top_value"),
    "collude.models.environment": ("Environment", "Prior"),
    "collude.models.environments": ("auction", "choice", "procurement", "public_good", "trade", "voting"),
    "collude.models.functions": ("from_function",),
    "collude.models.mechanism": ("Mechanism", "Outcome"),
    "collude.models.recognise": ("fixed_price_form", "n_price_form"),
    "collude.models.space": ("Space", "listed_space", "outcome_space"),
    "collude.models.two_price": ("two_price", "two_price_curve"),
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
