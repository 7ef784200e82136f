"""Outcomes and profiles in words: what an agent holds, pays or receives, what that is worth to him, what he reports."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from collude.models.environment import AgentType, Environment, population, show_type
from collude.models.errors import InputError
from collude.models.menu import OutcomeTable, Profile
from collude.models.numbers import brief, exact, show

MOST_TYPES = 12


class Titled(Protocol):
    """What a headline is about: a mechanism."""

    @property
    def environment(self) -> Environment:
        """Agents, types, bundles, values."""

    @property
    def name(self) -> str:
        """What verdicts call it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know, above all the tie rule."""


def title(mechanism: Titled) -> str:
    """A mechanism in one line: "second-price, 3 agents, types 0 1 2 3 4, lowest index wins ties".

    Parameters
    ----------
    mechanism
        Or anything with an environment, a name and notes.
    """
    return ", ".join([mechanism.name, *population(mechanism.environment), *mechanism.notes])


def holding(mechanism: OutcomeTable, agent: int, outcome: int) -> str:
    """What an agent holds: "wins", "supplies 2", "receives (1,0)", "sees a1".

    Parameters
    ----------
    mechanism
        Has the outcome.
    agent, outcome
        Their numbers.
    """
    spread = mechanism.environment.spread(agent, int(mechanism.bundle[outcome, agent]))
    if len(spread) == 1:
        return _sure(mechanism, agent, spread[0][0])
    return ", ".join(f"{_sure(mechanism, agent, bundle)} with probability {chance}" for bundle, chance in spread)


def _sure(mechanism: OutcomeTable, agent: int, bundle: tuple[int, ...]) -> str:
    env = mechanism.environment
    if env.family == "lottery":
        return f"gets {env.alternatives[bundle[0]]}"
    if env.public:
        name = env.alternatives[bundle[0]] if env.alternatives else str(bundle[0])
        return f"sees {name}"
    if env.family == "auction":
        return "wins" if any(bundle) else "does not win"
    shown = str(bundle[0]) if len(bundle) == 1 else "(" + ",".join(map(str, bundle)) + ")"
    if not any(bundle):
        return "supplies nothing" if env.supplier[agent] else "receives nothing"
    return f"{'supplies' if env.supplier[agent] else 'receives'} {shown}"


def money(mechanism: OutcomeTable, agent: int, outcome: int) -> str:
    """What an agent pays or is paid: "pays 3", "is paid 3/2", or "" for no money.

    Parameters
    ----------
    mechanism
        Has the outcome.
    agent, outcome
        Their numbers.
    """
    transfer = int(mechanism.transfer[outcome, agent])
    if transfer == 0:
        return ""
    amount = show(abs(transfer), mechanism.scale)
    expected = " in expectation" if mechanism.lotteries and mechanism.lotteries[outcome] else ""
    return f"pays {amount}{expected}" if transfer < 0 else f"is paid {amount}{expected}"


def tell(mechanism: OutcomeTable, agent: int, type_index: int, outcome: int) -> str:
    """An outcome as one type of an agent sees it, for instance "wins, pays 4, utility 0".

    Parameters
    ----------
    mechanism
        Has the outcome.
    agent, type_index, outcome
        Their numbers.
    """
    utility = show(mechanism.utility(agent, type_index, outcome), mechanism.scale)
    parts = [holding(mechanism, agent, outcome), money(mechanism, agent, outcome)]
    if mechanism.environment.ordinal:
        return f"{parts[0]} (rank {show(-mechanism.utility(agent, type_index, outcome), mechanism.scale)})"
    return ", ".join([*filter(None, parts), f"utility {utility}"])


def profile_words(environment: Environment, profile: Profile) -> str:
    """A profile as text that `read_profile` reads: "0,4,4", vectors and orders as "1,2;1,3".

    Parameters
    ----------
    environment
        Says what the types are.
    profile
        Type indices, one per agent.
    """
    words = [_word(environment.types[i][k]) for i, k in enumerate(profile)]
    return (";" if _is_vectors(environment) else ",").join(words)


def read_profile(environment: Environment, text: str, where: str, members: Sequence[int] | None = None) -> Profile:
    """The type indices of a profile, or of some agents' joint report, that is written in values.

    Parameters
    ----------
    environment
        Says which types there are.
    text
        One type per agent: "0,4,4", "1/2,3"; where types are vectors or orders "1,2;1,3".
    where
        What the text is, for errors.
    members
        Whose types they are; all agents by default.

    Raises
    ------
    InputError
        For another number of types than of agents, and for a value that is no type; it lists the agent's types.

    Examples
    --------
    >>> from collude import auction
    >>> read_profile(auction(agents=2, values=range(1, 5)), "3,4", "the profile")
    (2, 3)
    """
    sign = ";" if _is_vectors(environment) else ","
    pieces = [piece.replace(" ", "") for piece in text.split(sign)]
    who = range(environment.agents) if members is None else members
    if len(pieces) != len(who):
        example = sign.join(_word(environment.types[i][0]) for i in who)
        raise InputError(
            f"{where} {brief(text)} must have one type for each of {len(who)} agents; write for instance {example!r}"
        )
    return tuple(_type_index(environment, i, piece, where) for i, piece in zip(who, pieces, strict=True))


def require_type_indices(environment: Environment, given: Profile, where: str) -> Profile:
    """A profile that is given in type indices, if there are such types.

    Parameters
    ----------
    environment
        Says which types there are.
    given
        One index per agent.
    where
        What they are, for errors.

    Raises
    ------
    InputError
        For another number of types than of agents, and for an index that is no type's.

    Examples
    --------
    >>> from collude import auction
    >>> require_type_indices(auction(agents=2, values=range(1, 5)), (2, 3), "the profile")
    (2, 3)
    """
    sizes = environment.sizes
    if len(given) != len(sizes) or any(not 0 <= k < size for k, size in zip(given, sizes, strict=True)):
        listing = " ".join(f"0..{size - 1}" for size in sizes)
        raise InputError(f"{where} must have one type number per agent, within {listing}")
    return given


def _is_vectors(environment: Environment) -> bool:
    return any(isinstance(one_type, tuple) for types in environment.types for one_type in types)


def _word(one_type: AgentType) -> str:
    """A type without spaces and without the parentheses of a vector."""
    text = show_type(one_type).replace(" ", "")
    return text[1:-1] if isinstance(one_type, tuple) else text


def _type_index(environment: Environment, agent: int, text: str, where: str) -> int:
    types = environment.types[agent]
    known = {spelling: k for k, x in enumerate(types) for spelling in (show_type(x).replace(" ", ""), _word(x))}
    if text in known:
        return known[text]
    try:
        numbers = tuple(exact(part, where) for part in text.strip("()").split(","))
    except InputError:
        numbers = ()
    for k, one_type in enumerate(types):
        entries = one_type if isinstance(one_type, tuple) else (one_type,)
        if numbers and all(isinstance(x, (int, Fraction)) for x in entries) and entries == numbers:
            return k
    label, listed = environment.labels[agent], listed_types(environment, agent)
    raise InputError(f"{where}: agent {label} has no type {brief(text)}; his types are {listed}")


def listed_types(environment: Environment, agent: int) -> str:
    """The first types of an agent as text, for errors: "0 1 2".

    Parameters
    ----------
    environment
        Says which types there are.
    agent
        His number.
    """
    types = environment.types[agent]
    return " ".join(_word(x) for x in types[:MOST_TYPES]) + (" ..." if len(types) > MOST_TYPES else "")
