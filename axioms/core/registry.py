"""Names: axioms register themselves here."""

from collections.abc import Sequence
from typing import TypeVar

from collude.axioms.core.base import Axiom
from collude.models.mechanism import Mechanism
from collude.models.registry import find, import_rooms

Class = TypeVar("Class", bound=type[Axiom])

ROOMS = ("incentives", "reallocation", "fairness", "feasibility", "outcomes", "bayesian")
ORDER = (
    "strategy-proof",
    "weakly-group-strategy-proof",
    "group-strategy-proof",
    "pairwise-strategy-proof",
    "self-enforcing-group-strategy-proof",
    "collusion-proof",
    "individually-rational",
    "budget-balanced",
    "no-deficit",
    "no-free-lunch",
    "non-bossy",
    "no-trade-types",
    "symmetric",
    "anonymous",
    "envy-free",
    "trivial",
    "non-trivial",
    "efficient",
    "reallocation-proof",
    "side-payment-collusion-proof",
    "bribe-proof",
    "equal-quantities-equal-transfers",
    "utility-independent",
    "bayesian-incentive-compatible",
    "coalition-proof",
    "decentralised-coalition-proof",
    "interim-individually-rational",
    "ex-ante-individually-rational",
    "ex-ante-budget-balanced",
    "externality-equalities",
    "insurance-equalities",
    "guaranteed-payoffs",
    "fully-implements",
)

AXIOMS: dict[str, Axiom] = {}


def axiom(cls: Class) -> Class:
    """Register an axiom under its name."""
    AXIOMS[cls.name] = cls()
    return cls


def load() -> dict[str, Axiom]:
    """All axioms by name: those of ORDER first, then the others by name."""
    import_rooms(*(f"collude.axioms.{room}" for room in ROOMS))
    order = {name: position for position, name in enumerate(ORDER)}
    return dict(sorted(AXIOMS.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def find_axiom(name: str) -> Axiom:
    """The axiom of this name; InputError with the nearest name otherwise."""
    found: Axiom = find(name, load(), "axiom", "axioms")
    return found


def select(mechanism: Mechanism, names: Sequence[str] | None) -> tuple[list[Axiom], dict[str, str]]:
    """The axioms to check, and the reasons why others are left out; without names, all that have a meaning here."""
    if names:
        return [find_axiom(name) for name in dict.fromkeys(names)], {}
    chosen, left_out = [], {}
    for name, candidate in load().items():
        reason = candidate.reason_not_applicable(mechanism)
        if reason:
            left_out[name] = reason
        elif candidate.by_default:
            chosen.append(candidate)
    return chosen, left_out
