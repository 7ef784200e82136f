"""Assignment and two-sided matching: top trading cycles, the Boston mechanism, deferred acceptance."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from collude.models.draft import from_rule
from collude.models.environment import Environment, Prior, agent_labels, from_values
from collude.models.errors import InputError, SizeError
from collude.models.library.price import require_family, whole_list
from collude.models.library.voting_rules.orders import strict_orders
from collude.models.mechanism import Mechanism
from collude.models.registry import environment, mechanism

FREE = -1
MOST_PARTNERS = 5
Orders = tuple[tuple[int, ...], ...]
Assign = Callable[[Sequence[tuple[int, ...]]], Sequence[int]]


def _orders_of(given: Sequence[int | Sequence[int]], objects: int, agents: int, what: str) -> Orders:
    """For each object an order of all agents, first in line first; of the agents by number if none is given.

    Raises InputError unless each of the rows names every agent once; one row stands for all objects.
    """
    rows: list[object] = list(given) if given else [tuple(range(agents))]
    if not isinstance(rows[0], (tuple, list)):
        rows = [tuple(rows)]
    rows = rows * objects if len(rows) == 1 else rows
    if len(rows) != objects:
        raise InputError(f"{what} have {len(rows)} rows; give one for each of the {objects} objects, or one for all")
    orders = tuple(whole_list(row, agents, f"{what} of object {x}") for x, row in enumerate(rows))
    for x, order in enumerate(orders):
        if sorted(order) != list(range(agents)):
            raise InputError(f"{what} of object {x} must name each of the agents 0 to {agents - 1} once")
    return orders


def _assigned(environment: Environment, name: str, assign: Assign, *notes: str) -> Mechanism:
    """A mechanism from a function of the agents' orders, best object first, that says who gets which object."""
    wishes = [[tuple(np.argsort(-row, kind="stable").tolist()) for row in values] for values in environment.values]
    known: dict[tuple[int, ...], Sequence[int]] = {}

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        held = np.empty_like(type_indices)
        for column, profile in enumerate(zip(*type_indices.tolist(), strict=True)):
            if profile not in known:
                known[profile] = assign([wishes[i][k] for i, k in enumerate(profile)])
            held[:, column] = known[profile]
        return held, np.zeros_like(type_indices)

    return from_rule(environment, name, rule, environment.scale, notes=notes)


def _objects(environment: Environment, name: str) -> int:
    require_family(environment, "assignment", name)
    return len(environment.bundles[0])


def trade_cycles(wishes: Sequence[tuple[int, ...]], priorities: Orders) -> list[int]:
    """Top trading cycles: every agent points at his best object that is left, every object at the agent first in line.

    Parameters
    ----------
    wishes
        Per agent the objects, best first.
    priorities
        Per object the agents, first in line first.

    Returns
    -------
    list of int
        Per agent the object that he gets when all cycles have traded.

    References
    ----------
    Shapley and Scarf (1974), "On cores and indivisibility"; Abdulkadiroglu and Soenmez (2003), "School choice".

    Examples
    --------
    >>> trade_cycles([(1, 0), (0, 1)], ((0, 1), (1, 0)))
    [1, 0]
    """
    held = [FREE] * len(wishes)
    left = set(range(len(priorities)))
    while FREE in held:
        wanted = {i: next(b for b in wishes[i] if b in left) for i, b in enumerate(held) if b == FREE}
        owner = {b: next(i for i in priorities[b] if held[i] == FREE) for b in left}
        i = next(iter(wanted))
        path: list[int] = []
        while i not in path:
            path.append(i)
            i = owner[wanted[i]]
        for member in path[path.index(i) :]:
            held[member] = wanted[member]
            left.discard(wanted[member])
    return held


