"""What a search answers: frozen, iterable, addressable, as JSON."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np

from collude.enumerate.listings.classify import FamilyReport
from collude.enumerate.runs.schema import JSON
from collude.enumerate.searches.cube_result import LARGEST_PLAIN
from collude.models.errors import InputError
from collude.models.files.html import html_table
from collude.models.mechanism import Mechanism, types_of
from collude.models.numbers import big

SHOWN = 10
NO_EVIDENCE: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Listed:
    """Mechanisms that a search lists, made as they are asked for.

    Parameters
    ----------
    blocks : function without arguments
        Gives blocks (m, P) of outcome numbers, always in the same order.
    make : function of outcome numbers (P,)
        Gives the mechanism.
    direct : bool
        Whether all blocks are at hand, so that any one mechanism is reached without those before it.
    """

    blocks: Callable[[], Iterator[np.ndarray]]
    make: Callable[[np.ndarray], Mechanism]
    direct: bool

    def __iter__(self) -> Iterator[Mechanism]:
        for block in self.blocks():
            for row in block:
                yield self.make(np.array(row, np.int32))

    def __getitem__(self, number: int) -> Mechanism:
        """Mechanism number `number`, from 0 on; IndexError beyond the last one."""
        left = number
        for block in self.blocks():
            if left < len(block):
                return self.make(np.array(block[left], np.int32))
            left -= len(block)
        raise IndexError(f"there is no mechanism number {number}")


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The answer to a search. Iterating gives the mechanisms, each an ordinary Mechanism; so does a number in brackets.

    Parameters
    ----------
    title : str
        The problem.
    require : tuple of str
        The axioms.
    mode : str
        "exists", "count", "all" or "best".
    exists : bool or None
        None if the search was stopped before it knew.
    count : int or None
        Mechanisms (utility functions with `project`), exact; None if they were not counted or the search is incomplete.
    complete : bool
        Whether the answer is known.
    nodes : int
        Nodes of the search tree.
    seconds : float
        Wall time.
    compiling : float
        Those of them in which this process compiled kernels.
    digest : str
        32 hexadecimal digits, the same for the same set of mechanisms however the search was split; "" if not counted.
    profiles, outcomes, options, pairs, cubes : int
        Profiles; outcomes on offer; mechanisms that conditions on single profiles leave; pairs of profiles that are
        compared; parts of the search.
    evidence : mapping
        What backs the answer up; not to be changed.
    best : str or None
        The largest objective, exact.
    classes : mapping or None
        How many mechanisms have each known form, the first that fits, where that was asked for.
    families : FamilyReport or None
        How many are in each family, and which are in none, where that was asked for.
    notes : tuple of str
        For the reader.
    first : Mechanism or None
        The first mechanism, the best one with the mode best.
    listed : Listed or None
        All mechanisms, made as they are asked for, with the modes all and count.
    reason : str
        Why it is incomplete.
    share : str
        "I/N" if this was a share of a run, and is done.
    met : int
        Mechanisms met so far, also where the search is incomplete.

    Examples
    --------
    >>> import collude as co
    >>> result = co.search(co.voting(agents=2, alternatives=3), require=["strategy-proof"], mode="all")
    >>> result.count, result[3].environment.agents
    (17, 2)
    """

    title: str
    require: tuple[str, ...]
    mode: str
    exists: bool | None
    count: int | None
    complete: bool
    nodes: int
    seconds: float
    digest: str
    profiles: int
    outcomes: int
    options: int
    pairs: int
    cubes: int
    evidence: Mapping[str, Any] = field(default_factory=lambda: NO_EVIDENCE)
    best: str | None = None
    classes: Mapping[str, int] | None = None
    families: FamilyReport | None = None
    notes: tuple[str, ...] = ()
    first: Mechanism | None = None
    listed: Listed | None = None
    reason: str = ""
    share: str = ""
    met: int = 0
    compiling: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))

    def __iter__(self) -> Iterator[Mechanism]:
        if self.listed is not None:
            yield from self.listed
        elif self.first is not None:
            yield self.first

    def __getitem__(self, number: int) -> Mechanism:
        """Mechanism number `number`, from 0 on, in the order of iteration.

        Raises
        ------
        IndexError
            Beyond the last one.
        """
        place = number
        if number < 0:
            if self.count is None:
                raise IndexError("the mechanisms were not counted; number them from 0 on")
            place += self.count
        if place < 0 or (self.count is not None and place >= self.count):
            raise IndexError(f"there is no mechanism number {number}; there are {big(self.count or 0)}")
        if self.listed is not None:
            return self.listed[place]
        if place == 0 and self.first is not None:
            return self.first
        raise IndexError(f"there is no mechanism number {number}; the mode {self.mode} keeps one at most")

    def some(self, most: int = SHOWN) -> list[Mechanism]:
        """The first mechanisms, at most so many."""
        return list(islice(self, most))

    @property
    def status(self) -> int:
        """Exit status: 0 a mechanism exists (or the share is done), 1 none does, 3 not known."""
        if self.share:
            return 0
        if self.exists:
            return 0 if self.complete or self.mode == "exists" else 3
        return 1 if self.complete else 3

    def to_dict(self) -> JSON:
        """Plain JSON values; a count beyond 63 bits is text."""
        return {
            "problem": self.title,
            "require": list(self.require),
            "mode": self.mode,
            "exists": self.exists,
            "count": self.count if self.count is None or self.count <= LARGEST_PLAIN else big(self.count),
            "complete": self.complete,
            "reason": self.reason,
            "share": self.share,
            "nodes": self.nodes,
            "seconds": round(self.seconds, 6),
            "time": {"compiling": round(self.compiling, 6)},
            "digest": self.digest,
            "best": self.best,
            "classes": None if self.classes is None else dict(self.classes),
            **({} if self.families is None else self.families.to_dict()),
            "examined": {
                "profiles": self.profiles,
                "outcomes": self.outcomes,
                "mechanisms": big(self.options),
                "profile_pairs": self.pairs,
                "cubes": self.cubes,
            },
            "mechanism": None if self.first is None else mechanism_as_json(self.first),
            "notes": list(self.notes),
            "evidence": dict(self.evidence),
        }

    def __repr__(self) -> str:
        ended = "" if self.complete else f"\nincomplete: {self.reason or f'share {self.share}'}"
        return f"{self}\n{self.profiles} profiles, {self.outcomes} outcomes, {self.nodes} nodes{ended}"

    def _repr_html_(self) -> str:
        facts = [
            ("profiles", self.profiles),
            ("outcomes", self.outcomes),
            ("nodes", self.nodes),
            *(("form: " + name, count) for name, count in (self.classes or {}).items()),
            *(("note", note) for note in self.notes),
        ]
        shown = "" if self.first is None else self.first._repr_html_()
        return html_table((), facts, str(self)) + shown

    def __str__(self) -> str:
        what = "not known" if self.exists is None else "exists" if self.exists else "none exists"
        count = f", {big(self.count)} in all" if self.count is not None and self.exists else ""
        return f"{self.title} with {', '.join(self.require) or 'no axiom'}: {what}{count}"


def mechanism_as_json(mechanism: Mechanism) -> list[dict[str, object]]:
    """Write a mechanism for JSON, profile by profile.

    Parameters
    ----------
    mechanism : Mechanism
        With at most 10^5 profiles.

    Returns
    -------
    list of dict
        One for each profile: `profile` (type indices), `bundles` and `transfers` (exact text, money received) of each agent.

    Raises
    ------
    InputError
        If it has more profiles.
    """
    env = mechanism.environment
    if env.profiles > 100_000:
        raise InputError(f"a mechanism with {env.profiles} profiles is not printed; write it with --out")
    words = {}
    for outcome in np.unique(mechanism.outcome).tolist():
        shown = mechanism.show_outcome(outcome)
        words[outcome] = {
            "bundles": [list(bundle) for bundle in shown.bundles],
            "transfers": [str(t) for t in shown.transfers],
        }
    type_indices = types_of(env.sizes, 0, env.profiles).T.tolist()
    return [
        {"profile": profile, **words[outcome]}
        for profile, outcome in zip(type_indices, mechanism.outcome.tolist(), strict=True)
    ]
