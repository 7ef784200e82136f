"""Beliefs and balanced transfers: the compatibility condition, transfers that reward the truth, non-degeneracy."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from collude.models.contracts.extended import CommunicationContract
from collude.models.contracts.game import BayesianGame, Belief
from collude.models.errors import InputError
from collude.models.mechanism import Profile
from collude.programs.contracts.agent_types import AgentLie, AgentTypeIndex
from collude.programs.contracts.incentives import lies
from collude.programs.decide import decide
from collude.programs.exact import Program, solve

Weights = Mapping[AgentLie, Fraction]


@dataclass(frozen=True)
class Compatibility:
    """Whether beliefs satisfy the compatibility condition, certified.

    Attributes
    ----------
    holds : bool
        Whether no weights on lies add up to the same function of the profile for every agent, unless that is 0 everywhere.
    weights : mapping from AgentLie to Fraction
        If it fails, such weights; empty otherwise.
    function : mapping from profiles of type indices to Fraction
        If it fails, the function; empty otherwise.
    """

    holds: bool
    weights: Weights
    function: Mapping[Profile, Fraction]


def compatibility(game: BayesianGame | Belief, indices: str = "dual") -> Compatibility:
    """Whether beliefs are such that balanced transfers can reward any efficient rule: a condition on the beliefs alone.

    Weights w_i(k, m) >= 0 on pairs of types of every agent give, at profile t, the number q_i(t_-i | t_i) sum_m w_i(t_i, m)
    - sum_m w_i(m, t_i) q_i(t_-i | m). The condition holds iff these numbers agree for all agents only if they are all 0.

    Parameters
    ----------
    game
        A game, or a common prior as a mapping from type profiles to probabilities.
    indices
        "dual": as above, the dual of the transfer system. "printed": w_i(t_i, m) in the second sum too, as the condition
        was printed. The two agree for most beliefs, not for all.

    Returns
    -------
    Compatibility

    Raises
    ------
    InputError
        If a type has probability 0, or without the extra `programs`.

    Notes
    -----
    Two small linear programs per profile, until one of them is not 0. Sufficient for balanced transfers, not necessary:
    see `balanced_transfers`.

    References
    ----------
    d'Aspremont and Gérard-Varet (1979). Giraud and Rochon (2001), compatibility condition.
    """
    if indices not in ("dual", "printed"):
        raise InputError(f"indices is dual or printed, not {indices!r}")
    sizes, beliefs = _conditionals(game)
    profiles = list(product(*(range(size) for size in sizes)))
    pairs = [AgentLie(i, k, m) for i, size in enumerate(sizes) for k in range(size) for m in range(size) if k != m]
    place = {pair: j for j, pair in enumerate(pairs)}
    program = Program(len(pairs) + len(profiles), signed=frozenset(range(len(pairs))))
    program.at_most(dict.fromkeys(range(len(pairs)), 1), 1)
    for t, types in enumerate(profiles):
        for i, k in enumerate(types):
            row: dict[int, Fraction] = {len(pairs) + t: Fraction(-1)}
            for m in range(sizes[i]):
                if m == k:
                    continue
                other = (*types[:i], m, *types[i + 1 :])
                back = place[AgentLie(i, m, k) if indices == "dual" else AgentLie(i, k, m)]
                forth = place[AgentLie(i, k, m)]
                row[forth] = row.get(forth, Fraction(0)) + beliefs[i][types]
                row[back] = row.get(back, Fraction(0)) - beliefs[i][other]
            program.exactly(row, 0)
    for t in range(len(profiles)):
        for sign in (1, -1):
            program.cost = {len(pairs) + t: sign}
            found = solve(program)
            if found.value < 0:
                weights = {pair: found.x[j] for pair, j in place.items() if found.x[j]}
                return Compatibility(False, weights, dict(zip(profiles, found.x[len(pairs) :], strict=True)))
    return Compatibility(True, {}, {})


@dataclass(frozen=True)
class BalancedTransfers:
    """Transfers that sum to zero and make up for what lies gain, or the least by which every demand must be relaxed.

    Attributes
    ----------
    transfers : mapping from profiles of type indices to tuples of Fraction
        The money that each agent receives; empty if there are none.
    relaxation : Fraction
        In units of money, certified; 0 if there are such transfers.
    """

    transfers: Mapping[Profile, tuple[Fraction, ...]]
    relaxation: Fraction

    @property
    def exist(self) -> bool:
        """True if there are such transfers."""
        return self.relaxation == 0


def balanced_transfers(game: BayesianGame | Belief, temptation: Mapping[AgentLie, Fraction]) -> BalancedTransfers:
    """Transfers that sum to zero at every profile and cost every liar at least what his lie gains without them.

    Parameters
    ----------
    game
        A game, or a common prior as a mapping from type profiles to probabilities.
    temptation : mapping from AgentLie to Fraction
        What a type expects to gain by a report without transfers, in units of money.

    Returns
    -------
    BalancedTransfers

    Raises
    ------
    InputError
        If a type has probability 0, or without the extra `programs`.

    References
    ----------
    Giraud and Rochon (2001), section 6.1.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from collude.programs.contracts.agent_types import AgentLie
    >>> quarter = dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], Fraction(1, 4))
    >>> found = balanced_transfers(quarter, {AgentLie(0, 1, 0): Fraction(1)})
    >>> found.exist, found.relaxation
    (True, Fraction(0, 1))
    """
    sizes, beliefs = _conditionals(game)
    profiles = list(product(*(range(size) for size in sizes)))
    place = {(types, i): t * len(sizes) + i for t, types in enumerate(profiles) for i in range(len(sizes))}
    program = Program(len(place))
    for types in profiles:
        program.exactly({place[types, i]: 1 for i in range(len(sizes))}, 0)
    for (i, k, report), gain in temptation.items():
        row: dict[int, Fraction] = {}
        for types in profiles:
            if types[i] == k and report != k:
                row[place[(*types[:i], report, *types[i + 1 :]), i]] = beliefs[i][types]
                row[place[types, i]] = -beliefs[i][types]
        program.at_most(row, -gain)
    answer = decide(program)
    if answer.optimum is None:
        return BalancedTransfers({}, answer.relaxation)
    x = answer.optimum.x
    found = {types: tuple(x[place[types, i]] for i in range(len(sizes))) for types in profiles}
    return BalancedTransfers(found, Fraction(0))


def _conditionals(game: BayesianGame | Belief) -> tuple[tuple[int, ...], list[dict[Profile, Fraction]]]:
    """(numbers of types, per agent the probability of the others' types given his own, at every profile)."""
    if isinstance(game, BayesianGame):
        sizes, priors = game.sizes, [game.prior_of(i) for i in range(game.agents)]
    else:
        sizes = tuple(max(column) + 1 for column in zip(*game, strict=True))
        priors = [game] * len(sizes)
    found = []
    for i, prior in enumerate(priors):
        totals = [Fraction(0)] * sizes[i]
        for types, weight in prior.items():
            totals[types[i]] += weight
        if not all(totals):
            raise InputError(f"agent {i} has a type of probability 0; beliefs given that type are undefined")
        found.append(
            {
                types: prior.get(types, Fraction(0)) / totals[types[i]]
                for types in product(*(range(size) for size in sizes))
            }
        )
    return sizes, found


def strict_types(contract: CommunicationContract, read: str = "report") -> list[AgentTypeIndex]:
    """The types that lose strictly by every lie under a contract; a contract is non-degenerate iff there is one.

    The truth itself is no lie: a type without another report has nothing to lose and does not count.

    Parameters
    ----------
    contract : CommunicationContract
    read : str
        "report": transfers are read at the reports; "truth": at the true types even after a lie.

    Returns
    -------
    list of AgentTypeIndex
        In increasing order.

    References
    ----------
    Giraud and Rochon (2001), non-degeneracy assumption.

    Examples
    --------
    >>> from collude.models.contracts.library import lie_and_disobey
    >>> strict_types(lie_and_disobey())[0]
    AgentTypeIndex(agent=0, type_index=0)
    """
    gains: dict[AgentTypeIndex, list[Fraction]] = {}
    for found in lies(contract, read):
        gains.setdefault(AgentTypeIndex(found.agent, found.type_index), []).append(found.gain)
    return sorted(pair for pair, values in gains.items() if max(values) < 0)


def temptations_of(game: BayesianGame, rule: Mapping[Profile, Profile]) -> dict[AgentLie, Fraction]:
    """What every type expects to gain by every lie if a rule maps reported types to actions and nobody is paid.

    Parameters
    ----------
    game : BayesianGame
    rule : mapping from profiles to profiles
        The actions at every profile of reported types.

    Returns
    -------
    dict from AgentLie to Fraction
        In units of money, expected given the type.

    Raises
    ------
    InputError
        If a type has probability 0.
    """
    chosen = rule
    sizes, beliefs = _conditionals(game)
    found = {}
    for i, size in enumerate(sizes):
        for k, report in product(range(size), range(size)):
            if k == report:
                continue
            gain = Fraction(0)
            for types, weight in beliefs[i].items():
                if types[i] == k and weight:
                    lie = (*types[:i], report, *types[i + 1 :])
                    gain += weight * (game.utility(chosen[lie], types)[i] - game.utility(chosen[types], types)[i])
            found[AgentLie(i, k, report)] = gain
    return found
