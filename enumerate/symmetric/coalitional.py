"""Axioms about coalitions on multisets: how many pairs violate, how many profiles they stand for, and the worst one."""

from dataclasses import dataclass
from math import comb

import numpy as np

from collude.enumerate.symmetric.blocks import Level, OpenBlock, open_blocks
from collude.kernels.multisets.assignment import new_desk
from collude.kernels.multisets.coalitions import Notes, Sizes, scan_groups
from collude.kernels.multisets.gains import fill_ceilings, first_outsiders
from collude.kernels.multisets.tastes import SHARE_OUT, Tastes, fill_tastes
from collude.kernels.multisets.weights import arrangements, binomial_residues, from_residues, moduli_for
from collude.models.mechanism import distinct_rows
from collude.models.symmetric.mechanism import SymmetricMechanism

MOST_SET_WORDS = 1 << 23


@dataclass(frozen=True)
class PairCount:
    """What some pairs (outsiders, coalition) say. classes : how many violate. pairs : how many (profile, coalition) pairs
    they stand for, exact ints. best : (gain, size, the coalition's counts) of the largest total gain, None if none."""

    classes: int = 0
    pairs: int = 0
    best: tuple[int, int, tuple[int, ...]] | None = None

    def __add__(self, other: "PairCount") -> "PairCount":
        """Counts add up; the larger gain, the smaller coalition, the lower types are kept."""
        found = [x.best for x in (self, other) if x.best is not None]
        best = min(found, key=lambda b: (-b[0], b[1], tuple(-x for x in b[2])), default=None)
        return PairCount(self.classes + other.classes, self.pairs + other.pairs, best)


def tastes_for(block: OpenBlock, mechanism: SymmetricMechanism, rule: int) -> Tastes:
    """What members want, with the bit sets of necessary conditions unless those would be too large.

    Parameters
    ----------
    block : OpenBlock
    mechanism : SymmetricMechanism
    rule : int
        AGREE, ALL_GAIN or SHARE_OUT.

    Returns
    -------
    Tastes
    """
    utility, words = mechanism.utility, block.blocks.reach.shape[1]
    pair = np.full(utility.shape, -1, np.int32)
    none = np.empty((0, 0, words), np.uint64), np.empty((0, words), np.uint64)
    if rule == SHARE_OUT:
        return Tastes(utility, rule, pair, *none)
    pairs = _pairs_of(block, utility.shape[1])
    if len(pairs) * (block.level.size + 2) * words > MOST_SET_WORDS:
        return Tastes(utility, rule, pair, *none)
    pair[pairs[:, 0], pairs[:, 1]] = np.arange(len(pairs))
    enough = np.zeros((len(pairs), block.level.size + 1, words), np.uint64)
    better = np.zeros((len(pairs), words), np.uint64)
    fill_tastes(pairs, utility, rule, block.options, enough, better)
    return Tastes(utility, rule, pair, enough, better)


def _pairs_of(block: OpenBlock, shares: int) -> np.ndarray:
    """(P, 2) int64: the types and truthful shares that occur together."""
    seen = np.zeros((block.level.groups.shape[1], shares), np.bool_)
    for t in range(len(seen)):
        column = block.blocks.truths[:, t]
        seen[t, column[column >= 0]] = True
    return np.argwhere(seen)


def sizes_for(block: OpenBlock, mechanism: SymmetricMechanism, moduli: np.ndarray) -> Sizes:
    """What the pairs of a block stand for, and what each coalition could get at most.

    Parameters
    ----------
    block : OpenBlock
    mechanism : SymmetricMechanism
    moduli : ndarray
        (R,) uint64, `moduli_for` the largest sum that can occur.

    Returns
    -------
    Sizes
    """
    n = mechanism.population.agents
    binomials = binomial_residues(n, moduli)
    outside = np.empty((len(moduli), len(block.outside)), np.uint64)
    inside = np.empty((len(moduli), len(block.level.groups)), np.uint64)
    arrangements(block.outside, binomials, moduli, outside)
    arrangements(block.level.groups, binomials, moduli, inside)
    support = distinct_rows(iter([block.level.groups > 0]), len(block.level.groups))
    ceiling = np.empty(len(support.rows), np.int64)
    fill_ceilings(support.rows, block.options, mechanism.utility, ceiling)
    return Sizes(outside, inside, moduli, ceiling[support.numbers])


