"""Symmetric mechanisms as ordinary ones: all profiles of few agents, or only the profiles that one asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from collude.kernels.multisets.ranking import rank_of, rank_table
from collude.models.draft import from_rule
from collude.models.environment import BundleChance, Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, Profile
from collude.models.numbers import guard
from collude.models.story import tell
from collude.models.symmetric.mechanism import Lottery, SymmetricMechanism, lottery
from collude.models.symmetric.population import Crowd, Population, population_of


class UnequalError(InputError):
    """A mechanism that does not treat agents alike; the message shows two profiles."""


@dataclass(frozen=True, eq=False)
class ShareEnvironment(Crowd):
    """An environment of named agents whose bundles are the shares of a mechanism with lotteries.

    member : the environment of one agent, with the bundles that shares draw. shares : by bundle number.
    """

    member: Environment | None = None
    shares: tuple[Lottery, ...] = ()

    def gets(self, agent: int, *, received: bool = False) -> np.ndarray:
        """For each share whether goods change hands (received: the agent receives some) with a positive probability."""
        del agent
        assert self.member is not None
        sure = self.member.gets(0, received=received)
        return np.array([any(sure[b] for _, b, _ in parts) for parts in self.shares], np.bool_)


class ListedProfiles(Mechanism):
    """A mechanism of named agents that is known at some profiles only, and may have any number of agents.

    `listed` : the profiles in the order of their outcomes; asking for another one raises KeyError.
    """

    def __post_init__(self) -> None:
        """The symmetric mechanism was checked; there is no table of all profiles to check."""

    @cached_property
    def _places(self) -> dict[Profile, int]:
        return {}

    def place(self, profiles: Iterable[Profile]) -> "ListedProfiles":
        """Say at which profiles the outcomes are, in their order."""
        self._places.update({profile: x for x, profile in enumerate(profiles)})
        return self

    def number(self, profile: Profile) -> int:
        """The place of a profile in the list."""
        return self._places[tuple(int(x) for x in profile)]

    def types_at(self, number: int) -> Profile:
        """The profile in a place of the list."""
        return list(self._places)[number]

    def spread_of(self, outcome: int, agent: int) -> tuple[BundleChance, ...]:
        """The bundles that an agent may get in an outcome, with their probabilities."""
        env = self.environment
        if not isinstance(env, ShareEnvironment) or env.member is None:
            return super().spread_of(outcome, agent)
        bundles = env.member.bundles[0]
        return tuple(BundleChance(bundles[b], p) for p, b, _ in env.shares[int(self.bundle[outcome, agent])])


def lottery_words(population: Population, parts: Lottery) -> str:
    """A lottery in words.

    Parameters
    ----------
    population : Population
    parts : Lottery

    Returns
    -------
    str
        For instance "0 with probability 1/2 or 1 paying 2 with probability 1/2".
    """
    env = population.member
    told = []
    for probability, b, transfer in parts:
        bundle = population.bundles[b]
        if env.public:
            what = env.alternatives[bundle[0]] if env.alternatives else str(bundle[0])
        else:
            what = str(bundle[0]) if len(bundle) == 1 else str(bundle)
        money = "" if transfer == 0 else f" paying {-transfer}" if transfer < 0 else f" paid {transfer}"
        told.append(f"{what}{money}" if probability == 1 else f"{what}{money} with probability {probability}")
    return " or ".join(told)


def named_environment(mechanism: SymmetricMechanism) -> Environment:
    """The environment of named agents; lotteries, if there are any, take the place of the bundles.

    Parameters
    ----------
    mechanism : SymmetricMechanism

    Returns
    -------
    Environment
        The value of a lottery is the expected value of its bundle; its expected transfer is money as usual.
    """
    population = mechanism.population
    env = population.named
    if not mechanism.lotteries:
        return env
    n = population.agents
    shares = tuple((r,) for r in range(len(mechanism.shares)))
    words = tuple(lottery_words(population, parts) for parts in mechanism.shares)
    values = (mechanism.value,) * n
    return ShareEnvironment(
        family="lottery",
        labels=env.labels,
        types=env.types,
        bundles=(shares,) * n,
        values=values,
        scale=mechanism.scale,
        supplier=env.supplier,
        supply=None,
        exactly=False,
        public=False,
        ordinal=env.ordinal,
        alternatives=words,
        mixtures=((),) * n,
        prior=env.prior,
        member=population.member,
        shares=mechanism.shares,
    )


class ShareColumns(NamedTuple):
    """What each share is in `named_environment`: bundle (R,) numbers, transfer (R,) `scale` times money received."""

    bundle: np.ndarray
    transfer: np.ndarray


def share_columns(mechanism: SymmetricMechanism) -> ShareColumns:
    """The shares of a mechanism as bundles and transfers of named agents.

    Parameters
    ----------
    mechanism : SymmetricMechanism

    Returns
    -------
    ShareColumns
    """
    if mechanism.lotteries:
        return ShareColumns(np.arange(len(mechanism.shares)), mechanism.transfer)
    return ShareColumns(np.array([parts[0][1] for parts in mechanism.shares], np.int64), mechanism.transfer)


def view_of(mechanism: SymmetricMechanism, profiles: Sequence[Profile]) -> ListedProfiles:
    """The mechanism of named agents at some profiles.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    profiles : sequence of profiles
        Type indices.

    Returns
    -------
    ListedProfiles

    Raises
    ------
    InputError
        For a profile of the wrong length.
    """
    n, kinds = mechanism.population.agents, len(mechanism.population.types)
    listed = list(dict.fromkeys(tuple(int(x) for x in profile) for profile in profiles))
    if any(len(profile) != n for profile in listed):
        raise InputError(f"a profile needs {n} types")
    types = np.array(listed, np.int64).reshape(-1, n)
    counts = np.stack([(types == k).sum(axis=1) for k in range(kinds)], axis=1)
    ranks = np.array([rank_of(row, mechanism.ranks) for row in counts], np.int64)
    return block_view(mechanism, types, ranks, named_environment(mechanism)).place(listed)


def block_view(
    mechanism: SymmetricMechanism, types: np.ndarray, ranks: np.ndarray, environment: Environment
) -> ListedProfiles:
    """The mechanism of named agents at a block of profiles.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    types : ndarray
        (B, n) int64, type indices.
    ranks : ndarray
        (B,) int64, of the multisets of the profiles.
    environment : Environment
        `named_environment` of the mechanism.

    Returns
    -------
    ListedProfiles
    """
    share = mechanism.share[ranks[:, None], types]
    bundle, transfer = share_columns(mechanism)
    return ListedProfiles(
        environment=environment,
        name=mechanism.name,
        outcome=np.arange(len(types), dtype=np.int32),
        bundle=bundle[share].astype(np.int32),
        transfer=transfer[share],
        scale=mechanism.scale,
        notes=mechanism.notes,
    )


def to_ordinary(mechanism: SymmetricMechanism) -> Mechanism:
    """The mechanism of named agents at all profiles.

    Parameters
    ----------
    mechanism : SymmetricMechanism

    Returns
    -------
    Mechanism

    Raises
    ------
    SizeError
        If they are too many.
    """
    env = named_environment(mechanism)
    bundle, transfer = share_columns(mechanism)
    kinds = len(mechanism.population.types)

    def rule(types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        counts = np.stack([(types == k).sum(axis=0) for k in range(kinds)], axis=1)
        ranks = np.array([rank_of(row, mechanism.ranks) for row in counts], np.int64)
        share = mechanism.share[ranks[None, :], types]
        return bundle[share], transfer[share]

    return from_rule(env, mechanism.name, rule, mechanism.scale, notes=mechanism.notes)


def from_ordinary(mechanism: Mechanism) -> SymmetricMechanism:
    """The symmetric mechanism that an ordinary one is.

    Parameters
    ----------
    mechanism : Mechanism
        Perhaps with lotteries: then each agent's own lottery counts, whatever the others get with it.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    UnequalError
        With two profiles that differ by the order of the agents, if what these get does not differ accordingly.
    InputError
        If the agents differ in types or values, or the numbers are not exact.

    Notes
    -----
    Every profile is looked at once.
    """
    if not mechanism.exact:
        raise InputError("a mechanism with a tolerance is no symmetric one; give exact numbers")
    population = population_of(mechanism.environment)
    guard(mechanism.bound, "the sum of all utilities")
    n, kinds = population.agents, len(population.types)
    share = np.full((population.situations, kinds), -1, np.int32)
    given = _given(mechanism)
    got = given.numbers
    origin = np.full((population.situations, kinds), -1, np.int64)
    table = rank_table(n, kinds)
    for first, types, outcomes in mechanism.blocks(0, mechanism.environment.profiles):
        ranks = _ranks(types, kinds, table)
        profiles = np.arange(first, first + len(outcomes))
        for i in range(n):
            fresh = share[ranks, types[i]] < 0
            share[ranks[fresh], types[i][fresh]] = got[outcomes[fresh], i]
            origin[ranks[fresh], types[i][fresh]] = profiles[fresh]
            wrong = share[ranks, types[i]] != got[outcomes, i]
            if wrong.any():
                elsewhere = wrong & (origin[ranks, types[i]] != profiles)
                at = int((elsewhere if elsewhere.any() else wrong).argmax())
                raise UnequalError(
                    _difference(mechanism, int(origin[ranks[at], types[i][at]]), first + at, int(types[i][at]))
                )
    return SymmetricMechanism(population, mechanism.name, share, given.shares, mechanism.notes)


class _Given(NamedTuple):
    """What agents get: numbers (R, n) int32 of shares, one per outcome and agent, and the shares."""

    numbers: np.ndarray
    shares: tuple[Lottery, ...]


def _given(mechanism: Mechanism) -> _Given:
    """The shares of every outcome; of a lottery each agent's own, whatever the others get with it."""
    if mechanism.lotteries:
        places: dict[Lottery, int] = {}
        numbers = np.empty(mechanism.bundle.shape, np.int32)
        for o in range(mechanism.outcomes):
            draw = mechanism.branches(o)
            for i in range(mechanism.environment.agents):
                own = lottery((b.probability, b.bundles[i], b.transfers[i]) for b in draw)
                numbers[o, i] = places.setdefault(own, len(places))
        return _Given(numbers, tuple(places))
    pair = np.stack([mechanism.bundle.astype(np.int64), mechanism.transfer], axis=2).reshape(-1, 2)
    known, found = np.unique(pair, axis=0, return_inverse=True)
    one = Fraction(1)
    shares = tuple(lottery([(one, int(b), Fraction(int(t), mechanism.scale))]) for b, t in known)
    return _Given(found.reshape(mechanism.bundle.shape).astype(np.int32), shares)