def accept_at_once(wishes: Sequence[tuple[int, ...]], priorities: Orders) -> list[int]:
    """The Boston mechanism: in round r all who have no object ask for their r-th best; free objects take the first in line.

    Parameters
    ----------
    wishes
        Per agent the objects, best first.
    priorities
        Per object the agents, first in line first.

    Returns
    -------
    list of int
        Per agent the object that he gets.

    References
    ----------
    Abdulkadiroglu and Soenmez (2003), "School choice: a mechanism design approach".

    Examples
    --------
    >>> accept_at_once([(0, 1, 2), (0, 1, 2), (1, 0, 2)], ((0, 1, 2),) * 3)
    [0, 2, 1]
    """
    held = [FREE] * len(wishes)
    for r in range(len(priorities)):
        for b in [b for b in range(len(priorities)) if b not in held]:
            asking = [i for i in priorities[b] if held[i] == FREE and wishes[i][r] == b]
            if asking:
                held[asking[0]] = b
    return held


def accept_later(wishes: Sequence[tuple[int, ...]], priorities: Orders) -> list[int]:
    """Deferred acceptance: agents ask from the top, objects keep the first in line of those who ask and turn others down.

    Parameters
    ----------
    wishes
        Per agent the objects, best first.
    priorities
        Per object the agents, first in line first.

    Returns
    -------
    list of int
        Per agent the object that he gets.

    References
    ----------
    Gale and Shapley (1962), "College admissions and the stability of marriage".

    Examples
    --------
    >>> accept_later([(0, 1, 2), (0, 1, 2), (1, 0, 2)], ((0, 1, 2),) * 3)
    [0, 1, 2]
    """
    holder = [FREE] * len(priorities)
    asked = [0] * len(wishes)
    waiting = list(range(len(wishes)))
    while waiting:
        i = waiting.pop(0)
        b = wishes[i][asked[i]]
        asked[i] += 1
        rival = holder[b]
        if rival == FREE or priorities[b].index(i) < priorities[b].index(rival):
            holder[b] = i
            waiting += [] if rival == FREE else [rival]
        else:
            waiting.append(i)
    held = [FREE] * len(wishes)
    for b, i in enumerate(holder):
        if i != FREE:
            held[i] = b
    return held


@mechanism("top-trading-cycles", "assignment", "agents trade along cycles of the best objects left and their owners")
def top_trading_cycles(environment: Environment, *, priorities: Sequence[int | Sequence[int]] = ()) -> Mechanism:
    """Agents trade along cycles of the best objects that are left and their owners, see `trade_cycles`.

    Parameters
    ----------
    environment
        Assignment.
    priorities
        Per object the agents, first in line first, as text 0,1,2;1,0,2;2,0,1; or one order for all objects. Without them agent i
        is first in line for object i, then the others by number: the housing market.

    Returns
    -------
    Mechanism
        Group strategy-proof.

    Raises
    ------
    InputError
        For another environment, or unless every order names each agent once.

    References
    ----------
    Shapley and Scarf (1974), "On cores and indivisibility".

    Examples
    --------
    >>> import collude as co
    >>> co.holds(top_trading_cycles(co.environment("assignment", agents=3)), "strategy-proof")
    True
    """
    objects, n = _objects(environment, "top-trading-cycles"), environment.agents
    own = [[i % n, *(j for j in range(n) if j != i % n)] for i in range(objects)]
    orders = _orders_of(priorities or own, objects, n, "the priorities")
    note = "priorities as given" if priorities else "agent i owns object i"
    return _assigned(environment, "top-trading-cycles", lambda wishes: trade_cycles(wishes, orders), note)


@mechanism("boston", "assignment", "objects go for good to those who rank them first, then second, and so on")
def boston(environment: Environment, *, priorities: Sequence[int | Sequence[int]] = ()) -> Mechanism:
    """The Boston mechanism (immediate acceptance): objects go for good to those who rank them first, then second, and so on.

    Parameters
    ----------
    environment
        Assignment.
    priorities
        Per object the agents, first in line first, or one order for all objects; by number if not given.

    Returns
    -------
    Mechanism
        Not strategy-proof.

    Raises
    ------
    InputError
        For another environment, or unless every order names each agent once.

    References
    ----------
    Abdulkadiroglu and Soenmez (2003), "School choice: a mechanism design approach".

    Examples
    --------
    >>> import collude as co
    >>> co.holds(boston(co.environment("assignment", agents=3)), "strategy-proof")
    False
    """
    objects = _objects(environment, "boston")
    orders = _orders_of(priorities, objects, environment.agents, "the priorities")
    note = "priorities as given" if priorities else "the lower number is first in line everywhere"
    return _assigned(environment, "boston", lambda wishes: accept_at_once(wishes, orders), note)


