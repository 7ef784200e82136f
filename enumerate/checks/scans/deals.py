"""The scan of deals: for each coalition, joint reports after which its goods and money are divided anew."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.coalitional import SizeBounds
from collude.axioms.core.deals import DealAxiom, deal_witness
from collude.axioms.core.groups import (
    coalition_bits_of,
    coalitions_by_size,
    largest_coalition,
    members_of,
)
from collude.enumerate.checks.context import Block, CheckContext, cut
from collude.enumerate.checks.scans.base import (
    BlockResult,
    Examined,
    Rank,
    Scan,
    coalition_blocks,
    coalition_extents,
    jointly_examined,
)
from collude.kernels.deals.deal_units import count_deal_triples, mark_deal_pairs
from collude.kernels.deals.deals import scan_contexts, truthful_utilities
from collude.kernels.deals.splits import Deals, Goods, open_deals
from collude.kernels.members import agents_of, context_bases
from collude.models.errors import SizeError
from collude.models.goods import goods_of, truth_table

NO_NOTES = np.empty(0, np.int64)
PER_BLOCK = 1 << 22


def truth_of(context: CheckContext) -> np.ndarray:
    """Fetch what every agent gets at each profile if all tell the truth, built at most once in a context.

    Parameters
    ----------
    context : CheckContext
        The mechanism under examination.

    Returns
    -------
    ndarray (n, P)
        In units of the mechanism's scale.
    """
    made = context.made.get("truth")
    if made is None:
        env = context.mechanism.environment
        made = truth_table(context.mechanism)
        table, truth = context.table, made

        def fill(span: Block) -> None:
            truthful_utilities(table, truth, span)

        for _ in context.pool.map(fill, cut(env.profiles, max(1 << 16, env.profiles // (4 * context.pool.jobs)))):
            pass
        context.made["truth"] = made
    return made


def goods_in(context: CheckContext, moves: bool) -> Goods:
    """Fetch the goods of a context's mechanism as numbers, built at most once.

    Parameters
    ----------
    context : CheckContext
        The mechanism under examination.
    moves : bool
        Whether members hand on goods, not only money.

    Returns
    -------
    Goods
    """
    made = context.goods.get(moves)
    if made is None:
        made = context.goods[moves] = goods_of(context.mechanism, moves)
    return made


class DealCount(NamedTuple):
    """At how many profiles a coalition has a profitable deal, and the lowest one, or P."""

    profiles: int
    lowest: int


def scan_deals_of(
    context: CheckContext, moves: bool, block: Block, found: np.ndarray, bins: np.ndarray = NO_NOTES
) -> DealCount:
    """Count the profiles at which one coalition has a profitable deal, in one span of the outsiders' joint types.

    Parameters
    ----------
    context : CheckContext
        The mechanism under examination.
    moves : bool
        Whether members hand on goods, not only money.
    block : Block
        (first, last, coalition bits): the half-open span, and the coalition.
    found, bins : ndarray
        The notes of `collude.kernels.scan_deals`, updated.

    Returns
    -------
    DealCount

    Notes
    -----
    The engine's form of `collude.kernels.scan_deals`: its parts are called one after another, because compiling each by itself
    takes half as long as compiling them as one kernel.
    """
    first, last, mask = block
    table, goods, truth = context.table, goods_in(context, moves), truth_of(context)
    deals = Deals(*open_deals(table.sizes, goods, mask))
    bases = context_bases(table.sizes, agents_of(mask, len(table.sizes), False), (first, last))
    count, lowest = scan_contexts(table, truth, deals, bases, (found, bins))
    return DealCount(int(count), int(lowest))


class DealScan(Scan[DealAxiom]):
    """Scans a mechanism for coalitions that gain in all by a joint report and a division of what they get."""

    @property
    def bounds(self) -> SizeBounds:
        """Smallest and largest coalition size that is looked at."""
        return SizeBounds(1, largest_coalition(self.mechanism.environment.agents, self.options.largest))

    def examined(self) -> Examined:
        """All profiles, and every joint report of every coalition of the admitted sizes, whatever is done with it."""
        return jointly_examined(self.mechanism.environment, self.bounds)

    def cost(self) -> float:
        """About 10 ns per profile and coalition; pairs of profiles are marked one by one."""
        examined = self.examined()
        simple = 10.0 * examined.profiles * examined.coalitions
        return simple + 3.0 * examined.joint_misreports if self.options.count == "profile-pairs" else simple

    def bytes_needed(self) -> int:
        """Memory for the truthful utilities of everybody at every profile."""
        width = 4 if self.mechanism.bound < 2**31 else 8
        return width * self.mechanism.environment.agents * self.mechanism.environment.profiles

    def require_size(self) -> None:
        """Raise SizeError unless the goods fit into int64 as numbers, and the marks of pairs of profiles into memory."""
        goods_in(self.context, self.axiom.moves)
        size = self.mechanism.environment.profiles**2
        if self.options.count == "profile-pairs" and size > self.options.memory:
            raise SizeError(f"counting profile-pairs needs {size} bytes; use --count coalitions or triples", size)

    def prepare(self) -> None:
        """Make the goods as numbers, and everybody's truthful utilities."""
        goods_in(self.context, self.axiom.moves)
        truth_of(self.context)

    def blocks(self) -> Sequence[Block]:
        """Spans of the outsiders' joint types for each coalition, large coalitions first: their blocks are the largest."""
        env = self.mechanism.environment
        if self.options.count == "profile-pairs":
            return [(0, env.profiles)]

        def contexts_each(inside: int, contexts: int) -> int:
            return max(PER_BLOCK // inside, contexts // (4 * self.context.pieces) if env.profiles > PER_BLOCK else 0)

        blocks = coalition_blocks(env.sizes, self.bounds, contexts_each)
        return blocks if self.options.first else blocks[::-1]

    def extents(self) -> dict[Block, int]:
        """The outsiders' joint types for each coalition; all profiles at once where pairs of them are counted."""
        if self.options.count == "profile-pairs":
            return super().extents()
        return coalition_extents(self.mechanism.environment.sizes, self.bounds)

    def run(self, block: Block) -> BlockResult:
        """One coalition and span, or all coalitions where pairs of profiles are counted."""
        if self.options.count == "profile-pairs":
            return self._run_pairs()
        first, last, mask = block
        goods, truth = goods_in(self.context, self.axiom.moves), truth_of(self.context)
        found = np.full((1, 2), -1, np.int64)
        count, lowest = scan_deals_of(self.context, self.axiom.moves, block, found)
        if not count:
            return BlockResult()
        if self.options.count == "triples":
            count = int(count_deal_triples(self.context.table, truth, goods, mask, (first, last)))
        members = members_of(mask, self.mechanism.environment.agents)
        if self.options.first:
            return BlockResult(count, (lowest, len(members), members, lowest))
        return BlockResult(count, (-int(found[0, 0]), len(members), members, int(found[0, 1])))

    def _run_pairs(self) -> BlockResult:
        env = self.mechanism.environment
        self.require_size()
        marks = np.zeros((env.profiles, env.profiles), np.bool_)
        goods, truth = goods_in(self.context, self.axiom.moves), truth_of(self.context)
        count, ranks = 0, []
        for members in coalitions_by_size(env.agents, *self.bounds):
            mask = coalition_bits_of(members)
            contexts = env.profiles // prod(env.sizes[i] for i in members)
            found = np.full((1, 2), -1, np.int64)
            if scan_deals_of(self.context, self.axiom.moves, (0, contexts, mask), found)[0]:
                count += int(mark_deal_pairs(self.context.table, truth, goods, mask, marks))
                ranks.append((-int(found[0, 0]), len(members), members, int(found[0, 1])))
        return BlockResult(count, min(ranks, default=None))

    def witness(self, rank: Rank) -> Witness:
        """The first most profitable joint report, the division of its goods, and side payments that share the gain."""
        return deal_witness(self.mechanism, self.axiom.moves, tuple(rank[2]), int(rank[3]))
