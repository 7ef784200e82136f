"""Named games with a contract, small enough to be followed by hand: what each one shows is in its docstring."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.game import bayesian_game
from collude.models.documents import NamedValues
from collude.models.errors import InputError
from collude.models.mechanism import Profile
from collude.models.numbers import Number, exact
from collude.models.registry import nearest

BINARY = ("0", "1")
IDLE = ("-",)


def _all_zero(types: Profile) -> Profile:
    return (0,) * len(types)


def own_types() -> CommunicationContract:
    """Three agents who like to play their own type and are told to: no coalition can gain anything."""

    def payoff(actions: Profile, types: Profile) -> list[int]:
        return [(2 * k - 1) * a + 2 * (a == k) for a, k in zip(actions, types, strict=True)]

    game = bayesian_game([BINARY] * 3, [BINARY] * 3, payoff)
    return communication_contract(game, lambda types: types)


def mutual_favours() -> CommunicationContract:
    """Two agents could do each other a favour at a cost, but each would rather not: an improvement nobody would keep."""

    def payoff(actions: Profile, types: Profile) -> list[int]:
        a, b, c = actions
        return [-2 * a + (3 + types[0]) * b, -2 * b + (3 + types[1]) * a, -c - 2 * a * b]

    game = bayesian_game([BINARY] * 3, [BINARY] * 3, payoff)
    return communication_contract(game, _all_zero)


def joint_project() -> CommunicationContract:
    """Two agents would both rather start a project together: the improvement is stable."""

    def payoff(actions: Profile, types: Profile) -> list[int]:
        a, b, c = actions
        both = [2 + types[i] if (a, b) == (1, 1) else 1 if (a, b) == (0, 0) else 0 for i in (0, 1)]
        return [*both, -c + ((a, b) == (0, 0))]

    game = bayesian_game([BINARY] * 3, [BINARY] * 3, payoff)
    return communication_contract(game, _all_zero)


def risky_project(low: Number = -2) -> CommunicationContract:
    """As the joint project, but it may be worth little: the pair must find out each other's type.

    Parameters
    ----------
    low
        What the project is worth to type 0, in money; it is worth 4 to type 1.
    """
    worth = exact(low, "low")

    def payoff(actions: Profile, types: Profile) -> list[Fraction | int]:
        a, b, c = actions
        started = [Fraction(4) if types[i] else worth for i in (0, 1)]
        both = started if (a, b) == (1, 1) else [int((a, b) == (0, 0))] * 2
        return [*both, -c]

    game = bayesian_game([BINARY] * 3, [BINARY] * 3, payoff)
    return communication_contract(game, _all_zero)


def robbed_partner() -> CommunicationContract:
    """Three agents could gain together, but two of them would then rob the third: no stable improvement."""
    table: dict[Profile, Profile] = {
        (1, 1, 1): (1, 1, 1),
        (2, 2, 1): (2, 2, -5),
        (2, 1, 1): (-1, 0, 0),
        (1, 2, 1): (0, -1, 0),
    }

    def payoff(actions: Profile, types: Profile) -> Profile:
        del types
        return table.get(actions, (0, 0, 0))

    game = bayesian_game([IDLE] * 3, [("0", "1", "2"), ("0", "1", "2"), BINARY], payoff)
    return communication_contract(game, _all_zero)


def hidden_value(high: Number = "3/4") -> CommunicationContract:
    """A seller asks 2 or 3; the buyer values the good 2 or 3; a third agent is idle.

    The price is 3 and only the high type buys: incentives alone stand in the way of the lost trade.

    Parameters
    ----------
    high
        Probability that the buyer values the good at 3, strictly between 0 and 1.

    Raises
    ------
    InputError
        For another probability.
    """
    chance = exact(high, "high")
    if not 0 < chance < 1:
        raise InputError(f"high is a probability strictly between 0 and 1, not {chance}")

    def payoff(actions: Profile, types: Profile) -> list[int]:
        price = 2 + actions[0]
        return [price * actions[1], (2 + types[1] - price) * actions[1], 0]

    game = bayesian_game(
        [IDLE, ("value 2", "value 3"), IDLE],
        [("ask 2", "ask 3"), ("refuse", "accept"), IDLE],
        payoff,
        [[1], [1 - chance, chance], [1]],
        ("seller", "buyer", "idle"),
    )
    return communication_contract(game, lambda types: (1, types[1], 0))


def lie_and_disobey() -> CommunicationContract:
    """Agent 0 gains only if he both lies about his type and then disobeys, which Bayesian incentives do not examine."""
    first = ({(0, 0): 2, (1, 1): 1, (0, 1): 3}, {(0, 0): 1, (1, 1): 2})

    def payoff(actions: Profile, types: Profile) -> list[int]:
        pair = (actions[0], actions[1])
        return [first[types[0]].get(pair, 0), 5 if actions[0] == actions[1] else 0, 0]

    game = bayesian_game([BINARY, IDLE, IDLE], [BINARY, BINARY, IDLE], payoff)
    return communication_contract(game, lambda types: (types[0], types[0], 0))


@dataclass(frozen=True)
class NamedContract:
    """A contract of the library: its name in a file, and the function that builds it, with its parameters."""

    name: str
    build: Callable[..., CommunicationContract]
    parameters: tuple[str, ...] = ()


NAMED_CONTRACTS = {
    entry.name: entry
    for entry in (
        NamedContract("own-types", own_types),
        NamedContract("mutual-favours", mutual_favours),
        NamedContract("joint-project", joint_project),
        NamedContract("risky-project", risky_project, ("low",)),
        NamedContract("robbed-partner", robbed_partner),
        NamedContract("hidden-value", hidden_value, ("high",)),
        NamedContract("lie-and-disobey", lie_and_disobey),
    )
}


def named_contract(name: str, parameters: NamedValues | None = None) -> CommunicationContract:
    """A contract of the library by name.

    Parameters
    ----------
    name
        "own-types", "mutual-favours", "joint-project", "risky-project", "robbed-partner", "hidden-value" or "lie-and-disobey".
    parameters
        Of "risky-project" `low`, of "hidden-value" `high`.

    Returns
    -------
    CommunicationContract

    Raises
    ------
    InputError
        If there is no such contract or it does not take a parameter.

    Examples
    --------
    >>> named_contract("hidden-value", {"high": "2/3"}).game.root.labels
    ('seller', 'buyer', 'idle')
    """
    if name not in NAMED_CONTRACTS:
        raise InputError(f"no named contract is called {name!r}; the nearest is {nearest(name, NAMED_CONTRACTS)!r}")
    entry = NAMED_CONTRACTS[name]
    for key in parameters or {}:
        if key not in entry.parameters:
            raise InputError(f"{name} takes the parameters {', '.join(entry.parameters) or '(none)'}, not {key!r}")
    return entry.build(**(parameters or {}))
