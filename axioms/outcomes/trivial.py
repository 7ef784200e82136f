"""Trivial: one constant is the truthful utility of every agent at every profile."""

from collections.abc import Sequence

from collude.axioms.core.base import Axiom, Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism


def extremes(work: CheckContext, block: Block) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """(utility, profile, agent) of the smallest and of the largest truthful utility, the first ones among equals."""
    low: tuple[int, int, int] | None = None
    high: tuple[int, int, int] | None = None
    for first, type_indices, outcomes in work.mechanism.blocks(*block):
        utilities = work.mechanism.truthful(type_indices, outcomes)
        n = len(utilities)
        least, most = int(utilities.T.argmin()), int(utilities.T.argmax())
        below = (int(utilities.T.flat[least]), first + least // n, least % n)
        above = (int(utilities.T.flat[most]), first + most // n, most % n)
        low = below if low is None or below[0] < low[0] else low
        high = above if high is None or above[0] > high[0] else high
    if low is None or high is None:
        raise ValueError("an empty block has no extremes")
    return low, high


@axiom
class Trivial(Axiom):
    """Violated iff two truthful utilities, of any agents at any profiles, differ."""

    name = "trivial"
    definition = "one constant is the truthful utility of every agent at every profile"
    unit = "mechanisms"
    source = "thesis on collusion-proof mechanisms, chapter 3"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks of different agents cannot be compared."""
        return "utilities are ranks, which cannot be compared" if mechanism.environment.ordinal else ""

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block: the smallest and the largest utility anywhere."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Compare the extremes."""
        low, high = extremes(work, block)
        return BlockResult(1, (*low, *high)) if high[0] - low[0] > work.mechanism.tolerance else BlockResult()

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The profiles and agents with the smallest and the largest utility."""
        lowest, where, who, highest, there, other = key
        mechanism = work.mechanism
        return Witness(
            mechanism.types_at(where),
            (who,),
            None,
            (highest - lowest,),
            {"other profile": mechanism.types_at(there), "other agent": other},
        )

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The two utilities are recomputed and compared."""
        (who,), other = witness.coalition, witness.details["other agent"]
        there = witness.details["other profile"]
        low = mechanism.utility(who, witness.profile[who], mechanism.outcome_at(witness.profile))
        high = mechanism.utility(other, there[other], mechanism.outcome_at(there))
        return high - low > mechanism.tolerance and witness.gains == (high - low,)
