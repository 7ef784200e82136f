"""Deals as conditions of a search: coalitions that gain in all by a joint report and what they do afterwards."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from collude.axioms.core.base import agents_who_differ
from collude.axioms.core.conditions import PairRule, pairs_up_to
from collude.axioms.core.groups import Members
from collude.kernels.search.pairs import Edges, Frame, forbid_deals
from collude.models.environment import Environment
from collude.models.errors import SizeError
from collude.models.mechanism import Profile
from collude.models.menu import Menu
from collude.models.process.memory import available_memory
from collude.models.space import OutcomeSpace


@dataclass(frozen=True)
class Reach:
    """Which deals count.

    Attributes
    ----------
    liars, members : int or None
        The largest numbers of agents who misreport and who take part; None for any.
    goods : bool
        Whether goods move as well as money.
    """

    liars: int | None
    members: int | None
    goods: bool

    def most_liars(self, n: int) -> int:
        """The largest number of liars among n agents."""
        return n if self.liars is None else self.liars

    def most_members(self, n: int) -> int:
        """The largest number of members among n agents."""
        return n if self.members is None else min(n, self.members)


def best_division(env: Environment, members: Members, types: Profile) -> dict[tuple[int, ...], int]:
    """The largest sum of values that the members of a coalition can make of each total of goods.

    Parameters
    ----------
    env : Environment
    members : tuple of int
    types : tuple of int
        The members' type indices, in their order.

    Returns
    -------
    dict
        From each total that the members can hold, as a tuple with one number per good, to `env.scale` times the largest sum
        of values. Goods count with their sign: what a supplier gives up is negative.

    References
    ----------
    Hagen (2020), definition 2.4.

    Examples
    --------
    >>> import collude as co
    >>> best_division(co.auction(2, [0, 1, 3]), (0, 1), (1, 2))
    {(0,): 0, (1,): 3, (2,): 4}
    """
    best: dict[tuple[int, ...], int] = {(0,) * env.goods[0].shape[1]: 0}
    for i, k in zip(members, types, strict=True):
        following: dict[tuple[int, ...], int] = {}
        for total, value in best.items():
            for goods, own in zip(env.goods[i].tolist(), env.values[i][k].tolist(), strict=True):
                key = tuple(x + y for x, y in zip(total, goods, strict=True))
                if key not in following or following[key] < value + own:
                    following[key] = value + own
        best = following
    return best


def _coalition(word: int, n: int) -> Members:
    """The agents i with bit i set."""
    return tuple(i for i in range(n) if (word >> i) & 1)


def _own_sums(space: OutcomeSpace, name: str) -> np.ndarray:
    """(2^n, P, R) int64: the sum of the truthful utilities of each coalition."""
    n, profiles = space.environment.agents, len(space.type_indices)
    needed, free = 16 * 2**n * profiles * space.outcomes, available_memory()
    if needed > free // 2:
        raise SizeError(f"{name} needs tables of {needed / 1e9:.1f} GB; use a smaller grid", needed)
    truthful = space.truthful()
    own = np.zeros((1 << n, profiles, space.outcomes), np.int64)
    for word in range(1, 1 << n):
        own[word] = truthful[list(_coalition(word, n))].sum(axis=0)
    return own


def _divided_sums(space: OutcomeSpace, own: np.ndarray) -> np.ndarray:
    """(2^n, P, R) int64: the most that each coalition makes of its goods, and its money."""
    env, n = space.environment, space.environment.agents
    sums = np.empty_like(own)
    sums[0] = 0
    factor = space.scale // env.scale
    for word in range(1, 1 << n):
        members = _coalition(word, n)
        money = space.transfer[:, members].sum(axis=1)
        held = sum(env.goods[i][space.bundle[:, i]] for i in members)
        rows, totals = np.unique(np.asarray(held), axis=0, return_inverse=True)
        for types in product(*(range(env.sizes[i]) for i in members)):
            best = best_division(env, members, types)
            value = np.array([best[tuple(row)] for row in rows.tolist()], np.int64)[totals.reshape(-1)]
            where = (space.type_indices[:, list(members)] == types).all(axis=1)
            sums[word, where] = value * factor + money
    return sums


def allowed_deals(space: OutcomeSpace) -> np.ndarray:
    """Which outcomes leave no coalition a gain from trading among its members what the outcome gives them.

    Parameters
    ----------
    space : OutcomeSpace

    Returns
    -------
    (P, R) bool
        Whether outcome r passes where profile p is the truth.

    Raises
    ------
    SizeError
        If the tables of all coalitions do not fit into memory.
    """
    own = _own_sums(space, "reallocation-proof")
    return np.asarray((_divided_sums(space, own) <= own).all(axis=0))


def deal_rules(space: OutcomeSpace, reach: Reach, name: str) -> list[PairRule]:
    """The rule of a search that no coalition gains in all by a deal.

    Parameters
    ----------
    space : OutcomeSpace
    reach : Reach
        Which deals count: how many liars and members, whether goods move.
    name : str
        The axiom's, for the message of an error.

    Returns
    -------
    list of PairRule
        One, for the pairs of profiles that differ in the reports of at most so many liars.

    Raises
    ------
    SizeError
        If the tables of all coalitions do not fit into memory, or there are too many pairs.
    """
    n = space.environment.agents
    sizes = reach.most_liars(n), reach.most_members(n)
    own = _own_sums(space, name)
    sums = _divided_sums(space, own) if reach.goods else own

    def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
        forbid_deals(frame, edges, sums, own, sizes, span)

    return [PairRule(*pairs_up_to(space, sizes[0]), fill, 4.0 * 2**n)]


def no_deal(menu: Menu, one: Profile, other: Profile, reach: Reach) -> np.ndarray:
    """Which outcomes at two profiles leave no coalition a deal, worked out from the definition.

    Every coalition of admitted size that has all liars among its members is tried, with each of the two profiles as the truth
    and the other as the report.

    Parameters
    ----------
    menu : Menu
    one, other : tuple of int
        Profiles of type indices; the same one twice asks for deals after truthful reports.
    reach : Reach

    Returns
    -------
    (R, R) bool
        [a, b]: outcome a at the first goes with outcome b at the second.
    """
    return menu.once(("no deal", reach, one, other), lambda: _no_deal(menu, one, other, reach))


def _no_deal(menu: Menu, one: Profile, other: Profile, reach: Reach) -> np.ndarray:
    n, differ = len(one), set(agents_who_differ(one, other))
    fits = np.ones((menu.outcomes, menu.outcomes), np.bool_)
    for size in range(1, reach.most_members(n) + 1):
        for members in combinations(range(n), size):
            if differ <= set(members):
                for truth, turned in ((one, False), (other, True)):
                    own = np.sum([menu.utilities(i, truth[i]) for i in members], axis=0)
                    deal = _made_of(menu, truth, members, reach.goods)[None, :] > own[:, None]
                    fits &= ~(deal.T if turned else deal)
    return fits


def _made_of(menu: Menu, truth: Profile, members: Members, goods: bool) -> np.ndarray:
    """What the members, of their types at the truth, make of each outcome, (R,) int64: every division is tried."""
    types = tuple(truth[i] for i in members)
    return menu.once(("made", members, types, goods), lambda: _make(menu, types, members, goods))


def _make(menu: Menu, types: Profile, members: Members, goods: bool) -> np.ndarray:
    if not goods:
        return np.asarray(np.sum([menu.utilities(i, k) for i, k in zip(members, types, strict=True)], axis=0))
    env = menu.environment
    best: dict[tuple[int, ...], int] = {}
    for choice in product(*(range(len(env.bundles[i])) for i in members)):
        total = _total(env, members, choice)
        value = sum(int(env.values[i][k, b]) for i, k, b in zip(members, types, choice, strict=True))
        best[total] = max(best.get(total, value), value)
    made = []
    for o in range(menu.outcomes):
        total = _total(env, members, tuple(int(menu.bundle[o, i]) for i in members))
        made.append(best[total] * (menu.scale // env.scale) + sum(int(menu.transfer[o, i]) for i in members))
    return np.array(made, np.int64)


def _total(env: Environment, members: Members, choice: tuple[int, ...]) -> tuple[int, ...]:
    """What the members hold in all if each has the bundle of this number; what a supplier gives up counts as minus."""
    signed = [[-x if env.supplier[i] else x for x in env.bundles[i][b]] for i, b in zip(members, choice, strict=True)]
    return tuple(sum(column) for column in zip(*signed, strict=True))
