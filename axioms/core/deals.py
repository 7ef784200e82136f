"""What reallocation-proofness and side-payment collusion-proofness share: deals of a coalition that divides its total."""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from collude.axioms.core.base import (
    Axiom,
    Block,
    BlockResult,
    CheckOptions,
    Examined,
    Key,
    Witness,
    coalition_blocks,
    coalition_extents,
    coalitions_by_size,
    cut,
    joint_misreports,
    largest_coalition,
    mask_of,
    members_of,
)
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.settlement import best_split, hand_overs, holdings_of, settle
from collude.kernels.deals.deal_units import count_deal_triples, mark_deal_pairs
from collude.kernels.deals.deals import context_bases, scan_contexts, truthful_utilities
from collude.kernels.deals.splits import Deals, Goods, agents_of, joint_offsets, open_deals
from collude.models.errors import SizeError
from collude.models.goods import goods_of, truth_table
from collude.models.mechanism import Mechanism

NO_NOTES = np.empty(0, np.int64)
PER_BLOCK = 1 << 22
_TRUTH: "WeakKeyDictionary[CheckContext, np.ndarray]" = WeakKeyDictionary()
_GOODS: "WeakKeyDictionary[Mechanism, dict[bool, Goods]]" = WeakKeyDictionary()


def known_goods(mechanism: Mechanism, moves: bool) -> Goods:
    """`goods_of`, built at most once per mechanism."""
    known = _GOODS.setdefault(mechanism, {})
    if moves not in known:
        known[moves] = goods_of(mechanism, moves)
    return known[moves]


