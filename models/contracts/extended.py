"""Contracts and what may be signed after them: a coalition that has heard a contract plays a game of the same kind.

Once a contract (a device that recommends actions, with transfers) has spoken, a coalition faces a game in which the type
of every agent is a pair (type, recommended action), only its members act, and outsiders do as they were told. That game
is an `ExtendedGame` again, so a coalition inside the coalition is the same code called on it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product

from collude.models.contracts.game import BayesianGame
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.mechanism import Profile
from collude.models.numbers import Number, exact

Members = tuple[int, ...]
Lottery = Mapping[Profile, Fraction]
ACTS = -1


@dataclass(frozen=True)
class GameState:
    """One thing that can be true in an extended game.

    types: every agent's type index in this game. nature: his type index in the original game. fixed: the action that
    an outsider plays, ACTS for an insider. settled: money that earlier contracts gave each agent. weights: the
    probability that each agent's prior gives to the state.
    """

    types: Profile
    nature: Profile
    fixed: tuple[int, ...]
    settled: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class ExtendedGame:
    """A Bayesian game in which only the insiders act; outsiders have types and do what is fixed for them.

    root: the original game. insiders: who acts, in increasing order. sizes: number of types of every agent. states: what
    has positive probability for somebody. parent: the contract after which the game is played, None at the top; then
    type k * (number of actions) + a of an insider of the parent is type k of the parent who was told action a.
    """

    root: BayesianGame
    insiders: Members
    sizes: tuple[int, ...]
    states: tuple[GameState, ...]
    parent: "CommunicationContract | None" = None

    def payoffs(self, state: GameState, chosen: Profile) -> tuple[Fraction, ...]:
        """What each insider gets at a state, what is settled included, if the insiders choose these actions."""
        actions = list(state.fixed)
        for agent, action in zip(self.insiders, chosen, strict=True):
            actions[agent] = action
        values = self.root.utility(tuple(actions), state.nature)
        return tuple(values[agent] + state.settled[agent] for agent in self.insiders)

    @cached_property
    def actions(self) -> tuple[Profile, ...]:
        """All profiles of actions of the insiders, in their order."""
        return tuple(product(*(range(self.root.choices[agent]) for agent in self.insiders)))

    @cached_property
    def present(self) -> tuple[tuple[int, ...], ...]:
        """Per agent the types that occur in a state, in increasing order: all others have probability 0 for everybody."""
        return tuple(tuple(sorted({state.types[i] for state in self.states})) for i in range(self.root.agents))

    def heard(self, agent: int) -> tuple[int, ...]:
        """The types to which the agent's own prior gives positive probability."""
        return tuple(sorted({state.types[agent] for state in self.states if state.weights[agent]}))

    def reports_of(self, state: GameState) -> Profile:
        """The insiders' true types at a state."""
        return tuple(state.types[agent] for agent in self.insiders)

    def outsiders_of(self, state: GameState) -> Profile:
        """The outsiders' types at a state."""
        return tuple(k for agent, k in enumerate(state.types) if agent not in self.insiders)

    def recommendation(self, agent: int, type_index: int) -> int:
        """The action that the parent contract recommends to a type; only after a contract."""
        return type_index % self.root.choices[agent]

    def type_name(self, agent: int, type_index: int) -> str:
        """A type in words: "high", or "high, told in" after a contract."""
        if self.parent is None:
            return self.root.types[agent][type_index]
        before = self.parent.game
        if agent not in before.insiders:
            return before.type_name(agent, type_index)
        earlier, action = divmod(type_index, self.root.choices[agent])
        return f"{before.type_name(agent, earlier)}, told {self.root.actions[agent][action]}"


@shown
@dataclass(frozen=True, eq=False)
class CommunicationContract:
    """A device that draws recommended actions from the insiders' reported types, and transfers.

    Parameters
    ----------
    game
        The game in which it is signed.
    device
        For each profile of reports (type indices, in the order of the insiders) the probabilities of the profiles of
        recommended actions. It must be given wherever one insider lies; a report that has probability 0 may be left out
        and is then treated as the first one that has not.
    transfers
        Money that each insider receives, by profile of reports; missing profiles pay nothing. If `everything` is true,
        the key is the profile of reports followed by the outsiders' types.

    Raises
    ------
    InputError
        If a lottery does not consist of probabilities or recommends an action that does not exist.
    """

    game: ExtendedGame
    device: Mapping[Profile, Lottery]
    transfers: Mapping[Profile, tuple[Fraction, ...]] = field(default_factory=dict)
    everything: bool = False

    def __post_init__(self) -> None:
        known = set(self.game.actions)
        for reports, lottery in self.device.items():
            if any(weight < 0 for weight in lottery.values()) or sum(lottery.values()) != 1:
                raise InputError(
                    f"the probabilities of the actions at reports {reports} must be at least 0 and sum to 1"
                )
            if not lottery.keys() <= known:
                raise InputError(f"the device recommends actions at reports {reports} that do not exist")
        for state in self.game.states:
            self.lottery(self.game.reports_of(state))

    def stand_in(self, reports: Profile) -> Profile:
        """The reports themselves, or, where the device does not know them, with absent types replaced by present ones."""
        if reports in self.device:
            return reports
        present = self.game.present
        found = tuple(k if k in present[i] else present[i][0] for i, k in zip(self.game.insiders, reports, strict=True))
        if found not in self.device:
            raise InputError(f"the device says nothing at the reports {reports}, which one lie can bring about")
        return found

    def lottery(self, reports: Profile) -> Lottery:
        """The probabilities of recommended actions at a profile of reports."""
        return self.device[self.stand_in(reports)]

    def payment(self, reports: Profile, state: GameState) -> tuple[Fraction, ...]:
        """The money that each insider receives at a profile of reports; a state only matters if payments know outsiders."""
        key = self.stand_in(reports)
        if self.everything:
            key += self.game.outsiders_of(state)
        return self.transfers.get(key, (Fraction(0),) * len(self.game.insiders))


