"""Where compiled kernels are kept: a folder for each state of the kernel sources, and a checksum in every file.

Numba keeps machine code beside a caller without noticing that a callee in another file has changed, and runs whatever
bytes it finds. Here a changed source means another folder, and a file that is not byte for byte what was written counts
as missing. Only collude's own kernels are kept this way: where Numba keeps anybody else's code is left alone.
"""

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from stat import S_IMODE, S_ISDIR

import platformdirs
from numba import config
from numba.core.base import BaseContext
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator
from numba.core.typing import Signature

KERNELS = Path(__file__).resolve().parent
SWITCHES = ("NUMBA_BOUNDSCHECK", "NUMBA_OPT", "NUMBA_CPU_NAME")


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def sources_digest(folder: Path) -> str:
    """Name the state of the kernels: their sources, the versions and the compiler switches that change machine code.

    Parameters
    ----------
    folder : Path
        Where the sources are; files in folders below count.

    Returns
    -------
    str
        16 hex digits.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    switches = [os.environ.get(name, "") for name in SWITCHES]
    about = [sys.version, _version("numba"), _version("llvmlite"), _version("numpy"), *switches]
    digest.update("\0".join(about).encode())
    return digest.hexdigest()[:16]


def _stamps() -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every kernel source: what a change would change."""
    found = []
    for path in sorted(KERNELS.rglob("*.py")):
        about = path.stat()
        found.append((str(path), about.st_mtime_ns, about.st_size))
    return tuple(found)


_LOADED = (_stamps(), sources_digest(KERNELS))


def _private(folder: Path) -> bool:
    """True if nobody else can have put anything into a folder."""
    about = os.lstat(folder)
    return S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not S_IMODE(about.st_mode) & 0o022


@cache
def store_folder() -> Path | None:
    """Find the folder in which compiled kernels of this state are kept, and make it.

    Returns
    -------
    Path or None
        Below NUMBA_CACHE_DIR if that is set, else below the user's cache folder; a private folder for temporary files where
        nothing can be written there; None where nothing can be kept at all, so that every process compiles for itself.
    """
    digest = _LOADED[1]
    homes = [Path(config.CACHE_DIR)] if config.CACHE_DIR else [platformdirs.user_cache_path()]
    for folder in (home / "collude" / digest for home in homes if home.is_absolute() or config.CACHE_DIR):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            return folder
    with suppress(OSError, AttributeError):
        home = Path(tempfile.gettempdir()) / f"collude-{os.getuid()}"
        home.mkdir(mode=0o700, exist_ok=True)
        if _private(home):
            (home / digest).mkdir(exist_ok=True)
            return home / digest
    return None


def nothing_compiled() -> bool:
    """Tell whether kernels are compiled at all, and none of this state has been so far.

    Returns
    -------
    bool
    """
    folder = store_folder()
    return not config.DISABLE_JIT and (folder is None or not any(folder.rglob("*.nbi")))


class _KernelLocator(_CacheLocator):  # type: ignore[misc]
    """Says where the machine code of one kernel is kept."""

    def __init__(self, folder: Path, function: Callable[..., object]) -> None:
        self._py_file = function.__code__.co_filename
        home = Path(self._py_file).resolve().parent
        self._folder = folder.joinpath(*home.relative_to(KERNELS).parts) if home.is_relative_to(KERNELS) else folder
        self._line = function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        """The folder, of the room that the kernel is in."""
        return str(self._folder)

    def get_source_stamp(self) -> str:
        """The state of all kernel sources, not of the kernel's file only."""
        return _LOADED[1]

    def get_disambiguator(self) -> str:
        """The line at which the kernel begins."""
        return str(self._line)


class _KernelFiles(IndexDataCacheFile):  # type: ignore[misc]
    """The files of one kernel: a checksum, bound to the file's name, before what Numba keeps."""

    def _checksum(self, name: str, content: bytes) -> bytes:
        return hashlib.sha256(name.encode() + b"\0" + content).digest()

    def _write(self, name: str, value: object) -> None:
        content = self._dump(value)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(self._checksum(name, content) + content)

    def _read(self, name: str) -> object:
        with open(self._data_path(name), "rb") as file:
            kept = file.read()
        if kept[:32] != self._checksum(name, kept[32:]):
            raise OSError(f"{name} is damaged")
        return pickle.loads(kept[32:])

    def _save_index(self, overloads: dict[object, str]) -> None:
        self._write(self._index_name, (self._version, self._source_stamp, overloads))

    def _load_index(self) -> dict[object, str]:
        try:
            index = self._read(self._index_name)
        except OSError:
            return {}
        match index:
            case (self._version, self._source_stamp, dict() as overloads):
                return overloads
        return {}

    def _save_data(self, name: str, data: object) -> None:
        self._write(name, data)

    def _load_data(self, name: str) -> object:
        return self._read(name)


class _KernelCacheImpl(CompileResultCacheImpl):  # type: ignore[misc]
    """How machine code is written down: as Numba does, elsewhere."""

    def __init__(self, folder: Path, function: Callable[..., object]) -> None:
        self._lineno = function.__code__.co_firstlineno
        self._locator = _KernelLocator(folder, function)
        name = f"{Path(function.__code__.co_filename).stem}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class KernelStore(FunctionCache):  # type: ignore[misc]
    """The machine code of one kernel on disk.

    Nothing is written once the sources on disk are no longer those that this process has loaded, and a disk that takes
    nothing more costs a compilation, not the answer.

    Parameters
    ----------
    folder : Path
        Of this state of the sources.
    function : callable
        The kernel before it is compiled.
    """

    def __init__(self, folder: Path, function: Callable[..., object]) -> None:
        self._name, self._py_func = repr(function), function
        self._impl = _KernelCacheImpl(folder, function)
        self._cache_path = self._impl.locator.get_cache_path()
        self._cache_file = _KernelFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )
        self.enable()

    def load_overload(self, sig: Signature, target_context: BaseContext) -> object:
        """Machine code for a signature, None if there is none that is intact."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever an index of another build holds: it is compiled again
            return None

    def save_overload(self, sig: Signature, data: object) -> None:
        """Keep machine code for a signature, if the disk takes it."""
        if not sources_changed():
            with suppress(OSError):
                super().save_overload(sig, data)


def sources_changed() -> bool:
    """Tell whether the kernel sources on disk are no longer those that this process has loaded.

    Returns
    -------
    bool
    """
    try:
        return _stamps() != _LOADED[0]
    except OSError:
        return True
