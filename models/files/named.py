"""Environments and mechanisms of the literature by name, for Python."""

from collude.models.environment import Environment, require_environment
from collude.models.errors import InputError
from collude.models.files.spec import build_environment
from collude.models.mechanism import Mechanism
from collude.models.registry import ENVIRONMENTS, MECHANISMS, arguments, find_environment, find_mechanism, load


def mechanism_by_name(name: str, environment: Environment | None = None, /, **parameters: object) -> Mechanism:
    """Build a mechanism of the literature by its name.

    Parameters
    ----------
    name
        One of `co.mechanisms()`, or an alias such as "vickrey".
    environment
        The agents, their types and what can be given to them, such as `co.auction(agents=2, values=range(4))`.
    parameters
        Of the mechanism, such as target=2; numbers as ints, fractions or text.

    Raises
    ------
    InputError
        For an unknown name, with the nearest; without an environment, with an example; for a parameter that is missing or
        unknown.

    Examples
    --------
    >>> import collude as co
    >>> env = co.environment("procurement", agents=2, costs=[1, 2, 3], units=2)
    >>> co.mechanism("vcg-procurement", env, target=2).environment.profiles
    9
    """
    entry = find_mechanism(name)
    if environment is None:
        family = entry.environment
        needed = [key for key, p in find_environment(family).parameters.items() if p.default is p.empty]
        example = ", ".join([repr(family), *(f"{key}=..." for key in needed)])
        raise InputError(f"{entry.name} needs an environment: co.mechanism({entry.name!r}, co.environment({example}))")
    require_environment(environment)
    return entry.draft(environment, arguments(entry, parameters)).build()


def environment_by_name(name: str, /, **parameters: object) -> Environment:
    """Build an environment by its name: who the agents are, which types they have, what can be given to them.

    Parameters
    ----------
    name
        "auction", "procurement", "voting", ...: one of `co.environments()`.
    parameters
        Of the environment, such as agents=2, values=range(4) or values="0:3"; `prior` and `labels` are understood by all.

    Raises
    ------
    InputError
        For an unknown name, with the nearest, and for a parameter that is missing, unknown or of the wrong form.

    Examples
    --------
    >>> import collude as co
    >>> co.environment("auction", agents=2, values="0:4", prior="uniform").profiles
    25
    """
    return build_environment(name, parameters)


def mechanism_summaries() -> dict[str, str]:
    """All mechanisms that have a name, each with one line about it.

    >>> import collude as co
    >>> "second-price" in co.mechanisms()
    True
    """
    load()
    return {name: entry.summary for name, entry in MECHANISMS.items()}


def environment_summaries() -> dict[str, str]:
    """All environments that have a name, each with one line about it.

    >>> import collude as co
    >>> "voting" in co.environments()
    True
    """
    load()
    return {name: entry.summary for name, entry in ENVIRONMENTS.items()}
