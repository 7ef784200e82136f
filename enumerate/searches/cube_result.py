"""What one cube of a search gives, typed; as JSON only where it is written to a run directory or read from one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from collude.enumerate.networks.exploration import Residues
from collude.enumerate.runs.schema import JSON
from collude.kernels.search.residues import PRIME

LARGEST_PLAIN = (1 << 63) - 1


def number_as_json(number: int) -> int | str:
    """Write an exact count for JSON: as a number up to 63 bits, beyond that as hexadecimal text, whatever its length.

    Parameters
    ----------
    number : int
        The count, at least 0.

    Returns
    -------
    int or str

    Examples
    --------
    >>> number_as_json(17), number_as_json(2**70)
    (17, '0x400000000000000000')
    """
    return number if number <= LARGEST_PLAIN else hex(number)


def number_from_json(value: int | str) -> int:
    """Read an exact count that `number_as_json` wrote.

    Parameters
    ----------
    value : int or str
        As it stands in JSON.

    Returns
    -------
    int

    Examples
    --------
    >>> number_from_json("0x400000000000000000") == 2**70
    True
    """
    return int(value, 16) if isinstance(value, str) else int(value)


@dataclass(frozen=True, eq=False)
class CubeResult:
    """What one cube gives.

    Parameters
    ----------
    solutions : int
        Mechanisms, exact; with the mode best, how often a better one was met.
    nodes : int
        Nodes of the search tree.
    digest : pair of int
        Residues modulo 2^61 - 1; those of all cubes add up.
    edge : bool
        Whether a transfer at the edge of the grid is used, where that was asked for.
    best, floor : int or None
        The largest objective, scaled, and the one that had to be exceeded.
    first : ndarray (P,) int32 or None
        Outcome numbers of the first mechanism, the best one with the mode best.
    checked : int
        How many mechanisms were checked again by the axioms.
    sha256 : str
        Digest of the file that lists its mechanisms, "" if there is none.
    rows : sequence of ndarray (m, P) int32, or None
        Its mechanisms, where they are kept in memory.
    """

    solutions: int
    nodes: int
    digest: Residues
    edge: bool = False
    best: int | None = None
    floor: int | None = None
    first: np.ndarray | None = None
    checked: int = 0
    sha256: str = ""
    rows: Sequence[np.ndarray] | None = field(default=None)

    def to_json(self) -> dict[str, object]:
        """As a line of a run directory has it."""
        kept = {"sha256": self.sha256} if self.sha256 else {}
        return {
            "best": self.best,
            "checked": self.checked,
            "digest": [f"{part:016x}" for part in self.digest],
            "edge": self.edge,
            "first": None if self.first is None else self.first.tolist(),
            "floor": self.floor,
            "nodes": self.nodes,
            "solutions": number_as_json(self.solutions),
            **kept,
        }

    @staticmethod
    def from_json(value: JSON) -> "CubeResult":
        """What `to_json` wrote."""
        one, other = value["digest"]
        return CubeResult(
            number_from_json(value["solutions"]),
            value["nodes"],
            (int(one, 16), int(other, 16)),
            value["edge"],
            value["best"],
            value["floor"],
            None if value["first"] is None else np.array(value["first"], np.int32),
            value["checked"],
            value.get("sha256", ""),
            value.get("rows"),
        )


@dataclass(frozen=True, eq=False)
class Totals:
    """What the cubes of a search give together.

    Parameters
    ----------
    exists : bool or None
        None if it is not known yet.
    complete : bool
        Whether the answer is known.
    solutions : int
        Mechanisms met so far.
    digest : str
        32 hexadecimal digits, "" unless all mechanisms were counted.
    best : Fraction or None
        The largest objective.
    edge : bool
        Whether a transfer at the edge of the grid is used.
    nodes, checked : int
        Nodes of the tree; mechanisms checked again by the axioms.
    first : ndarray (P,) int32 or None
        The first mechanism, the best one with the mode best.
    """

    exists: bool | None
    complete: bool
    solutions: int
    digest: str
    best: Fraction | None
    edge: bool
    nodes: int
    checked: int
    first: np.ndarray | None


def add_up(cubes: Sequence[CubeResult], unit: int, *, complete: bool, counted: bool) -> Totals:
    """What cubes give together.

    Parameters
    ----------
    cubes : sequence of CubeResult
        In their order.
    unit : int
        What the objective was multiplied by.
    complete, counted : bool
        Whether the answer is known from them, and whether it is a count of all mechanisms.

    Returns
    -------
    Totals

    Examples
    --------
    >>> add_up([CubeResult(2, 5, (1, 1)), CubeResult(0, 3, (0, 0))], 1, complete=True, counted=True).solutions
    2
    """
    having = [cube for cube in cubes if cube.solutions]
    best = max((cube.best for cube in cubes if cube.best is not None), default=None)
    chosen = [cube for cube in having if cube.best == best] if best is not None else having
    one, other = (sum(cube.digest[lane] for cube in cubes) % PRIME for lane in (0, 1))
    return Totals(
        True if having else (False if complete else None),
        complete,
        sum(cube.solutions for cube in cubes),
        f"{one:016x}{other:016x}" if counted else "",
        None if best is None else Fraction(best) / unit,
        any(cube.edge for cube in cubes),
        sum(cube.nodes for cube in cubes),
        sum(cube.checked for cube in cubes),
        chosen[0].first if chosen else None,
    )


def met_so_far(results: Mapping[int, JSON]) -> str:
    """Say how many mechanisms the cubes that are done have met.

    Parameters
    ----------
    results : mapping of int to dict
        Of the cubes that are done.

    Returns
    -------
    str
        "" in the mode best, which passes over most.
    """
    if any(result["best"] is not None for result in results.values()):
        return ""
    found = sum(number_from_json(result["solutions"]) for result in results.values())
    return f"{found:,} found so far" if found < 10**15 else "more than 10^15 found so far"
