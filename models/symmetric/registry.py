"""Names of symmetric mechanisms; voting rules are among them."""

from collections.abc import Callable

from collude.models.library.voting_rules.ballots import ballots_of
from collude.models.library.voting_rules.registry import load_rules
from collude.models.registry import Entry, find, import_rooms
from collude.models.symmetric.mechanism import SymmetricMechanism, alternative_for_all
from collude.models.symmetric.population import Population

Builder = Callable[..., SymmetricMechanism]
SYMMETRIC: dict[str, Entry] = {}


def symmetric_mechanism(name: str, environment: str, summary: str) -> Callable[[Builder], Builder]:
    """Register a function (population, **parameters) -> SymmetricMechanism.

    Parameters
    ----------
    name : str
        On the command line.
    environment : str
        Its environment, if none is named.
    summary : str
        One line about it.

    Returns
    -------
    callable
        A decorator that leaves the function as it is.
    """

    def register(builder: Builder) -> Builder:
        SYMMETRIC[name] = Entry(name, summary, builder, environment)
        return builder

    return register


def find_symmetric(name: str) -> Entry:
    """The symmetric mechanism or voting rule of a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Entry

    Raises
    ------
    InputError
        With the nearest name, if there is none.
    """
    entry: Entry = find(name, symmetric_names(), "symmetric mechanism", "symmetric")
    return entry


def symmetric_names() -> dict[str, Entry]:
    """All symmetric mechanisms by name, voting rules included."""
    import_rooms("collude.models.symmetric")
    return {**load_rules(), **SYMMETRIC}


def build_symmetric(entry: Entry, population: Population, **parameters: object) -> SymmetricMechanism:
    """The symmetric mechanism of an entry of `symmetric_names`.

    Parameters
    ----------
    entry : Entry
    population : Population
    parameters
        Of the mechanism.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For a parameter that the mechanism refuses.
    """
    if entry.name in SYMMETRIC:
        found: SymmetricMechanism = entry.function(population, **parameters)
        return found
    rule = entry.function(ballots_of(population.member, entry.name), **parameters)
    return alternative_for_all(population, rule.name, rule.winners, rule.notes)
