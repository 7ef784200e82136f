"""Scoring rules: every place of a ballot is worth points, and the alternative with the most points wins."""

from collections.abc import Sequence

import numpy as np

from collude.models.errors import InputError
from collude.models.library.voting_rules.ballots import (
    LOWEST,
    Ballots,
    ElectionRule,
    highest,
    require_strict,
    totals,
    weights_of,
)
from collude.models.library.voting_rules.registry import voting_rule
from collude.models.numbers import Number


def _by_points(name: str, points: np.ndarray, *notes: str) -> ElectionRule:
    return ElectionRule(name, lambda counts: highest(totals(counts, points)), (LOWEST, *notes))


@voting_rule("plurality", "the alternative that is best for most agents; ties to the lowest number", ordinary=False)
def plurality_rule(ballots: Ballots) -> ElectionRule:
    """Each voter votes for his best alternative, in a weak order for the lowest-numbered best one; most votes win."""
    everybody = np.ones((ballots.alternatives, 1), np.bool_)
    points = (np.arange(ballots.alternatives) == ballots.top(everybody)).astype(np.int64)
    return _by_points("plurality", points, "of several best alternatives the lowest-numbered gets the vote")


@voting_rule("borda", "an alternative scores the number of those ranked below it; ties to the lowest", ordinary=False)
def borda_rule(ballots: Ballots) -> ElectionRule:
    """From each voter an alternative gets the number of alternatives that he ranks strictly below it."""
    return _by_points("borda", ballots.preferred.sum(axis=1).T.copy())


@voting_rule("antiplurality", "the alternative that is worst for the fewest voters; ties to the lowest number")
def antiplurality_rule(ballots: Ballots) -> ElectionRule:
    """Each voter votes against his worst alternative; the fewest votes win. Strict orders only."""
    require_strict(ballots, "antiplurality")
    return _by_points("antiplurality", (ballots.rank < ballots.alternatives - 1).astype(np.int64))


@voting_rule("k-approval", "each voter gives a point to his k best alternatives; ties to the lowest number")
def k_approval_rule(ballots: Ballots, *, k: int) -> ElectionRule:
    """Each voter approves his k best alternatives; most approvals win. Strict orders only.

    Raises InputError unless 1 <= k < m.
    """
    require_strict(ballots, "k-approval")
    if not 1 <= k < ballots.alternatives:
        raise InputError(f"k-approval needs k from 1 to {ballots.alternatives - 1}, not {k}")
    return _by_points("k-approval", (ballots.rank < k).astype(np.int64), f"k = {k}")


@voting_rule("scoring", "own points for every place of a ballot; ties to the lowest number")
def scoring_rule(ballots: Ballots, *, weights: Sequence[Number]) -> ElectionRule:
    """The alternative with the most points, `weights[r]` of them for place r of a ballot. Strict orders only.

    weights : one number per alternative, from the first place to the last, that do not increase. Raises InputError
    otherwise.
    """
    require_strict(ballots, "scoring")
    points = weights_of(weights, ballots.alternatives)
    note = f"weights {', '.join(str(x) for x in weights)}"
    return _by_points("scoring", np.array(points, np.int64)[ballots.rank], note)
