"""Creating run directories, opening them, and reading the problem that is in them."""

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from collude.enumerate.runs.folder import MANIFEST, PROBLEM, require_empty, require_plain
from collude.enumerate.runs.rundir import RunDirectory, digest, problem_digests, read_strict
from collude.enumerate.runs.schema import FORMAT, JSON, canonical, manifest_from, require_showable
from collude.models.errors import InputError
from collude.models.files.whole import sync_folder, write_whole


def create(path: Path, manifest: JSON, about: JSON, arrays: Mapping[str, np.ndarray]) -> RunDirectory:
    """Create a run directory. The problem is written first, the manifest last: without it there is no run yet.

    Parameters
    ----------
    path : Path
        Where.
    manifest : dict
        Without `problem` and `checksum`, which are added.
    about : dict
        The problem as JSON.
    arrays : mapping of str to ndarray
        Its arrays.

    Returns
    -------
    RunDirectory

    Raises
    ------
    InputError
        If the folder cannot be written or holds anything that is not a run's.
    """
    require_empty(path)
    full = {**manifest, "format": FORMAT, "problem": problem_digests(about, arrays)}
    run = manifest_from(full, str(path / MANIFEST))
    require_showable(about, "the problem")
    try:
        path.mkdir(parents=True, exist_ok=True)
        require_plain(path)
        (path / PROBLEM).mkdir(exist_ok=True)
        text = canonical(about) + b"\n"
        write_whole(path / PROBLEM / "about.json", lambda file: file.write(text))
        for name, array in arrays.items():
            write_whole(
                path / PROBLEM / f"{name}.npy", partial(np.save, arr=np.ascontiguousarray(array), allow_pickle=False)
            )
        text = canonical({**full, "checksum": digest(full)}) + b"\n"
        write_whole(path / MANIFEST, lambda file: file.write(text))
        sync_folder(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    return RunDirectory(path, run)


def open_run(path: Path, *, repair: bool = False) -> RunDirectory:
    """Open a run directory that exists, with what is done.

    Parameters
    ----------
    path : Path
        The directory.
    repair : bool
        Set damaged lines aside.

    Returns
    -------
    RunDirectory

    Raises
    ------
    InputError
        If it is none, or its manifest is damaged.
    """
    run = read_manifest(path)
    run.read_lines(repair)
    return run


def read_manifest(path: Path) -> RunDirectory:
    """Open a run directory without a look at what is done.

    Parameters
    ----------
    path : Path
        The directory.

    Returns
    -------
    RunDirectory
        Without lines.

    Raises
    ------
    InputError
        If it is none, or its manifest is damaged.
    """
    if not (path / MANIFEST).is_file():
        raise InputError(f"{path} is not a run directory: it has no {MANIFEST}")
    require_plain(path)
    manifest = read_strict(path / MANIFEST)
    if manifest is None or manifest.pop("checksum", None) != digest(manifest):
        raise InputError(f"{path / MANIFEST} is damaged; begin again in a new folder, or put back a copy of it")
    return RunDirectory(path, manifest_from(manifest, str(path / MANIFEST)))


def _as_saved(path: Path, array: np.ndarray) -> bool:
    """Whether a file has the header that np.save gives an array, and nothing after the numbers."""
    head = BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    with path.open("rb") as file:
        return file.read(head.tell()) == head.getvalue() and path.stat().st_size == head.tell() + array.nbytes


class ProblemFiles(NamedTuple):
    """What the files of a problem hold: a JSON object, and arrays by name."""

    about: JSON
    arrays: dict[str, np.ndarray]


def read_problem(run: RunDirectory) -> ProblemFiles:
    """Read the problem of a run, arrays mapped from their files.

    Parameters
    ----------
    run : RunDirectory
        The run.

    Returns
    -------
    ProblemFiles

    Raises
    ------
    InputError
        That names a file that is damaged.
    """
    folder = run.path / PROBLEM
    about = read_strict(folder / "about.json")
    expected = run.manifest.problem
    if about is None or digest(about) != expected["about"]:
        raise InputError(f"{folder / 'about.json'} is damaged")
    require_showable(about, str(folder / "about.json"))
    arrays: dict[str, np.ndarray] = {}
    for name in expected:
        if name == "about":
            continue
        path = folder / f"{name}.npy"
        try:
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False)
        except Exception as error:  # of many kinds, where the header is no header any more
            reason = " ".join(str(error).split())[:200]
            raise InputError(f"{path} is damaged: {reason or type(error).__name__}") from None
        if not _as_saved(path, arrays[name]):
            raise InputError(f"{path} is damaged: it is not as np.save writes this array")
    found = problem_digests(about, arrays)
    for name, value in expected.items():
        if found.get(name) != value:
            raise InputError(f"{folder / name}.npy is damaged")
    return ProblemFiles(about, arrays)
