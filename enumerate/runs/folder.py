"""The folder of a run: whose it is, that nobody else works there, and that nothing in it leads elsewhere."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from warnings import catch_warnings, simplefilter

import filelock

from collude.models.errors import InputError

MANIFEST, CUBES, RESULT, PROBLEM, LISTED = "manifest.json", "cubes.jsonl", "result.json", "problem", "listed"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep others from working in a folder meanwhile, which is made if it is not there.

    Parameters
    ----------
    path : Path
        The folder.

    Raises
    ------
    InputError
        If somebody does, if nothing can be written there, or if the folder holds what no run has.
    """
    try:
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is a file; give a folder")
        path.mkdir(parents=True, exist_ok=True)
        require_plain(path)
        lock: filelock.BaseFileLock = filelock.FileLock(path / "lock", timeout=0)
        try:
            with catch_warnings():
                simplefilter("ignore")  # what a lock falls back to is its own affair
                lock.acquire()
        except RuntimeError:  # a file system that locks nothing: a file that says who works here
            lock = filelock.SoftFileLock(path / "lock.held", timeout=0)
            lock.acquire()
    except filelock.Timeout:
        raise InputError(f"another process works in {path}; wait for it, or stop it") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


def require_plain(path: Path) -> None:
    """Refuse a run directory with links, or anything but files and the folders that runs have: nothing outside of it is ever
    read or written.

    Parameters
    ----------
    path : Path
        The directory.

    Raises
    ------
    InputError
        That names what is no ordinary file.
    """
    try:
        for folder, rooms in ((path, {PROBLEM, LISTED}), (path / PROBLEM, set()), (path / LISTED, set())):
            if not folder.is_dir():
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    about = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(about.st_mode) and (entry.name in rooms or folder == path):
                        continue
                    if not stat.S_ISREG(about.st_mode):
                        raise InputError(f"{Path(entry.path)} is no ordinary file, as everything in a run directory is")
                    if about.st_nlink > 1 and entry.name in ("lock", CUBES):
                        raise InputError(
                            f"{Path(entry.path)} has a second name elsewhere; copy the folder, then try again"
                        )
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def require_empty(path: Path) -> None:
    """Refuse a folder that holds anything but what a run leaves that was just being created.

    Parameters
    ----------
    path : Path
        The folder, which need not be there.

    Raises
    ------
    InputError
        That names what is in it.
    """
    try:
        names = sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if MANIFEST in names:
        raise InputError(
            f"{path} is not empty: it holds a run already (collude status {quote(str(path))}); give a new folder"
        )
    strange = [name for name in names if name not in (PROBLEM, "lock") and not name.startswith(f".{MANIFEST}.")]
    if strange:
        raise InputError(f"{path} is not empty (it has {strange[0]}); give a new folder")


def not_written(path: Path | None, error: OSError) -> str:
    """Say in one line that a run directory takes nothing more.

    Parameters
    ----------
    path : Path or None
        The directory.
    error : OSError
        What the system said.

    Returns
    -------
    str
        With what to type to go on.
    """
    return (
        f"{path} cannot be written: {error.strerror or error}; every chunk that is done is kept, go on with: "
        + resume_command(path or Path())
    )


def resume_command(path: Path) -> str:
    """Say what to type to go on with a run.

    Parameters
    ----------
    path : Path
        Its directory.

    Returns
    -------
    str
        A command for the shell.
    """
    return f"collude resume {quote(str(path))}"
