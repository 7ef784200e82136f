"""The mechanisms that a search hands out: re-checked by the axioms, kept in memory or streamed to a folder."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

import numpy as np

from collude.axioms.restrict import Restriction
from collude.enumerate.compile import Compiled
from collude.errors import DisagreementError
from collude.models.mechanism import Mechanism
from collude.models.space import Space


def recheck(space: Space, restrictions: Sequence[Restriction], listed: Sequence[np.ndarray]) -> None:
    """Check mechanisms by the axioms; raises DisagreementError if one fails: a bug in collude, never in the input."""
    for outcome in listed:
        mechanism = space.mechanism(outcome)
        for restriction in restrictions:
            if not restriction.holds(mechanism, space):
                raise DisagreementError(
                    f"the search found a mechanism that violates {restriction.label}; please report this as a bug"
                )


class Listing:
    """Takes solutions as they come. With a folder, memory stays flat: the tables go to disk at once."""

    def __init__(self, compiled: Compiled, restrictions: Sequence[Restriction], folder: str = "") -> None:
        self.compiled, self.restrictions = compiled, restrictions
        self.home = Path(folder) if folder else None
        self.rows: Sequence[np.ndarray] | np.ndarray = []
        self.count = 0
        self._file: BinaryIO | None = None

    def take(self, values: np.ndarray) -> None:
        """Re-check and keep solutions, (m, V) values."""
        tables = [self.compiled.outcomes(row) for row in values]
        recheck(self.compiled.space, self.restrictions, tables)
        self.count += len(tables)
        if self.home is None:
            assert isinstance(self.rows, list)
            self.rows.extend(tables)
            return
        if self._file is None:
            self.home.mkdir(parents=True, exist_ok=True)
            self._file = (self.home / "mechanisms.part").open("wb")
        for table in tables:
            self._file.write(np.ascontiguousarray(table, np.int32).tobytes())

    def close(self) -> list[str]:
        """Finish the files: mechanisms.npy (m, P) of outcome numbers, outcomes.csv that says what they are."""
        if self.home is None:
            return []
        self.home.mkdir(parents=True, exist_ok=True)
        path, part = self.home / "mechanisms.npy", self.home / "mechanisms.part"
        shape = (self.count, len(self.compiled.space.kinds))
        with path.open("wb") as out:
            header = {"descr": "<i4", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(out, header)
            if self._file is not None:
                self._file.close()
                with part.open("rb") as rows:
                    copyfileobj(rows, out, 1 << 20)
                part.unlink()
        self._write_outcomes(self.home / "outcomes.csv")
        if self.count:
            self.rows = np.load(path, mmap_mode="r", allow_pickle=False)
        return [str(path), str(self.home / "outcomes.csv")]

    def _write_outcomes(self, path: Path) -> None:
        space = self.compiled.space
        n = space.environment.agents
        header = ["outcome", *(f"bundle_{i}" for i in range(n)), *(f"transfer_{i}" for i in range(n))]
        with path.open("w", encoding="utf-8") as out:
            out.write(",".join(header) + "\n")
            for o, (bundles, transfers) in enumerate(zip(space.bundle.tolist(), space.transfer.tolist(), strict=True)):
                money = [str(Fraction(t, space.scale)) for t in transfers]
                out.write(",".join([str(o), *map(str, bundles), *money]) + "\n")

    def mechanisms(self) -> Iterator[Mechanism]:
        """What was kept, one after another."""
        for row in self.rows:
            yield self.compiled.space.mechanism(np.asarray(row))
