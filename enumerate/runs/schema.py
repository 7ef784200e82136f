"""What the files of a run directory say: types, and the refusal of anything else, for directories may come from strangers."""

import json
import re
from typing import Annotated, Any, Literal

import msgspec

from collude.models.errors import InputError

JSON = dict[str, Any]
Values = list[Any]
FORMAT = 2
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
IDENTITY = ("command", "spec", "problem", "code", "versions", "dtypes", "split")
UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


Natural = Annotated[int, msgspec.Meta(ge=0)]
FileName = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$", max_length=100)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
LargeCount = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-f]+$")]
Lane = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


def canonical(value: object) -> bytes:
    """Write a JSON value in the one way in which it is written here.

    Parameters
    ----------
    value : JSON value
        No floats that are not numbers.

    Returns
    -------
    bytes
        ASCII, keys sorted, no spaces.
    """
    return ENCODER.encode(value).encode()


class Split(msgspec.Struct, frozen=True):
    """How a problem is cut.

    chunks: how many there are. digest: of where they lie. target: how many were asked for.
    """

    chunks: Natural
    digest: Sha256
    target: Natural


class Shown(msgspec.Struct, frozen=True):
    """What else is said about the answer of a search."""

    confirm: str = ""
    prove: bool = False
    classify: bool = False
    isomorphism: bool = False
    saturate: bool = True


class SearchQuestion(msgspec.Struct, frozen=True):
    """What a search asks."""

    require: list[str]
    title: str
    mode: Literal["exists", "count", "all", "best"]
    normalise: bool
    project: str
    objective: str


class CheckQuestion(msgspec.Struct, frozen=True):
    """What a check asks."""

    axioms: list[str]
    count: str
    max_coalition: int | None
    path: str


class ManipulabilityQuestion(msgspec.Struct, frozen=True):
    """What a count of manipulable elections asks."""

    rule: str
    alternatives: Natural
    voters: list[Natural]
    parameters: dict[str, str]
    sizes: bool
    formula: bool
    period: int | None


Axioms = list[Annotated[str, msgspec.Meta(max_length=200)]] | None


class SweepSpec(msgspec.Struct, frozen=True):
    """What a sweep asks."""

    subject: str
    parameters: dict[str, bool | int | str]
    vary: Annotated[list[tuple[str, list[str]]], msgspec.Meta(min_length=1, max_length=2)]
    require: Axioms
    axioms: Axioms
    spread: bool
    classify: bool
    options: dict[str, bool | int | str | None]
    slack: Literal["", "free", "balanced"]


class SymmetricQuestion(msgspec.Struct, frozen=True):
    """What a check on multisets of types asks. votes: axioms that are decided situation by situation."""

    axioms: list[str]
    count: Literal["coalitions", "none"]
    max_coalition: int | None
    votes: list[str]


SPECS = {
    "check": CheckQuestion,
    "check-symmetric": SymmetricQuestion,
    "search": SearchQuestion,
    "manipulability": ManipulabilityQuestion,
    "sweep": SweepSpec,
}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is.

    command, spec: what is asked. problem: the digest of each file of the problem. code: digest of the source code.
    versions, dtypes: of the libraries and of the numbers that kernels compute with. split: the cut. part: which share of
    how many. shown: what else is said about the answer. python: in full, for the reader.
    """

    command: Literal["check", "check-symmetric", "search", "manipulability", "sweep"]
    spec: JSON
    problem: dict[FileName, Sha256]
    code: str
    versions: dict[str, str]
    dtypes: dict[str, str]
    split: Split
    part: tuple[int, int]
    shown: JSON
    python: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.part[0] <= self.part[1]:
            raise ValueError("part is no share")
        if "about" not in self.problem:
            raise ValueError("problem has no about")
        msgspec.convert(self.spec, SPECS[self.command])
        msgspec.convert(self.shown, Shown)

    @property
    def share(self) -> str:
        """Which share of the run it is, I/N."""
        return f"{self.part[0]}/{self.part[1]}"

    def identity(self) -> JSON:
        """What makes two runs shares of one: everything but which share it is, and what is said beside the answer."""
        plain = msgspec.to_builtins(self)
        return {name: plain[name] for name in IDENTITY}


class CubeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a cube of a search gives. best, floor: of the objective, scaled. sha256: of the file that lists its mechanisms."""

    solutions: Natural | LargeCount
    nodes: Natural | LargeCount
    digest: tuple[Lane, Lane]
    edge: bool
    best: int | None
    floor: int | None
    first: list[Natural] | None
    checked: Natural = 0
    sha256: Sha256 | msgspec.UnsetType = msgspec.UNSET


