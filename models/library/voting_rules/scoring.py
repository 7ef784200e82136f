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
    return ElectionRule(name, lambda counts: highest(totals(counts, points)), (LOWEST, *notes), points)


@voting_rule("plurality", "the alternative that is best for most agents; ties to the lowest number", ordinary=False)
def plurality_rule(ballots: Ballots) -> ElectionRule:
    """Each voter votes for his best alternative, and most votes win.

    Parameters
    ----------
    ballots
        In a weak order the lowest-numbered best alternative gets the vote.
    """
    everybody = np.ones((ballots.alternatives, 1), np.bool_)
    points = (np.arange(ballots.alternatives) == ballots.top(everybody)).astype(np.int64)
    return _by_points("plurality", points, "of several best alternatives the lowest-numbered gets the vote")


@voting_rule("borda", "an alternative scores the number of those ranked below it; ties to the lowest", ordinary=False)
def borda_rule(ballots: Ballots) -> ElectionRule:
    """From each voter an alternative gets the number of alternatives that he ranks strictly below it; most points win.

    Parameters
    ----------
    ballots
        Strict or weak orders.
    """
    return _by_points("borda", ballots.preferred.sum(axis=1).T.copy())


@voting_rule("antiplurality", "the alternative that is worst for the fewest voters; ties to the lowest number")
def antiplurality_rule(ballots: Ballots) -> ElectionRule:
    """Each voter votes against his worst alternative; the fewest votes win.

    Parameters
    ----------
    ballots
        Strict orders.

    Raises
    ------
    InputError
        For weak orders.
    """
    require_strict(ballots, "antiplurality")
    return _by_points("antiplurality", (ballots.rank < ballots.alternatives - 1).astype(np.int64))


@voting_rule("k-approval", "each voter gives a point to his k best alternatives; ties to the lowest number")
def k_approval_rule(ballots: Ballots, *, k: int) -> ElectionRule:
    """Each voter approves his k best alternatives; most approvals win.

    Parameters
    ----------
    ballots
        Strict orders.
    k
        At least 1, and below the number of alternatives.

    Raises
    ------
    InputError
        For weak orders, or another k.
    """
    require_strict(ballots, "k-approval")
    if not 1 <= k < ballots.alternatives:
        raise InputError(f"k-approval needs k from 1 to {ballots.alternatives - 1}, not {k}")
    return _by_points("k-approval", (ballots.rank < k).astype(np.int64), f"k = {k}")


@voting_rule("scoring", "own points for every place of a ballot; ties to the lowest number")
def scoring_rule(ballots: Ballots, *, weights: Sequence[Number]) -> ElectionRule:
    """Every place of a ballot is worth points, and the alternative with the most points wins.

    Parameters
    ----------
    ballots
        Strict orders.
    weights
        One number per alternative, from the first place to the last, that do not increase.

    Raises
    ------
    InputError
        For weak orders, or other weights.
    """
    require_strict(ballots, "scoring")
    points = weights_of(weights, ballots.alternatives)
    note = f"weights {', '.join(str(x) for x in weights)}"
    return _by_points("scoring", np.array(points, np.int64)[ballots.rank], note)
