"""What the user names as a symmetric mechanism: a name, a table, FILE.py:FUNCTION, or an ordinary mechanism that is one."""

from collections.abc import Mapping
from pathlib import Path

from collude.models.environment import MOST_AGENTS
from collude.models.errors import InputError, SizeError
from collude.models.files.code import load_function
from collude.models.files.spec import build, build_environment
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief, exact
from collude.models.registry import Entry, arguments, find_environment, find_mechanism
from collude.models.symmetric.auctions import TIE_NOTES
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.population import Population, population_of
from collude.models.symmetric.registry import build_symmetric, find_symmetric, symmetric_names
from collude.models.symmetric.tables import (
    from_share_function,
    has_count_columns,
    read_symmetric_csv,
    read_symmetric_npz,
)
from collude.models.symmetric.views import UnequalError, from_ordinary

MOST_NAMED_PROFILES = 50_000_000
SMALL_PROFILES = 100_000


def treats_alike(parameters: Mapping[str, object]) -> bool:
    """Whether parameters name a tie rule that only symmetric mechanisms have.

    Parameters
    ----------
    parameters : mapping
        Of a mechanism.

    Returns
    -------
    bool
    """
    return str(parameters.get("ties", "")) in TIE_NOTES


def build_population(family: object, given: Mapping[str, object]) -> Population:
    """The population that a description of an environment stands for.

    Parameters
    ----------
    family : str
        The environment's name.
    given : mapping
        Its parameters, text or plain values; `agents` may exceed what named agents allow.

    Returns
    -------
    Population

    Raises
    ------
    InputError
        For anything that the environment does not take.
    """
    if not isinstance(family, str):
        raise InputError(f"kind must be the name of an environment, not {brief(family)} (collude list environments)")
    rest = dict(given)
    if "agents" not in rest or "agents" not in find_environment(family).parameters:
        return population_of(build_environment(family, rest))
    number = exact(rest["agents"], "the number of agents")
    if number.denominator != 1 or number < 1:
        raise InputError(f"the number of agents must be a whole number of at least 1, not {number}")
    n = int(number)
    if "cost" in rest and family == "public-good":
        rest["cost"] = exact(rest["cost"], "the cost") / n
    prior = rest.get("prior")
    if prior is not None and (";" in str(prior) or str(prior).startswith("joint")):
        raise InputError("agents who are treated alike need one prior for all, for instance --prior 1/3,2/3")
    return Population(n, build_environment(family, {**rest, "agents": 1}))


def build_symmetric_target(
    target: str,
    environment: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    *,
    allow_code: bool = False,
) -> SymmetricMechanism:
    """The symmetric mechanism that `target` stands for, or that the ordinary mechanism of this name is.

    Parameters
    ----------
    target : str
        A symmetric mechanism or voting rule by name, a table with one row a multiset and report (.csv, .npz),
        FILE.py:FUNCTION of a report and the counts of all reports, or anything that `collude.models.files.spec.build` takes
        and that treats agents alike.
    environment, parameters : mapping, optional
        As there.
    allow_code : bool
        FILE.py:FUNCTION runs the user's code and needs True.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        With two profiles that differ, if the mechanism does not treat agents alike.

    Examples
    --------
    >>> build_symmetric_target("borda", {"agents": 12, "alternatives": 3}).population.situations
    6188
    """
    given, values = dict(environment or {}), dict(parameters or {})
    family = given.pop("kind", None)
    if ".py:" in target:
        if family is None:
            raise InputError(f"{target} is a rule: say for which environment (--environment NAME --agents N ...)")
        population = build_population(family, given)
        return from_share_function(population, load_function(target, allow_code), target.rpartition(":")[2])
    path = Path(target)
    if path.suffix.lower() in (".csv", ".npz") and has_count_columns(path):
        if family is None:
            raise InputError(
                f"{target}: say which environment it is a mechanism for (--environment NAME --agents N ...)"
            )
        read = read_symmetric_csv if path.suffix.lower() == ".csv" else read_symmetric_npz
        return read(path, build_population(family, given))
    if is_declared_alike(target, values):
        entry = find_symmetric(target)
        population = build_population(family or entry.environment, given)
        return build_symmetric(entry, population, **arguments(entry, values))
    ordinary = {**given, **({"kind": family} if family is not None else {})}
    try:
        return from_ordinary(_small_enough(target, ordinary, values, allow_code))
    except UnequalError as error:
        known = symmetric_names().get(target)
        hint = "; take ties=even or ties=nobody" if known is not None and "ties" in known.parameters else ""
        raise InputError(f"{error}{hint}") from None


def is_declared_alike(target: str, parameters: Mapping[str, object]) -> bool:
    """Whether a target is a named mechanism or voting rule that is written as a function of a report and counts.

    Parameters
    ----------
    target : str
        What the user names.
    parameters : mapping
        Of the mechanism; a tie rule among them may decide.

    Returns
    -------
    bool
    """
    return target in symmetric_names() and _is_alike(target, parameters)


def _is_alike(name: str, values: Mapping[str, object]) -> bool:
    """Whether the mechanism of a name treats agents alike under these parameters, which decide ties as usual otherwise."""
    own = find_symmetric(name).parameters
    if "ties" not in own or own["ties"].default not in TIE_NOTES:
        return True
    if "ties" not in values:
        ordinary = find_mechanism(name).parameters.get("ties") if name in _ordinary_names() else None
        return ordinary is None and name not in _ordinary_names()
    return str(values["ties"]) in TIE_NOTES


def _ordinary_names() -> Mapping[str, Entry]:
    from collude.models.registry import MECHANISMS, load

    load()
    return MECHANISMS


def _small_enough(target: str, given: dict[str, object], values: dict[str, object], allow_code: bool) -> Mechanism:
    """The ordinary mechanism; where it has too many profiles, the same one for fewer agents, if that is refused already."""
    family = given.get("kind") or (
        find_mechanism(target).environment if "." not in target and "/" not in target else None
    )
    if family is None or "agents" not in given:
        return build(target, given, values, allow_code=allow_code)
    population = build_population(family, {key: value for key, value in given.items() if key != "kind"})
    if population.agents <= MOST_AGENTS and population.profiles <= MOST_NAMED_PROFILES:
        return build(target, given, values, allow_code=allow_code)
    fewer = max((n for n in range(2, MOST_AGENTS) if len(population.types) ** n <= SMALL_PROFILES), default=2)
    small = build(target, {**given, "agents": fewer}, values, allow_code=allow_code)
    from_ordinary(small)  # refuses, and shows two profiles, where fewer agents are treated differently already
    size = population.profiles
    raise SizeError(
        f"{target} treats {fewer} agents alike, but whether it does {population.agents} cannot be seen without all of "
        f"its {size} profiles; write it as a function of counts, or take fewer agents",
        size,
    )