class BlockRecord(msgspec.Struct, frozen=True):
    """What a block of a check gives: how many violations, and the rank of the worst."""

    count: Natural
    key: Values | None


class ElectionRecord(msgspec.Struct, frozen=True):
    """What one electorate of a count gives; numbers of profiles are text, see `ElectionCount`."""

    voters: Natural
    situations: Natural
    manipulable: Natural
    profiles: str
    manipulable_profiles: str
    by_size: dict[str, Natural]
    profiles_by_size: dict[str, str]


class PointRecord(msgspec.Struct, frozen=True):
    """One answer of a sweep. count: hexadecimal; gain: a fraction as text."""

    axiom: str
    answer: Literal["possible", "impossible", "holds", "violated", "holds within the bound"]
    count: LargeCount | None
    gain: Annotated[str, msgspec.Meta(pattern="^-?[0-9]+(/[0-9]*[1-9][0-9]*)?$")] | None
    families: dict[str, Natural] | None
    extras: Natural | None


class SettingRecord(msgspec.Struct, frozen=True):
    """What a setting of a sweep gives: one answer, or one for each axiom."""

    points: list[PointRecord]


class MultisetCount(msgspec.Struct, frozen=True):
    """What multisets say about an axiom or a rule; see `PairCount`, `ProfileCount` and `VoteCount`. pairs: exact, as text."""

    classes: Natural
    pairs: Annotated[str, msgspec.Meta(pattern="^[0-9]+$")]
    best: tuple[int, Natural, list[Natural]] | None = None
    worst: tuple[int, list[Natural], list[Natural]] | None = None
    first: int | None = None


class MultisetRecord(msgspec.Struct, frozen=True):
    """What a span of pairs of multisets gives for each rule, or an axiom about profiles for itself."""

    counts: dict[str, MultisetCount]


class LineRecord(msgspec.Struct, frozen=True):
    """A line of the file of chunks. sum: its checksum."""

    chunk: Natural
    where: Values
    result: JSON
    seconds: float
    sum: str


RESULTS = {
    "check": BlockRecord,
    "check-symmetric": MultisetRecord,
    "search": CubeRecord,
    "manipulability": ElectionRecord,
    "sweep": SettingRecord,
}


def strict(text: bytes) -> JSON | None:
    """Read a JSON object whose bytes are exactly what `canonical` writes and a line break.

    Parameters
    ----------
    text : bytes
        The bytes.

    Returns
    -------
    dict or None
        None if they are anything else.
    """
    try:
        found = json.loads(text)
        return found if isinstance(found, dict) and canonical(found) + b"\n" == text else None
    except (ValueError, RecursionError):
        return None


def line_record(text: bytes, command: str) -> LineRecord | None:
    """Read the line of a chunk; its checksum is not looked at.

    Parameters
    ----------
    text : bytes
        The line.
    command : str
        Whose results the types must be.

    Returns
    -------
    LineRecord or None
        None if it is no line, or its result none of the command's.
    """
    try:
        line = msgspec.json.decode(text, type=LineRecord)
        msgspec.convert(line.result, RESULTS[command])
    except (ValueError, RecursionError):
        return None
    return line


def manifest_from(found: JSON, name: str) -> Manifest:
    """Read a manifest from a JSON object, its checksum taken off.

    Parameters
    ----------
    found : dict
        The object.
    name : str
        What to call it in a message.

    Returns
    -------
    Manifest

    Raises
    ------
    InputError
        If it says anything else.
    """
    if found.get("format") != FORMAT:
        raise InputError(f"{name} has format {str(found.get('format'))[:20]}, but this version reads {FORMAT}")
    require_showable(found, name)
    try:
        return msgspec.convert({key: value for key, value in found.items() if key != "format"}, Manifest)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no manifest: {error}") from None


def require_showable(value: object, name: str) -> None:
    """Refuse a JSON value with a text that could change what a terminal shows.

    Parameters
    ----------
    value : JSON value
        Looked at as deep as it goes.
    name : str
        What to call it in a message.

    Raises
    ------
    InputError
        That shows the text, escaped.
    """
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if UNSHOWABLE.search(each):
                raise InputError(f"{name} has control characters in {each[:40]!a}; leave them out")
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
