"""What makes two runs one: the manifest of a job, and the refusal of anything else by the name of what differs."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from platform import python_version
from typing import Any

from collude.enumerate.runs.jobs import Job, load_job
from collude.enumerate.runs.rundir import IDENTITY, JSON, RunDirectory, digest, open_run, read_manifest
from collude.models.errors import InputError

SOURCES = ("kernels", "models", "programs", "axioms", "enumerate")


def digest_of(folders: Iterable[Path]) -> str:
    """Hex digest of all Python files below these folders, each under its folder's name and its place in it."""
    hashed = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            place = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            hashed.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()


@cache
def code_digest() -> str:
    """Hex digest of all source code that an answer depends on."""
    specs = [find_spec(f"collude.{folder}") for folder in SOURCES]
    return digest_of(Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def manifest_of(job: Job, part: tuple[int, int]) -> JSON:
    """What the manifest of a new run says."""
    return {
        "command": job.command,
        "spec": job.spec,
        "code": code_digest(),
        "versions": {
            "python": python_version(),
            **{name: _version(name) for name in ("collude", "numba", "numpy")},
        },
        "dtypes": job.dtypes,
        "split": {"chunks": len(job.chunks), "digest": digest(list(job.chunks)), "target": job.target},
        "part": list(part),
    }


def require_same(run: RunDirectory, expected: JSON) -> None:
    """Raise InputError, naming the field, unless a run directory is of the run that is expected."""
    for field in IDENTITY:
        if field in expected and run.manifest[field] != expected[field]:
            there, here = _difference(field, run.manifest[field], expected[field])
            raise InputError(
                f"{run.path} belongs to another run: its {there} but is now {here}; "
                + ("use the version it was begun with, or a new folder" if field == "code" else "use a new folder")
            )


def _difference(field: str, there: Any, here: Any) -> tuple[str, str]:
    """Which value differs, as deep as there are names for it."""
    while isinstance(there, dict) and isinstance(here, dict):
        name = next(key for key in sorted({*there, *here}) if there.get(key) != here.get(key))
        field, there, here = f"{field}.{name}", there.get(name), here.get(name)
    return f"{field} is {str(there)[:80]}", str(here)[:80]


def reopen(path: Path) -> tuple[Job, RunDirectory]:
    """The job and the run of a directory, for going on with it; refused if code, number types or cut have changed."""
    run = open_run(path)
    return _same_job(run), run


def job_at(path: str, identity: str) -> Job:
    """The job of the run directory at `path`, for a worker in another process. Raises InputError unless it is still the run
    of that identity, and code, number types and cut are the same here."""
    run = read_manifest(Path(path))
    if run.identity != identity:
        raise InputError(f"{path} has become another run meanwhile; use a new folder for each")
    return _same_job(run)


def _same_job(run: RunDirectory) -> Job:
    require_same(run, {"code": code_digest()})
    job = load_job(run)
    now = manifest_of(job, (1, 1))
    require_same(run, {name: now[name] for name in ("spec", "dtypes", "split")})
    return job
