"""From an outcome space and axioms to the arrays that the search kernel reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.conditions import Clause, PairRule
from collude.enumerate.networks.exploration import Exploration
from collude.enumerate.networks.layout import ClauseArrays, pack, without_clauses
from collude.enumerate.searches.anonymous_orbits import merge_anonymous
from collude.enumerate.searches.digests import value_keys
from collude.kernels.search.network import COUNT, FIRST_KIN, FIRST_VALUE, FIRST_WORD, SHAPE, VALUES, WORD, WORDS, Net
from collude.kernels.search.pairs import Edges, Frame
from collude.models.errors import SizeError
from collude.models.mechanism import distinct_rows
from collude.models.process.memory import available_memory
from collude.models.space import Cells, OutcomeSpace

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
SPAN_NS = 5e8
FEW_OUTCOMES = 6
SMALL = 1 << 26  # bytes that are there without asking


class Layout(NamedTuple):
    """What is to be searched, before the masks are made.

    Attributes
    ----------
    cells : Cells
        What the variables and their values stand for.
    words, first, domain : ndarray
        (V,) and (V,) int64, (D,) uint64: the values that are left of each variable, words of bits from `first` on.
    rules : list of PairRule
        The pairs of profiles that axioms constrain.
    edges : ndarray (E,) int64
        The ordered pairs of variables that have a mask, x V + y.
    bytes : int
        Of all masks.
    """

    cells: Cells
    words: np.ndarray
    first: np.ndarray
    domain: np.ndarray
    rules: list[PairRule]
    edges: np.ndarray
    bytes: int

    @property
    def options(self) -> int:
        """Mechanisms that are left in the domains, an exact int."""
        left = np.add.reduceat(np.bitwise_count(self.domain).astype(np.int64), self.first)
        return prod(int(count) ** times for count, times in zip(*map(np.ndarray.tolist, _tally(left)), strict=True))

    @property
    def pairs(self) -> int:
        """Pairs of profiles that are constrained."""
        return sum(len(rule.one) for rule in self.rules)


@dataclass(frozen=True, eq=False)
class Compiled:
    """A search ready to run.

    Attributes
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    cells : Cells
        What the variables and values of `net` stand for.
    net : Net
        What the kernels read.
    options : int
        Mechanisms before any pairwise constraint, an exact int.
    pairs : int
        Pairs of profiles that are constrained.
    projected : bool
        Whether mechanisms with the same truthful utilities count as one.
    """

    space: OutcomeSpace
    cells: Cells
    net: Net
    options: int
    pairs: int
    projected: bool

    @property
    def variables(self) -> int:
        """Number of search variables."""
        return len(self.cells.values)

    def outcomes(self, values: np.ndarray) -> np.ndarray:
        """The outcome numbers of all profiles, (m, P), for rows of one value per variable (m, V)."""
        places = values.take(self.cells.variable, axis=1) + self._rows
        return np.asarray(self.cells.option.reshape(-1).take(places))

    @cached_property
    def _rows(self) -> np.ndarray:
        """(P,) int64: where the options of each profile start."""
        return np.asarray(np.arange(len(self.cells.variable)) * self.cells.option.shape[1])

    def absent(self) -> np.ndarray | None:
        """For each of a few outcomes the domains without it, (R, D) uint64; None if there are more than a few."""
        if self.space.outcomes > FEW_OUTCOMES or len(self.net.domain) != self.variables:
            return None
        inside = np.arange(self.cells.option.shape[1]) < self.cells.values[:, None]
        rows = []
        for outcome in range(self.space.outcomes):
            lacking = np.ones(inside.shape, np.bool_)
            np.logical_and.at(lacking, self.cells.variable, self.cells.option != outcome)
            rows.append(pack(lacking & inside)[:, 0])
        return np.stack(rows)


def lay_out(space: OutcomeSpace, axioms: Sequence[Axiom], weights: np.ndarray | None = None) -> Layout:
    """Lay out a search: its variables, their domains, and the pairs of profiles that are constrained.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    axioms : sequence of Axiom
        What mechanisms must satisfy.
    weights : ndarray (P, R) int64, optional
        What an outcome adds to the objective at a profile.

    Returns
    -------
    Layout
        Without masks.

    Notes
    -----
    Memory: P R bytes, and the pairs.

    Examples
    --------
    >>> from collude.axioms.core.registry import require
    >>> from collude.models.library.environments import voting
    >>> from collude.models.space import outcome_space
    >>> space = outcome_space(voting(2, 3))
    >>> layout = lay_out(space, require(["strategy-proof"], space))
    >>> layout.options == 3**36, layout.pairs
    (True, 180)
    """
    allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
    for axiom in axioms:
        part = axiom.allowed(space)
        if part is not None:
            allowed &= part
    cells = _cells(space, axioms, allowed, weights)
    words, first, domain = _domains(cells, allowed)
    rules = [rule for axiom in axioms for rule in axiom.pair_rules(space)]
    variables = len(cells.values)
    ends = [(cells.variable[rule.one], cells.variable[rule.other]) for rule in rules]
    both = [each[x != y] for x, y in ends for each in (x * variables + y, y * variables + x)]
    edges = _tally(np.concatenate(both or [np.empty(0, np.int64)]))[0]
    sizes = cells.values[edges // variables] * words[edges % variables]
    return Layout(cells, words, first, domain, rules, edges, int(8 * sizes.astype(np.float64).sum()))


def compile_search(
    space: OutcomeSpace,
    axioms: Sequence[Axiom],
    *,
    weights: np.ndarray | None = None,
    project: bool = False,
    memory: int | None = None,
) -> Compiled:
    """Compile a search to the arrays that the kernels read: masks, clauses and keys.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    axioms : sequence of Axiom
        What mechanisms must satisfy.
    weights : ndarray (P, R) int64, optional
        What an outcome adds to the objective at a profile.
    project : bool
        Count mechanisms with the same truthful utilities at all profiles as one.
    memory : int, optional
        Bytes at hand for the masks; by default 60 % of what is free.

    Returns
    -------
    Compiled
        With domains that are a fixed point of propagation.

    Raises
    ------
    SizeError
        If the masks need more, with the bytes.

    Notes
    -----
    Cost: the kernels of the axioms over the constrained pairs; 8 bytes per value and word of each ordered pair of variables.

    Examples
    --------
    >>> from collude.axioms.core.registry import require
    >>> from collude.models.library.environments import voting
    >>> from collude.models.space import outcome_space
    >>> space = outcome_space(voting(2, 3))
    >>> compile_search(space, require(["strategy-proof"], space)).variables
    36
    """
    layout = lay_out(space, axioms, weights)
    cells, words, first, domain = layout.cells, layout.words, layout.first, layout.domain
    graph = _masks(space, layout, memory)
    keys, kin = value_keys(space, cells, words, project)
    clauses = [clause for axiom in axioms for clause in axiom.clauses(space)]
    shape = np.empty((len(words), SHAPE), np.int64)
    shape[:, VALUES], shape[:, WORDS], shape[:, FIRST_WORD] = cells.values, words, first
    shape[:, FIRST_VALUE], shape[:, FIRST_KIN] = _firsts(cells.values), _firsts(cells.values * words)
    net = Net(shape, domain, *graph, keys, _weights(cells, weights), kin, *_clauses(clauses, cells))
    return Compiled(space, cells, net._replace(domain=_settled(net)), layout.options, layout.pairs, project)


def _settled(net: Net) -> np.ndarray:
    """The domains after propagation, from which every cube starts; all empty if there is no solution."""
    exploration = Exploration(net, COUNT)
    if not exploration.begin(settled=False):
        exploration.state.domain[:] = 0
    return exploration.state.domain


def _cells(space: OutcomeSpace, axioms: Sequence[Axiom], allowed: np.ndarray, weights: np.ndarray | None) -> Cells:
    """What is decided together, values sorted by falling weight; without cells of its own, a profile is one variable."""
    cells = space.cells
    if cells is None and any(axiom.identifies for axiom in axioms):
        cells = merge_anonymous(space, allowed)
    profiles, outcomes = allowed.shape
    if cells is not None:
        return cells if weights is None else _sorted(cells, weights)
    variable = np.arange(profiles)
    if outcomes <= WORD and weights is None:
        option = np.broadcast_to(np.arange(outcomes, dtype=np.int32), allowed.shape)
        return Cells(variable, np.ascontiguousarray(option), np.full(profiles, outcomes, np.int64))
    values = np.maximum(allowed.sum(axis=1), 1)
    order = np.argsort(~allowed, axis=1, kind="stable")[:, : int(values.max())]
    local = Cells(variable, order.astype(np.int32), values.astype(np.int64))
    return local if weights is None else _sorted(local, weights)


def _sorted(cells: Cells, weights: np.ndarray) -> Cells:
    """The same cells with the values of each sorted by falling weight."""
    option = cells.option.copy()
    for x, count in enumerate(cells.values.tolist()):
        members = np.flatnonzero(cells.variable == x)
        total = sum(weights[p, option[p, :count]] for p in members)
        order = np.argsort(-np.asarray(total), kind="stable")
        option[members, :count] = option[np.ix_(members, order)]
    return Cells(cells.variable, option, cells.values)


def _domains(cells: Cells, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(words (V,), first (V,), domain (D,)): a value is left iff its outcome is allowed at every profile of the cell."""
    variables, (profiles, most) = len(cells.values), cells.option.shape
    fits = np.ones((variables, most), np.bool_)
    every = allowed.reshape(-1).take(cells.option + np.arange(profiles)[:, None] * allowed.shape[1])
    if variables == len(cells.variable):
        fits[cells.variable] = every
    else:
        np.logical_and.at(fits, cells.variable, every)
    fits &= np.arange(most) < cells.values[:, None]
    words = (cells.values + WORD - 1) // WORD
    packed = pack(fits)
    domain = packed[np.arange(packed.shape[1]) < words[:, None]]
    return words, _firsts(words), domain


