"""Names of voting rules: each registers once and is available to elections by counts and to the check of named voters."""

import inspect
from collections.abc import Callable

from collude.models.environment import Environment
from collude.models.library.voting_rules.ballots import ElectionRule, ballots_of, by_counts
from collude.models.mechanism import Mechanism
from collude.models.registry import Entry, find, import_rooms
from collude.models.registry import mechanism as register_mechanism

Factory = Callable[..., ElectionRule]
VOTING_RULES: dict[str, Entry] = {}


def voting_rule(name: str, summary: str, ordinary: bool = True) -> Callable[[Factory], Factory]:
    """Register a voting rule under its name.

    Parameters
    ----------
    name
        What users write.
    summary
        One line about it.
    ordinary
        False if a mechanism of named voters of this name exists already.

    Returns
    -------
    function
        A decorator for a function (ballots, **parameters) -> ElectionRule.
    """

    def register(factory: Factory) -> Factory:
        VOTING_RULES[name] = Entry(name, summary, factory, "voting")
        if ordinary:
            register_mechanism(name, "voting", summary)(_of_named_voters(name, factory))
        return factory

    return register


def _of_named_voters(name: str, factory: Factory) -> Callable[..., Mechanism]:
    def mechanism_of(environment: Environment, **parameters: object) -> Mechanism:
        return by_counts(environment, factory(ballots_of(environment, name), **parameters))

    signature = inspect.signature(factory)
    first = inspect.Parameter("environment", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Environment)
    mechanism_of.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[first, *list(signature.parameters.values())[1:]], return_annotation=Mechanism
    )
    mechanism_of.__doc__ = factory.__doc__
    mechanism_of.__name__ = factory.__name__
    return mechanism_of


def load_rules() -> dict[str, Entry]:
    """All voting rules by name."""
    import_rooms("collude.models.library.voting_rules")
    return VOTING_RULES


def find_rule(name: str) -> Entry:
    """The voting rule of a name.

    Parameters
    ----------
    name
        Or an alias.

    Raises
    ------
    InputError
        With the nearest name if there is none.
    """
    return find(name, load_rules(), "voting rule", "rules")
