"""Plans over multisets: sizes, memory and expected time in Python integers, before anything is allocated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np

from collude.axioms.core.profilewise import ProfileAxiom
from collude.axioms.core.registry import ON_REQUEST, find_axiom
from collude.enumerate.checks.backends import available_jobs
from collude.enumerate.symmetric.blocks import MOST_PAIRS
from collude.enumerate.symmetric.manipulability import rule_for
from collude.enumerate.symmetric.selection import (
    CHECKED,
    SymmetricOptions,
    by_situations,
    kernel_rule,
    nanoseconds_of,
    reason_too_long,
)
from collude.enumerate.symmetric.situations import election_bytes
from collude.kernels.multisets.ranking import multiset_count
from collude.models.environment import MOST_AGENTS
from collude.models.errors import ColludeError
from collude.models.files.spec import draft
from collude.models.process.memory import available_memory
from collude.models.registry import arguments, find_mechanism
from collude.models.symmetric.population import Population, population_of
from collude.models.symmetric.registry import symmetric_names
from collude.models.symmetric.spec import MOST_NAMED_PROFILES, build_population, is_declared_alike
from collude.models.symmetric.tables import has_count_columns
from collude.models.symmetric.views import ListedProfiles

FOLD_NANOSECONDS = 8.0
DISTANCE_NANOSECONDS = 14.0  # of eight pairs of alternatives at once
SITUATION_NANOSECONDS = 300.0
STEP_NANOSECONDS = 60.0
FEW_PROFILES = 1_000_000


@dataclass(frozen=True)
class CountPlan:
    """What a count of manipulable elections covers and costs. situations, patterns : over all electorates, exact ints;
    needed_bytes : of the largest one."""

    voters: tuple[int, ...]
    situations: int
    patterns: int
    needed_bytes: int
    free_bytes: int
    seconds: float

    @property
    def fits(self) -> bool:
        """True if the largest electorate fits into the free memory."""
        return self.needed_bytes <= 0.85 * self.free_bytes

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {**vars(self), "voters": list(self.voters), "fits": self.fits}


def plan_counts(
    rule: str,
    *,
    alternatives: int,
    voters: Sequence[Fraction | int],
    parameters: Mapping[str, object] | None = None,
    sizes: bool = True,
    formula: bool = False,
    period: int | None = None,
) -> CountPlan:
    """What `manipulability` with the same arguments would cover and need.

    Parameters
    ----------
    rule : str
        A voting rule by name.
    alternatives : int
    voters : sequence of int
        Sizes of electorates.
    parameters : mapping, optional
        Of the rule.
    sizes : bool
        Whether the size of the smallest coalition is counted too.
    formula, period
        As of `manipulability`; they cost nothing.

    Returns
    -------
    CountPlan

    Raises
    ------
    InputError
        For an unknown rule or a bad parameter.
    """
    del formula, period
    ballots, _ = rule_for(rule, alternatives, parameters or {})
    kinds, numbers = len(ballots.rank), tuple(int(n) for n in voters)
    pairs = alternatives * (alternatives - 1) if sizes else 0
    patterns = sum(comb(n + kinds, kinds) for n in numbers)
    return CountPlan(
        numbers,
        sum(multiset_count(n, kinds) for n in numbers),
        patterns,
        max(election_bytes(n, kinds, pairs) for n in numbers),
        available_memory(),
        patterns * kinds / 6 * (FOLD_NANOSECONDS + DISTANCE_NANOSECONDS * -(-pairs // 8)) / 1e9,
    )


@dataclass(frozen=True)
class SymmetricPlan:
    """What a check on multisets covers and costs. situations, pairs, profiles, coalitions : exact ints. axiom_seconds :
    expected time of each axiom on all threads. left_out : axioms that are not checked, and why."""

    mechanism: str
    agents: int
    situations: int
    pairs: int
    profiles: int
    coalitions: int
    needed_bytes: int
    free_bytes: int
    seconds: float
    jobs: int
    axiom_seconds: dict[str, float]
    left_out: dict[str, str]

    @property
    def fits(self) -> bool:
        """True if it fits into the free memory and takes at most a month."""
        return self.needed_bytes <= 0.85 * self.free_bytes and self.seconds < 30 * 86400

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; numbers that pass 2^53 soon are text."""
        return {**vars(self), "profiles": str(self.profiles), "coalitions": str(self.coalitions), "fits": self.fits}