def truth_of(work: CheckContext) -> np.ndarray:
    """Truthful utilities (n, P), built at most once per work."""
    if work not in _TRUTH:
        env = work.mechanism.environment
        truth = truth_table(work.mechanism)

        def fill(span: Block) -> None:
            truthful_utilities(work.table, truth, span)

        for _ in work.pool.map(fill, cut(env.profiles, max(1 << 16, env.profiles // (4 * work.pool.jobs)))):
            pass
        _TRUTH[work] = truth
    return _TRUTH[work]


def scan_coalition(
    work: CheckContext, moves: bool, block: Block, found: np.ndarray, bins: np.ndarray = NO_NOTES
) -> tuple[int, int]:
    """(how many profiles have a profitable deal, the lowest one or P) of one coalition and span of contexts.

    found, bins: the notes of `collude.kernels.scan_deals`, of which this is the engine's form: its parts are called one
    after another, because compiling each by itself takes half as long as compiling them as one kernel.
    """
    first, last, mask = block
    table, goods, truth = work.table, known_goods(work.mechanism, moves), truth_of(work)
    deals = Deals(*open_deals(table.sizes, goods, mask))
    bases = context_bases(table.sizes, agents_of(mask, len(table.sizes), False), (first, last))
    count, lowest = scan_contexts(table, truth, deals, bases, (found, bins))
    return int(count), int(lowest)


class DealAxiom(Axiom):
    """An axiom that fails where a joint report raises what a coalition can divide above its truthful utilities.

    moves: the members hand on goods as well as money.
    """

    unit = "(profile, coalition) pairs"
    moves: bool

    def bounds(self, mechanism: Mechanism, question: CheckOptions) -> tuple[int, int]:
        """Smallest and largest coalition size that is looked at."""
        return 1, largest_coalition(mechanism.environment.agents, question.largest)

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """All profiles, and every joint report of every coalition of the admitted sizes, whatever is done with it."""
        env = mechanism.environment
        coalitions, reports = joint_misreports(env.sizes, *self.bounds(mechanism, question))
        return Examined(env.profiles, coalitions, reports, env.profiles**2)

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """About 10 ns per profile and coalition; pairs of profiles are marked one by one."""
        examined = self.examined(mechanism, question)
        simple = 10.0 * examined.profiles * examined.coalitions
        return simple + 3.0 * examined.joint_misreports if question.count == "profile-pairs" else simple

    def bytes_needed(self, mechanism: Mechanism) -> int:
        """The truthful utilities of everybody at every profile."""
        width = 4 if mechanism.bound < 2**31 else 8
        return width * mechanism.environment.agents * mechanism.environment.profiles

    def prepare(self, work: CheckContext) -> None:
        """The goods as numbers, and everybody's truthful utilities."""
        known_goods(work.mechanism, self.moves)
        truth_of(work)

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """Spans of the outsiders' joint types for each coalition, large coalitions first: their blocks are the largest."""
        env, question = work.mechanism.environment, work.question
        if question.count == "profile-pairs":
            return [(0, env.profiles)]

        def contexts_each(inside: int, contexts: int) -> int:
            return max(PER_BLOCK // inside, contexts // (4 * work.pieces) if env.profiles > PER_BLOCK else 0)

        blocks = coalition_blocks(env.sizes, self.bounds(work.mechanism, question), contexts_each)
        return blocks if question.first else blocks[::-1]

    def extents(self, work: CheckContext) -> dict[Block, int]:
        """The outsiders' joint types for each coalition; all profiles at once where pairs of them are counted."""
        if work.question.count == "profile-pairs":
            return super().extents(work)
        return coalition_extents(work.mechanism.environment.sizes, self.bounds(work.mechanism, work.question))

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """One coalition and span, or all coalitions where pairs of profiles are counted."""
        if work.question.count == "profile-pairs":
            return self._run_pairs(work)
        first, last, mask = block
        goods, truth = known_goods(work.mechanism, self.moves), truth_of(work)
        found = np.full((1, 2), -1, np.int64)
        count, lowest = scan_coalition(work, self.moves, block, found)
        if not count:
            return BlockResult()
        if work.question.count == "triples":
            count = int(count_deal_triples(work.table, truth, goods, mask, (first, last)))
        members = members_of(mask, work.mechanism.environment.agents)
        if work.question.first:
            return BlockResult(count, (lowest, len(members), members, lowest))
        return BlockResult(count, (-int(found[0, 0]), len(members), members, int(found[0, 1])))

    def _run_pairs(self, work: CheckContext) -> BlockResult:
        env = work.mechanism.environment
        if env.profiles**2 > work.question.memory:
            size = env.profiles**2
            raise SizeError(f"counting profile-pairs needs {size} bytes; use --count coalitions or triples", size)
        marks = np.zeros((env.profiles, env.profiles), np.bool_)
        goods, truth = known_goods(work.mechanism, self.moves), truth_of(work)
        count, keys = 0, []
        for members in coalitions_by_size(env.agents, *self.bounds(work.mechanism, work.question)):
            mask = mask_of(members, env.agents)
            contexts = env.profiles // prod(env.sizes[i] for i in members)
            found = np.full((1, 2), -1, np.int64)
            if scan_coalition(work, self.moves, (0, contexts, mask), found)[0]:
                count += int(mark_deal_pairs(work.table, truth, goods, mask, marks))
                keys.append((-int(found[0, 0]), len(members), members, int(found[0, 1])))
        return BlockResult(count, min(keys, default=None))

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The first most profitable joint report, the division of its goods, and side payments that share the gain."""
        return deal_witness(work.mechanism, self.moves, tuple(key[2]), int(key[3]))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """From the definition, in Python integers and fractions: the goods add up, the side payments sum to zero, and
        everybody gains the same positive amount, which is what the witness says."""
        holdings = witness.details.get("holdings", [])
        payments = [Fraction(text) * mechanism.scale for text in witness.details.get("side payments", [])]
        report = mechanism.outcome_at(witness.reported)
        held = [mechanism.bundle_of(report, i) for i in witness.coalition]
        if not len(holdings) == len(payments) == len(held) == len(witness.gains) > 0 or sum(payments) != 0:
            return False
        given = [tuple(holding) for holding in holdings]
        if not self.moves and given != held:
            return False
        if _total(mechanism, witness.coalition, given) != _total(mechanism, witness.coalition, held):
            return False
        gains = []
        for i, bundle, payment in zip(witness.coalition, given, payments, strict=True):
            if bundle not in mechanism.environment.indices[i]:
                return False
            type_index = witness.profile[i]
            before = mechanism.utility(i, type_index, mechanism.outcome_at(witness.profile))
            gains.append(
                _value(mechanism, i, type_index, bundle) + int(mechanism.transfer[report, i]) + payment - before
            )
        return len(set(gains)) == 1 and sum(gains) > mechanism.tolerance and tuple(gains) == tuple(witness.gains)


def _value(mechanism: Mechanism, agent: int, type_index: int, bundle: tuple[int, ...]) -> int:
    env = mechanism.environment
    return int(env.values[agent][type_index, env.indices[agent][bundle]]) * (mechanism.scale // env.scale)


def _total(mechanism: Mechanism, coalition: tuple[int, ...], held: Sequence[tuple[int, ...]]) -> list[int]:
    """What the members hold in all, minus for what suppliers give up."""
    env = mechanism.environment
    signed = [[-x if env.supplier[i] else x for x in bundle] for i, bundle in zip(coalition, held, strict=True)]
    return [sum(column) for column in zip(*signed, strict=True)]


def deal_witness(mechanism: Mechanism, moves: bool, members: tuple[int, ...], profile: int) -> Witness:
    """The most profitable deal of a coalition at a profile: the first joint report, in the order of reports, with the
    largest gain; its own allocation where that is a best split, else the first best split."""
    env = mechanism.environment
    truth = mechanism.types_at(profile)
    offsets = joint_offsets(np.array(env.sizes, np.int64), np.array(members, np.int64))
    start = mechanism.number(tuple(0 if i in members else k for i, k in enumerate(truth)))
    outcomes = mechanism.outcome[start + offsets]
    worth: dict[int, int] = {}
    split_of: dict[Any, tuple[int, tuple[int, ...]]] = {}
    for o in dict.fromkeys(outcomes.tolist()):
        total = holdings_of(mechanism, members, o, moves)
        if total not in split_of:
            split_of[total] = best_split(mechanism, members, truth, o, moves)
        worth[o] = split_of[total][0] + sum(int(mechanism.transfer[o, i]) for i in members)
    most = max(worth.values())
    at = next(x for x, o in enumerate(outcomes.tolist()) if worth[o] == most)
    report = mechanism.types_at(int(start + offsets[at]))
    split = best_split(mechanism, members, truth, int(outcomes[at]), moves)[1]
    gains, payments = settle(mechanism, members, truth, int(outcomes[at]), split)
    details = {
        "holdings": [list(env.bundles[i][b]) for i, b in zip(members, split, strict=True)],
        "side payments": [str(payment / mechanism.scale) for payment in payments],
        **hand_overs(mechanism, members, int(outcomes[at]), split, payments),
    }
    return Witness(truth, members, tuple(report[i] for i in members), gains, details)
