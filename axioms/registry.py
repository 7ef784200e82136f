"""Names: axioms register themselves here."""

from collections.abc import Sequence
from importlib import import_module
from typing import TypeVar

from collude.axioms.base import Axiom
from collude.models.mechanism import Mechanism
from collude.models.registry import find

Class = TypeVar("Class", bound=type[Axiom])

FILES = (
    "strategy_proof",
    "weakly_group_strategy_proof",
    "group_strategy_proof",
    "pairwise_strategy_proof",
    "self_enforcing_group_strategy_proof",
    "collusion_proof",
    "individually_rational",
    "budget_balanced",
    "no_deficit",
    "no_free_lunch",
    "non_bossy",
    "no_trade_types",
    "symmetric",
    "anonymous",
    "envy_free",
    "trivial",
    "non_trivial",
    "efficient",
    "reallocation_proof",
    "side_payment_collusion_proof",
    "bribe_proof",
    "equal_quantities_equal_transfers",
    "utility_independent",
    "bayesian_incentive_compatible",
    "coalition_proof",
    "decentralised_coalition_proof",
    "interim_individually_rational",
    "ex_ante_individually_rational",
    "ex_ante_budget_balanced",
    "externality_equalities",
    "insurance_equalities",
    "guaranteed_payoffs",
    "fully_implements",
)

AXIOMS: dict[str, Axiom] = {}


def axiom(kind: Class) -> Class:
    """Register an axiom under its name."""
    AXIOMS[kind.name] = kind()
    return kind


def load() -> dict[str, Axiom]:
    """All axioms by name, in the order of FILES."""
    for file in FILES:
        import_module(f"collude.axioms.{file}")
    order = {file.replace("_", "-"): position for position, file in enumerate(FILES)}
    return dict(sorted(AXIOMS.items(), key=lambda item: order.get(item[0], len(order))))


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
        reason = candidate.objection(mechanism)
        if reason:
            left_out[name] = reason
        elif candidate.by_default:
            chosen.append(candidate)
    return chosen, left_out
