"""What one cube of a search gives, typed; as JSON only where it is written to a run directory or read from one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from collude.enumerate.networks.exploration import Residues

LARGEST_PLAIN = (1 << 63) - 1


def number_as_json(number: int) -> int | str:
    """A count as a JSON value: beyond 63 bits as hexadecimal text, which is read back whatever its length."""
    return number if number <= LARGEST_PLAIN else hex(number)


def number_from_json(value: int | str) -> int:
    """The count that `number_as_json` wrote."""
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

    def to_json(self) -> dict[str, Any]:
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
    def from_json(value: dict[str, Any]) -> "CubeResult":
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