def plan_symmetric(
    target: str,
    environment: Mapping[str, object],
    parameters: Mapping[str, object],
    *,
    axioms: Sequence[str] = (),
    max_coalition: int | None = None,
    jobs: int | None = None,
) -> SymmetricPlan:
    """What `check_symmetric` would cover and need; the mechanism itself is not built.

    Parameters
    ----------
    target, environment, parameters
        What the user names, as `build_symmetric_target` takes it.
    axioms : sequence of str
        Names; all that are checked by default if there are none.
    max_coalition, jobs : int, optional
        Bound on the size of coalitions; threads.

    Returns
    -------
    SymmetricPlan

    Raises
    ------
    InputError
        For an unknown name or environment.
    """
    population = _population(target, environment, parameters)
    n, kinds = population.agents, len(population.types)
    most = min(n, max_coalition or n)
    sizes = range(1, most + 1)
    pairs = sum(multiset_count(s, kinds) * multiset_count(n - s, kinds) for s in sizes)
    widest = max(multiset_count(s, kinds) * multiset_count(n - s, kinds) for s in sizes)
    workers = jobs or available_jobs()
    block = 2 * min(widest, MOST_PAIRS) + 16 * kinds * max(multiset_count(s, kinds) for s in sizes)
    spent, left_out = _axioms(population, axioms, SymmetricOptions(largest=max_coalition), workers)
    return SymmetricPlan(
        target,
        n,
        population.situations,
        pairs,
        population.profiles,
        sum(comb(n, s) for s in sizes),
        24 * kinds * population.situations + workers * block,
        available_memory(),
        sum(spent.values()) + SITUATION_NANOSECONDS * population.situations * kinds / 1e9,
        workers,
        spent,
        left_out,
    )


def _population(target: str, environment: Mapping[str, object], parameters: Mapping[str, object]) -> Population:
    """The agents of what the user names; a file may say itself who they are."""
    given = dict(environment)
    family = given.pop("kind", None)
    named = symmetric_names().get(target)
    if family is None and named is None and ("." in target or "/" in target):
        return population_of(draft(target, given, parameters).environment)
    if family is None:
        family = (named or find_mechanism(target)).environment
    if named is not None and is_declared_alike(target, parameters):
        arguments(named, parameters)
    return build_population(family, given)


def _axioms(
    population: Population, names: Sequence[str], options: SymmetricOptions, workers: int
) -> tuple[dict[str, float], dict[str, str]]:
    """Expected seconds of each axiom, and why others are left out; what lotteries rule out is not known yet."""
    nothing = np.zeros((1, population.agents), np.int64)
    some = ListedProfiles(population.named, "", np.zeros(1, np.int32), nothing.astype(np.int32), nothing, 1)
    spent: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for axiom in (find_axiom(name) for name in dict.fromkeys(names or CHECKED)):
        if not names and not axiom.is_default(population.named):
            left_out[axiom.name] = ON_REQUEST
            continue
        reason = "" if axiom.name in CHECKED else "not checked on multisets of types"
        reason = reason or axiom.reason_not_applicable(some) or reason_too_long(axiom, some, population, options)
        if reason:
            left_out[axiom.name] = reason
        elif by_situations(axiom, some, population, options):
            kinds = len(population.types)
            spent[axiom.name] = comb(population.agents + kinds, kinds) * kinds / 6 * FOLD_NANOSECONDS / 1e9
        elif kernel_rule(axiom) is not None:
            spent[axiom.name] = nanoseconds_of(axiom, some, population, options) / 1e9 / workers
        else:
            steps = axiom.steps_per_profile(some) if isinstance(axiom, ProfileAxiom) else 1
            spent[axiom.name] = STEP_NANOSECONDS * population.situations * steps / 1e9
    return spent, left_out


def is_worthwhile(
    target: str, environment: Mapping[str, object], parameters: Mapping[str, object], axioms: Sequence[str]
) -> bool:
    """Whether a check without further words is better done on multisets.

    It is for a table with one row a multiset and report, and where a mechanism is written as a function of counts, multisets
    decide all axioms that were asked for, and named agents have too many profiles to be listed soon.

    Parameters
    ----------
    target, environment, parameters
        As of `plan_symmetric`.
    axioms : sequence of str
        Those that were asked for; none if all are meant.

    Returns
    -------
    bool
        False also for what cannot be built: the ordinary check says why.
    """
    if Path(target).suffix.lower() in (".csv", ".npz"):
        return has_count_columns(Path(target))
    if not is_declared_alike(target, parameters):
        return False
    given = dict(environment)
    family = given.pop("kind", None) or symmetric_names()[target].environment
    try:
        if any(find_axiom(name).label not in CHECKED for name in axioms):
            return False
        population = build_population(family, given)
    except ColludeError:
        return False
    most = FEW_PROFILES if axioms else MOST_NAMED_PROFILES
    return population.agents > MOST_AGENTS or population.profiles > most
