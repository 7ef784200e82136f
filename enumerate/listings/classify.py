"""Known forms of mechanisms: which of those that were found are named in the literature, and which are extras."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from collude.enumerate.families.forms import Family, families_of
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism
from collude.models.space import OutcomeSpace

CLASSES = {
    "trivial": "trivial",
    "top-value": "chapter 3 construction",
    "n-price": "n-price",
    "constant": "constant",
    "dictatorial": "dictatorship",
}
OTHERS = "others"
MOST_NAMED = 100


@shown
@dataclass(frozen=True, eq=False)
class FamilyReport:
    """Mechanisms sorted into families, which overlap.

    Attributes
    ----------
    space : the problem
    families : those that such an environment can have
    counts : how many mechanisms are in each, by name
    classes : how many have each form, the first that fits, "others" for the rest
    numbers : the numbers, from 0 on, of the extras: mechanisms in no family that says what happens
    rows : (number of extras, P) their outcome numbers
    total : how many mechanisms there are
    """

    space: OutcomeSpace
    families: tuple[Family, ...]
    counts: Mapping[str, int]
    classes: Mapping[str, int]
    numbers: tuple[int, ...]
    rows: np.ndarray
    total: int

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; of the extras the first hundred numbers."""
        return {
            "families": {name: {"count": count, "title": self.titles[name]} for name, count in self.counts.items()},
            "extras": {"count": len(self.numbers), "numbers": list(self.numbers[:MOST_NAMED])},
        }

    @property
    def titles(self) -> dict[str, str]:
        """What a reader is told of each family, by name."""
        return {family.name: family.title for family in self.families}

    def extras(self) -> Iterator[Mechanism]:
        """The extras, in the order of the search."""
        for number, row in zip(self.numbers, self.rows, strict=True):
            yield self.space.mechanism(row, f"extra-{number + 1}")


def classify(space: OutcomeSpace, listed: Iterable[np.ndarray]) -> FamilyReport:
    """Sort mechanisms into families.

    Parameters
    ----------
    space
        The problem.
    listed
        Outcome numbers (P,) of each mechanism.

    Returns
    -------
    FamilyReport

    Examples
    --------
    >>> import collude as co
    >>> space = co.outcome_space(co.voting(2, 3))
    >>> found = co.search(space, require=["strategy-proof"], mode="all", classify=True).families
    >>> dict(found.counts), found.numbers[:2]
    ({'constant': 3, 'dictatorial': 2}, (1, 2))
    """
    known = list(families_of(space.environment))
    counts = dict.fromkeys((family.name for family, _ in known), 0)
    named = [(CLASSES[f.name], f.name) for f in sorted((f for f, _ in known if f.name in CLASSES), key=_class_order)]
    classes = dict.fromkeys((*(word for word, _ in named), OTHERS), 0)
    numbers, rows = [], []
    total = 0
    for number, outcome in enumerate(listed):
        mechanism = space.mechanism(outcome)
        fitting = [family for family, recognises in known if recognises(mechanism)]
        names = {family.name for family in fitting}
        for name in names:
            counts[name] += 1
        classes[next((word for word, name in named if name in names), OTHERS)] += 1
        if not any(family.explains for family in fitting):
            numbers.append(number)
            rows.append(np.array(outcome, np.int32))
        total += 1
    table = np.stack(rows) if rows else np.zeros((0, space.environment.profiles), np.int32)
    return FamilyReport(
        space,
        tuple(family for family, _ in known),
        MappingProxyType(counts),
        MappingProxyType(classes),
        tuple(numbers),
        table,
        total,
    )


def _class_order(family: Family) -> int:
    return list(CLASSES).index(family.name)
