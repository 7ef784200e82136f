"""Where compiled kernels are kept: one folder per state of the kernel sources, so that no stale code is ever reused."""

import hashlib
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def sources_digest(folder: Path) -> str:
    """Hex digest of the kernel sources in `folder`, the versions and the compiler switches that change machine code."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    switches = [os.environ.get(name, "") for name in ("NUMBA_BOUNDSCHECK", "NUMBA_OPT", "NUMBA_CPU_NAME")]
    about = [sys.version, _version("numba"), _version("numpy"), *switches]
    digest.update("\0".join(about).encode())
    return digest.hexdigest()[:16]


def kernels_folder() -> Path:
    """The folder of the kernel sources, wherever the package was installed from."""
    from importlib.util import find_spec

    spec = find_spec("collude.kernels")
    if spec is None or spec.origin is None:
        return Path(__file__).resolve().parent / "kernels"
    return Path(spec.origin).parent


def _writable(folder: Path) -> Path:
    """The folder; or, where nothing can be kept there, one for this process and its children only."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    import atexit
    import shutil
    import tempfile

    own = Path(tempfile.mkdtemp(prefix="collude-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def set_up() -> Path | None:
    """Point Numba at the cache folder of this state of the kernels, unless the user chose one. Idempotent."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = _writable(base / "collude" / sources_digest(kernels_folder()))
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    loaded = sys.modules.get("numba")
    if loaded is not None:
        loaded.config.CACHE_DIR = str(folder)
    return folder
