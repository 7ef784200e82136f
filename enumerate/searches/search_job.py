"""A search as a job: its chunks are cubes, decisions at the top of the tree, in the order in which the search meets them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from shutil import copyfileobj
from threading import Lock

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.registry import require
from collude.enumerate.listings.listing import (
    MECHANISMS,
    OUTCOMES,
    Listing,
    fits_into_file,
    join,
    listed_at,
    remove_parts,
    rows_of,
    write_outcomes,
)
from collude.enumerate.listings.recheck import Recheck
from collude.enumerate.networks.exploration import Decisions, Effort
from collude.enumerate.networks.product import Solver
from collude.enumerate.networks.solutions import Solutions
from collude.enumerate.runs.folder import RESULT, resume_command
from collude.enumerate.runs.jobs import Job, Results
from collude.enumerate.runs.rundir import digest, file_digest, problem_digests
from collude.enumerate.runs.schema import JSON
from collude.enumerate.searches.audit import justified_floor, require_best, require_tables, require_tiling
from collude.enumerate.searches.compile import Compiled, compile_search
from collude.enumerate.searches.cube_result import CubeResult, Totals, add_up, met_so_far, number_as_json
from collude.enumerate.searches.cubes import MODES, split
from collude.enumerate.searches.known_count import require_known_count
from collude.enumerate.searches.objective import objective_of
from collude.enumerate.searches.result import mechanism_as_json
from collude.enumerate.searches.saturation import touches_edge
from collude.kernels.search.network import COUNT, LIST
from collude.models.errors import DisagreementError, InputError
from collude.models.files.archive import ArchiveParts, space_from, space_parts
from collude.models.files.whole import write_whole
from collude.models.mechanism import Mechanism
from collude.models.numbers import big
from collude.models.space import OutcomeSpace

MOST_PROFILES = 100_000
MEMORY_BYTES = 1 << 29
AT_ONCE_BYTES = 1 << 22
SHOWN = 10


class SearchJob(Job):
    """Which mechanisms on a space satisfy the axioms `names`?

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    names : sequence of str
        The axioms, some with "=value".
    asked : dict
        mode, normalise, project and objective, as in `collude.enumerate.searches.task.Task`.
    target : int
        At least so many cubes, if there are so many.
    """

    command = "search"

    def __init__(self, space: OutcomeSpace, names: Sequence[str], asked: JSON, target: int) -> None:
        super().__init__()
        self.space, self.asked, self._target = space, asked, target
        self.mode: str = asked["mode"]
        self.ordered = self.mode == "exists"
        wanted = [*names, *(["normalised"] if asked["normalise"] else [])]
        self.axioms: list[Axiom] = require(wanted, space)
        weights, self.unit = objective_of(space, asked["objective"])
        self.compiled: Compiled = compile_search(space, self.axioms, weights=weights, project=bool(asked["project"]))
        mode = MODES[self.mode]
        counts = mode in (COUNT, LIST)
        absent = self.compiled.absent() if counts else None
        self._solver = Solver(COUNT if counts else mode, tracked=bool(asked["normalise"]), absent=absent)
        self._recheck = Recheck(space, self.axioms)
        self._joined = False
        self._earliest = 1 << 62
        self._reached: dict[int, int] = {}
        self._room = MEMORY_BYTES
        self._lock = Lock()

    @property
    def spec(self) -> JSON:
        """What is asked: the axioms, and what about the mechanisms that satisfy them."""
        labels = [axiom.label for axiom in self.axioms]
        return {"require": labels, "title": self.space.title, **self.asked}

    @property
    def target(self) -> int:
        """How many cubes were asked for: at least so many, if there are so many."""
        return self._target

    def parts(self) -> ArchiveParts:
        """The outcome space as JSON values and arrays, from which `load` makes the job again."""
        return space_parts(self.space)

    @classmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "SearchJob":
        """Make the job again from the parts of a run directory."""
        asked = {key: value for key, value in spec.items() if key not in ("require", "title")}
        return cls(space_from(about, arrays), spec["require"], asked, target)

    @property
    def dtypes(self) -> JSON:
        """The number types of the domains, the masks, the keys and what is listed."""
        net = self.compiled.net
        return {
            "domain": net.domain.dtype.str,
            "key": net.keys.dtype.str,
            "listed": "<i4",
            "mask": net.masks.dtype.str,
        }

    @cached_property
    def chunks(self) -> list[list[list[int]]]:
        """Each cube as a list of [variable, value]."""
        return [[list(decision) for decision in cube] for cube in split(self.compiled, self.target)]

    def decisions(self, chunk: int) -> Decisions:
        """The decisions of a cube."""
        return tuple((int(x), int(value)) for x, value in self.chunks[chunk])

    def note(self, chunk: int, result: JSON) -> None:
        """Take note of where the first mechanism is, and which objective has been reached."""
        if result["solutions"]:
            self._earliest = min(self._earliest, chunk)
        if result["best"] is not None:
            self._reached[chunk] = result["best"]

    def hint(self, chunk: int) -> int | None:
        """In the mode best: the objective that must be exceeded."""
        return justified_floor(chunk, dict(self._reached))

    @classmethod
    def so_far(cls, results: Results) -> str:
        """How many mechanisms have been met."""
        return met_so_far(results)

    def useful(self, chunk: int) -> bool:
        """In the mode exists only the first mechanism counts: nothing after a cube that has one."""
        return self.mode != "exists" or chunk <= self._earliest

    def settled(self, results: Results) -> bool:
        """True if every cube is done; in the mode exists, every one up to the first that has a mechanism."""
        most = len(self.chunks)
        if self.mode == "exists":
            most = min((chunk + 1 for chunk, result in results.items() if result["solutions"]), default=most)
        return all(chunk in results for chunk in range(most))

    def solve(self, chunk: int, hint: int | None = None) -> JSON | None:
        """Solve a cube; in the mode all its mechanisms go to a file of the run directory, if there is one."""
        target = listed_at(self.folder, chunk) if self.folder is not None and self.mode == "all" else None
        result = self.solve_cube(self.decisions(chunk), target, hint)
        if result is None:
            return None
        kept = {} if result.rows is None else {"rows": result.rows}
        return {**result.to_json(), **kept}

    def solve_cube(
        self, cube: Decisions, target: Path | None = None, floor: int | None = None, budget: int | None = None
    ) -> CubeResult | None:
        """Solve the part of the search under some decisions; None if it was stopped early.

        Parameters
        ----------
        cube : Decisions
            The decisions, none for the whole.
        target : Path or None
            The file to which the mechanisms go with the mode all; None to keep them in memory.
        floor : int or None
            With the mode best, an objective that must be exceeded.
        budget : int or None
            Nodes at most, and only a few mechanisms are listed; no bound if None.
        """
        effort = Effort(budget, self.stop, self.deadline)
        tally = self._solver.solve(self.compiled.net, effort, cube, floor=floor)
        if not tally.complete:
            return None
        first = None if tally.first is None else self.compiled.outcomes(tally.first[None, :])[0].astype(np.int32)
        listing, checked = None, 0
        if self.mode == "all" and tally.solutions:
            fits = self._listable(tally.solutions, target, at_once=budget is not None)
            if fits is None:
                return None
            count = tally.solutions if fits else min(SHOWN, tally.solutions)
            listing = self._listed(cube, count, Listing(target, len(self.space.type_indices)) if fits else None)
            if listing is None:
                return None
            checked = count
        elif first is not None:
            checked = self._recheck.check(first[None, :])
        return CubeResult(
            tally.solutions,
            tally.nodes,
            tally.digest,
            bool(self.asked["normalise"]) and touches_edge(self.compiled, tally.used),
            tally.best,
            floor,
            first if first is not None and len(first) <= MOST_PROFILES else None,
            checked,
            file_digest(target) if listing is not None and target is not None and target.is_file() else "",
            listing.rows if listing is not None and target is None and listing.count == tally.solutions else None,
        )

    def _listable(self, count: int, target: Path | None, *, at_once: bool) -> bool | None:
        """Whether so many mechanisms are kept; None if not now, because it takes a while."""
        profiles = len(self.space.type_indices)
        if target is not None:
            return fits_into_file(count, profiles)
        size = 4 * count * profiles
        with self._lock:
            if size > self._room:
                return False
            if at_once and size > AT_ONCE_BYTES:
                return None
            self._room -= size
        return True

    def _listed(self, cube: Decisions, count: int, listing: Listing | None) -> Listing | None:
        """List the first `count` mechanisms of a cube and check each; None if that was stopped.

        listing: takes them; without one they are checked only.
        """
        kept = listing or Listing(None, len(self.space.type_indices))
        solutions = self._solutions(cube)
        try:
            for values in solutions:
                rows = self.compiled.outcomes(values)[: count - kept.count]
                self._recheck.check(rows)
                kept.take(rows)
                if kept.count == count:
                    break
            if kept.count < count:
                if not solutions.complete:
                    return None
                raise DisagreementError(f"{count} mechanisms are counted, but {kept.count} listed; please report this")
            kept.close()
        finally:
            kept.drop()
        return kept if listing is not None else Listing(None, 0)

    def _solutions(self, cube: Decisions) -> Solutions:
        return Solutions(self.compiled.net, Effort(None, self.stop, self.deadline), cube, True, 1)

    @classmethod
    def needed(cls, spec: JSON, mine: Sequence[int], results: Results) -> list[int]:
        """Which chunks are still needed: in the mode exists nothing after the first cube that has a mechanism."""
        having = [chunk for chunk, result in results.items() if result["solutions"]]
        return [chunk for chunk in mine if spec["mode"] != "exists" or not having or chunk <= min(having)]

    def intact(self, chunk: int, result: JSON, folder: Path | None = None) -> bool:
        """True unless the file of what the cube lists is damaged or gone."""
        home = folder or self.folder
        if "sha256" not in result or home is None:
            return True
        path = listed_at(home, chunk)
        return path.is_file() and file_digest(path) == result["sha256"]

    def totals(self, results: Mapping[int, CubeResult], *, complete: bool) -> Totals:
        """What cubes give together; `complete` says whether the answer is known from them."""
        counted = self.mode in ("count", "all") and complete
        return add_up([results[chunk] for chunk in sorted(results)], self.unit, complete=complete, counted=counted)

    def mechanism(self, outcome: np.ndarray | None) -> Mechanism | None:
        """The mechanism of a table of outcome numbers (P,), if there is one."""
        return None if outcome is None else self._recheck.mechanism(outcome)

    def answer(self, results: Results) -> JSON:
        """Existence, count, digest, the best objective and the first (best) mechanism, as result.json has them."""
        cubes = {chunk: CubeResult.from_json(result) for chunk, result in results.items()}
        totals = self.totals(cubes, complete=self.settled(results))
        shown = self.mechanism(totals.first) if len(self.space.type_indices) <= MOST_PROFILES else None
        counted = self.mode in ("count", "all") and totals.complete
        return {
            "best": None if totals.best is None else str(totals.best),
            "complete": totals.complete,
            "count": number_as_json(totals.solutions) if counted else None,
            "digest": totals.digest,
            "edge_used": totals.edge,
            "examined": {
                "mechanisms": big(self.compiled.options),
                "outcomes": self.space.outcomes,
                "profile_pairs": self.compiled.pairs,
                "profiles": len(self.space.type_indices),
            },
            "exists": totals.exists,
            "mechanism": None if shown is None else mechanism_as_json(shown),
            "problem": digest(problem_digests(*self.parts())),
            "spec": self.spec,
        }

    def adopt(self, other: Path, chunk: int) -> None:
        """Copy the file of what a cube lists."""
        if self.mode == "all" and self.folder is not None and listed_at(other, chunk).is_file():
            target = listed_at(self.folder, chunk)
            target.parent.mkdir(exist_ok=True)
            with listed_at(other, chunk).open("rb") as source:
                write_whole(target, lambda file: copyfileobj(source, file, 1 << 20))

    def publish(self, answer: JSON, results: Results) -> JSON:
        """Join what was listed into one file, with a file that says what the numbers mean."""
        in_files = all("sha256" in result for result in results.values() if result["solutions"])
        if self.mode != "all" or self.folder is None or not in_files:
            return answer
        counts = {chunk: int(result["solutions"]) for chunk, result in results.items() if result["solutions"]}
        path = join(self.folder, counts, len(self.space.type_indices))
        write_outcomes(self.space, self.folder / OUTCOMES)
        listed = {
            "file": MECHANISMS,
            "mechanisms": sum(counts.values()),
            "sha256": file_digest(path),
            "outcomes": file_digest(self.folder / OUTCOMES),
        }
        return {**answer, "listed": listed}

    def require_published(self, answer: JSON) -> None:
        """Raise InputError unless the two files are what the answer says; only then are mechanisms read from there."""
        if self.folder is None or "listed" not in answer:
            return
        for name, key in ((MECHANISMS, "sha256"), (OUTCOMES, "outcomes")):
            path = self.folder / name
            if not path.is_file() or file_digest(path) != answer["listed"][key]:
                raise InputError(f"{path} is damaged or gone; move {RESULT} away, then: {resume_command(self.folder)}")
        self._joined = True

    def require_evidence(self, answer: JSON) -> None:
        """Raise an error unless a proof beside the answer is what was written, about this problem, and refutes it."""
        if self.folder is not None and "proof" in answer:
            from collude.enumerate.certify.proof_audit import require_proof

            require_proof(self.space, self.axioms, self.folder, answer["proof"])

    def tidy(self) -> None:
        """Remove what was joined; from now on mechanisms are read from the joined file."""
        if self.folder is not None and (self.folder / MECHANISMS).is_file():
            self._joined = True
            remove_parts(self.folder)

    def kept_rows(self, results: Mapping[int, CubeResult]) -> list[np.ndarray] | None:
        """The mechanisms that are kept in memory or in files, blocks (m, P) of outcome numbers; None if not all are."""
        profiles = len(self.space.type_indices)
        if self.folder is not None and self._joined:
            return [rows_of(self.folder / MECHANISMS, profiles)]
        blocks: list[np.ndarray] = []
        for chunk in sorted(results):
            if results[chunk].rows is not None:
                blocks += results[chunk].rows or ()
            elif self.folder is not None and results[chunk].sha256:
                blocks.append(rows_of(listed_at(self.folder, chunk), profiles))
            elif results[chunk].solutions:
                return None
        return blocks

    def search_again(self) -> Iterator[np.ndarray]:
        """All mechanisms, blocks (m, P) of outcome numbers, searched again and each checked by the axioms."""
        for values in Solutions(self.compiled.net, Effort(), (), True, 1):
            rows = self.compiled.outcomes(values)
            self._recheck.check(rows)
            yield rows

    def check_tiling(self) -> None:
        """Raise DisagreementError unless the cubes cover the tree exactly once."""
        require_tiling(self.compiled, [self.decisions(chunk) for chunk in range(len(self.chunks))], self.target)

    def test_kernels(self) -> None:
        """Count a problem whose count is in the literature, before the kernels are trusted."""
        require_known_count()

    def require_possible(self, results: Results) -> None:
        """A mechanism has an outcome that there is at every profile."""
        require_tables(self.space, results)

    def require_hints(self, results: Results) -> None:
        """Raise DisagreementError, in the mode best, unless the floor of each cube was reached by another."""
        if self.mode == "best":
            require_best(self.space, self.asked["objective"], results)

    def recheck(self, results: Results) -> int:
        """Check every mechanism that is kept by the axioms; returns how many."""
        self.require_hints(results)
        cubes = {chunk: CubeResult.from_json(result) for chunk, result in results.items()}
        blocks = self.kept_rows(cubes) if self.mode == "all" else None
        if blocks is None:
            blocks = [cube.first[None, :] for cube in cubes.values() if cube.first is not None]
        return sum(
            self._recheck.check(block[start : start + 4096]) for block in blocks for start in range(0, len(block), 4096)
        )
