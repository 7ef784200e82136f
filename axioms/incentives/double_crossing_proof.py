"""Collusion-proofness against deals of a pair that neither member wants to double-cross."""

from collections.abc import Iterator

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.mechanism import Mechanism, types_of


@axiom
class DoubleCrossingProof(WholeAxiom):
    """Two agents never have a joint report that helps one, hurts neither, and that neither has a reason to break or to keep.

    Violated at a profile iff some joint report of both gives neither less than the truth and one more, and, given the partner's
    lie, each gets from his own lie exactly what the truth would give him. It is weaker than collusion-proofness: deals that a
    member would rather break, or keep only because his truth has become worse, do not count. Where the truth is dominant, nobody
    can gain by his lie, so that being indifferent is being willing.

    References
    ----------
    Hagen (2020), chapter 1, footnote 5.

    Examples
    --------
    >>> import collude as co
    >>> trade = co.trade([1, 2], [2, 3])
    >>> co.check(co.mechanism("posted-price-trade", trade, price=2), ["double-crossing-proof"]).holds
    True
    """

    name = "double-crossing-proof"
    definition = (
        "no joint report of both agents, from which neither gains or loses by telling the truth instead, gives neither "
        "less than the truth and one more"
    )
    source = "Hagen (2020), chapter 1, footnote 5"
    unit = "profiles"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It is about pairs."""
        return "" if mechanism.environment.agents == 2 else "it is about two agents"

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The pair."""
        return 2

    def steps(self, mechanism: Mechanism) -> int:
        """Every joint report at every true profile."""
        return mechanism.environment.profiles**2

    def violations(self, mechanism: Mechanism) -> Violations:
        """The true profiles with such a report, counted; the report with the largest total gain, first in the order of profiles,
        then of reports."""
        count, best = 0, (0, 0, 0)
        for number, gains, deals in _deals(mechanism):
            if not deals.any():
                continue
            count += 1
            totals = np.where(deals, gains, -1)
            report = int(totals.argmax())
            best = min(best, (-int(totals[report]), number, report))
        if not count:
            return Violations()
        truth, report_of = mechanism.types_at(best[1]), mechanism.types_at(best[2])
        return Violations(count, Witness(truth, (0, 1), report_of, mechanism.gains(truth, report_of, (0, 1))))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """From the definition, in Python integers."""
        truth, report = witness.profile, witness.reported
        gains = mechanism.gains(truth, report, (0, 1))
        slack = mechanism.tolerance
        agreed = mechanism.outcome_at(report)
        for i in (0, 1):
            honest = mechanism.outcome_at((truth[0], report[1]) if i == 0 else (report[0], truth[1]))
            if abs(mechanism.utility(i, truth[i], agreed) - mechanism.utility(i, truth[i], honest)) > slack:
                return False
        return min(gains) >= -slack and max(gains) > slack and gains == tuple(witness.gains)


def _deals(mechanism: Mechanism) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """For each true profile: (its number, total gains (P,) of the joint reports, which are deals (P,))."""
    sizes, slack = mechanism.environment.sizes, mechanism.tolerance
    outcomes = mechanism.outcome.reshape(sizes)
    table = mechanism.table
    for number, (seller, buyer) in enumerate(types_of(sizes, 0, mechanism.environment.profiles).T.tolist()):
        one, other = (table.utility[i, k][table.allocation[i][outcomes]] for i, k in enumerate((seller, buyer)))
        gains = one - one[seller, buyer], other - other[seller, buyer]
        indifferent = (np.abs(one - one[seller]) <= slack) & (np.abs(other - other[:, buyer, None]) <= slack)
        helped = (gains[0] >= -slack) & (gains[1] >= -slack) & (np.maximum(*gains) > slack)
        yield number, (gains[0] + gains[1]).ravel(), (indifferent & helped).ravel()
