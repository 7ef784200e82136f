"""What is asked of a search: everything but its outcome space and its axioms."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from collude.enumerate.runs.drive import Running, require_chunks
from collude.enumerate.runs.keywords import RunOptions, boolean, require_known, running_from
from collude.enumerate.runs.schema import JSON
from collude.enumerate.searches.cubes import MODES
from collude.models.errors import InputError
from collude.models.numbers import brief, whole

SWITCHES = {"normalise", "prove", "classify", "isomorphism", "saturate"}
Mode = Literal["count", "exists", "all", "best"]


@dataclass(frozen=True)
class Task:
    """Everything about a search but its outcome space and its axioms.

    Parameters
    ----------
    mode : str
        "exists", "count", "all" or "best".
    normalise : bool
        Utility 0 for all at the first profile.
    project : str
        "utility" counts mechanisms with the same truthful utilities as one.
    objective : str
        "revenue", "welfare" or "utility", with the mode best.
    chunks : int, optional
        At least so many parts.
    confirm : str
        "cpsat" or "sat": a second program confirms the answer.
    prove : bool
        A checked proof if no mechanism exists.
    classify : bool
        Name known forms, with the mode all.
    isomorphism : bool
        Count up to the names of agents and alternatives, with the mode all.
    saturate : bool
        Try a wider grid of transfers.
    running : Running
        How it is run.

    Raises
    ------
    InputError
        For values that do not fit together.

    Examples
    --------
    >>> Task(mode="exists").asked["mode"]
    'exists'
    """

    mode: str = "count"
    normalise: bool = False
    project: str = ""
    objective: str = ""
    chunks: int | None = None
    confirm: str = ""
    prove: bool = False
    classify: bool = False
    isomorphism: bool = False
    saturate: bool = True
    running: Running = field(default_factory=Running)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InputError(f"the mode is {', '.join(MODES)}, not {self.mode!r}")
        if self.project not in ("", "utility"):
            raise InputError(f"mechanisms are projected to their utility, not to {self.project!r}")
        if self.confirm not in ("", "cpsat", "sat"):
            raise InputError(f"an answer is confirmed by cpsat or sat, not {self.confirm!r}")
        if (self.mode == "best") != bool(self.objective):
            raise InputError(
                "the mode best needs an objective (revenue, welfare or utility), and only that mode takes one"
            )
        if self.project and self.mode == "best":
            raise InputError("the best mechanism is not found by projection; leave out project")
        if (self.classify or self.isomorphism) and self.mode != "all":
            what = "known forms are named" if self.classify else "mechanisms are counted up to isomorphism"
            raise InputError(f"{what} when all mechanisms are listed; use the mode all")
        require_chunks(self.chunks)

    @property
    def asked(self) -> JSON:
        """What the answer depends on."""
        return {name: getattr(self, name) for name in ("mode", "normalise", "project", "objective")}

    @property
    def shown(self) -> JSON:
        """What else is to be said about the answer."""
        return {name: getattr(self, name) for name in ("confirm", "prove", "classify", "isomorphism", "saturate")}


OWN_FIELDS = tuple(field.name for field in fields(Task) if field.name != "running")


class SearchOptions(RunOptions, total=False):
    """What else is asked of a search, and how it is run: see `Task` and `Running` for what each key means."""

    normalise: bool
    project: Literal["", "utility"]
    objective: Literal["", "revenue", "welfare", "utility"]
    chunks: int | None
    confirm: Literal["", "cpsat", "sat"]
    prove: bool
    classify: bool
    isomorphism: bool
    saturate: bool


def task_of(options: Mapping[str, object], running: Running | None = None) -> Task:
    """Read the keyword arguments of `search` as a task.

    Parameters
    ----------
    options : mapping of str to object
        mode, and keys of `SearchOptions`.
    running : Running, optional
        How it is run, in place of those keys of `options` that say it.

    Returns
    -------
    Task

    Raises
    ------
    InputError
        For an unknown key, with the nearest one, and for a value of another type.

    Examples
    --------
    >>> task_of({"mode": "all", "classify": True}).classify
    True
    """
    what = OWN_FIELDS
    how = running or running_from("search", options, what)
    if running is not None:
        require_known("search", options, what)
    values: dict[str, object] = {name: value for name, value in options.items() if name in what}
    for name in SWITCHES & values.keys():
        boolean(values[name], name)
    for name in ("mode", "project", "objective", "confirm"):
        if not isinstance(values.get(name, ""), str):
            raise InputError(f"{name} is a word, not {brief(values[name])}")
    if values.get("chunks") is not None:
        values["chunks"] = whole(values["chunks"], "chunks")
    return Task(**values, running=how)  # type: ignore[arg-type]