def extended(game: BayesianGame) -> ExtendedGame:
    """The game before any contract: everybody is an insider, nothing is settled.

    Parameters
    ----------
    game
        Its type profiles of positive probability become the states.
    """
    profiles = sorted({profile for belief in game.priors for profile in belief})
    nothing = (Fraction(0),) * game.agents
    states = []
    for profile in profiles:
        weights = tuple(game.prior_of(i).get(profile, Fraction(0)) for i in range(game.agents))
        if any(weights):
            states.append(GameState(profile, profile, (ACTS,) * game.agents, nothing, weights))
    return ExtendedGame(game, tuple(range(game.agents)), game.sizes, tuple(states))


def revised(contract: CommunicationContract, coalition: Sequence[int]) -> ExtendedGame:
    """The game that a coalition plays once a contract has spoken: types are pairs (type, recommended action).

    Parameters
    ----------
    contract
        What all insiders of its game have signed.
    coalition
        Numbers of insiders; the others do as they were told.

    Returns
    -------
    ExtendedGame

    Raises
    ------
    InputError
        If the coalition is empty or has a member who does not act under the contract.

    Notes
    -----
    One state per state of the contract's game and profile of recommended actions of positive probability.

    References
    ----------
    Giraud and Rochon (2001), Generic Efficiency and Collusion-Proofness in Exchange Economies, Definition 5.
    """
    game = contract.game
    members = tuple(sorted(set(coalition)))
    if not members or not set(members) <= set(game.insiders):
        raise InputError(f"the coalition {tuple(coalition)} must be one or more of the agents {game.insiders}")
    states = []
    for state in game.states:
        reports = game.reports_of(state)
        paid = contract.payment(reports, state)
        settled = list(state.settled)
        for agent, money in zip(game.insiders, paid, strict=True):
            settled[agent] += money
        for actions, chance in contract.lottery(reports).items():
            if chance:
                states.append(_told(game, state, actions, members, tuple(settled), chance))
    sizes = list(game.sizes)
    for agent in game.insiders:
        sizes[agent] *= game.root.choices[agent]
    return ExtendedGame(game.root, members, tuple(sizes), tuple(states), contract)


def _told(
    game: ExtendedGame,
    state: GameState,
    actions: Profile,
    members: Members,
    settled: tuple[Fraction, ...],
    chance: Fraction,
) -> GameState:
    types, fixed = list(state.types), list(state.fixed)
    for agent, action in zip(game.insiders, actions, strict=True):
        types[agent] = types[agent] * game.root.choices[agent] + action
        fixed[agent] = ACTS if agent in members else action
    weights = tuple(weight * chance for weight in state.weights)
    return GameState(tuple(types), state.nature, tuple(fixed), settled, weights)


def obedience(game: ExtendedGame) -> CommunicationContract:
    """The contract after which every insider does what the parent contract told him, without further payments.

    Parameters
    ----------
    game
        Of `revised`.
    """
    device = {}
    for reports in product(*(game.present[agent] for agent in game.insiders)):
        told = tuple(game.recommendation(i, k) for i, k in zip(game.insiders, reports, strict=True))
        device[reports] = {told: Fraction(1)}
    return CommunicationContract(game, device)


def communication_contract(
    game: BayesianGame,
    recommend: Callable[[Profile], Profile | Mapping[Profile, Number]],
    transfers: Callable[[Profile], Sequence[Number]] | None = None,
) -> CommunicationContract:
    """A contract for all agents of a game, from functions of the reported types.

    Parameters
    ----------
    game
        Agents, types and actions.
    recommend
        ``recommend(types)`` is a profile of action indices, or a mapping from such profiles to probabilities.
    transfers
        ``transfers(types)`` is the money that each agent receives; nothing by default.

    Returns
    -------
    CommunicationContract

    Raises
    ------
    InputError
        If the functions do not return such things.

    Examples
    --------
    >>> from collude.models.contracts.game import bayesian_game
    >>> game = bayesian_game([["low", "high"]], [["out", "in"]], lambda actions, types: (types[0] * actions[0],))
    >>> communication_contract(game, lambda types: types).lottery((1,))
    {(1,): Fraction(1, 1)}
    """
    device: dict[Profile, dict[Profile, Fraction]] = {}
    money: dict[Profile, tuple[Fraction, ...]] = {}
    for types in product(*(range(size) for size in game.sizes)):
        chosen = recommend(types)
        lottery = chosen if isinstance(chosen, Mapping) else {tuple(chosen): 1}
        device[types] = {tuple(actions): exact(weight, "a probability") for actions, weight in lottery.items()}
        if transfers is not None:
            money[types] = tuple(exact(amount, "a transfer") for amount in transfers(types))
            if len(money[types]) != game.agents:
                raise InputError(f"{len(money[types])} transfers for {game.agents} agents")
    return CommunicationContract(extended(game), device, money)
