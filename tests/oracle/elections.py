"""Voting rules from their definitions, one election at a time: ballots are strict orders, best first.

Ties: the lowest alternative wins; of several that could be dropped the highest is.
"""

from collections.abc import Sequence
from itertools import permutations

Ballot = Sequence[int]


def beats(ballots: Sequence[Ballot], x: int, y: int) -> int:
    """How many voters rank x above y."""
    return sum(b.index(x) < b.index(y) for b in ballots)


def lowest_best(scores: Sequence[int]) -> int:
    return scores.index(max(scores))


def scoring(ballots: Sequence[Ballot], weights: Sequence[int]) -> int:
    m = len(weights)
    return lowest_best([sum(weights[b.index(x)] for b in ballots) for x in range(m)])


def plurality(ballots: Sequence[Ballot]) -> int:
    return scoring(ballots, [1] + [0] * (len(ballots[0]) - 1))


def antiplurality(ballots: Sequence[Ballot]) -> int:
    return scoring(ballots, [1] * (len(ballots[0]) - 1) + [0])


def borda(ballots: Sequence[Ballot]) -> int:
    m = len(ballots[0])
    return scoring(ballots, list(range(m - 1, -1, -1)))


def first_places(ballots: Sequence[Ballot], left: Sequence[int]) -> dict[int, int]:
    return {x: sum(next(y for y in b if y in left) == x for b in ballots) for x in left}


def last_places(ballots: Sequence[Ballot], left: Sequence[int]) -> dict[int, int]:
    return {x: sum([y for y in b if y in left][-1] == x for b in ballots) for x in left}


def plurality_runoff(ballots: Sequence[Ballot]) -> int:
    m = len(ballots[0])
    scores = first_places(ballots, range(m))
    x, y = sorted(sorted(range(m), key=lambda a: (-scores[a], a))[:2])
    return x if beats(ballots, x, y) >= beats(ballots, y, x) else y


def instant_runoff(ballots: Sequence[Ballot]) -> int:
    left = list(range(len(ballots[0])))
    while len(left) > 1:
        scores = first_places(ballots, left)
        left.remove(max(x for x in left if scores[x] == min(scores.values())))
    return left[0]


def coombs(ballots: Sequence[Ballot]) -> int:
    left = list(range(len(ballots[0])))
    while len(left) > 1:
        scores = last_places(ballots, left)
        left.remove(max(x for x in left if scores[x] == max(scores.values())))
    return left[0]


def copeland(ballots: Sequence[Ballot]) -> int:
    m = range(len(ballots[0]))

    def sign(x: int, y: int) -> int:
        difference = beats(ballots, x, y) - beats(ballots, y, x)
        return (difference > 0) - (difference < 0)

    return lowest_best([sum(sign(x, y) for y in m if y != x) for x in m])


def maximin(ballots: Sequence[Ballot]) -> int:
    m = range(len(ballots[0]))
    return lowest_best([min(beats(ballots, x, y) for y in m if y != x) for x in m])


def black(ballots: Sequence[Ballot]) -> int:
    m = range(len(ballots[0]))
    for x in m:
        if all(2 * beats(ballots, x, y) > len(ballots) for y in m if y != x):
            return x
    return borda(ballots)


def kemeny(ballots: Sequence[Ballot]) -> int:
    m = len(ballots[0])

    def agreement(order: Sequence[int]) -> int:
        return sum(beats(ballots, x, y) for i, x in enumerate(order) for y in order[i + 1 :])

    best = max(agreement(order) for order in permutations(range(m)))
    return next(order[0] for order in permutations(range(m)) if agreement(order) == best)


def majority(ballots: Sequence[Ballot]) -> int:
    for x, votes in first_places(ballots, range(len(ballots[0]))).items():
        if 2 * votes > len(ballots):
            return x
    return 0


RULES = {
    "plurality": plurality,
    "antiplurality": antiplurality,
    "borda": borda,
    "plurality-runoff": plurality_runoff,
    "instant-runoff": instant_runoff,
    "coombs": coombs,
    "copeland": copeland,
    "maximin": maximin,
    "black": black,
    "kemeny": kemeny,
    "majority": majority,
}
