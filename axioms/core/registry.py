"""Axioms by name: a file in one of the rooms registers its axiom when it is imported."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

from collude.axioms.core.base import Axiom
from collude.models.errors import InputError, NotApplicableError
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief
from collude.models.registry import find, import_rooms
from collude.models.space import OutcomeSpace

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
    "strong-collusion-proof-contract",
    "collusion-proof-contract",
    "weakly-collusion-proof",
)
"""Where axioms stand in a table; those that are not named here follow by name."""

ON_REQUEST = "only examined when asked for by name, with --axiom"
AXIOMS: dict[str, type[Axiom]] = {}


def axiom(cls: Class) -> Class:
    """Register an axiom under its name, so that checks and searches find it.

    Parameters
    ----------
    cls : type
        A class derived from one of the shapes in `collude.axioms.core`, with `name` and `definition`.

    Returns
    -------
    type
        The same class.
    """
    AXIOMS[cls.name] = cls
    return cls


@cache
def load_axioms() -> dict[str, Axiom]:
    """All axioms by name, those that take an argument without one: those of ORDER first, then the others by name.

    Returns
    -------
    dict of str to Axiom
        By name.
    """
    import_rooms(*(f"collude.axioms.{room}" for room in ROOMS))
    order = {name: position for position, name in enumerate(ORDER)}
    names = sorted(AXIOMS, key=lambda name: (order.get(name, len(order)), name))
    return {name: AXIOMS[name]() for name in names}


def axiom_summaries() -> dict[str, str]:
    """All axioms by name, each with what it demands; those that take an argument as name=...

    Returns
    -------
    dict of str

    Examples
    --------
    >>> import collude as co
    >>> co.axioms()["budget-balanced"]
    'at every profile the transfers sum to zero'
    """
    return {f"{name}=..." if axiom.takes else name: axiom.definition for name, axiom in load_axioms().items()}


def axiom_names(given: object) -> list[str] | None:
    """The names of axioms as a list, whatever a user gave for them.

    Parameters
    ----------
    given : str, iterable of str, or None
        One name stands for a list of one.

    Returns
    -------
    list of str, or None
        None if None was given: whatever applies.

    Raises
    ------
    InputError
        For anything that is no name.

    Examples
    --------
    >>> axiom_names("strategy-proof")
    ['strategy-proof']
    """
    if given is None:
        return None
    names: list[str] = []
    for name in [given] if isinstance(given, str) or not isinstance(given, Iterable) else given:
        if not isinstance(name, str):
            raise InputError(f"axioms are named in text, such as 'strategy-proof', not {brief(name)} (co.axioms())")
        names.append(name)
    return names


def find_axiom(text: str) -> Axiom:
    """The axiom that is written as `name` or `name=argument`.

    Parameters
    ----------
    text : str

    Returns
    -------
    Axiom

    Raises
    ------
    InputError
        For an unknown name, with the nearest one; if an argument is missing or not taken.

    Examples
    --------
    >>> from collude.axioms.core.registry import find_axiom
    >>> find_axiom("group-strategy-proof").unit
    '(profile, coalition) pairs'
    """
    name, sign, argument = (part.strip() for part in text.partition("="))
    axiom: Axiom = find(name, load_axioms(), "axiom", "axioms")
    if bool(sign) != bool(axiom.takes) or bool(argument) != bool(axiom.takes):
        usage = f"takes {axiom.takes}: write {axiom.name}=..." if axiom.takes else "takes no argument"
        raise InputError(f"{axiom.name} {usage}")
    return type(axiom)(argument) if axiom.takes else axiom


class AxiomChoice(NamedTuple):
    """The axioms to check, and by name why others are left out."""

    chosen: list[Axiom]
    left_out: dict[str, str]


def select(mechanism: Mechanism, names: Sequence[str] | None) -> AxiomChoice:
    """The axioms to check on a mechanism, and why others are left out.

    Parameters
    ----------
    mechanism : Mechanism
    names : sequence of str, or None
        Without names, all that have a meaning here, take no argument, and are not for request only.

    Returns
    -------
    AxiomChoice

    Raises
    ------
    InputError
        For an unknown name.
    """
    if names:
        return AxiomChoice([find_axiom(name) for name in dict.fromkeys(names)], {})
    chosen, left_out = [], {}
    for name, candidate in load_axioms().items():
        reason = candidate.reason_not_applicable(mechanism)
        if reason:
            left_out[name] = reason
        elif candidate.is_default(mechanism.environment) and not candidate.takes:
            chosen.append(candidate)
        else:
            left_out[name] = ON_REQUEST
    return AxiomChoice(chosen, left_out)


def require(names: Sequence[str], space: OutcomeSpace) -> list[Axiom]:
    """The axioms that a search over an outcome space requires.

    Parameters
    ----------
    names : sequence of str
        "symmetric", "quantity-target=2", ...
    space : OutcomeSpace

    Returns
    -------
    list of Axiom
        Each once, in the given order.

    Raises
    ------
    InputError
        For an unknown name, with the nearest one, or an axiom that cannot be searched for.
    NotApplicableError
        For one that has no meaning over this space, with the reason.
    """
    chosen = []
    for text in dict.fromkeys(name.strip() for name in names):
        axiom = find_axiom(text)
        if not axiom.searchable:
            listing = ", ".join(name for name, other in load_axioms().items() if other.searchable)
            raise InputError(f"{axiom.name} compares more than two profiles and cannot be searched for; take {listing}")
        reason = axiom.reason_not_searchable(space)
        if reason:
            raise NotApplicableError(f"{axiom.name} has no meaning here: {reason}")
        chosen.append(axiom)
    return chosen
