"""Which type, added to the grid, breaks a mechanism: no mechanism on the wider grid with the same axioms agrees with it.

The wider problem is searched with the outcomes on the old profiles held fixed, so that the answer is exact for each type that
is tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from collude.enumerate.problems.registry import build_problem
from collude.enumerate.searches.search import search
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.numbers import exact
from collude.models.registry import sequence_of
from collude.models.space import Cells, OutcomeSpace

Type = Fraction | tuple[Fraction, ...]
Content = tuple[tuple[tuple[int, ...], ...], tuple[Fraction, ...]]
AUTO = "auto"
NEAR = 4
MOST_TRIED = 100


@shown
@dataclass(frozen=True)
class BreakingTypes:
    """number: of the mechanism in its list, from 0 on. breaks: the types that, added for all agents, leave no mechanism that
    agrees with it on the old types. keeps: those that leave one. undecided: those whose search was stopped."""

    number: int
    breaks: tuple[str, ...]
    keeps: tuple[str, ...]
    undecided: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "number": self.number,
            "breaks": list(self.breaks),
            "keeps": list(self.keeps),
            "undecided": list(self.undecided),
        }


def breaking_types(
    problem: str,
    parameters: Mapping[str, object],
    require: Sequence[str],
    mechanisms: Mapping[int, Mechanism],
    candidates: str | Sequence[object] = AUTO,
    *,
    max_seconds: float | None = None,
) -> list[BreakingTypes]:
    """Which of some types, added to the grid of a problem, break each mechanism.

    Parameters
    ----------
    problem, parameters
        As for `build_problem`; the types are its `values` or its `costs`, the same for all agents, or made from its
        `marginals`.
    require
        The axioms, which the mechanisms satisfy; "normalised" is met by the old profiles and left out.
    mechanisms
        By number.
    candidates
        The types that are tried: a grid, vectors "1,4;2,3", or "auto" for those of `candidate_types`.
    max_seconds
        Bound on each search.

    Returns
    -------
    list of BreakingTypes, one for each mechanism

    Raises
    ------
    InputError
        If the problem has no such grid of types, or both; or a candidate is in it.

    Examples
    --------
    >>> from collude.enumerate.problems.registry import build_problem
    >>> from collude.enumerate.searches.search import search
    >>> given = {"agents": 2, "costs": "2,10", "uniform_price": "0,4,8"}
    >>> space = build_problem("uniform-price", given)
    >>> found = search(space, require=["group-strategy-proof"], mode="all", classify=True)
    >>> extras = dict(zip(found.families.numbers, found.families.extras()))
    >>> breaking_types("uniform-price", given, ["group-strategy-proof"], extras, [3, 6])[0].breaks
    ('6',)
    """
    key, types = _types_of(parameters)
    tried = candidate_types(types, positive=key != "values") if candidates == AUTO else sequence_of(candidates, "types")
    asked = [name for name in require if name != "normalised"]
    answers: dict[int, dict[str, list[str]]] = {n: {"breaks": [], "keeps": [], "undecided": []} for n in mechanisms}
    for added in map(_plain, tried):
        if added in types or isinstance(added, tuple) != isinstance(types[0], tuple):
            raise InputError(f"{_shown(added)} cannot be added to the {key}: it is there, or of another form")
        row = (*types, added) if isinstance(added, tuple) else tuple(sorted((*types, added)))
        wider = build_problem(problem, {**parameters, key: row})
        for number, mechanism in mechanisms.items():
            exists = _extends(wider, mechanism, asked, max_seconds)
            word = "undecided" if exists is None else "keeps" if exists else "breaks"
            answers[number][word].append(_shown(added))
    return [
        BreakingTypes(number, *(tuple(words[word]) for word in ("breaks", "keeps", "undecided")))
        for number, words in answers.items()
    ]


def candidate_types(types: Sequence[Type], *, positive: bool = False) -> tuple[Type, ...]:
    """Make types near those of a grid: midpoints, and a quarter of the smallest gap on either side of each.

    For vectors of marginal costs: midpoints of pairs, and each entry changed by a quarter of the smallest difference that
    occurs, as long as the entries increase strictly.

    Parameters
    ----------
    types
        Of the grid, increasing.
    positive
        Leave out what is not above zero.

    Returns
    -------
    tuple
        Of further types, increasing.

    Examples
    --------
    >>> [str(x) for x in candidate_types([Fraction(2), Fraction(10)], positive=True)]
    ['4', '6', '8', '12']
    """
    numbers = sorted({x for each in types for x in (each if isinstance(each, tuple) else (each,))})
    step = min((b - a for a, b in pairwise(numbers)), default=Fraction(1)) / NEAR
    found: set[Type] = set()
    for each in types:
        if isinstance(each, tuple):
            for place in range(len(each)):
                found |= {(*each[:place], each[place] + move, *each[place + 1 :]) for move in (-step, step)}
        else:
            found |= {each - step, each + step}
    for one, other in combinations(types, 2):
        if isinstance(one, tuple) and isinstance(other, tuple):
            found.add(tuple((a + b) / 2 for a, b in zip(one, other, strict=True)))
    if not isinstance(types[0], tuple):
        found |= {(a + b) / 2 for a, b in pairwise(numbers)}
    return tuple(sorted(each for each in found - set(types) if _usable(each, positive)))


def _usable(candidate: Type, positive: bool) -> bool:
    entries = candidate if isinstance(candidate, tuple) else (candidate,)
    return all(a < b for a, b in pairwise(entries)) and (not positive or entries[0] > 0)


def _plain(value: object) -> Type:
    if isinstance(value, (tuple, list)):
        return tuple(exact(x, "a type") for x in value)
    return exact(value, "a type")


def _shown(value: Type) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _types_of(parameters: Mapping[str, object]) -> tuple[str, tuple[Type, ...]]:
    """The grid of types of a problem and how it is called."""
    keys = [key for key in ("values", "costs", "marginals") if parameters.get(key) is not None]
    if len(keys) != 1:
        raise InputError(
            "types are added to one grid of values or of costs that all agents share (an auction, procurement)"
        )
    return keys[0], tuple(_plain(value) for value in sequence_of(parameters[keys[0]], keys[0]))


def _extends(
    wider: OutcomeSpace, mechanism: Mechanism, require: Sequence[str], max_seconds: float | None
) -> bool | None:
    """Whether a mechanism with the axioms on the wider grid agrees with one on the old grid; None if that is not known."""
    restricted = _held_fixed(wider, mechanism)
    if restricted is None:
        return False
    return search(restricted, require=require, mode="exists", jobs=1, max_seconds=max_seconds).exists


def _held_fixed(wider: OutcomeSpace, mechanism: Mechanism) -> OutcomeSpace | None:
    """The wider problem with the old profiles held at what the mechanism does there; None if nothing is left somewhere."""
    old, new = mechanism.environment, wider.environment
    cells = wider.cells or _profile_by_profile(wider)
    numbers: dict[Content, set[int]] = {}
    for outcome, content in enumerate(_contents(wider)):
        numbers.setdefault(content, set()).add(outcome)
    places = [[new.types[i].index(each) for each in old.types[i]] for i in range(old.agents)]
    allowed = np.arange(cells.option.shape[1])[None, :] < cells.values[:, None]
    for profile in all_profiles(old):
        number = 0
        for i, k in enumerate(profile):
            number = number * new.sizes[i] + places[i][k]
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        wanted = sorted(numbers.get((shown.bundles, shown.transfers), ()))
        allowed[cells.variable[number]] &= np.isin(cells.option[number], wanted)
    counts = allowed.sum(axis=1)
    if not counts.all():
        return None
    order = np.argsort(~allowed, axis=1, kind="stable")[:, : int(counts.max())]
    option = np.take_along_axis(cells.option, order[cells.variable], axis=1)
    return replace(wider, cells=Cells(cells.variable, np.ascontiguousarray(option, np.int32), counts.astype(np.int64)))


def _profile_by_profile(space: OutcomeSpace) -> Cells:
    """Every profile decided by itself, among all outcomes."""
    profiles, outcomes = space.environment.profiles, space.outcomes
    option = np.tile(np.arange(outcomes, dtype=np.int32), (profiles, 1))
    return Cells(np.arange(profiles), option, np.full(profiles, outcomes, np.int64))


def _contents(space: OutcomeSpace) -> Iterator[Content]:
    """What each outcome gives, whatever its number."""
    env = space.environment
    for held, paid in zip(space.bundle.tolist(), space.transfer.tolist(), strict=True):
        bundles = tuple(tuple(env.bundles[i][b]) for i, b in enumerate(held))
        yield bundles, tuple(Fraction(t, space.scale) for t in paid)
