"""Where a search keeps the mechanisms that it lists: per cube in memory or in a file of the run directory, then joined."""

import csv
from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO, StringIO
from pathlib import Path
from shutil import copyfileobj
from typing import IO

import numpy as np

from collude.models.files.whole import write_whole
from collude.models.space import OutcomeSpace

LISTED, MECHANISMS, OUTCOMES = "listed", "mechanisms.npy", "outcomes.csv"
FILE_BYTES = 1 << 35


def fits_into_file(mechanisms: int, profiles: int) -> bool:
    """Say whether so many mechanisms are listed in a run directory, at 4 bytes a profile.

    Parameters
    ----------
    mechanisms
        How many.
    profiles
        Of each.

    Returns
    -------
    bool

    Examples
    --------
    >>> fits_into_file(10**6, 9), fits_into_file(10**17, 36)
    (True, False)
    """
    return 4 * mechanisms * profiles <= FILE_BYTES


def listed_at(folder: Path, chunk: int) -> Path:
    """The file of what a cube lists.

    Parameters
    ----------
    folder
        The run directory.
    chunk
        Number of the cube.

    Returns
    -------
    Path
    """
    return folder / LISTED / f"{chunk:06}.npy"


class Listing:
    """Takes mechanisms, rows of outcome numbers (m, P), as they come.

    Parameters
    ----------
    target : Path or None
        The file that they go to, so that memory stays flat; None to keep them.
    profiles : int
        Number P of profiles.
    """

    def __init__(self, target: Path | None, profiles: int) -> None:
        self.target, self.profiles = target, profiles
        self.count = 0
        self.rows: list[np.ndarray] = []
        self._file: IO[bytes] | None = None
        self._part = Path() if target is None else target.with_suffix(f".{id(self):x}.part")

    def take(self, rows: np.ndarray) -> None:
        """Keep some more mechanisms, (m, P)."""
        self.count += len(rows)
        if self.target is None:
            self.rows.append(np.ascontiguousarray(rows, np.int32))
            return
        if self._file is None:
            self._part.parent.mkdir(exist_ok=True)
            self._file = self._part.open("wb")
        self._file.write(np.ascontiguousarray(rows, "<i4").tobytes())

    def drop(self) -> None:
        """Forget them."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self.target is not None:
            self._part.unlink(missing_ok=True)

    def close(self) -> None:
        """Finish the file."""
        if self.target is None:
            return
        self.target.parent.mkdir(exist_ok=True)
        parts = []
        if self._file is not None:
            self._file.close()
            parts = [(self._part, 0)]
        _write(self.target, self.count, self.profiles, parts)
        self.drop()


def join(folder: Path, counts: dict[int, int], profiles: int) -> Path:
    """Join the files of all cubes, in order; what was there before stays until the whole is written.

    Parameters
    ----------
    folder
        The run directory.
    counts
        Mechanisms per cube.
    profiles
        Number P of profiles.

    Returns
    -------
    Path
        Of mechanisms.npy, (m, P) int32 outcome numbers.
    """
    parts = [(listed_at(folder, chunk), len(_header(count, profiles))) for chunk, count in sorted(counts.items())]
    target = folder / MECHANISMS
    _write(target, sum(counts.values()), profiles, parts)
    return target


def remove_parts(folder: Path) -> None:
    """Remove the files of the cubes, once they are joined.

    Parameters
    ----------
    folder
        The run directory.
    """
    home = folder / LISTED
    if home.is_dir():
        for path in home.iterdir():
            path.unlink()
        home.rmdir()


def _write(target: Path, count: int, profiles: int, parts: Sequence[tuple[Path, int]]) -> None:
    def fill(file: IO[bytes]) -> None:
        file.write(_header(count, profiles))
        for path, skip in parts:
            with path.open("rb") as rows:
                rows.seek(skip)
                copyfileobj(rows, file, 1 << 20)

    write_whole(target, fill)


def _header(count: int, profiles: int) -> bytes:
    head = BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<i4", "fortran_order": False, "shape": (count, profiles)})
    return head.getvalue()


def write_outcomes(space: OutcomeSpace, path: Path) -> None:
    """Write outcomes.csv, which says what the outcome numbers mean: bundles, their parts joined by ;, and transfers.

    Parameters
    ----------
    space
        The problem.
    path
        Of the file.
    """
    env, text = space.environment, StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["outcome", *(f"{what}_{label}" for what in ("bundle", "transfer") for label in env.labels)])
    for o, (held, paid) in enumerate(zip(space.bundle.tolist(), space.transfer.tolist(), strict=True)):
        bundles = [";".join(map(str, env.bundles[i][b])) for i, b in enumerate(held)]
        lines.writerow([o, *bundles, *(Fraction(t, space.scale) for t in paid)])
    write_whole(path, lambda file: file.write(text.getvalue().encode()))


def rows_of(path: Path, profiles: int) -> np.ndarray:
    """The mechanisms in a file, mapped into memory as far as they are read.

    Parameters
    ----------
    path
        Of a .npy file.
    profiles
        Number P of profiles.

    Returns
    -------
    (m, P) int32
        Outcome numbers.
    """
    if path.stat().st_size <= len(_header(0, 0)):
        return np.empty((0, profiles), np.int32)
    rows: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return rows
