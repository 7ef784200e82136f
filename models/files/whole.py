"""Whole files only: written under another name, forced to disk, then moved to their place."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let a function fill a temporary file next to a path, and move it there once it is complete and on disk.

    A link stays one, and what it points to is written; what is no regular file is left alone.

    Parameters
    ----------
    path
        Where the file will be.
    write
        Gets the temporary file, open for bytes.

    Raises
    ------
    OSError
        Then `path` is what it was before.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Force the entries of a folder to disk, where the system can.

    Parameters
    ----------
    folder
        An existing one.
    """
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
