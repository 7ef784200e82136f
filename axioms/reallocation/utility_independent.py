"""Lemma 2.B.2: an agent's truthful utility depends on his own type alone."""

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.mechanism import Mechanism


@axiom
class UtilityIndependent(WholeAxiom):
    """The truthful utility of an agent depends on his own type alone.

    Violated at (agent, type) iff that type gets different truthful utilities against different reports of the others. On a rich
    domain bribe-proof mechanisms satisfy it.

    References
    ----------
    Hagen (2020), lemma 2.B.2.

    Examples
    --------
    >>> import collude as co
    >>> found = co.check(co.second_price(co.auction(2, [0, 1, 2])), ["utility-independent"])["utility-independent"]
    >>> found.violations, found.witness.coalition
    (4, (0,))
    """

    name = "utility-independent"
    definition = "the truthful utility of an agent depends on his own type alone"
    source = "Hagen (2020), lemma 2.B.2"
    unit = "(agent, type) pairs"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks of the same order may be compared, but the lemma is about money."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def violations(self, mechanism: Mechanism) -> Violations:
        """All types whose utility varies; shown is the one for whom it varies most."""
        env = mechanism.environment
        low, high = _extremes(mechanism)
        varied = [
            (-int(high[i, k] - low[i, k]), i, k, int(low[i, k]), int(high[i, k]))
            for i, size in enumerate(env.sizes)
            for k in range(size)
            if int(high[i, k] - low[i, k]) > mechanism.tolerance
        ]
        if not varied:
            return Violations()
        rise, i, k, least, most = min(varied)
        where = {value: _first_place(mechanism, i, k, value) for value in (least, most)}
        details = {"other profile": mechanism.types_at(where[most])}
        return Violations(len(varied), Witness(mechanism.types_at(where[least]), (i,), None, (-rise,), details))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The two utilities are recomputed and compared."""
        (i,), there = witness.coalition, witness.details["other profile"]
        type_index = witness.profile[i]
        low = mechanism.utility(i, type_index, mechanism.outcome_at(witness.profile))
        high = mechanism.utility(i, type_index, mechanism.outcome_at(there))
        return there[i] == type_index and high - low > mechanism.tolerance and witness.gains == (high - low,)


def _extremes(mechanism: Mechanism) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest truthful utility, (n, max K) int64 each."""
    shape = mechanism.table.utility.shape[:2]
    low, high = np.full(shape, np.iinfo(np.int64).max), np.full(shape, np.iinfo(np.int64).min)
    for _, type_indices, outcomes in mechanism.blocks(0, mechanism.environment.profiles):
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
