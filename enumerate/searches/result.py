"""What a search answers: frozen, iterable, as JSON."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, types_of
from collude.models.numbers import big


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The answer to a search. Iterating gives the mechanisms, each an ordinary Mechanism.

    exists: None if the search was stopped before it knew. count: mechanisms (utility functions with `project`), None if
    they were not counted or the search is incomplete. best: the largest objective, exact text. digest: 32 hex digits, the
    same for the same set of mechanisms however the search was split. evidence: what backs the answer up. reason: why it
    is incomplete. share: "I/N" if this was a share of a run, and is done.
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
    evidence: dict[str, Any] = field(default_factory=dict)
    best: str | None = None
    classes: dict[str, int] | None = None
    notes: tuple[str, ...] = ()
    first: Mechanism | None = None
    stream: Callable[[], Iterator[Mechanism]] | None = None
    reason: str = ""
    share: str = ""

    def __iter__(self) -> Iterator[Mechanism]:
        if self.stream is not None:
            yield from self.stream()
        elif self.first is not None:
            yield self.first

    @property
    def status(self) -> int:
        """Exit status: 0 a mechanism exists (or the share is done), 1 none does, 3 not known."""
        if self.share:
            return 0
        if self.exists:
            return 0 if self.complete or self.mode == "exists" else 3
        return 1 if self.complete else 3

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "problem": self.title,
            "require": list(self.require),
            "mode": self.mode,
            "exists": self.exists,
            "count": self.count,
            "complete": self.complete,
            "reason": self.reason,
            "share": self.share,
            "nodes": self.nodes,
            "seconds": round(self.seconds, 6),
            "digest": self.digest,
            "best": self.best,
            "classes": self.classes,
            "examined": {
                "profiles": self.profiles,
                "outcomes": self.outcomes,
                "mechanisms": big(self.options),
                "profile_pairs": self.pairs,
                "cubes": self.cubes,
            },
            "mechanism": None if self.first is None else describe(self.first),
            "notes": list(self.notes),
            "evidence": self.evidence,
        }

    def __str__(self) -> str:
        what = "not known" if self.exists is None else "exists" if self.exists else "none exists"
        count = f", {self.count} in all" if self.count is not None and self.exists else ""
        return f"{self.title} with {', '.join(self.require) or 'no axiom'}: {what}{count}"


def describe(mechanism: Mechanism) -> list[dict[str, Any]]:
    """A mechanism as JSON: one entry per profile, at most 10^5."""
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
