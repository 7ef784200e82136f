"""What a long run does: a problem cut into chunks, each solved by itself, whose results add up to the answer."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import ClassVar, Protocol

import numpy as np

from collude.enumerate.runs.opening import read_problem
from collude.enumerate.runs.rundir import RunDirectory
from collude.enumerate.runs.schema import JSON
from collude.models.errors import ColludeError, InputError
from collude.models.files.archive import ArchiveParts

HOMES = {
    "search": ("collude.enumerate.searches.search_job", "SearchJob"),
    "check": ("collude.enumerate.checks.check_job", "CheckJob"),
    "check-symmetric": ("collude.enumerate.symmetric.check_job", "SymmetricCheckJob"),
    "manipulability": ("collude.enumerate.symmetric.manipulability", "ManipulabilityJob"),
    "sweep": ("collude.enumerate.maps.sweep_job", "SweepJob"),
}
ANSWERS = {
    "search": ("collude.enumerate.searches.search", "search_result"),
    "check": ("collude.enumerate.checks.check", "check_report"),
    "check-symmetric": ("collude.enumerate.symmetric.check", "symmetric_report"),
    "manipulability": ("collude.enumerate.symmetric.manipulability", "manipulability_counts"),
    "sweep": ("collude.enumerate.maps.sweep_job", "sweep_table"),
}
Hint = int | None
Results = Mapping[int, JSON]


class Answer(Protocol):
    """What a command answers, for a terminal and as JSON. status: its exit status."""

    @property
    def status(self) -> int:
        """0 holds or exists, 1 violated or none, 3 incomplete."""
        ...

    def to_dict(self) -> JSON:
        """Plain JSON values."""


class Job(ABC):
    """A problem and its chunks. Everything that a chunk needs can be made again from `parts` and `spec`.

    stop: set to make chunks that are being solved end early; deadline: a time by `perf_counter` at which they do.
    folder: the run directory, if there is one. ordered: the first chunks may make the others superfluous; else they may be
    done in any order.
    """

    command: ClassVar[str]

    def __init__(self, folder: Path | None = None) -> None:
        self.stop = Event()
        self.deadline = float("inf")
        self.folder = folder
        self.ordered = False

    @property
    @abstractmethod
    def spec(self) -> JSON:
        """What is asked, as plain JSON values: together with the problem it fixes the answer."""

    @property
    @abstractmethod
    def target(self) -> int:
        """How many chunks were asked for; together with the problem it fixes the cut."""

    @abstractmethod
    def parts(self) -> ArchiveParts:
        """The problem as a JSON text and arrays."""

    @classmethod
    @abstractmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "Job":
        """The job of these parts."""

    @property
    @abstractmethod
    def dtypes(self) -> JSON:
        """The number types that the kernels compute with."""

    @cached_property
    @abstractmethod
    def chunks(self) -> Sequence[object]:
        """Where each chunk lies, as JSON values."""

    @abstractmethod
    def solve(self, chunk: int, hint: Hint = None) -> JSON | None:
        """The result of a chunk, plain JSON values that depend on nothing else; None if it was stopped early."""

    def test_kernels(self) -> None:  # noqa: B027
        """Raise DisagreementError if compiled kernels answer a known question wrongly; once in a process."""

    def note(self, chunk: int, result: JSON) -> None:
        """Take note of a result that is known, for `hint` and `useful`."""
        del chunk, result

    def hint(self, chunk: int) -> Hint:
        """What is known so far that may spare the chunk work; its result may depend on it, the answer does not."""
        del chunk
        return None

    def useful(self, chunk: int) -> bool:
        """False if the answer does not depend on this chunk any more."""
        del chunk
        return True

    def settled(self, results: Results) -> bool:
        """True if the answer is known."""
        return all(chunk in results for chunk in range(len(self.chunks)))

    def intact(self, chunk: int, result: JSON, folder: Path | None = None) -> bool:
        """True if what the chunk left beside its line, in the job's folder or another, is still there as it was."""
        del chunk, result, folder
        return True

    @classmethod
    def needed(cls, spec: JSON, mine: Sequence[int], results: Results) -> list[int]:
        """Which chunks of a share the answer depends on, as far as is known."""
        del spec, results
        return list(mine)

    @classmethod
    def so_far(cls, results: Results) -> str:
        """What the chunks that are done have found, in words for the eye; "" if there is nothing to say."""
        del results
        return ""

    @abstractmethod
    def answer(self, results: Results) -> JSON:
        """The answer from all results that are needed: the same whatever the cut, the order and the machines."""

    def adopt(self, other: Path, chunk: int) -> None:  # noqa: B027
        """Copy what a chunk left beside its line in the run directory of another share."""

    def publish(self, answer: JSON, results: Results) -> JSON:
        """Write what belongs to a complete answer beside it; returns the answer with what is to be said of that."""
        del results
        return answer

    def require_published(self, answer: JSON) -> None:  # noqa: B027
        """Raise InputError unless what `publish` wrote is still there as it was."""

    def require_evidence(self, answer: JSON) -> None:  # noqa: B027
        """Raise InputError or DisagreementError unless what was proved beside the answer holds up."""

    def tidy(self) -> None:  # noqa: B027
        """Remove what the complete answer makes superfluous."""

    @abstractmethod
    def check_tiling(self) -> None:
        """Raise DisagreementError unless the chunks cover the problem exactly once."""

    def require_possible(self, results: Results) -> None:  # noqa: B027
        """Raise InputError if a result is of the right types, but about outcomes that there are not."""

    def require_hints(self, results: Results) -> None:  # noqa: B027
        """Raise DisagreementError if a chunk was spared work by something that no other chunk gives."""

    @abstractmethod
    def recheck(self, results: Results) -> int:
        """Check every witness and every mechanism by the definitions; returns how many. Raises DisagreementError."""


def class_of(command: str) -> type[Job]:
    """Find the class of the jobs of a command.

    Parameters
    ----------
    command : str
        "search", "check" or "manipulability".

    Returns
    -------
    type
        A subclass of `Job`.
    """
    module, name = HOMES[command]
    cls: type[Job] = getattr(import_module(module), name)
    return cls


def load_job(run: RunDirectory) -> Job:
    """Make the job of a run directory again.

    Parameters
    ----------
    run : RunDirectory
        The directory, opened.

    Returns
    -------
    Job

    Raises
    ------
    InputError
        If the files of its problem are damaged, or describe none.
    """
    about, arrays = read_problem(run)
    manifest = run.manifest
    try:
        job = class_of(manifest.command).load(about, arrays, manifest.spec, manifest.split.target)
    except ColludeError:
        raise
    except Exception as error:  # what is no problem goes wrong in any place
        text = " ".join(str(error).split())[:200]
        raise InputError(f"{run.path} describes no problem: {type(error).__name__}: {text}") from None
    job.folder = run.path
    return job
