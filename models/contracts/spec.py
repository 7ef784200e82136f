"""A contract in a TOML file: a game with payoffs and a device row by row, a named contract, a mechanism, or an economy."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import msgspec

from collude.models.contracts.economy import Amounts, ExchangeEconomy, exchange_economy
from collude.models.contracts.embedding import mechanism_contract
from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.game import BayesianGame, Payoff, bayesian_game
from collude.models.contracts.library import named_contract
from collude.models.contracts.market import RULES
from collude.models.documents import JsonObject, NamedValues
from collude.models.errors import InputError, placed
from collude.models.files.document import read_described
from collude.models.files.html import shown
from collude.models.files.spec import build
from collude.models.mechanism import Profile
from collude.models.numbers import exact
from collude.models.registry import find_mechanism


class PayoffRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an agent gets, in money, where types and actions are as given; what is left out may be anything."""

    agent: str
    gets: object
    types: JsonObject = {}
    actions: JsonObject = {}


class DeviceRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Recommended actions, one per agent, where reported types are as given, with a probability."""

    actions: JsonObject
    types: JsonObject = {}
    probability: object = 1


class TransferRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Money that agents receive where reported types are as given."""

    gets: JsonObject
    types: JsonObject = {}


class EconomySpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A quasi-linear exchange economy: slopes of values per agent and type, what agents own, the rule of the market."""

    types: list[list[object]]
    endowment: object
    money: object
    curvature: object = 1
    rule: str = "no-short"


class ContractSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A contract in words; exactly one of `named`, `mechanism`, `economy` and `actions` says which kind it is."""

    name: str | None = None
    named: str | None = None
    parameters: JsonObject = {}
    mechanism: str | None = None
    environment: JsonObject = {}
    economy: EconomySpec | None = None
    agents: list[object] | None = None
    types: list[list[object]] | None = None
    actions: list[list[object]] | None = None
    prior: object = "uniform"
    priors: list[object] | None = None
    payoffs: list[PayoffRow] = []
    device: list[DeviceRow] = []
    transfers: list[TransferRow] = []
    terms: JsonObject = {}


@shown
@dataclass(frozen=True, eq=False)
class ContractCase:
    """What a file describes. contract: of a game, or None. economy: an exchange economy, or None; rule: of its market.
    terms: switches as they were written."""

    name: str
    contract: CommunicationContract | None
    economy: ExchangeEconomy | None
    rule: str
    terms: NamedValues


def read_contract(path: str | Path) -> ContractCase:
    """The contract that a TOML file describes.

    Parameters
    ----------
    path
        A .toml file; docs/contracts.md describes its fields. Decimals are exact.

    Returns
    -------
    ContractCase

    Raises
    ------
    InputError
        If the file cannot be read or something in it does not fit, with one line that says what.

    Examples
    --------
    >>> import tempfile, collude as co
    >>> with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
    ...     _ = file.write("named = 'risky-project'")
    ...     _ = file.flush()
    ...     co.read_contract(file.name).name
    'risky-project'
    """
    file = Path(path)
    if file.suffix.lower() != ".toml":
        raise InputError(f"{file} must be a .toml file that describes a contract")
    described = read_described(file, ContractSpec)
    with placed(file):
        return contract_case(described, file.stem)


def contract_case(spec: ContractSpec, name: str = "contract") -> ContractCase:
    """The contract that a specification describes.

    Parameters
    ----------
    spec
        One of `named`, `mechanism`, `economy` and `actions` says which kind it is.
    name
        Used if the specification has none of its own.

    Raises
    ------
    InputError
        If something is missing, or does not fit, with one line that says what.
    """
    kinds = {"named": spec.named, "mechanism": spec.mechanism, "economy": spec.economy, "actions": spec.actions}
    given = [key for key, value in kinds.items() if value is not None]
    if len(given) != 1:
        raise InputError("give exactly one of named, mechanism, [economy], or actions with payoffs and a device")
    title = spec.name or spec.named or spec.mechanism or name
    if spec.economy is not None:
        if spec.economy.rule not in RULES:
            raise InputError(f"the rule of the market is {' or '.join(RULES)}, not {spec.economy.rule!r}")
        labels = None if spec.agents is None else [str(label) for label in spec.agents]
        economy = _economy(spec.economy, spec.prior, labels)
        return ContractCase(title, None, economy, spec.economy.rule, spec.terms)
    if spec.named is not None:
        contract = named_contract(spec.named, spec.parameters)
    elif spec.mechanism is not None:
        find_mechanism(spec.mechanism)
        environment = {"prior": "uniform", **spec.environment}
        contract = mechanism_contract(build(spec.mechanism, environment, spec.parameters))
    else:
        contract = _from_rows(spec)
    return ContractCase(title, contract, None, "", spec.terms)


