"""A network of constraints made smaller and cut into parts that have nothing to do with each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from collude.enumerate.networks.exploration import Residues
from collude.enumerate.networks.layout import (
    FULL_WORD,
    ClauseArrays,
    component_net,
    dense_ranks,
    full_domains,
    starts_of,
    without_clauses,
)
from collude.kernels.search.clauses import judge_literals, translate_sets
from collude.kernels.search.network import FIRST_WORD, WORD, WORDS, Net
from collude.kernels.search.reduce import (
    IDLE,
    SlotTable,
    classify_edges,
    domain_sizes,
    gather_slots,
    strike_slots,
    tie_variables,
)
from collude.kernels.search.translate import label_components, multiply_fixed, translate_masks


@dataclass(frozen=True, eq=False)
class Slots:
    """The values that are left, by groups of variables that determine each other.

    Parameters
    ----------
    table : SlotTable
        Groups and slots as the kernels read them.
    fixed : ndarray (V,) int32
        The value of each fixed variable.
    """

    table: SlotTable
    fixed: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """How many slots each group has, (G,)."""
        return np.asarray(np.diff(self.table.start))

    def expand(self, rows: np.ndarray) -> np.ndarray:
        """Values of the groups (m, G) as values of all variables (m, V) int32."""
        values = np.tile(self.fixed, (len(rows), 1))
        table = self.table
        open_ones = np.flatnonzero(table.group >= 0)
        slot = table.start[:-1][None, :] + rows
        rank = table.rank[slot[:, table.group[open_ones]]]
        values[:, open_ones] = table.value_of[table.offset[open_ones][None, :] + rank]
        return values


@dataclass(frozen=True, eq=False)
class Reduction:
    """What is left of a network once fixed variables have left it and tied ones are one.

    Parameters
    ----------
    slots : Slots
        What the variables of `net` stand for.
    net : Net
        The smaller network; its first `singles` variables have no constraint with another one, the rest comes part by
        part. Its domains are full.
    singles : int
        Number of variables without a constraint between two.
    bounds : ndarray (parts + 1,) int64
        Where each part starts among the variables.
    key : pair of int
        Product of the keys of all fixed variables, modulo 2^61 - 1.
    weight : int
        Sum of the weights of all fixed variables.
    """

    slots: Slots
    net: Net
    singles: int
    bounds: np.ndarray
    key: Residues
    weight: int

    @property
    def parts(self) -> int:
        """Number of connected parts of at least two variables."""
        return len(self.bounds) - 1

    @property
    def variables(self) -> int:
        """Number of variables that are left."""
        return len(self.net.shape)

    @property
    def conditional(self) -> bool:
        """True if something is asked for somewhere, which may couple the parts."""
        return len(self.net.clauses) > 1

    @cached_property
    def single_counts(self) -> np.ndarray:
        """Number of values of each variable without constraints."""
        return self.slots.counts[: self.singles]

    def part(self, number: int) -> Net:
        """One connected part as a network by itself."""
        return component_net(self.net, int(self.bounds[number]), int(self.bounds[number + 1]))


def reduce_net(net: Net, domain: np.ndarray) -> Reduction | None:
    """Make a network smaller, exactly: the solutions are the same, their keys and weights too.

    Variables with one value leave the network; variables of which each determines the other become one; constraints that
    forbid nothing any more and clauses that hold anyway are left out; what is then connected is put side by side.

    Parameters
    ----------
    domain : ndarray (D,) uint64
        Domains at a fixed point of propagation, from which to start.

    Returns
    -------
    Reduction, or None if it has no solution.

    Notes
    -----
    Cost: the masks of the edges between variables that are not fixed.
    """
    variables = len(net.shape)
    size = np.zeros(variables, np.int32)
    domain_sizes(net.shape, domain, size)
    status = np.zeros(len(net.edges), np.uint8)
    classify_edges(net, domain, size, np.zeros(int(net.shape[:, WORDS].max(initial=1)), np.uint64), status)
    width = np.where(size > 1, size, 0)
    offset = starts_of(width)
    value_of = np.zeros(int(offset[-1]), np.int32)
    group, root = np.zeros(variables, np.int32), np.zeros(variables, np.int32)
    count = tie_variables(net, domain, size, status, offset, value_of, group, root)
    alive = np.ones(len(value_of), np.uint8)
    strike_slots(net, status, offset, value_of, group, size, root, alive)
    root = root[:count]
    source, target, live = _live_edges(net, status, group)
    order, singles, bounds = _arranged(count, source, target)
    rank_of = np.empty(count, np.int32)
    rank_of[order] = np.arange(count, dtype=np.int32)
    is_open = group >= 0
    group[is_open] = rank_of[group[is_open]]
    root = root[order]
    source, target = rank_of[source], rank_of[target]
    candidates = size[root].astype(np.int64)
    owner = np.repeat(np.arange(count), candidates)
    rank = dense_ranks(candidates)
    kept = alive[offset[root][owner] + rank] == 1
    owner, rank = owner[kept], rank[kept]
    counts = np.bincount(owner, minlength=count)
    if count and counts.min() == 0:
        return None
    table = SlotTable(group, offset[:-1], value_of, starts_of(counts), rank)
    slots = Slots(table, _fixed_values(net, domain, size))
    slots, keys, weight = _ordered(net, slots, owner)
    product = np.ones(2, np.uint64)
    constant = int(multiply_fixed(net, domain, size, product))
    clauses = _clauses(net, domain, slots)
    if clauses is None:
        return None
    smaller = _network(net, slots, (source, target, live), keys, weight, clauses)
    return Reduction(slots, smaller, singles, bounds, (int(product[0]), int(product[1])), constant)


def _fixed_values(net: Net, domain: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The value of each variable that has one left, 0 for the others, (V,) int32."""
    values = np.zeros(len(net.shape), np.int32)
    ones = np.flatnonzero(size == 1)
    words = net.shape[ones, WORDS]
    place = np.repeat(net.shape[ones, FIRST_WORD], words) + dense_ranks(words)
    word = domain[place]
    hit = word != 0
    low = np.bitwise_count((word & (~word + np.uint64(1))) - np.uint64(1)).astype(np.int64)
    values[np.repeat(ones, words)[hit]] = (dense_ranks(words) * WORD + low)[hit]
    return values


