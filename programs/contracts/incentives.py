"""Incentives of single agents under a contract: truth-telling, obedience, and both at once, in exact expectations."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction

from collude.models.contracts.extended import CommunicationContract, GameState
from collude.models.mechanism import Profile
from collude.programs.contracts.agent_types import AgentTypeIndex

Signal = Callable[[Profile], Hashable]


@dataclass(frozen=True)
class Temptation:
    """What a type of an agent gains by a report and by what he does afterwards.

    Attributes
    ----------
    agent, type_index : int
    report : int
        The type index that he reports.
    actions : tuple of (int, int)
        (recommended action, what he does), for each recommendation that he may hear.
    gain : Fraction
        In units of money, expected given his type, against truth and obedience; negative if he loses.
    """

    agent: int
    type_index: int
    report: int
    actions: tuple[tuple[int, int], ...]
    gain: Fraction


def lies(contract: CommunicationContract, read: str = "report") -> list[Temptation]:
    """The gain from every lie, by every type of every insider, if he obeys afterwards.

    Parameters
    ----------
    contract : CommunicationContract
        A contract in a revised game is fine.
    read : str
        "report": transfers are read at the reports; "truth": at the true types even after a lie, as printed.

    Returns
    -------
    list of Temptation

    References
    ----------
    Giraud and Rochon (2001), Definition 4.

    Examples
    --------
    >>> from collude.models.contracts.library import lie_and_disobey
    >>> max(found.gain for found in lies(lie_and_disobey()))  # every lie costs
    Fraction(-1, 1)
    """
    return _temptations(contract, read, obey=True)


def double_deviations(contract: CommunicationContract, read: str = "report") -> list[Temptation]:
    """The gain from every report, true or not, followed by the best action after each recommendation.

    Parameters
    ----------
    contract : CommunicationContract
    read : str
        As in `lies`.

    Returns
    -------
    list of Temptation

    Notes
    -----
    The best map from recommendations to actions is found recommendation by recommendation, so the A**A maps are never
    listed.

    Examples
    --------
    >>> from collude.models.contracts.library import lie_and_disobey
    >>> best = max(double_deviations(lie_and_disobey()), key=lambda found: found.gain)
    >>> best.agent, best.type_index, best.report, best.gain
    (0, 0, 1, Fraction(1, 1))
    """
    return _temptations(contract, read, obey=False)


def _temptations(contract: CommunicationContract, read: str, *, obey: bool) -> list[Temptation]:
    game = contract.game
    truth = truthful_payoffs_of(contract)
    found = []
    for m, agent in enumerate(game.insiders):
        for k in game.heard(agent):
            states = [state for state in game.states if state.types[agent] == k and state.weights[agent]]
            total = sum((state.weights[agent] for state in states), Fraction(0))
            for report in range(game.sizes[agent]):
                if obey and report == k:
                    continue
                values, money = _after_report(contract, m, states, report, read)
                plan = {
                    told: told if obey else max(row, key=lambda c: (row[c], c == told)) for told, row in values.items()
                }
                value = sum((values[told][done] for told, done in plan.items()), money)
                found.append(
                    Temptation(
                        agent, k, report, tuple(sorted(plan.items())), value / total - truth[AgentTypeIndex(agent, k)]
                    )
                )
    return found


def _after_report(
    contract: CommunicationContract, m: int, states: list[GameState], report: int, read: str
) -> tuple[dict[int, dict[int, Fraction]], Fraction]:
    """(values[recommended][done], money): prior-weighted payoffs of member m after a report, and his transfers."""
    game = contract.game
    agent = game.insiders[m]
    values: dict[int, dict[int, Fraction]] = {}
    money = Fraction(0)
    for state in states:
        types = game.reports_of(state)
        reports = (*types[:m], report, *types[m + 1 :])
        money += state.weights[agent] * contract.payment(types if read == "truth" else reports, state)[m]
        for actions, chance in contract.lottery(reports).items():
            if not chance:
                continue
            row = values.setdefault(actions[m], dict.fromkeys(range(game.root.choices[agent]), Fraction(0)))
            for done in row:
                chosen = (*actions[:m], done, *actions[m + 1 :])
                row[done] += state.weights[agent] * chance * game.payoffs(state, chosen)[m]
    return values, money


def truthful_payoffs_of(contract: CommunicationContract) -> dict[AgentTypeIndex, Fraction]:
    """What every type of every insider expects under a contract if all tell the truth and obey.

    Parameters
    ----------
    contract : CommunicationContract

    Returns
    -------
    dict from AgentTypeIndex to Fraction
        In units of money, transfers included; types that an insider cannot have are left out.
    """
    game = contract.game
    totals: dict[AgentTypeIndex, Fraction] = {}
    weights: dict[AgentTypeIndex, Fraction] = {}
    for state in game.states:
        types = game.reports_of(state)
        paid = contract.payment(types, state)
        expected = list(paid)
        for actions, chance in contract.lottery(types).items():
            for m, value in enumerate(game.payoffs(state, actions)):
                expected[m] += chance * value
        for m, agent in enumerate(game.insiders):
            key, weight = AgentTypeIndex(agent, state.types[agent]), state.weights[agent]
            if weight:
                totals[key] = totals.get(key, Fraction(0)) + weight * expected[m]
                weights[key] = weights.get(key, Fraction(0)) + weight
    return {key: totals[key] / weights[key] for key in sorted(totals)}


@dataclass(frozen=True)
class Disobedience:
    """What a type gains by another action once he has been told one, having reported the truth.

    Attributes
    ----------
    agent, type_index : int
    told, done : int
        The recommended action and the one that is taken instead.
    gain : Fraction
        In units of money, expected given what he knows.
    observed : hashable
        What he saw of all recommended actions before acting; None if nothing.
    """

    agent: int
    type_index: int
    told: int
    done: int
    gain: Fraction
    observed: Hashable = None


def disobediences(
    contract: CommunicationContract, signal: Signal | None = None, keeps: Callable[[int, int, int], bool] | None = None
) -> list[Disobedience]:
    """The gain from every other action after every recommendation that is heard.

    Parameters
    ----------
    contract : CommunicationContract
    signal : callable, optional
        What everybody observes of the recommended actions before acting, as a function of their profile: public prices
        before quantities, for instance. Gains are then expected given the observation too.
    keeps : callable, optional
        ``keeps(agent, told, done)`` is true if `done` is still possible once the signal is out: the same price with
        other quantities. Everything is possible by default.

    Returns
    -------
    list of Disobedience

    References
    ----------
    Giraud and Rochon (2001), section 2.3: prices are public before quantities are set.
    """
    game = contract.game
    sums: dict[tuple[int, int, int, Hashable], dict[int, Fraction]] = {}
    totals: dict[tuple[int, int, int, Hashable], Fraction] = {}
    for state in game.states:
        for actions, chance in contract.lottery(game.reports_of(state)).items():
            seen = None if signal is None else signal(actions)
            for m, agent in enumerate(game.insiders):
                weight = state.weights[agent] * chance
                if not weight:
                    continue
                key = (agent, state.types[agent], actions[m], seen)
                row = sums.setdefault(key, dict.fromkeys(range(game.root.choices[agent]), Fraction(0)))
                totals[key] = totals.get(key, Fraction(0)) + weight
                for done in row:
                    row[done] += weight * game.payoffs(state, (*actions[:m], done, *actions[m + 1 :]))[m]
    return [
        Disobedience(agent, k, told, done, (value - row[told]) / totals[agent, k, told, seen], seen)
        for (agent, k, told, seen), row in sums.items()
        for done, value in row.items()
        if done != told and (keeps is None or keeps(agent, told, done))
    ]


def is_incentive_compatible(contract: CommunicationContract, read: str = "report") -> bool:
    """Whether no type of an insider gains by a lie if he obeys afterwards (weakly: ties are fine).

    Parameters
    ----------
    contract : CommunicationContract
    read : str
        As in `lies`.

    Returns
    -------
    bool

    Examples
    --------
    >>> from collude.models.contracts.library import lie_and_disobey
    >>> contract = lie_and_disobey()
    >>> is_incentive_compatible(contract), is_obedient(contract), is_communication_equilibrium(contract)
    (True, True, False)
    """
    return all(found.gain <= 0 for found in lies(contract, read))


def is_obedient(contract: CommunicationContract) -> bool:
    """Whether nobody who has told the truth gains by another action than the one that is recommended.

    Parameters
    ----------
    contract : CommunicationContract

    Returns
    -------
    bool
    """
    return all(found.gain <= 0 for found in disobediences(contract))


def is_communication_equilibrium(contract: CommunicationContract, read: str = "report") -> bool:
    """Whether nobody gains by a lie, by disobeying, or by both at once.

    Parameters
    ----------
    contract : CommunicationContract
    read : str
        As in `lies`.

    Returns
    -------
    bool
    """
    return all(found.gain <= 0 for found in double_deviations(contract, read))
