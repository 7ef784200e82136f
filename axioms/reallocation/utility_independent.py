"""Lemma 2.B.2: an agent's truthful utility depends on his own type alone."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.base import Axiom, Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism


@axiom
class UtilityIndependent(Axiom):
    """Violated at (agent, type) iff that type of the agent gets different truthful utilities against different reports of
    the others. On a rich domain bribe-proof mechanisms satisfy it."""

    name = "utility-independent"
    definition = "the truthful utility of an agent depends on his own type alone"
    source = "thesis on collusion-proof mechanisms, lemma 2.B.2"
    unit = "(agent, type) pairs"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks of the same order may be compared, but the lemma is about money."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block: the extremes over all profiles."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Smallest and largest truthful utility of every type, and where they occur first."""
        mechanism = work.mechanism
        env = mechanism.environment
        count, keys = 0, []
        low, high = _extremes(mechanism, block)
        for i, size in enumerate(env.sizes):
            for k in range(size):
                rise = int(high[i, k] - low[i, k])
                if rise > mechanism.tolerance:
                    count += 1
                    keys.append((-rise, i, k, int(low[i, k]), int(high[i, k])))
        return BlockResult(count, min(keys, default=None))

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The first profiles at which the type gets least and most."""
        mechanism = work.mechanism
        rise, i, k, least, most = key
        where = {value: _first_place(mechanism, i, k, value) for value in (least, most)}
        details = {"other profile": mechanism.types_at(where[most])}
        return Witness(mechanism.types_at(where[least]), (i,), None, (-rise,), details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The two utilities are recomputed and compared."""
        (i,), there = witness.coalition, witness.details["other profile"]
        type_index = witness.profile[i]
        low = mechanism.utility(i, type_index, mechanism.outcome_at(witness.profile))
        high = mechanism.utility(i, type_index, mechanism.outcome_at(there))
        return there[i] == type_index and high - low > mechanism.tolerance and witness.gains == (high - low,)


def _extremes(mechanism: Mechanism, block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest truthful utility, (n, max K) int64 each."""
    shape = mechanism.table.utility.shape[:2]
    low, high = np.full(shape, np.iinfo(np.int64).max), np.full(shape, np.iinfo(np.int64).min)
    for _, type_indices, outcomes in mechanism.blocks(*block):
        for i, utility in enumerate(mechanism.truthful(type_indices, outcomes)):
            np.minimum.at(low[i], type_indices[i], utility)
            np.maximum.at(high[i], type_indices[i], utility)
    return low, high


def _first_place(mechanism: Mechanism, agent: int, type_index: int, utility: int) -> int:
    """The first profile at which the type gets this truthful utility."""
    for first, type_indices, outcomes in mechanism.blocks(0, mechanism.environment.profiles):
        here = np.flatnonzero(
            (type_indices[agent] == type_index) & (mechanism.truthful(type_indices, outcomes)[agent] == utility)
        )
        if len(here):
            return first + int(here[0])
    raise ValueError("no profile gives this utility")