def _firsts(counts: np.ndarray) -> np.ndarray:
    """Where each of some blocks starts that lie one after another."""
    ends = counts.cumsum()
    ends -= counts
    return ends


def _tally(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(distinct numbers, how often each occurs)."""
    ordered = np.sort(numbers)
    new = np.ones(len(ordered) + 1, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:-1])
    starts = new.nonzero()[0]
    return ordered[starts[:-1]], starts[1:] - starts[:-1]


def _masks(space: OutcomeSpace, layout: Layout, memory: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(edge_start, edges, masks) of all rules together; values at odds with themselves leave the domains."""
    cells, words, first, domain, rules, edges, needed = layout
    room = memory if memory is not None else SMALL if needed <= SMALL else int(0.6 * available_memory())
    if needed > room:
        raise SizeError(
            f"the pairwise constraints need {needed / 1e9:.1f} GB for {len(edges)} ordered pairs, but {room / 1e9:.1f} GB "
            "are at hand; use fewer outcomes or types",
            needed,
        )
    variables = len(cells.values)
    source, target = edges // variables, edges % variables
    sizes = cells.values[source] * words[target]
    total = int(sizes.sum())
    base, masks = np.append(_firsts(sizes), total), np.full(total, ALL, np.uint64)
    type_indices, allocation = space.type_indices, space.allocation
    frame = Frame(type_indices, cells.variable, cells.option, cells.values, words, first, space.utility, allocation)
    for rule in rules:
        x, y = cells.variable[rule.one], cells.variable[rule.other]
        key, half = np.concatenate([x * variables + y, y * variables + x]), len(rule.one)
        place = base[np.minimum(np.searchsorted(edges, key), len(edges))]
        table = Edges(rule.one, rule.other, place[:half], place[half:], masks, domain)
        each = max(1, int(SPAN_NS / (rule.ns * float(cells.values.max()) ** 2)))
        for low in range(0, half, each):
            rule.fill(frame, table, (low, min(half, low + each)))
    edge_start = np.searchsorted(source, np.arange(variables + 1)).astype(np.uint64)
    base, masks = _shared(cells, words, base[:-1], masks)
    leads = np.empty((len(edges), 2), np.uint32)
    leads[:, 0], leads[:, 1] = target, base
    return edge_start, leads, masks


def _shared(cells: Cells, words: np.ndarray, base: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Masks that are equal kept once, so that they stay in the cache; only where all have the same, small size."""
    most = int(cells.values[0])
    if len(base) < 2 or int(words.max()) > 1 or most > 16 or not (cells.values == most).all():
        return base, masks
    rows = masks.view(np.int64).reshape(-1, most)
    numbers, known = distinct_rows(iter([rows]), len(rows))
    return numbers.astype(np.int64) * most, np.ascontiguousarray(known).view(np.uint64).reshape(-1)


def _weights(cells: Cells, weights: np.ndarray | None) -> np.ndarray:
    """The weight of each value, one variable after another; empty without an objective."""
    if weights is None:
        return np.empty(0, np.int64)
    rows = np.zeros((len(cells.values), cells.option.shape[1]), np.int64)
    np.add.at(rows, cells.variable, np.take_along_axis(weights, cells.option.astype(np.int64), axis=1))
    return np.ascontiguousarray(rows[np.arange(rows.shape[1]) < cells.values[:, None]])


def _clauses(clauses: Sequence[Clause], cells: Cells) -> ClauseArrays:
    """The clauses as `Net` has them, over values instead of outcomes."""
    if not clauses:
        return without_clauses()
    starts, groups = [0], [np.zeros(1, np.int64)]
    places: list[np.ndarray] = [np.empty((0, 2), np.int64)]
    sets: list[np.ndarray] = [np.empty(0, np.uint64)]
    literals = start = 0
    for clause in clauses:
        packed = pack(clause.sets[clause.index[:, None], cells.option[clause.profile]])
        width = packed.shape[1]
        places.append(np.stack([cells.variable[clause.profile], start + width * np.arange(len(packed))], axis=1))
        sets.append(packed.reshape(-1))
        groups.append(literals + clause.group[1:])
        starts.append(starts[-1] + len(clause.group) - 1)
        literals += len(clause.profile)
        start += packed.size
    return ClauseArrays(np.array(starts), np.concatenate(groups), np.concatenate(places), np.concatenate(sets))
