"""Axioms that look at one profile at a time, looked at once per multiset of types."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.profilewise import ProfileAxiom
from collude.axioms.outcomes.efficient import Efficient
from collude.enumerate.symmetric.witnesses import SymmetricWitness, in_order
from collude.kernels.multisets.weights import (
    arrangements,
    binomial_residues,
    from_residues,
    moduli_for,
    plus_modulo,
    residues,
)
from collude.models.mechanism import Profile
from collude.models.symmetric.mechanism import SymmetricMechanism, count_blocks
from collude.models.symmetric.views import ListedProfiles, block_view, named_environment, view_of

Weights = dict[tuple[int, ...], int]


@dataclass(frozen=True)
class ProfileCount:
    """What all multisets say about an axiom. classes : how many (multiset, types of the agents concerned) violate. pairs :
    how many profiles, with agents, they stand for. worst : (amount, profile, agents) of the largest, None if none."""

    classes: int
    pairs: int
    worst: tuple[int, Profile, tuple[int, ...]] | None


class _Tally:
    """Adds up violations, each with the multiset it is seen at, and keeps the largest amount at the first profile."""

    def __init__(self, mechanism: SymmetricMechanism) -> None:
        self.agents = mechanism.population.agents
        self.moduli = moduli_for(len(mechanism.population.types) ** self.agents * self.agents**2)
        self.binomials = binomial_residues(self.agents, self.moduli)
        self.sums = np.zeros(len(self.moduli), np.uint64)
        self.classes = 0
        self.key: tuple[int, Profile, tuple[int, ...]] | None = None

    def weights(self, counts: np.ndarray) -> np.ndarray:
        """Residues (R, B) of how many profiles each multiset stands for."""
        found = np.empty((len(self.moduli), len(counts)), np.uint64)
        arrangements(counts, self.binomials, self.moduli, found)
        return found

    def add(self, weights: np.ndarray, times: np.ndarray, wrong: np.ndarray) -> None:
        """Add the violations `wrong` (B,) bool, each of which stands for `times` (B,) agents at each profile."""
        self.classes += int(wrong.sum())
        for r, modulus in enumerate(self.moduli):
            for value in np.unique(times[wrong]):
                rows = weights[r, wrong & (times == value)]
                whole = sum(int(x) for x in _partial_sums(rows)) * int(value)
                self.sums[r] = plus_modulo(self.sums[r], residues(whole, self.moduli[r : r + 1])[0], modulus)

    def keep(self, amount: int, profile: Profile, members: tuple[int, ...]) -> None:
        """Keep the largest amount; of several the one with the first agents, at the first profile."""
        key = (-amount, members, profile)
        if self.key is None or key < (-self.key[0], self.key[2], self.key[1]):
            self.key = (amount, profile, members)

    def count(self) -> ProfileCount:
        """All of it."""
        return ProfileCount(self.classes, from_residues(self.sums.tolist(), self.moduli), self.key)


def _partial_sums(rows: np.ndarray) -> Iterator[int]:
    """Sums of words in pieces that cannot wrap around: of the upper and the lower halves."""
    yield int((rows >> np.uint64(32)).sum()) << 32
    yield int((rows & np.uint64(0xFFFFFFFF)).sum())


def count_profiles(mechanism: SymmetricMechanism, axiom: ProfileAxiom) -> ProfileCount:
    """The violations of an axiom about single profiles, every multiset looked at once.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : ProfileAxiom
        One that looks at one profile at a time.

    Returns
    -------
    ProfileCount

    Notes
    -----
    At each multiset the agents are lined up by type, and one agent (or pair) of each type (or pair of types) is looked at:
    the axiom sees ordinary profiles.
    """
    env = named_environment(mechanism)
    tally = _Tally(mechanism)
    for first, counts in count_blocks(mechanism.population):
        ranks = np.arange(first, first + len(counts))
        types = _lined_up(counts, mechanism.population.agents)
        view = block_view(mechanism, types, ranks, env)
        weights = tally.weights(counts)
        amounts = _efficiency(mechanism, view, types) if isinstance(axiom, Efficient) else _amounts(axiom, view, types)
        for members, amount in amounts:
            times = _times(types, counts, members)
            wrong = (amount > 0) & (times > 0)
            if not wrong.any():
                continue
            tally.add(weights, times, wrong)
            most = int(amount[wrong].max())
            if tally.key is None or most >= tally.key[0]:
                rows = np.flatnonzero(wrong & (amount == most))
                tally.keep(most, _first_profile(types[rows], members), tuple(range(len(members))))
    return tally.count()


def _lined_up(counts: np.ndarray, agents: int) -> np.ndarray:
    """(B, n): for each multiset the types of its agents in increasing order."""
    ends = counts.cumsum(axis=1)
    return np.asarray((np.arange(agents)[None, :, None] >= ends[:, None, :]).sum(axis=2))


def _amounts(
    axiom: ProfileAxiom, view: ListedProfiles, types: np.ndarray
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    yield from axiom.amounts(view, 0, types.T.copy(), np.arange(len(types)))


def _efficiency(
    mechanism: SymmetricMechanism, view: ListedProfiles, types: np.ndarray
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """The welfare that is lost in expectation."""
    if not mechanism.lotteries:
        yield from Efficient().amounts(view, 0, types.T.copy(), np.arange(len(types)))
        return
    plain = best_without_lotteries(mechanism, types)
    held = sum(mechanism.value[types[:, i], view.bundle[:, i]] for i in range(types.shape[1]))
    yield (), plain - held


def best_without_lotteries(mechanism: SymmetricMechanism, types: np.ndarray) -> np.ndarray:
    """The largest sum of values at each profile, over what can be allotted with certainty.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    types : ndarray
        (B, n) int64, the type indices of some profiles.

    Returns
    -------
    ndarray
        (B,) int64, `mechanism.scale` times the sum.
    """
    env = mechanism.population.named
    factor = mechanism.scale // env.scale
    if env.public:
        return np.asarray(sum(env.values[0][types[:, i]] for i in range(types.shape[1])).max(axis=1) * factor)
    nothing = np.zeros((len(types), types.shape[1]), np.int32)
    held = ListedProfiles(env, "", np.arange(len(types)), nothing, nothing.astype(np.int64), env.scale)
    lost = dict(Efficient().amounts(held, 0, types.T.copy(), np.arange(len(types))))[()]
    idle = sum(env.values[0][types[:, i], 0] for i in range(types.shape[1]))
    return np.asarray((lost + idle) * factor)


def _times(types: np.ndarray, counts: np.ndarray, members: tuple[int, ...]) -> np.ndarray:
    """For how many agents (or ordered pairs) these first ones of their types stand; 0 if they are not the first ones."""
    rows = np.arange(len(types))
    if not members:
        return np.ones(len(types), np.int64)
    i = members[0]
    first = np.ones(len(types), np.bool_) if i == 0 else types[:, i] != types[:, i - 1]
    number = counts[rows, types[:, i]]
    if len(members) == 1:
        return np.asarray(np.where(first, number, 0))
    j = members[1]
    same = types[:, i] == types[:, j]
    if j > i:
        second = np.where(same, j == i + 1, types[:, j] != types[:, j - 1])
    else:
        second = np.where(same, False, True if j == 0 else types[:, j] != types[:, j - 1])
    other = counts[rows, types[:, j]] - same
    return np.asarray(np.where(first & second, number * other, 0))


def _first_profile(types: np.ndarray, members: tuple[int, ...]) -> Profile:
    """The first profile in which these agents of some lined-up profiles come first, the others in the order of types."""
    rest = [i for i in range(types.shape[1]) if i not in members]
    moved = types[:, [*members, *rest]]
    order = np.lexsort(moved.T[::-1])
    return tuple(moved[order[0]].tolist())


def profile_witness(
    mechanism: SymmetricMechanism, axiom: ProfileAxiom, worst: tuple[int, Profile, tuple[int, ...]]
) -> SymmetricWitness:
    """The violation that a count kept, as a witness about named agents.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : ProfileAxiom
    worst : (int, profile, agents)
        As `ProfileCount.worst`.

    Returns
    -------
    SymmetricWitness
        With the mechanism at the profile and wherever its first agent may lie.
    """
    _, profile, members = worst
    profiles = [profile]
    if members:
        profiles += [(k, *profile[1:]) for k in range(len(mechanism.population.types))]
    view = view_of(mechanism, profiles)
    gains = axiom.sizes(view, _amount(mechanism, axiom, view, profile, members))
    return SymmetricWitness(view, Witness(profile, members, axiom.misreport(view, profile, members), gains))


def _amount(
    mechanism: SymmetricMechanism, axiom: ProfileAxiom, view: ListedProfiles, profile: Profile, members: tuple[int, ...]
) -> int:
    if isinstance(axiom, Efficient) and mechanism.lotteries:
        types = np.array([profile])
        held = sum(int(mechanism.value[t, view.bundle[view.outcome_at(profile), i]]) for i, t in enumerate(profile))
        return int(best_without_lotteries(mechanism, types)[0]) - held
    return axiom.amount(view, profile, members)


def count_bossy(mechanism: SymmetricMechanism) -> ProfileCount:
    """Count the (multiset, type) pairs at which a report of somebody of that type keeps his share and changes another's.

    Parameters
    ----------
    mechanism : SymmetricMechanism

    Returns
    -------
    ProfileCount
    """
    kinds, n = len(mechanism.population.types), mechanism.population.agents
    tally = _Tally(mechanism)
    for first, counts in count_blocks(mechanism.population):
        weights = tally.weights(counts)
        own = mechanism.share[first : first + len(counts)]
        for a in range(kinds):
            bossy = np.zeros(len(counts), np.bool_)
            for b in range(kinds):
                if b != a:
                    bossy |= _changes_others(mechanism, counts, own, a, b)
            if bossy.any():
                tally.add(weights, counts[:, a], bossy)
                rest = counts[bossy] - (np.arange(kinds) == a)
                order = np.lexsort([-rest[:, t] for t in range(kinds - 1, -1, -1)])
                tally.keep(1, (a, *in_order(tuple(rest[order[0]].tolist()))), (0,))
    assert n == tally.agents
    return tally.count()


def _changes_others(mechanism: SymmetricMechanism, counts: np.ndarray, own: np.ndarray, a: int, b: int) -> np.ndarray:
    """Where somebody of type a who reports b gets what he got, and somebody else does not: (B,) bool."""
    there = counts[:, a] > 0
    step = (np.arange(counts.shape[1]) == b).astype(np.int64) - (np.arange(counts.shape[1]) == a)
    moved = np.where(there[:, None], counts + step, counts)
    sums = moved.cumsum(axis=1)
    ranks = sum(mechanism.ranks[i, sums[:, i - 1]] for i in range(1, counts.shape[1]))
    other = mechanism.share[ranks] if counts.shape[1] > 1 else own
    rest = counts - (np.arange(counts.shape[1]) == a)
    changed = ((other != own) & (rest > 0)).any(axis=1)
    return np.asarray(there & (other[:, b] == own[:, a]) & changed)


def holds_by_construction(axiom: Axiom) -> bool:
    """Whether an axiom holds because agents are treated alike.

    Parameters
    ----------
    axiom : Axiom

    Returns
    -------
    bool
    """
    return axiom.name in ("anonymous", "symmetric")
