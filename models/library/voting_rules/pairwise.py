"""Rules that compare alternatives in pairs: Copeland, maximin, Black, Kemeny."""

from itertools import combinations, permutations

import numpy as np

from collude.models.errors import InputError
from collude.models.library.voting_rules.ballots import LOWEST, Ballots, ElectionRule, highest, totals
from collude.models.library.voting_rules.elimination import pairwise_votes
from collude.models.library.voting_rules.registry import voting_rule

LARGEST_KEMENY = 5


@voting_rule("copeland", "most victories less defeats in pairs; ties to the lowest number")
def copeland_rule(ballots: Ballots) -> ElectionRule:
    """The alternative with the largest number of pairwise victories less defeats wins; a tied pair counts for neither.

    Parameters
    ----------
    ballots
        Strict or weak orders.
    """

    def winners(counts: np.ndarray) -> np.ndarray:
        votes = pairwise_votes(ballots, counts)
        return highest(np.sign(votes - votes.transpose(0, 2, 1)).sum(axis=2))

    return ElectionRule("copeland", winners, (LOWEST, "a tied pair counts for neither"))


@voting_rule("maximin", "the alternative whose worst comparison is best; ties to the lowest number")
def maximin_rule(ballots: Ballots) -> ElectionRule:
    """The alternative whose smallest number of supporters against any other is largest wins (Simpson and Kramer).

    Parameters
    ----------
    ballots
        Strict or weak orders.
    """
    m = ballots.alternatives

    def winners(counts: np.ndarray) -> np.ndarray:
        votes = pairwise_votes(ballots, counts)
        votes[:, np.arange(m), np.arange(m)] = np.iinfo(np.int64).max
        return highest(votes.min(axis=2))

    return ElectionRule("maximin", winners, (LOWEST,))


@voting_rule(
    "black", "the alternative that beats all others in pairs, else the Borda winner; ties to the lowest number"
)
def black_rule(ballots: Ballots) -> ElectionRule:
    """The alternative that beats every other by strict majority wins; if there is none, the Borda winner does.

    Parameters
    ----------
    ballots
        Strict or weak orders.
    """
    m = ballots.alternatives
    points = ballots.preferred.sum(axis=1).T.copy()

    def winners(counts: np.ndarray) -> np.ndarray:
        votes = pairwise_votes(ballots, counts)
        victories = (votes > votes.transpose(0, 2, 1)).sum(axis=2)
        beats_all = victories == m - 1
        return np.asarray(np.where(beats_all.any(axis=1), beats_all.argmax(axis=1), highest(totals(counts, points))))

    return ElectionRule("black", winners, (f"{LOWEST} of the Borda count",))


@voting_rule("kemeny", "the top of the order that agrees most with the ballots, for at most 5 alternatives")
def kemeny_rule(ballots: Ballots) -> ElectionRule:
    """The top of the order of alternatives that agrees most with the ballots, counted in pairs.

    Parameters
    ----------
    ballots
        Of at most 5 alternatives. Of several best orders the first in lexicographic order counts.

    Raises
    ------
    InputError
        For more alternatives.
    """
    m = ballots.alternatives
    if m > LARGEST_KEMENY:
        raise InputError(f"kemeny compares all orders of at most {LARGEST_KEMENY} alternatives, not {m}")
    orders = list(permutations(range(m)))
    tops = np.array([order[0] for order in orders])

    def winners(counts: np.ndarray) -> np.ndarray:
        votes = pairwise_votes(ballots, counts)
        agreement = np.stack([sum(votes[:, x, y] for x, y in combinations(order, 2)) for order in orders], axis=1)
        return np.asarray(tops[agreement.argmax(axis=1)])

    return ElectionRule("kemeny", winners, ("of several best orders the first in lexicographic order counts",))
