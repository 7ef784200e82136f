"""The Shapley value of a cooperative game of one's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial

from collude.models.errors import InputError, SizeError
from collude.models.numbers import exact

MOST_AGENTS = 16


@dataclass(frozen=True)
class ShapleyValue:
    """How the worth of all agents is shared out. agents: their names. shares: what each gets, exact; they sum to the worth
    of the coalition of all."""

    agents: tuple[str, ...]
    shares: tuple[Fraction, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"agents": list(self.agents), "shares": [str(share) for share in self.shares]}


def shapley_value(worths: Mapping[frozenset[str], Fraction]) -> ShapleyValue:
    """Share out the worth of a game: each agent gets what he adds to those before him, on average over all orders.

    Parameters
    ----------
    worths : mapping of frozenset of str to Fraction
        The worth of every coalition of the agents that occur; nobody is worth 0.

    Returns
    -------
    ShapleyValue
        Agents in the order of their names.

    Raises
    ------
    InputError
        If a coalition is missing, or nobody is worth something.
    SizeError
        For more than 16 agents.

    Notes
    -----
    Cost: agents times coalitions.

    References
    ----------
    Shapley (1953), A value for n-person games.

    Examples
    --------
    >>> found = shapley_value(read_game(["A=0", "B=2", "A+B=8"]))
    >>> dict(zip(found.agents, map(str, found.shares)))
    {'A': '3', 'B': '5'}
    """
    agents = tuple(sorted(frozenset().union(*worths)))
    n = len(agents)
    if n > MOST_AGENTS:
        raise SizeError(f"games of at most {MOST_AGENTS} agents are shared out, not {n}", n)
    if not agents:
        raise InputError("there is no agent; write for instance A=0 B=2 A+B=8")
    known = {frozenset(): Fraction(0), **worths}
    if known[frozenset()]:
        raise InputError("nobody is worth 0; leave out the empty coalition")
    shares = [Fraction(0)] * n
    for size in range(n):
        weight = Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
        for i, agent in enumerate(agents):
            others = [name for name in agents if name != agent]
            for before in map(frozenset, combinations(others, size)):
                joined = before | {agent}
                for coalition in (before, joined):
                    if coalition not in known:
                        raise InputError(
                            f"the worth of {'+'.join(sorted(coalition))} is missing; every coalition needs one"
                        )
                shares[i] += weight * (known[joined] - known[before])
    return ShapleyValue(agents, tuple(shares))


def read_game(entries: Iterable[str]) -> dict[frozenset[str], Fraction]:
    """Read the worths of coalitions.

    Parameters
    ----------
    entries : iterable of str
        Each "A+B=8": agents between plus signs, then an exact number.

    Returns
    -------
    dict of frozenset of str to Fraction

    Raises
    ------
    InputError
        For an entry of another form, or a coalition that is there twice.

    Examples
    --------
    >>> read_game(["A=1/2"])
    {frozenset({'A'}): Fraction(1, 2)}
    """
    found: dict[frozenset[str], Fraction] = {}
    for entry in entries:
        left, equals, right = entry.partition("=")
        names = [name.strip() for name in left.split("+")]
        if not equals or not all(names) or len(set(names)) < len(names):
            raise InputError(f"{entry[:40]!r} is no worth of a coalition; write for instance A+B=8")
        if frozenset(names) in found:
            raise InputError(f"the worth of {'+'.join(names)[:40]} is given twice")
        found[frozenset(names)] = exact(right.strip())
    return found