def _ranks(types: np.ndarray, kinds: int, table: np.ndarray) -> np.ndarray:
    """The rank of the multiset of each column of `types` (n, B)."""
    total, ranks = np.zeros(types.shape[1], np.int64), np.zeros(types.shape[1], np.int64)
    for k in range(kinds - 1):
        total += (types == k).sum(axis=0)
        ranks += table[k + 1, total]
    return ranks


def _difference(mechanism: Mechanism, one: int, other: int, type_index: int) -> str:
    """Two profiles that differ by the agents' names only, at which agents of one type get different things, in words."""
    env = mechanism.environment
    places = [(number, mechanism.types_at(number)) for number in (one, other)]
    (_, before), (_, after) = places
    given = [
        (i, _words(mechanism, mechanism.outcome_at(profile), i))
        for _, profile in places
        for i, k in enumerate(profile)
        if k == type_index
    ]
    i, gets = given[0]
    j, instead = next((j, words) for j, words in reversed(given) if words != gets)
    told = f"{mechanism.describe(before)} agent {env.labels[i]}"
    told += f" gets {gets}, at {mechanism.describe(after)}, where agents have changed places, agent {env.labels[j]} of the same "
    told += f"type gets {instead}"
    return f"{mechanism.name} does not treat agents alike: at {told}"


def _words(mechanism: Mechanism, outcome: int, agent: int) -> str:
    if mechanism.lotteries and mechanism.lotteries[outcome]:
        return tell(mechanism, agent, 0, outcome).rpartition(", utility")[0]
    shown = mechanism.show_outcome(outcome)
    bundle, transfer = shown.bundles[agent], shown.transfers[agent]
    return f"{bundle[0] if len(bundle) == 1 else bundle} for {-transfer}"
