"""Manipulability of a voting rule: exact counts for many electorates, as one run, and the formula they follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from time import perf_counter
from typing import NamedTuple

import numpy as np

from collude.enumerate.runs.drive import ChunkResults, Running, finalise, run_chunks, run_directory
from collude.enumerate.runs.jobs import Hint, Job, Results
from collude.enumerate.runs.rundir import RunDirectory, digest, problem_digests
from collude.enumerate.runs.schema import JSON
from collude.enumerate.symmetric.formula import Formula, fit_formula
from collude.enumerate.symmetric.situations import ElectionCount, count_manipulable, require_countable
from collude.models.errors import DisagreementError, InputError
from collude.models.files.archive import ArchiveParts
from collude.models.library.environments import voting
from collude.models.library.voting_rules.ballots import Ballots, ElectionRule, ballots_of
from collude.models.library.voting_rules.registry import find_rule
from collude.models.numbers import increasing
from collude.models.registry import arguments

PREFERENCES = {"generalised-median": "single-peaked", "approval": "dichotomous"}


@dataclass(frozen=True)
class Manipulability:
    """How often a voting rule can be manipulated by a coalition.

    rule, alternatives, notes : what was examined. counts : one ElectionCount per electorate. formula : the quasi-polynomial
    that the counts follow, None if none was asked for or found, for `formula_reason`. complete : False if the run ended
    early, for `reason`.
    """

    rule: str
    alternatives: int
    notes: tuple[str, ...]
    counts: tuple[ElectionCount, ...]
    formula: Formula | None = None
    formula_reason: str = ""
    complete: bool = True
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def status(self) -> int:
        """Exit status: 0, or 3 if the run ended early."""
        return 0 if self.complete else 3

    def to_dict(self) -> JSON:
        """Plain JSON values."""
        return {
            "rule": self.rule,
            "alternatives": self.alternatives,
            "notes": list(self.notes),
            "counts": [count.to_dict() for count in self.counts],
            "formula": None if self.formula is None else self.formula.to_dict(),
            "formula_reason": self.formula_reason,
            "complete": self.complete,
            "reason": self.reason,
            "seconds": round(self.seconds, 6),
        }


class Election(NamedTuple):
    """A voting rule and the ballots it counts."""

    ballots: Ballots
    rule: ElectionRule


def rule_for(name: str, alternatives: int, parameters: Mapping[str, object]) -> Election:
    """The named rule on some alternatives, and its ballots.

    Parameters
    ----------
    name : str
        A voting rule (collude list rules).
    alternatives : int
        Number m.
    parameters : mapping
        Of the rule; may hold text.

    Returns
    -------
    Election

    Raises
    ------
    InputError
        For a name or parameter that there is not.

    Examples
    --------
    >>> rule_for("borda", 3, {}).rule.name
    'borda'
    """
    entry = find_rule(name)
    preferences = PREFERENCES.get(name, "strict")
    ballots = ballots_of(voting(1, alternatives, preferences=preferences), name)
    return Election(ballots, entry.function(ballots, **arguments(entry, parameters)))


class ManipulabilityJob(Job):
    """How many situations of each electorate can a coalition manipulate? One chunk per electorate, the largest first.

    asked : rule, alternatives, voters (a list), parameters (text), sizes, formula (bool), period.
    """

    command = "manipulability"

    def __init__(self, asked: JSON) -> None:
        super().__init__()
        self.asked = asked
        self.ballots, self.rule = rule_for(asked["rule"], asked["alternatives"], asked["parameters"])

    @property
    def spec(self) -> JSON:
        """All that was asked."""
        return dict(self.asked)

    @property
    def target(self) -> int:
        """One chunk per electorate."""
        return len(self.asked["voters"])

    def parts(self) -> ArchiveParts:
        """The ballots."""
        return ArchiveParts({"rule": self.rule.name, "notes": list(self.rule.notes)}, {"rank": self.ballots.rank})

    @classmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "ManipulabilityJob":
        """From what was asked."""
        del about, arrays, target
        return cls(spec)

    @property
    def dtypes(self) -> JSON:
        """Of the sets of alternatives and of the counts."""
        return {"sets": np.dtype(np.uint8).str, "counts": np.dtype(np.int64).str}

    @cached_property
    def chunks(self) -> list[list[int]]:
        """[voters], the largest electorates first."""
        return [[n] for n in sorted(self.asked["voters"], reverse=True)]

    def solve(self, chunk: int, hint: Hint = None) -> JSON | None:
        """One electorate."""
        del hint
        if self.stop.is_set():
            return None
        return count_manipulable(self.ballots, self.rule, self.chunks[chunk][0], self.asked["sizes"]).to_dict()

    def counted(self, results: Results) -> tuple[ElectionCount, ...]:
        """The electorates that are counted, smallest first."""
        return tuple(_count_from(results[chunk]) for chunk in sorted(results, reverse=True))

    def answer(self, results: Results) -> JSON:
        """All counts that are there."""
        return {
            "complete": self.settled(results),
            "counts": [count.to_dict() for count in self.counted(results)],
            "problem": digest(problem_digests(*self.parts())),
            "rule": self.rule.name,
            "spec": self.spec,
        }

    def check_tiling(self) -> None:
        """Every electorate once."""
        if sorted(n for (n,) in self.chunks) != sorted(set(self.asked["voters"])):
            raise DisagreementError("the chunks are not the electorates that were asked for")

    def recheck(self, results: Results) -> int:
        """Small electorates are counted again, without sizes: by the other kernel."""
        small = [chunk for chunk in results if self.chunks[chunk][0] <= 12]
        for chunk in small:
            again = count_manipulable(self.ballots, self.rule, self.chunks[chunk][0], False)
            if again.manipulable != results[chunk]["manipulable"]:
                raise DisagreementError(f"two counts for {again.voters} voters differ; please report this as a bug")
        return len(small)


def _count_from(given: JSON) -> ElectionCount:
    return ElectionCount(
        given["voters"],
        given["situations"],
        given["manipulable"],
        int(given["profiles"]),
        int(given["manipulable_profiles"]),
        tuple((int(size), count) for size, count in given["by_size"].items()),
        tuple((int(size), int(count)) for size, count in given["profiles_by_size"].items()),
    )


def manipulability(
    rule: str,
    *,
    alternatives: int = 3,
    voters: Sequence[Fraction | int],
    parameters: Mapping[str, object] | None = None,
    formula: bool = False,
    period: int | None = None,
    sizes: bool = True,
    running: Running | None = None,
) -> Manipulability:
    """Count how many situations and profiles some coalition of voters can manipulate, for each size of the electorate.

    Parameters
    ----------
    rule, parameters
        A voting rule by name (collude list rules), and its parameters.
    alternatives, voters
        Number m, all m! strict orders occur; sizes n of electorates.
    formula, period
        Look for the quasi-polynomial that the counts of situations follow, by default of the smallest period that divides 12.
    sizes, running
        Also the size of the smallest coalition; how it is run.

    Returns
    -------
    Manipulability
        A *situation* says how many voters have each order (impartial anonymous culture when all are equally likely); a
        profile says who has which (impartial culture).

    Raises
    ------
    InputError, SizeError
        For an unknown rule or a bad parameter; for an electorate beyond the memory at hand.

    Examples
    --------
    >>> manipulability("plurality", voters=[3, 4, 5]).counts[2].manipulable
    39
    """
    started = perf_counter()
    if period is not None and period < 1:
        raise InputError(f"a period is at least 1, not {period}")
    numbers = _electorates(voters)
    asked = {
        "rule": rule,
        "alternatives": alternatives,
        "voters": numbers,
        "parameters": {key: _text(value) for key, value in (parameters or {}).items()},
        "sizes": sizes,
        "formula": formula or period is not None,
        "period": period,
    }
    job = ManipulabilityJob(asked)
    for n in (numbers[0], numbers[-1]):
        require_countable(job.ballots, rule, n, sizes)
    how = running or Running()
    with run_directory(job, how) as directory:
        return manipulability_counts(job, run_chunks(job, how, directory), started, directory)


def _electorates(voters: Sequence[Fraction | int]) -> list[int]:
    """The numbers of voters, increasing; InputError for fractions."""
    given = increasing(voters, "the list of voters")
    if any(x.denominator != 1 for x in given):
        raise InputError("numbers of voters must be whole")
    return [int(n) for n in given]


def _text(value: object) -> str:
    """A parameter as it is written on the command line."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def manipulability_counts(
    job: ManipulabilityJob, done: ChunkResults, started: float, directory: RunDirectory | None = None
) -> Manipulability:
    """What a run has counted, and the formula if all of it is there.

    Parameters
    ----------
    job : ManipulabilityJob
    done : ChunkResults
    started : float
        When the run began, by `perf_counter`.
    directory : RunDirectory, optional

    Returns
    -------
    Manipulability
    """
    finalise(job, directory, done)
    counts = job.counted(done.results)
    complete = job.settled(done.results)
    formula, why = None, ""
    if job.asked["formula"]:
        found = {count.voters: count.manipulable for count in counts}
        formula, why = fit_formula(found, job.asked["alternatives"], job.asked["period"])
    return Manipulability(
        job.rule.name,
        job.asked["alternatives"],
        job.rule.notes,
        counts,
        formula,
        why,
        complete,
        done.reason,
        perf_counter() - started,
    )


class ManipulableShare(NamedTuple):
    """Of an electorate, which shares of its situations and of its profiles some coalition can manipulate, exact."""

    voters: int
    situations: Fraction
    profiles: Fraction


def shares(counts: Sequence[ElectionCount]) -> list[ManipulableShare]:
    """The exact shares that some counts are.

    Parameters
    ----------
    counts : sequence of ElectionCount

    Returns
    -------
    list of ManipulableShare

    Examples
    --------
    >>> shares(manipulability("plurality", voters=[3]).counts)[0].situations
    Fraction(3, 28)
    """
    return [
        ManipulableShare(c.voters, Fraction(c.manipulable, c.situations), Fraction(c.manipulable_profiles, c.profiles))
        for c in counts
    ]
