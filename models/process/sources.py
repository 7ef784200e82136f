"""Which source code this process runs: a digest that is refused once the files are no longer those that were imported."""

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from collude.models.errors import InputError

ROOMS = ("kernels", "models", "programs", "axioms", "enumerate")


def digest_of(folders: Iterable[Path]) -> str:
    """Hex digest of all Python files below some folders, each under its folder's name and its place in it.

    Parameters
    ----------
    folders
        Searched at every depth.
    """
    hashed = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            place = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            hashed.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()


class FileStamp(NamedTuple):
    """What an edit of a source file would change: its time in nanoseconds, or its size in bytes."""

    path: str
    modified: int
    size: int


@cache
def _folders() -> tuple[Path, ...]:
    """The folders of code that an answer depends on. Neither the front door nor the command line is among them: what they
    ask for is written in the run, and what they say about an answer is not."""
    specs = [find_spec(f"collude.{room}") for room in ROOMS]
    return tuple(Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None)


def _stamps() -> tuple[FileStamp, ...]:
    found = []
    for folder in _folders():
        for home, rooms, names in os.walk(folder):
            rooms[:] = [room for room in rooms if room != "__pycache__"]
            for name in names:
                if name.endswith(".py"):
                    about = os.stat(os.path.join(home, name))
                    found.append(FileStamp(os.path.join(home, name), about.st_mtime_ns, about.st_size))
    return tuple(sorted(found))


@cache
def at_import() -> tuple[FileStamp, ...]:
    """The stamps of all source files at the first call, which `import collude` makes."""
    return _stamps()


@cache
def _digest_at_import() -> str:
    return digest_of(_folders())


def code_digest() -> str:
    """Name the source code that this process runs and that an answer depends on.

    Returns
    -------
    str
        64 hex digits.

    Raises
    ------
    InputError
        If a source file has changed since collude was imported: parts of the old code are in memory, others would be read
        anew, and no digest names that mixture.
    """
    if _stamps() != at_import():
        raise InputError("the source code of collude has changed since it was imported; start Python again")
    return _digest_at_import()
