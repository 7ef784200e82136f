"""Every mechanism of a tiny problem that satisfies given axioms, by trying all tables."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

from oracle.plain import Number, Outcome, Plain, Profile, Utility, profiles

Axiom = Callable[[Plain], bool]
Allowed = Callable[[Profile, Outcome], bool]


def without_violations(violations: Callable[[Plain], Iterable[object]]) -> Axiom:
    """The axiom that holds when a function that lists violations lists none; a list that is made one by one is not finished."""
    return lambda plain: not any(True for _ in violations(plain))


def all_mechanisms(
    sizes: tuple[int, ...],
    outcomes: Sequence[Outcome],
    utility: Utility,
    axioms: Sequence[Axiom] = (),
    allowed: Allowed | None = None,
) -> Iterator[dict[Profile, Outcome]]:
    """All tables that satisfy every axiom, in the lexicographic order of the outcomes at the profiles.

    ``allowed(profile, outcome)`` is false for outcomes that an axiom on single profiles forbids there.
    """
    places = list(profiles(sizes))
    options = []
    for place in places:
        options.append([outcome for outcome in outcomes if allowed is None or allowed(place, outcome)])
    for choice in product(*options):
        table = dict(zip(places, choice, strict=True))
        plain = Plain(sizes, table, utility)
        if all(axiom(plain) for axiom in axioms):
            yield table


def truthful_utilities(
    sizes: tuple[int, ...],
    utility: Utility,
    table: dict[Profile, Outcome],
) -> tuple[tuple[Number, ...], ...]:
    """The truthful utilities of all agents at all profiles: equal for tables with one utility function."""
    plain = Plain(sizes, table, utility)
    return tuple(tuple(plain.truthful(i, profile) for i in range(plain.n)) for profile in plain.profiles())
