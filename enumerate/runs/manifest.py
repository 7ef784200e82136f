"""What makes two runs one: the manifest of a job, and the refusal of anything else by the name of what differs."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version, python_version_tuple
from typing import Any

from collude.enumerate.runs.jobs import Job, load_job
from collude.enumerate.runs.rundir import RunDirectory, digest, open_run, read_manifest
from collude.enumerate.runs.schema import IDENTITY, JSON
from collude.models.errors import InputError
from collude.models.process.sources import code_digest


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
            "python": ".".join(python_version_tuple()[:2]),
            **{name: _version(name) for name in ("numba", "llvmlite", "numpy")},
        },
        "python": python_version(),
        "dtypes": job.dtypes,
        "split": {"chunks": len(job.chunks), "digest": digest(list(job.chunks)), "target": job.target},
        "part": list(part),
    }


def require_same(run: RunDirectory, expected: JSON) -> None:
    """Raise InputError, naming the field, unless a run directory is of the run that is expected."""
    identity = run.manifest.identity()
    for field in IDENTITY:
        if field in expected and identity[field] != expected[field]:
            there, here = _difference(field, identity[field], expected[field])
            raise InputError(
                f"{run.path} belongs to another run: its {there} but is now {here}; "
                + (
                    "use the version it was begun with, or a new folder"
                    if field in ("code", "versions")
                    else "use a new folder"
                )
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
    require_same(run, {name: now[name] for name in ("spec", "versions", "dtypes", "split")})
    return job
