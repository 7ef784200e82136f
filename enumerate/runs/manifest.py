"""What makes two runs one: the manifest of a job, and the refusal of anything else by the name of what differs."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version, python_version_tuple
from typing import NamedTuple

from collude.enumerate.runs.jobs import Job, load_job
from collude.enumerate.runs.opening import open_run, read_manifest
from collude.enumerate.runs.rundir import RunDirectory, digest
from collude.enumerate.runs.schema import IDENTITY, JSON
from collude.models.errors import InputError
from collude.models.process.sources import code_digest


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def manifest_of(job: Job, part: tuple[int, int]) -> JSON:
    """Say what the manifest of a new run says.

    Parameters
    ----------
    job : Job
        What is asked.
    part : (int, int)
        Which share of how many.

    Returns
    -------
    dict
        Without the problem's digests and the checksum.
    """
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
    """Refuse a run directory that is not of the run that is expected.

    Parameters
    ----------
    run : RunDirectory
        The directory.
    expected : dict
        Some fields of a manifest.

    Raises
    ------
    InputError
        That names the field, what it is there and here.
    """
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


def _difference(field: str, there: object, here: object) -> tuple[str, str]:
    """Which value differs, as deep as there are names for it."""
    while isinstance(there, dict) and isinstance(here, dict):
        name = next(key for key in sorted({*there, *here}) if there.get(key) != here.get(key))
        field, there, here = f"{field}.{name}", there.get(name), here.get(name)
    return f"{field} is {str(there)[:80]}", str(here)[:80]


class Reopened(NamedTuple):
    """A run that goes on: its job, and its directory."""

    job: Job
    run: RunDirectory


def reopen(path: Path) -> Reopened:
    """Open a run directory for going on with it.

    Parameters
    ----------
    path : Path
        The directory.

    Returns
    -------
    Reopened

    Raises
    ------
    InputError
        If it is damaged, or if code, number types or cut have changed.
    """
    run = open_run(path)
    return Reopened(_same_job(run), run)


def job_at(path: str, identity: str) -> Job:
    """Make the job of a run directory again, for a worker in another process.

    Parameters
    ----------
    path : str
        The directory.
    identity : str
        The identity that it must have.

    Returns
    -------
    Job

    Raises
    ------
    InputError
        If it has become another run, or code, number types or cut are not the same here.
    """
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
