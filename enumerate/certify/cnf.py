"""A search as clauses: one Boolean per variable and value, the same for a SAT solver, CP-SAT and a proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from collude.axioms.core.restrict import Clause, Restriction
from collude.enumerate.certify.constraints import Tables
from collude.models.space import OutcomeSpace


@dataclass(eq=False)
class Encoding:
    """Clauses over literals 1..top. first[x] + position is the literal of a value of variable x; values[x] lists those left.

    impossible: a condition without any way to hold was met, which the clauses say too.
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


def encode(space: OutcomeSpace, restrictions: Sequence[Restriction]) -> Encoding:
    """All conditions but "exactly one value per variable", which `at_most_one` adds for solvers without it."""
    tables = Tables(space)
    allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
    for restriction in restrictions:
        part = restriction.unary(space)
        if part is not None:
            allowed &= part
    cells = space.cells
    profiles = len(space.type_indices)
    variable = list(range(profiles)) if cells is None else cells.variable.tolist()
    made = Encoding()
    rows: list[np.ndarray] = []
    for x in range(max(variable) + 1):
        members = [x] if cells is None else [p for p in range(profiles) if variable[p] == x]
        every = np.arange(space.outcomes) if cells is None else np.arange(int(cells.values[x]))
        keep = np.ones(len(every), np.bool_)
        for p in members:
            keep &= allowed[p][every if cells is None else cells.option[p, every]]
        made.first.append(made.top + 1)
        made.values.append(every[keep])
        made.top += int(keep.sum())
    for p in range(profiles):
        left = made.values[variable[p]]
        rows.append(left if cells is None else cells.option[p, left])
    made.clauses += [list(choice) for choice in made.choices]
    patterns: dict[object, list[tuple[list[int], list[int]]]] = {}
    shapes = [row.tobytes() for row in rows]
    for restriction in restrictions:
        for p, q, fits in tables.pairs(restriction):
            x, y = variable[p], variable[q]
            if x == y:
                bad = np.flatnonzero(~fits[rows[p], rows[q]])
                made.clauses += [[-(made.first[x] + int(a))] for a in bad]
                continue
            key = (id(fits), shapes[p], shapes[q])
            pattern = patterns.get(key)
            if pattern is None:
                pattern = _pattern(fits[np.ix_(rows[p], rows[q])])
                if restriction.name != "anonymous":
                    patterns[key] = pattern
            _place(made, pattern, made.first[x], made.first[y])
    for restriction in restrictions:
        for clause in restriction.clauses(space):
            _somewhere(made, clause, variable, rows)
    return made


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


def _somewhere(made: Encoding, clause: Clause, variable: list[int], rows: list[np.ndarray]) -> None:
    """One clause of group literals; a group of one literal is written out, a larger one gets a Boolean that equals it."""
    groups: list[int] = []
    starts = clause.group.tolist()
    for start, stop in pairwise(starts):
        literals, others = [], []
        for at in range(start, stop):
            p = int(clause.profile[at])
            inside = clause.sets[clause.index[at], rows[p]]
            first = made.first[variable[p]]
            literals.append([first + int(a) for a in np.flatnonzero(inside)])
            others += [first + int(a) for a in np.flatnonzero(~inside)]
        if stop == start + 1:
            groups += literals[0]
            continue
        whole = made.fresh()
        made.clauses += [[-whole, *literal] for literal in literals]
        made.clauses.append([whole, *others])
        groups.append(whole)
    made.clauses.append(groups)


def at_most_one(made: Encoding) -> list[list[int]]:
    """Clauses that forbid two values of one variable."""
    found = []
    for choice in made.choices:
        for position, literal in enumerate(choice):
            found += [[-literal, -other] for other in choice[position + 1 :]]
    return found