@environment("marriage", "two sides of equal size, strict preference orders over partners on the other side, no money")
def marriage(agents: int, *, labels: Sequence[str] | None = None, prior: Prior | None = None) -> Environment:
    """Two-sided matching: every agent of one side gets one partner on the other side; there is no money.

    Parameters
    ----------
    agents
        2m in all, an even number up to 10: 0..m-1 are one side, m..2m-1 the other.
    labels
        Names of the agents; "0", "1", ... by default.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        Ordinal: a type is a strict order of the partners 0..m-1 on the other side, best first.

    Raises
    ------
    InputError
        For an odd number.
    SizeError
        For more than 10 agents.

    Examples
    --------
    >>> marriage(4).sizes
    (2, 2, 2, 2)
    """
    side, odd = divmod(agents, 2)
    if odd or side < 1:
        raise InputError(f"two sides of equal size need an even number of agents, not {agents}")
    if side > MOST_PARTNERS:
        raise SizeError(f"orders are listed for at most {MOST_PARTNERS} partners, not {side}", side)
    orders = strict_orders(side)
    bundles = []
    for i in range(agents):
        pairs = [(i, j) if i < side else (j, i - side) for j in range(side)]
        bundles.append([tuple(int(x == side * a + b) for x in range(side * side)) for a, b in pairs])
    ranks = [[Fraction(-order.index(b)) for b in range(side)] for order in orders]
    return from_values(
        "marriage",
        [orders] * agents,
        bundles,
        [ranks] * agents,
        labels=tuple(labels) if labels else agent_labels(agents),
        supplier=(False,) * side + (True,) * side,
        supply=(0,) * (side * side),
        exactly=True,
        ordinal=True,
        prior=prior,
    )


@mechanism(
    "deferred-acceptance", "marriage", "one side proposes from the top, the other keeps the best of those who ask"
)
def deferred_acceptance(environment: Environment, *, priorities: Sequence[int | Sequence[int]] = ()) -> Mechanism:
    """Those who propose ask from the top of their orders, and the best of those who ask is kept until a better one comes.

    In a marriage environment agents 0..m-1 propose and the others' reports decide whom these keep; it is strategy-proof for
    those who propose only. In an assignment environment priorities are fixed, and it is strategy-proof.

    Parameters
    ----------
    environment
        Marriage or assignment.
    priorities
        In an assignment: per object the agents, first in line first, or one order for all objects; by number if not given.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, for priorities in a marriage, or unless every order names each agent once.

    References
    ----------
    Gale and Shapley (1962), "College admissions and the stability of marriage".

    Examples
    --------
    >>> deferred_acceptance(marriage(4)).notes
    ('agents 0 to 1 propose',)
    """
    if environment.family == "marriage":
        if priorities:
            raise InputError("in a marriage environment both sides report; leave out the priorities")
        return _between_sides(environment)
    objects = _objects(environment, "deferred-acceptance")
    orders = _orders_of(priorities, objects, environment.agents, "the priorities")
    note = "priorities as given" if priorities else "the lower number is first in line everywhere"
    return _assigned(environment, "deferred-acceptance", lambda wishes: accept_later(wishes, orders), note)


def _between_sides(environment: Environment) -> Mechanism:
    side = environment.agents // 2

    def assign(wishes: Sequence[tuple[int, ...]]) -> list[int]:
        given = accept_later(wishes[:side], tuple(wishes[side:]))
        return [*given, *(given.index(j) for j in range(side))]

    return _assigned(environment, "deferred-acceptance", assign, f"agents 0 to {side - 1} propose")