def count_block(
    mechanism: SymmetricMechanism, block: OpenBlock, rules: list[int], witness: bool = True
) -> list[PairCount]:
    """Count the pairs of a block that violate, for each of several rules.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    block : OpenBlock
        All coalitions of one size beside some outsiders.
    rules : list of int
        AGREE, ALL_GAIN and SHARE_OUT, those that are wanted.
    witness : bool
        Whether the largest gain is looked for.

    Returns
    -------
    list of PairCount
        One per rule.
    """
    population = mechanism.population
    moduli = moduli_for((2 * len(population.types)) ** population.agents)
    sizes = sizes_for(block, mechanism, moduli)
    desk = new_desk(len(population.types), block.level.size)
    choices = comb(population.agents, block.level.size)
    found = []
    for rule in rules:
        notes = Notes(np.zeros(1, np.int64), np.zeros(len(moduli), np.uint64), np.array([-1, -1, -1], np.int64))
        scan_groups(block.blocks, block.options, tastes_for(block, mechanism, rule), sizes, desk, witness, notes)
        gain, group, _ = notes.best.tolist()
        best = (gain, block.level.size, tuple(block.level.groups[group].tolist())) if gain >= 0 else None
        pairs = choices * from_residues(notes.weights.tolist(), moduli)
        found.append(PairCount(int(notes.classes[0]), pairs, best))
    return found


@dataclass(frozen=True)
class BestOutsiders:
    """Beside whom a coalition gains most. gain : scaled total gain. counts : how many outsiders have each type, (K,)."""

    gain: int
    counts: tuple[int, ...]


def first_outsiders_of(
    mechanism: SymmetricMechanism, level: Level, group: tuple[int, ...], rule: int
) -> BestOutsiders | None:
    """The outsiders beside whom a coalition has its largest total gain; of several those of the lowest types.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    level : Level
        All coalitions of the size of this one.
    group : tuple of int
        How many members have each type, (K,).
    rule : int
        AGREE, ALL_GAIN or SHARE_OUT.

    Returns
    -------
    BestOutsiders or None
        None if it gains nowhere.
    """
    place = int(np.flatnonzero((level.groups == np.array(group)).all(axis=1))[0])
    best: tuple[int, tuple[int, ...], tuple[int, ...]] | None = None
    desk = new_desk(len(group), level.size)
    for block in open_blocks(mechanism, level, 0, level.outsiders):
        order = np.lexsort([-block.outside[:, t] for t in range(len(group) - 1, -1, -1)])
        position = np.empty(len(order), np.int64)
        position[order] = np.arange(len(order))
        found = np.array([-1, 0, -1], np.int64)
        bare = Tastes(mechanism.utility, rule, *_no_sets(mechanism, block))
        first_outsiders(block.blocks, place, block.options, bare, desk, position, found)
        gain, _, b = found.tolist()
        if b >= 0:
            counts = tuple(block.outside[b].tolist())
            key = (-gain, tuple(-x for x in counts), counts)
            best = key if best is None or key < best else best
    return None if best is None else BestOutsiders(-best[0], best[2])


def _no_sets(mechanism: SymmetricMechanism, block: OpenBlock) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    words = block.blocks.reach.shape[1]
    pair = np.full(mechanism.utility.shape, -1, np.int32)
    return pair, np.empty((0, 0, words), np.uint64), np.empty((0, words), np.uint64)
