"""The constraint that no coalition gains, as words of bits, against the definition tried coalition by coalition."""

import random
from itertools import combinations, product

import numpy as np
import pytest

from collude.kernels.search.pairs import Edges, Frame
from collude.kernels.search.upsets import GRAND_PAIR, ROOM, STRONG_PAIR, WEAK_PAIR, forbid_upsets

RULES = (STRONG_PAIR, WEAK_PAIR, GRAND_PAIR)


def upset(frame: Frame, truth: int, report: int, rule: int, largest: int) -> np.ndarray:
    """[a, b]: from value a at the true profile some coalition brings about value b at the other one."""
    n = frame.type_indices.shape[1]
    liars = {i for i in range(n) if frame.type_indices[truth, i] != frame.type_indices[report, i]}
    before = frame.option[truth, : frame.values[frame.variable[truth]]]
    after = frame.option[report, : frame.values[frame.variable[report]]]
    gains = [
        frame.utility[i, frame.type_indices[truth, i], after][None, :]
        - frame.utility[i, frame.type_indices[truth, i], before][:, None]
        for i in range(n)
    ]
    found = np.zeros((len(before), len(after)), np.bool_)
    for size in [n] if rule == GRAND_PAIR else range(1, largest + 1):
        for members in combinations(range(n), size):
            if liars <= set(members):
                own = np.stack([gains[i] for i in members])
                found |= (own > 0).all(axis=0) if rule == WEAK_PAIR else (own >= 0).all(axis=0) & (own > 0).any(axis=0)
    return found


def drawn(rng: random.Random, outcomes: int, *, alike: bool, shared: bool) -> Frame:
    """Two or three agents with two types each; some outcomes give an agent the same as others, and types ties."""
    n = rng.choice([2, 3]) if outcomes < 500 else 2
    types = np.array(list(product(range(2), repeat=n)), np.int64)
    held = outcomes if outcomes > 500 else rng.randint(1, outcomes)
    allocation = np.array([[o if held == outcomes else rng.randrange(held) for o in range(outcomes)] for _ in range(n)])
    worth = np.array([[[rng.randint(-3, 3) for _ in range(held)] for _ in range(2)] for _ in range(n)])
    utility = np.stack([worth[i][:, allocation[i]] for i in range(n)]).astype(np.int64)
    order = rng.sample(range(outcomes), outcomes)
    option = np.array([order if alike else rng.sample(range(outcomes), outcomes) for _ in types], np.int32)
    variable = np.arange(len(types))
    if shared:
        variable[-1], variable[-2] = 0, 0
    count = int(variable.max()) + 1
    values = np.array([outcomes if alike else rng.randint(1, outcomes) for _ in range(count)], np.int64)
    words = (values + 63) // 64
    first = np.cumsum(words) - words
    return Frame(types, variable, option, values, words, first, utility, allocation.astype(np.int32))


def cleared(frame: Frame, rule: int, largest: int) -> tuple[Edges, Edges]:
    """What the kernel makes of all pairs of profiles, and what the definition says."""
    one, other = (x.astype(np.int64) for x in np.triu_indices(len(frame.variable), 1))
    if rule == GRAND_PAIR:
        largest = frame.type_indices.shape[1]
    sizes = [
        (int(frame.values[x] * frame.words[y]), int(frame.values[y] * frame.words[x]))
        for x, y in zip(frame.variable[one], frame.variable[other], strict=True)
    ]
    starts = np.concatenate([[0], np.cumsum([size for both in sizes for size in both])])
    ones = np.full(int(starts[-1]), ~np.uint64(0))
    edges = Edges(
        one, other, starts[0:-1:2].copy(), starts[1::2].copy(), ones, np.full(frame.words.sum(), ~np.uint64(0))
    )
    wanted = edges._replace(masks=edges.masks.copy(), domain=edges.domain.copy())
    forbid_upsets(frame, edges, rule, largest, (0, len(one)))
    for pair, (p, q) in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        x, y = int(frame.variable[p]), int(frame.variable[q])
        if (frame.type_indices[p] != frame.type_indices[q]).sum() > largest:
            continue
        wrong = upset(frame, p, q, rule, largest) | upset(frame, q, p, rule, largest).T
        for a, b in np.argwhere(wrong).tolist():
            if x != y:
                wanted.masks[wanted.forth[pair] + a * frame.words[y] + b // 64] &= ~(np.uint64(1) << np.uint64(b % 64))
                wanted.masks[wanted.back[pair] + b * frame.words[x] + a // 64] &= ~(np.uint64(1) << np.uint64(a % 64))
            elif a == b:
                wanted.domain[frame.first[x] + a // 64] &= ~(np.uint64(1) << np.uint64(a % 64))
    return edges, wanted


@pytest.mark.parametrize("outcomes", [1, 3, 5, 64, 70])
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_pairs_are_forbidden_iff_some_coalition_gains(outcomes: int, alike: bool, shared: bool) -> None:
    rng, forbidden, kept, left = random.Random(f"{outcomes} {alike} {shared}"), 0, 0, 0
    for rule, largest in product(RULES, (1, 2, 3)):
        frame = drawn(rng, outcomes, alike=alike, shared=shared)
        found, wanted = cleared(frame, rule, min(largest, frame.type_indices.shape[1]))
        assert np.array_equal(found.masks, wanted.masks)
        assert np.array_equal(found.domain, wanted.domain)
        forbidden += int((~wanted.masks).any())
        kept += int((wanted.masks != 0).any())
        left += int((~wanted.domain).any())
    assert kept == 9
    assert forbidden >= (3 if outcomes > 1 else 0)
    assert left >= (3 if shared and outcomes > 1 and not alike else 0)  # alike, one value means one outcome: no gain


def test_what_types_like_is_worked_out_pair_by_pair_where_it_is_too_much_to_keep() -> None:
    rng = random.Random(7)
    frame = drawn(rng, 1100, alike=False, shared=False)
    profiles, n = frame.type_indices.shape
    assert profiles * n * 2 * 4 * (frame.allocation.max() + 1) * 18 > ROOM
    frame = frame._replace(values=np.array([1100, 3, 2, 1], np.int64), words=np.array([18, 1, 1, 1], np.int64))
    frame = frame._replace(first=np.array([0, 18, 19, 20], np.int64))
    for rule in RULES:
        found, wanted = cleared(frame, rule, 2)
        assert np.array_equal(found.masks, wanted.masks)
        assert (~wanted.masks).any()
