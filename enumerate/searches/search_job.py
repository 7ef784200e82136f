"""A search as a job: its chunks are cubes, decisions at the top of the tree, in the order in which the search meets them."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.registry import require
from collude.enumerate.checks.scans.find import satisfies
from collude.enumerate.runs.jobs import Job, Results
from collude.enumerate.runs.rundir import JSON, RESULT, digest, file_digest, problem_digests, resume_command
from collude.enumerate.searches.compile import Compiled, compile_search
from collude.enumerate.searches.cubes import MODES, Decisions, Runner, branch, split
from collude.enumerate.searches.listing import (
    MECHANISMS,
    OUTCOMES,
    Listing,
    join,
    listed_at,
    remove_parts,
    rows_of,
    write_outcomes,
)
from collude.enumerate.searches.objective import objective_of
from collude.enumerate.searches.result import describe
from collude.enumerate.searches.saturation import touches_edge
from collude.kernels.search.dfs import list_choices
from collude.models.errors import DisagreementError, InputError
from collude.models.files.archive import space_from, space_parts
from collude.models.files.whole import write_whole
from collude.models.mechanism import Mechanism
from collude.models.numbers import big
from collude.models.space import OutcomeSpace

MOST_PROFILES = 100_000
ROOM = 4096
MASK = (1 << 64) - 1


class SearchJob(Job):
    """Which mechanisms on a space satisfy the axioms `names`?

    asked: mode, normalise, project and objective, as in `collude.enumerate.searches.search.Task`.
    """

    command = "search"

    def __init__(self, space: OutcomeSpace, names: Sequence[str], asked: JSON, target: int) -> None:
        super().__init__()
        self.space, self.asked, self._target = space, asked, target
        self.mode: str = asked["mode"]
        wanted = [*names, *(["normalised"] if asked["normalise"] else [])]
        self.axioms: list[Axiom] = require(wanted, space)
        weights, self.unit = objective_of(space, asked["objective"])
        self.compiled: Compiled = compile_search(space, self.axioms, weights=weights, project=bool(asked["project"]))
        self._joined = False
        self._shown: tuple[list[int] | None, Mechanism | None] = (None, None)
        self._earliest = 1 << 62
        self._reached: dict[int, int] = {}

    @property
    def spec(self) -> JSON:
        """The axioms and what is asked about the mechanisms that satisfy them."""
        labels = [axiom.label for axiom in self.axioms]
        return {"require": labels, "title": self.space.title, **self.asked}

    @property
    def target(self) -> int:
        """At least so many cubes, if there are so many."""
        return self._target

    def parts(self) -> tuple[JSON, dict[str, np.ndarray]]:
        """The outcome space."""
        return space_parts(self.space)

    @classmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "SearchJob":
        """From the parts of a run directory."""
        asked = {key: value for key, value in spec.items() if key not in ("require", "title")}
        return cls(space_from(about, arrays), spec["require"], asked, target)

    @property
    def dtypes(self) -> JSON:
        """Of the domains, the masks, the hashes and what is listed."""
        net = self.compiled.net
        return {
            "domain": net.domain.dtype.str,
            "hash": net.hashes.dtype.str,
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
        """Where the first mechanism is, and what has been reached."""
        if result["solutions"]:
            self._earliest = min(self._earliest, chunk)
        if result["best"] is not None:
            self._reached[chunk] = result["best"]

    def hint(self, chunk: int) -> int | None:
        """In the mode best: what an earlier cube reaches must be exceeded, what a later one reaches must be reached, so
        that the first of equally good mechanisms is found in any order."""
        known = list(self._reached.items())
        return max((best if other < chunk else best - 1 for other, best in known), default=None)

    def useful(self, chunk: int) -> bool:
        """In the mode exists only the first mechanism counts: nothing after a cube that has one."""
        return self.mode != "exists" or chunk <= self._earliest

    def settled(self, results: Results) -> bool:
        """True if every cube is done; in the mode exists, every one up to the first that has a mechanism."""
        most = len(self.chunks)
        if self.mode == "exists":
            most = min((chunk + 1 for chunk, result in results.items() if result["solutions"]), default=most)
        return all(chunk in results for chunk in range(most))

    def solve(self, chunk: int, hint: Any = None) -> JSON | None:
        """Solve a cube; in the mode all its mechanisms go to a file of the run directory, if there is one."""
        return self.solve_cube(self.decisions(chunk), chunk, hint)

    def solve_cube(self, cube: Decisions, chunk: int, floor: int | None, budget: int | None = None) -> JSON | None:
        """As `solve` for any decisions. budget: nodes, None for no bound."""
        room = ROOM if self.mode == "all" else 1
        runner = Runner(self.compiled, MODES[self.mode], room, stop=self.stop, deadline=self.deadline, floor=floor)
        listing = None
        if self.mode == "all":
            target = None if self.folder is None else listed_at(self.folder, chunk)
            listing = Listing(target, len(self.space.type_indices))

        def keep(values: np.ndarray) -> None:
            tables = [np.asarray(self.compiled.outcomes(row), np.int32) for row in values]
            self.check_mechanisms(tables)
            if listing is not None:
                listing.take(tables)

        try:
            tally = runner.solve(cube, budget, keep if listing is not None else None)
            if listing is None or tally.complete:
                kept = {} if listing is None else self._listed(listing)
        finally:
            if listing is not None:
                listing.drop()
        if not tally.complete:
            return None
        first = None
        if listing is None and tally.listed is not None and len(tally.listed):
            outcome = self.compiled.outcomes(tally.listed[0])
            self.check_mechanisms([outcome])
            first = outcome.tolist() if len(outcome) <= MOST_PROFILES else None
        return {
            "best": tally.best,
            "digest": [f"{part:016x}" for part in tally.digest],
            "edge": bool(self.asked["normalise"]) and touches_edge(self.compiled, tally.used),
            "first": first,
            "floor": floor,
            "nodes": tally.nodes,
            "solutions": tally.solutions,
            **kept,
        }

    @staticmethod
    def _listed(listing: Listing) -> JSON:
        listing.close()
        return {"rows": listing.rows} if listing.target is None else {"sha256": file_digest(listing.target)}

    def check_mechanisms(self, tables: Sequence[np.ndarray]) -> None:
        """Check mechanisms by the axioms; raises DisagreementError if one fails: a bug in collude, never in the input."""
        for outcome in tables:
            mechanism = self.space.mechanism(outcome)
            for axiom in self.axioms:
                if not satisfies(mechanism, axiom):
                    raise DisagreementError(
                        f"the search found a mechanism that violates {axiom.label}; please report this as a bug"
                    )

    @classmethod
    def needed(cls, spec: JSON, mine: Sequence[int], results: Results) -> list[int]:
        """In the mode exists nothing after the first cube that has a mechanism."""
        having = [chunk for chunk, result in results.items() if result["solutions"]]
        return [chunk for chunk in mine if spec["mode"] != "exists" or not having or chunk <= min(having)]

    def intact(self, chunk: int, result: JSON, folder: Path | None = None) -> bool:
        """True unless the file of what the cube lists is damaged or gone."""
        home = folder or self.folder
        if "sha256" not in result or home is None:
            return True
        path = listed_at(home, chunk)
        return path.is_file() and file_digest(path) == result["sha256"]

    def tables(self, results: Results) -> Iterator[np.ndarray]:
        """What was listed, (P,) outcome numbers each, cube by cube."""
        if self.folder is not None and self._joined:
            yield from rows_of(self.folder / MECHANISMS)
            return
        for chunk in sorted(results):
            if "rows" in results[chunk]:
                yield from results[chunk]["rows"]
            elif self.folder is not None and results[chunk]["solutions"]:
                yield from rows_of(listed_at(self.folder, chunk))

    def first(self, results: Results) -> Mechanism | None:
        """The first mechanism, in the mode best the first of the best, where it is kept."""
        if self.mode == "all":
            return next((self.space.mechanism(np.asarray(row)) for row in self.tables(results)), None)
        having = [results[chunk] for chunk in sorted(results) if results[chunk]["solutions"]]
        if self.mode == "best":
            having.sort(key=lambda result: -int(result["best"]))
        table = having[0]["first"] if having else None
        if table is None or table is not self._shown[0]:
            self._shown = (table, None if table is None else self.space.mechanism(np.array(table, np.int32)))
        return self._shown[1]

    def answer(self, results: Results) -> JSON:
        """Existence, count, digest, the best objective and the first (best) mechanism."""
        complete = self.settled(results)
        known = list(results.values())
        solutions = sum(result["solutions"] for result in known)
        counted = self.mode in ("count", "all") and complete
        sums = [sum(int(result["digest"][lane], 16) for result in known) & MASK for lane in (0, 1)]
        best = max((result["best"] for result in known if result["best"] is not None), default=None)
        shown = self.first(results)
        return {
            "best": None if best is None else str(Fraction(best) / self.unit),
            "complete": complete,
            "count": solutions if counted else None,
            "digest": f"{sums[0]:016x}{sums[1]:016x}" if counted else "",
            "edge_used": any(result["edge"] for result in known),
            "examined": {
                "mechanisms": big(self.compiled.options),
                "outcomes": self.space.outcomes,
                "profile_pairs": self.compiled.pairs,
                "profiles": len(self.space.type_indices),
            },
            "exists": True if solutions else (False if complete else None),
            "mechanism": describe(shown)
            if shown is not None and len(self.space.type_indices) <= MOST_PROFILES
            else None,
            "problem": digest(problem_digests(*self.parts())),
            "spec": self.spec,
        }

    def adopt(self, other: Path, chunk: int) -> None:
        """Copy the file of what a cube lists."""
        if self.mode == "all" and self.folder is not None:
            target = listed_at(self.folder, chunk)
            target.parent.mkdir(exist_ok=True)
            with listed_at(other, chunk).open("rb") as source:
                write_whole(target, lambda file: copyfileobj(source, file, 1 << 20))

    def publish(self, answer: JSON, results: Results) -> JSON:
        """Join what was listed into one file, with a file that says what the numbers mean."""
        if self.mode != "all" or self.folder is None:
            return answer
        counts = {chunk: int(result["solutions"]) for chunk, result in results.items()}
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
        """The two files must be what the answer says; only then are mechanisms read from there."""
        if self.folder is None or "listed" not in answer:
            return
        for name, key in ((MECHANISMS, "sha256"), (OUTCOMES, "outcomes")):
            path = self.folder / name
            if not path.is_file() or file_digest(path) != answer["listed"][key]:
                raise InputError(f"{path} is damaged or gone; move {RESULT} away, then: {resume_command(self.folder)}")
        self._joined = True

    def tidy(self) -> None:
        """Remove what was joined; from now on mechanisms are read from the joined file."""
        if self.folder is not None and self.mode == "all":
            self._joined = True
            remove_parts(self.folder)

    def check_tiling(self) -> None:
        """The cubes must be the leaves of a tree in which every branch is there, but for those that are impossible."""
        state = self.compiled.state(1)
        choices = np.zeros(int(self.compiled.cells.values.max()) + 1, np.int64)
        cubes = {self.decisions(chunk) for chunk in range(len(self.chunks))}
        below: dict[Decisions, set[Decisions]] = {} if () in cubes else {(): set()}
        for cube in cubes:
            for depth in range(len(cube)):
                below.setdefault(cube[:depth], set()).add(cube[: depth + 1])
        if len(cubes) != len(self.chunks) or cubes & set(below):
            raise DisagreementError("two chunks overlap")
        for node, there in below.items():
            x = branch(self.compiled, state, node)
            values: list[int] = []
            if x is not None and x >= 0:
                values = choices[: int(list_choices(self.compiled.net, state, x, choices))].tolist()
            children: set[Decisions] = {(*node, (x or 0, value)) for value in values}
            if there - children:
                raise DisagreementError(f"the chunk {min(there - children)} is no branch of the tree")
            for child in children - there:
                if branch(self.compiled, state, child) is not None:
                    raise DisagreementError(f"no chunk covers {child}")

    def recheck(self, results: Results) -> int:
        """Every mechanism that is kept, by the axioms."""
        count = 0
        kept = [np.array(result["first"], np.int32) for result in results.values() if result["first"] is not None]
        for table in self.tables(results) if self.mode == "all" else kept:
            self.check_mechanisms([np.asarray(table)])
            count += 1
        return count