def _live_edges(net: Net, status: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(groups that they leave, groups that they lead to, (M, 2): edge and variable) of what still binds two groups."""
    binding = np.flatnonzero(status != IDLE)
    sources = (np.searchsorted(net.edge_start, binding.astype(np.uint64), "right") - 1).astype(np.int64)
    targets = net.edges[binding, 0].astype(np.int64)
    apart = group[sources] != group[targets]
    live = np.stack([binding[apart], sources[apart]], axis=1).astype(np.int64)
    return group[sources[apart]], group[targets[apart]], live


def _arranged(count: int, source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, int, np.ndarray]:
    """(order of the groups: those without constraints, then part by part; number of the first ones; starts of parts)."""
    pairs = np.unique(source.astype(np.int64) * max(count, 1) + target)
    start = np.searchsorted(pairs // max(count, 1), np.arange(count + 1)).astype(np.int64)
    label, queue = np.zeros(count, np.int32), np.zeros(count, np.int32)
    label_components(start, (pairs % max(count, 1)).astype(np.int32), label, queue)
    sizes = np.bincount(label, minlength=1)
    joined = sizes[label] > 1
    order = np.lexsort((label, joined))
    singles = int(count - joined.sum())
    return order, singles, singles + starts_of(sizes[sizes > 1])


def _ordered(net: Net, slots: Slots, owner: np.ndarray) -> tuple[Slots, np.ndarray, np.ndarray]:
    """The slots of each group by falling weight, with their keys and weights."""
    keys = np.ones((len(owner), 2), np.uint64)
    weight = np.zeros(len(owner) if net.weight.size else 0, np.int64)
    gather_slots(net, slots.table, keys, weight)
    if not net.weight.size:
        return slots, keys, weight
    order = np.lexsort((-weight, owner))
    table = slots.table._replace(rank=slots.table.rank[order])
    return Slots(table, slots.fixed), keys[order], weight[order]


def _network(
    net: Net,
    slots: Slots,
    joints: tuple[np.ndarray, np.ndarray, np.ndarray],
    keys: np.ndarray,
    weight: np.ndarray,
    clauses: Sequence[np.ndarray],
) -> Net:
    """The network over groups."""
    counts = slots.counts
    words = (counts + WORD - 1) // WORD
    source, target, live = joints
    number = len(counts)
    code = source.astype(np.int64) * max(number, 1) + target
    pairs, inverse = np.unique(code, return_inverse=True)
    left, right = pairs // max(number, 1), pairs % max(number, 1)
    base = starts_of(counts[left] * words[right])
    masks = np.full(int(base[-1]), FULL_WORD, np.uint64)
    placed = np.column_stack([live, source, target, base[:-1][inverse.reshape(-1)]]).astype(np.int64)
    translate_masks(net, placed, slots.table, words, masks)
    kin = _kin(keys, counts, words) if net.kin.size else net.kin
    shape = np.stack(
        [counts, words, starts_of(words)[:-1], slots.table.start[:-1], starts_of(counts * words)[:-1]], axis=1
    ).astype(np.int64)
    return Net(
        shape,
        full_domains(counts, words),
        np.searchsorted(left, np.arange(number + 1)).astype(np.uint64),
        np.stack([right, base[:-1]], axis=1).astype(np.uint32),
        masks,
        keys,
        weight,
        kin,
        *clauses,
    )


def _kin(keys: np.ndarray, counts: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Per slot the packed set of the slots of its group with the same keys."""
    rows = [np.empty(0, np.uint64)]
    start = starts_of(counts)
    for x, width in enumerate(words.tolist()):
        own = keys[start[x] : start[x + 1]]
        same = (own[:, None, :] == own[None, :, :]).all(axis=2)
        bits = np.zeros((len(own), width * 8), np.uint8)
        packed = np.packbits(same, axis=1, bitorder="little")
        bits[:, : packed.shape[1]] = packed
        rows.append(bits.view("<u8").astype(np.uint64).reshape(-1))
    return np.concatenate(rows)


def _clauses(net: Net, domain: np.ndarray, slots: Slots) -> ClauseArrays | None:
    """The clauses that may still fail, over groups, as the fields of `Net`; None if one can no longer hold."""
    if len(net.clauses) == 1:
        return without_clauses()
    verdict = np.zeros(len(net.literals), np.uint8)
    judge_literals(net, domain, verdict)
    literals, sizes, counts = [], [], []
    for c in range(len(net.clauses) - 1):
        bounds = net.groups[int(net.clauses[c]) : int(net.clauses[c + 1]) + 1]
        owner = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        judged = verdict[bounds[0] : bounds[-1]]
        worst = np.full(len(bounds) - 1, 2, np.uint8)
        np.minimum.at(worst, owner, judged)
        if (worst == 2).any():
            continue
        open_ones = (judged == 1) & (worst[owner] == 1)
        if not open_ones.any():
            return None
        literals.append(np.flatnonzero(open_ones) + int(bounds[0]))
        sizes.append(np.bincount(owner[open_ones], minlength=len(worst)))
        sizes[-1] = sizes[-1][sizes[-1] > 0]
        counts.append(len(sizes[-1]))
    empty = np.empty(0, np.int64)
    return _over_groups(
        net, slots, np.concatenate([empty, *literals]), np.concatenate([empty, *sizes]), np.array(counts, np.int64)
    )


def _over_groups(net: Net, slots: Slots, literals: np.ndarray, sizes: np.ndarray, counts: np.ndarray) -> ClauseArrays:
    """Literals of `net`, so many in each group and so many groups in each clause, as the fields of `Net` over slots."""
    owners = slots.table.group[net.literals[literals, 0]].astype(np.int64)
    words = (slots.counts[owners] + WORD - 1) // WORD
    place = starts_of(words)
    sets = np.zeros(int(place[-1]), np.uint64)
    translate_sets(net, literals, slots.table, place[:-1].copy(), sets)
    return ClauseArrays(starts_of(counts), starts_of(sizes), np.stack([owners, place[:-1]], axis=1), sets)


def worthwhile(reduction: Reduction, net: Net) -> bool:
    """Tell whether a network that was made smaller is better searched than the one that it comes from.

    Parameters
    ----------
    reduction : Reduction
        What it was made into.
    net : Net
        The network before.

    Returns
    -------
    bool
        True if a quarter of the variables is gone, or it has more than one part.
    """
    return reduction.variables <= 0.75 * len(net.shape) or reduction.parts + reduction.singles > 1
