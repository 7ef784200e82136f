"""A check as a job: its chunks are the blocks of all axioms, cut the same way on every machine."""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import NamedTuple, SupportsInt

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.context import Block, CheckContext, CheckOptions
from collude.enumerate.checks.known_answers import require_known_answer
from collude.enumerate.checks.scans.base import BlockResult, Rank, Scan, merge_results
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import verdict_on
from collude.enumerate.runs.jobs import Hint, Job, Results
from collude.enumerate.runs.rundir import digest, problem_digests
from collude.enumerate.runs.schema import JSON
from collude.models.errors import DisagreementError
from collude.models.files.archive import ArchiveParts, environment_from, mechanism_from, mechanism_parts
from collude.models.mechanism import Mechanism
from collude.models.results import Verdict

MEMORY = 16 << 30  # decides between paths of equal answers, so that the cut does not depend on the machine


class AxiomTotal(NamedTuple):
    """What the blocks of an axiom that are done say together, and whether these are all of them."""

    result: BlockResult
    whole: bool


class CheckJob(Job):
    """A check as a job: does a mechanism satisfy the axioms of these names?

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    names : sequence of str
        The axioms.
    asked : dict
        count, max_coalition and path, as in `collude.check`.
    target : int
        At least so many blocks for each axiom, if it has so many profiles.
    jobs : int
        Threads for what all blocks share.
    """

    command = "check"

    def __init__(self, mechanism: Mechanism, names: Sequence[str], asked: JSON, target: int, jobs: int = 1) -> None:
        super().__init__()
        self.mechanism, self.asked, self._target = mechanism, asked, target
        options = CheckOptions(asked["count"], largest=asked["max_coalition"], memory=MEMORY, path=asked["path"])
        context = CheckContext(mechanism, options, Threads(jobs), workers=-(-target // 4))
        self.scans: list[Scan[Axiom]] = [scan_of(find_axiom(name), context) for name in names]
        self._ready: set[str] = set()
        self._lock = Lock()

    def test_kernels(self) -> None:
        """Check each axiom where its violations are known, before its kernels are trusted with a question."""
        for scan in self.scans:
            require_known_answer(scan.axiom.label)

    @property
    def spec(self) -> JSON:
        """What is asked: the axioms, and how violations are counted."""
        return {"axioms": [scan.axiom.label for scan in self.scans], **self.asked}

    @property
    def target(self) -> int:
        """How many blocks were asked for: at least so many for each axiom, if it has so many profiles."""
        return self._target

    def parts(self) -> ArchiveParts:
        """The mechanism as JSON values and arrays, from which `load` makes the job again."""
        return mechanism_parts(self.mechanism)

    @classmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "CheckJob":
        """Make the job again from the parts of a run directory."""
        asked = {key: value for key, value in spec.items() if key != "axioms"}
        mechanism = mechanism_from(about, arrays, environment_from(about, arrays))
        return cls(mechanism, spec["axioms"], asked, target)

    @property
    def dtypes(self) -> JSON:
        """The number types of the table and of the sets of outcomes."""
        table = self.mechanism.table
        return {"outcome": table.outcome.dtype.str, "sets": np.dtype(np.uint64).str, "utility": table.utility.dtype.str}

    @cached_property
    def chunks(self) -> list[list[str | int]]:
        """Where each chunk lies: [axiom, first, last, part], the block of a scan."""
        return [[scan.axiom.label, *map(int, block)] for scan in self.scans for block in scan.blocks()]

    def _place(self, chunk: int) -> tuple[str, Block]:
        """The axiom of a chunk, and which block of its scan the chunk is."""
        name, *block = self.chunks[chunk]
        return str(name), tuple(map(int, block))

    def _scan(self, label: str) -> Scan[Axiom]:
        return next(scan for scan in self.scans if scan.axiom.label == label)

    def solve(self, chunk: int, hint: Hint = None) -> JSON | None:
        """Run the block of a chunk; None if the run is to end."""
        del hint
        if self.stop.is_set():
            return None
        name, block = self._place(chunk)
        scan = self._scan(name)
        with self._lock:
            if name not in self._ready:
                scan.prepare()
                self._ready.add(name)
        part = scan.run(block)
        return {"count": int(part.count), "key": _listed(part.rank)}

    def total(self, scan: Scan[Axiom], results: Results) -> AxiomTotal:
        """What the blocks of an axiom that are done say together.

        Parameters
        ----------
        scan : Scan
            Of the axiom.
        results : mapping of int to dict
            Of the chunks that are done.

        Returns
        -------
        AxiomTotal
        """
        mine = [chunk for chunk, (name, *_) in enumerate(self.chunks) if name == scan.axiom.label]
        there = [results[chunk] for chunk in mine if chunk in results]
        merged = merge_results(BlockResult(part["count"], _tupled(part["key"])) for part in there)
        return AxiomTotal(merged, len(there) == len(mine))

    def verdict(self, scan: Scan[Axiom], results: Results) -> Verdict | None:
        """The verdict on an axiom, its witness re-checked; None if blocks are missing."""
        total, whole = self.total(scan, results)
        return verdict_on(scan, total, 0.0) if whole else None

    def answer(self, results: Results) -> JSON:
        """All verdicts that are complete, without times."""
        verdicts = []
        for scan in self.scans:
            verdict = self.verdict(scan, results)
            if verdict is not None:
                verdicts.append({key: value for key, value in verdict.to_dict().items() if key != "seconds"})
        return {
            "complete": self.settled(results),
            "exact": self.mechanism.exact,
            "mechanism": self.mechanism.name,
            "problem": digest(problem_digests(*self.parts())),
            "spec": self.spec,
            "verdicts": verdicts,
        }

    def check_tiling(self) -> None:
        """Raise DisagreementError unless, for every axiom and part, the blocks follow one another and cover the whole length."""
        for scan in self.scans:
            spans: dict[Block, list[tuple[int, int]]] = {part: [] for part in scan.extents()}
            for name, (first, last, *rest) in map(self._place, range(len(self.chunks))):
                if name == scan.axiom.label:
                    spans.setdefault(tuple(rest), []).append((first, last))
            for part, length in scan.extents().items():
                at = 0
                for first, last in sorted(spans.pop(part)):
                    if first != at or last <= first:
                        raise DisagreementError(
                            f"{scan.axiom.label}: the chunks {part} do not follow one another at {at}"
                        )
                    at = last
                if at != length:
                    raise DisagreementError(f"{scan.axiom.label}: the chunks {part} cover {at} of {length}")
            if spans:
                raise DisagreementError(f"{scan.axiom.label}: chunks of an unknown part {next(iter(spans))}")

    def recheck(self, results: Results) -> int:
        """Check the witness of every block that has one from the definition; returns how many."""
        count = 0
        for chunk, result in results.items():
            if result["key"] is not None:
                scan = self._scan(self._place(chunk)[0])
                if not scan.axiom.confirms(self.mechanism, scan.witness(_tupled(result["key"]) or ())):
                    raise DisagreementError(f"the witness of chunk {chunk} does not violate {scan.axiom.name}")
                count += 1
        return count


def _listed(key: Rank | SupportsInt | None) -> object:
    """A key as JSON: tuples become lists."""
    if isinstance(key, tuple):
        return [_listed(x) for x in key]
    return None if key is None else int(key)


def _tupled(key: Sequence[object] | None) -> Rank | None:
    """The key that was listed."""
    return None if key is None else tuple(_tupled(x) if isinstance(x, list) else x for x in key)
