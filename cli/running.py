"""Options about how a long run is done, and how they become a `Running`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

import click

from collude.cli.completion import complete_words
from collude.cli.options import Command

if TYPE_CHECKING:
    from collude.cli.progress import Report as Progress
    from collude.enumerate.runs.drive import Running

_CUT = (
    click.option("--out", metavar="DIR", help="Run directory: killed or stopped, the run can be resumed from there."),
    click.option(
        "--chunks", type=click.IntRange(1), metavar="N", help="Cut the run into some N chunks or more (default 256)."
    ),
    click.option("--part", metavar="I/N", help="Do share I of N only; join the shares with collude merge."),
)
_RUN = (
    click.option(
        "--backend",
        metavar="NAME",
        help="serial, threads (default), processes or dask.",
        shell_complete=complete_words("serial", "threads", "processes", "dask"),
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Of dask, for instance tcp://127.0.0.1:8786."),
    click.option("--jobs", type=click.IntRange(1), metavar="N", help="Workers (default: all processors)."),
    click.option("--max-seconds", type=float, metavar="S", help="End incomplete after that time (exit status 3)."),
    click.option("--max-memory", metavar="SIZE", help="End incomplete when a process holds more: 500MB, 8GB."),
    click.option("--quiet", is_flag=True, help="No progress on stderr."),
)


class RunWords(TypedDict, total=False):
    """What `run_options`, `cut_options` or `jobs_option` hand to a command, as far as it has them."""

    out: str | None
    chunks: int | None
    part: str | None
    backend: str | None
    scheduler: str | None
    jobs: int | None
    max_seconds: float | None
    max_memory: str | None
    quiet: bool


def cut_options(command: Command) -> Command:
    """Where a long run is kept and how it is cut.

    Parameters
    ----------
    command : callable
        The function of a command; it is given some of `RunWords`.

    Returns
    -------
    callable
    """
    for option in reversed(_CUT):
        command = option(command)
    return command


def run_options(command: Command) -> Command:
    """How a long run is done.

    Parameters
    ----------
    command : callable
        The function of a command; it is given some of `RunWords`.

    Returns
    -------
    callable
    """
    for option in reversed(_RUN):
        command = option(command)
    return command


def running_of(given: Mapping[str, object], progress: "Progress | None") -> "Running":
    """How a run is done, from the options of a command.

    Parameters
    ----------
    given : mapping of str to object
        Those of `RunWords` that the command has; others are left alone.
    progress : callable, optional
        Called with (what, how many are done, of how many).

    Returns
    -------
    Running

    Raises
    ------
    InputError
        For a share or a size of memory that cannot be read, or options that do not go together.
    """
    import msgspec

    from collude.enumerate.runs.drive import Running
    from collude.models.errors import InputError

    words = msgspec.convert(dict(given), RunWords)
    if words.get("out") == "":
        raise InputError("--out is empty; name a folder")
    part, memory = words.get("part"), words.get("max_memory")
    return Running(
        out=words.get("out") or "",
        part=(1, 1) if part is None else _share(part),
        backend=words.get("backend") or "",
        jobs=words.get("jobs"),
        scheduler=words.get("scheduler") or "",
        max_seconds=words.get("max_seconds"),
        max_memory=None if memory is None else _size(memory),
        progress=progress,
    )


def beside_the_run(options: Mapping[str, object]) -> dict[str, object]:
    """What the options of a command ask, without those that say how the run is done.

    Parameters
    ----------
    options : mapping of str to object
        By name; `chunks` is part of what is asked.

    Returns
    -------
    dict

    Examples
    --------
    >>> beside_the_run({"mode": "all", "jobs": 2, "chunks": 8})
    {'mode': 'all', 'chunks': 8}
    """
    how = RunWords.__annotations__.keys() - {"chunks"}
    return {name: value for name, value in options.items() if name not in how}


def _share(text: str) -> tuple[int, int]:
    from collude.models.errors import InputError

    part, sign, parts = text.partition("/")
    if not sign or not part.isdecimal() or not parts.isdecimal():
        raise InputError(f"--part {text!r} is not of the form I/N; write for instance 3/64")
    return int(part), int(parts)


def _size(text: str) -> int:
    from collude.models.errors import InputError
    from collude.models.numbers import exact

    upper = text.strip().upper()
    for unit, factor in (("KB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12), ("B", 1), ("", 1)):
        if upper.endswith(unit):
            try:
                return int(exact(upper.removesuffix(unit).strip(), "the size") * factor)
            except InputError:
                break
    raise InputError(f"--max-memory {text!r} is no size; write for instance 500MB or 8GB")
