"""Rules that drop alternatives: plurality with runoff, instant runoff, Coombs."""

import numpy as np

from collude.models.library.voting_rules.ballots import Ballots, ElectionRule, require_strict, totals
from collude.models.library.voting_rules.registry import voting_rule

DROPPED = "of several alternatives that could be dropped the one of the highest number is"


def _scores(counts: np.ndarray, chosen: np.ndarray, alternatives: int) -> np.ndarray:
    """Votes (B, m) from counts (B, K) and the alternative (K, B) or (K, 1) that each ballot votes for."""
    votes = np.zeros((len(counts), alternatives), np.int64)
    for x in range(alternatives):
        votes[:, x] = (counts * (chosen == x).T).sum(axis=1)
    return votes


def _drop(remaining: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """`remaining` (m, B) without the alternative of the lowest score (B, m), the highest-numbered of several."""
    alternatives = len(remaining)
    shown = np.where(remaining.T, scores, np.iinfo(np.int64).max)
    lowest = alternatives - 1 - shown[:, ::-1].argmin(axis=1)
    return np.asarray(remaining & (np.arange(alternatives)[:, None] != lowest))


@voting_rule(
    "plurality-runoff", "a second ballot between the two with the most first places; the lower number wins ties"
)
def plurality_runoff_rule(ballots: Ballots) -> ElectionRule:
    """All but the two alternatives with the most first places are dropped, then the majority decides between those.

    Parameters
    ----------
    ballots
        Strict orders.

    Raises
    ------
    InputError
        For weak orders.
    """
    require_strict(ballots, "plurality-runoff")
    m = ballots.alternatives
    first = ballots.top(np.ones((m, 1), np.bool_))

    def winners(counts: np.ndarray) -> np.ndarray:
        scores = _scores(counts, first, m)
        remaining = np.ones((m, len(counts)), np.bool_)
        for _ in range(m - 2):
            remaining = _drop(remaining, scores)
        final = _scores(counts, ballots.top(remaining), m)
        return np.asarray(np.where(remaining.T, final, -1).argmax(axis=1))

    return ElectionRule("plurality-runoff", winners, (DROPPED, "the lower number wins a tied final"))


@voting_rule("instant-runoff", "the alternative with the fewest first places is dropped, again and again")
def instant_runoff_rule(ballots: Ballots) -> ElectionRule:
    """The alternative with the fewest first places among those that remain is dropped until one is left.

    Parameters
    ----------
    ballots
        Strict orders.

    Raises
    ------
    InputError
        For weak orders.
    """
    require_strict(ballots, "instant-runoff")
    m = ballots.alternatives

    def winners(counts: np.ndarray) -> np.ndarray:
        remaining = np.ones((m, len(counts)), np.bool_)
        for _ in range(m - 1):
            remaining = _drop(remaining, _scores(counts, ballots.top(remaining), m))
        return np.asarray(remaining.argmax(axis=0))

    return ElectionRule("instant-runoff", winners, (DROPPED,))


@voting_rule("coombs", "the alternative with the most last places is dropped, again and again")
def coombs_rule(ballots: Ballots) -> ElectionRule:
    """The alternative with the most last places among those that remain is dropped until one is left.

    A majority of first places does not end the count early.

    Parameters
    ----------
    ballots
        Strict orders.

    Raises
    ------
    InputError
        For weak orders.
    """
    require_strict(ballots, "coombs")
    m = ballots.alternatives

    def winners(counts: np.ndarray) -> np.ndarray:
        remaining = np.ones((m, len(counts)), np.bool_)
        for _ in range(m - 1):
            remaining = _drop(remaining, -_scores(counts, ballots.last(remaining), m))
        return np.asarray(remaining.argmax(axis=0))

    return ElectionRule("coombs", winners, (DROPPED, "a majority of first places does not end the count"))


def pairwise_votes(ballots: Ballots, counts: np.ndarray) -> np.ndarray:
    """How many voters rank one alternative strictly above another.

    Parameters
    ----------
    ballots
        K of them.
    counts
        (B, K) int64: voters with each ballot.

    Returns
    -------
    ndarray
        (B, m, m) int64; entry (b, x, y) counts those who prefer x to y.
    """
    m = ballots.alternatives
    return totals(counts, ballots.preferred.reshape(m * m, -1).T).reshape(-1, m, m)