def _economy(spec: EconomySpec, prior: object, labels: Sequence[str] | None) -> ExchangeEconomy:
    return exchange_economy(
        [[_amounts(slopes, "a type") for slopes in row] for row in spec.types],
        _amounts(spec.endowment, "the endowment"),
        _amounts(spec.money, "the money"),
        _amounts(spec.curvature, "the curvature"),
        prior,
        labels,
    )


def _amounts(given: object, where: str) -> Amounts:
    """A number, or lists of numbers, as rationals."""
    return [_amounts(x, where) for x in given] if isinstance(given, list) else exact(given, where)


def _from_rows(spec: ContractSpec) -> CommunicationContract:
    if spec.types is None or not spec.device:
        raise InputError("a game needs types, actions, payoffs, and a device that recommends actions")
    labels = tuple(str(label) for label in spec.agents or range(len(spec.types)))
    prior = tuple(spec.priors) if spec.priors is not None else spec.prior
    if spec.priors is not None and len(spec.priors) != len(labels):
        raise InputError(f"priors must have one prior per agent ({len(labels)})")
    rows: list[tuple[int, Fraction, list[set[int]], list[set[int]]]] = []
    game = bayesian_game(spec.types, spec.actions or [], _payoff(rows, len(labels)), prior, labels)
    for row in spec.payoffs:
        conditions = (
            _conditions(game, "type", game.types, row.types),
            _conditions(game, "action", game.actions, row.actions),
        )
        rows.append((_position(game, row.agent), exact(row.gets, "gets"), *conditions))
    lotteries = [
        (_conditions(game, "type", game.types, row.types), _joint_action(game, row.actions), row.probability)
        for row in spec.device
    ]
    money = [
        (_conditions(game, "type", game.types, row.types), {_position(game, a): x for a, x in row.gets.items()})
        for row in spec.transfers
    ]

    def recommend(types: Profile) -> dict[Profile, Fraction]:
        lottery: dict[Profile, Fraction] = {}
        for condition, actions, probability in lotteries:
            if _matches(condition, types):
                lottery[actions] = lottery.get(actions, Fraction(0)) + exact(probability, "a probability")
        if sum(lottery.values()) != 1:
            names = ", ".join(game.types[i][k] for i, k in enumerate(types))
            raise InputError(
                f"the device's probabilities at the reports ({names}) sum to {sum(lottery.values())}, not 1"
            )
        return lottery

    def transfer(types: Profile) -> list[Fraction]:
        got = [Fraction(0)] * game.agents
        for condition, amounts in money:
            if _matches(condition, types):
                for agent, amount in amounts.items():
                    got[agent] += exact(amount, "a transfer")
        return got

    return communication_contract(game, recommend, transfer if money else None)


def _payoff(rows: Sequence[tuple[int, Fraction, list[set[int]], list[set[int]]]], agents: int) -> Payoff:
    """A payoff function that adds up the rows that match; the rows may be added later."""

    def payoff(actions: Profile, types: Profile) -> list[Fraction]:
        got = [Fraction(0)] * agents
        for agent, amount, for_types, for_actions in rows:
            if _matches(for_types, types) and _matches(for_actions, actions):
                got[agent] += amount
        return got

    return payoff


def _matches(condition: Sequence[set[int]], profile: Profile) -> bool:
    return all(k in allowed for allowed, k in zip(condition, profile, strict=True))


def _position(game: BayesianGame, label: str) -> int:
    if label not in game.labels:
        raise InputError(f"no agent is called {label!r}; the agents are {', '.join(game.labels)}")
    return game.labels.index(label)


def _index(label: str, what: str, names: Sequence[str], given: object) -> int:
    if str(given) not in names:
        raise InputError(f"agent {label} has no {what} {str(given)!r}; he has {', '.join(names)}")
    return list(names).index(str(given))


def _conditions(game: BayesianGame, what: str, names: Sequence[Sequence[str]], given: NamedValues) -> list[set[int]]:
    """Per agent the indices that a row admits: one name, a list of names, or all if he is left out."""
    found = [set(range(len(row))) for row in names]
    for label, wanted in given.items():
        i = _position(game, label)
        listed = wanted if isinstance(wanted, list) else [wanted]
        found[i] = {_index(label, what, names[i], name) for name in listed}
    return found


def _joint_action(game: BayesianGame, given: NamedValues) -> Profile:
    for label in given:
        _position(game, label)
    chosen = []
    for label, names in zip(game.labels, game.actions, strict=True):
        if label not in given and len(names) > 1:
            raise InputError(f"a row of the device recommends nothing to agent {label}")
        chosen.append(_index(label, "action", names, given.get(label, names[0])))
    return tuple(chosen)
