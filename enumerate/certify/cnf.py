"""A search as clauses: one Boolean per variable and value, the same for a SAT solver, CP-SAT and a proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.conditions import Alternative
from collude.enumerate.listings.recheck import pairs_within
from collude.models.errors import InputError
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@dataclass(eq=False)
class Encoding:
    """Clauses over literals 1, 2, ..., one for each value that is left of each variable.

    Attributes
    ----------
    first : list of int
        first[x] + position is the literal of a value of variable x.
    values : list of ndarray
        values[x] lists the values of variable x that are left.
    clauses : list of list of int
        Positive and negative literals; an empty one says that a condition has no way to hold.
    top : int
        The largest literal.
    """

    first: list[int] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)
    clauses: list[list[int]] = field(default_factory=list)
    top: int = 0

    @property
    def choices(self) -> list[list[int]]:
        """The literals of each variable, of which exactly one is true."""
        return [list(range(start, start + len(values))) for start, values in zip(self.first, self.values, strict=True)]

    def fresh(self) -> int:
        """A new literal."""
        self.top += 1
        return self.top


def encode(space: OutcomeSpace, axioms: Sequence[Axiom]) -> Encoding:
    """Write a search as clauses over one Boolean per variable and value, from the plain forms of the axioms.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    axioms : sequence of Axiom
        What mechanisms must satisfy. Their plain forms share nothing with those that the search reads.

    Returns
    -------
    Encoding
        All conditions but that a variable has at most one value, which `at_most_one` adds for solvers without it.

    Raises
    ------
    InputError
        For an axiom that has no plain form.

    Notes
    -----
    Cost: the pairs of outcomes at each pair of profiles that an axiom connects.

    Examples
    --------
    >>> from collude.axioms.core.registry import require
    >>> from collude.models.library.environments import voting
    >>> from collude.models.space import outcome_space
    >>> space = outcome_space(voting(2, 2))
    >>> made = encode(space, require(["strategy-proof"], space))
    >>> made.top, len(made.clauses) > len(made.choices)
    (8, True)
    """
    without = [axiom.label for axiom in axioms if not axiom.has_second_opinion]
    if without:
        raise InputError(f"there is no second opinion on {', '.join(without)}: the axiom has no plain form")
    menu = Menu(space.environment, space.bundle, space.transfer, space.scale)
    variable, options = _variables(space)
    made = Encoding()
    rows: list[np.ndarray] = []
    members: list[list[int]] = [[] for _ in options]
    for p, x in enumerate(variable):
        members[x].append(p)
    for x, option in enumerate(options):
        keep = [
            a
            for a, outcomes in enumerate(option)
            if all(
                axiom.permits(menu, menu.profiles[p], o)
                for p, o in zip(members[x], outcomes, strict=True)
                for axiom in axioms
            )
        ]
        made.first.append(made.top + 1)
        made.values.append(np.array(keep, np.int64))
        made.top += len(keep)
    for p, x in enumerate(variable):
        place = members[x].index(p)
        rows.append(np.array([options[x][a][place] for a in made.values[x].tolist()], np.int64))
    made.clauses += [list(choice) for choice in made.choices]
    for axiom in axioms:
        _compare(made, menu, axiom, variable, rows)
    for axiom in axioms:
        for alternatives in axiom.somewhere(menu):
            _somewhere(made, alternatives, variable, rows)
    return made


def _variables(space: OutcomeSpace) -> tuple[list[int], list[list[tuple[int, ...]]]]:
    """(variable of each profile, for each variable its values as the outcomes at its profiles in order)."""
    profiles, cells = len(space.type_indices), space.cells
    if cells is None:
        return list(range(profiles)), [[(o,) for o in range(space.outcomes)] for _ in range(profiles)]
    variable = cells.variable.tolist()
    options = []
    for x, count in enumerate(cells.values.tolist()):
        members = [p for p in range(profiles) if variable[p] == x]
        options.append([tuple(int(cells.option[p, a]) for p in members) for a in range(count)])
    return variable, options


def _compare(made: Encoding, menu: Menu, axiom: Axiom, variable: list[int], rows: list[np.ndarray]) -> None:
    """The clauses of an axiom on two profiles."""
    patterns: dict[tuple[bytes, ...], list[tuple[list[int], list[int]]]] = {}
    for p, q in pairs_within(menu, axiom.reach(menu)):
        fits = axiom.fits(menu, menu.profiles[p], menu.profiles[q])
        if fits is None:
            continue
        x, y = variable[p], variable[q]
        if x == y:
            bad = np.flatnonzero(~fits[rows[p], rows[q]])
            made.clauses += [[-(made.first[x] + int(a))] for a in bad]
            continue
        table = fits[np.ix_(rows[p], rows[q])]
        key = (np.packbits(table).tobytes(), str(table.shape).encode())
        if key not in patterns:
            patterns[key] = _pattern(table)
        _place(made, patterns[key], made.first[x], made.first[y])


def _pattern(fits: np.ndarray) -> list[tuple[list[int], list[int]]]:
    """Clauses as (positions in the first variable, positions in the second); -1 - a stands for "not a"."""
    found: list[tuple[list[int], list[int]]] = []
    for turned in (False, True):
        table = fits.T if turned else fits
        for a, row in enumerate(table):
            good, bad = np.flatnonzero(row).tolist(), np.flatnonzero(~row).tolist()
            if not bad:
                continue
            if len(good) <= len(bad) or len(good) <= 8:
                found.append((good, [-1 - a]) if turned else ([-1 - a], good))
            elif not turned:
                found += [([-1 - a], [-1 - b]) for b in bad]
    return found


def _place(made: Encoding, pattern: list[tuple[list[int], list[int]]], x: int, y: int) -> None:
    for one, other in pattern:
        made.clauses.append(
            [x + a if a >= 0 else -(x - 1 - a) for a in one] + [y + b if b >= 0 else -(y - 1 - b) for b in other]
        )


def _somewhere(made: Encoding, alternatives: list[Alternative], variable: list[int], rows: list[np.ndarray]) -> None:
    """One clause: one of the alternatives; one with a single profile is written out, others get a Boolean that equals it."""
    either: list[int] = []
    for alternative in alternatives:
        literals, others = [], []
        for p, outcomes in alternative:
            first = made.first[variable[p]]
            inside = [o in outcomes for o in rows[p].tolist()]
            literals.append([first + a for a, good in enumerate(inside) if good])
            others += [first + a for a, good in enumerate(inside) if not good]
        if len(alternative) == 1:
            either += literals[0]
            continue
        whole = made.fresh()
        made.clauses += [[-whole, *literal] for literal in literals]
        made.clauses.append([whole, *others])
        either.append(whole)
    made.clauses.append(either)


def at_most_one(made: Encoding) -> list[list[int]]:
    """Write the clauses that forbid two values of one variable.

    Parameters
    ----------
    made : Encoding
        Of a search.

    Returns
    -------
    list of list of int
        Clauses of two literals each.

    Examples
    --------
    >>> at_most_one(Encoding(first=[1], values=[np.array([0, 1, 2])]))
    [[-1, -2], [-1, -3], [-2, -3]]
    """
    found = []
    for choice in made.choices:
        for position, literal in enumerate(choice):
            found += [[-literal, -other] for other in choice[position + 1 :]]
    return found
