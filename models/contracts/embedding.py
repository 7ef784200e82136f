"""A mechanism as a contract: agents act by reporting, and the device recommends the truth."""

from fractions import Fraction

from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.game import BayesianGame, belief_of
from collude.models.errors import NotApplicableError
from collude.models.mechanism import Mechanism, Profile, show_type


def reason_not_a_contract(mechanism: Mechanism) -> str:
    """Say why a mechanism is no contract in a Bayesian game: no prior, ranks instead of money, or floats.

    Parameters
    ----------
    mechanism
        What should be taken as a contract.

    Returns
    -------
    str
        "" if it is one.
    """
    environment = mechanism.environment
    if environment.prior is None:
        return "there is no prior; give one, for instance --prior uniform"
    if environment.ordinal:
        return "utilities are ranks, which cannot be paid for"
    if not mechanism.exact:
        return "linear programs are exact, but the mechanism is read with a tolerance"
    return ""


def mechanism_contract(mechanism: Mechanism) -> CommunicationContract:
    """The contract that a mechanism with a prior is: an action is a report, and everybody is told to report his type.

    Utilities of the game are those of the mechanism's outcomes, transfers included, so that a coalition which changes its
    reports changes its transfers too. The contract is Bayesian incentive compatible iff the mechanism is, and so it is
    obedient iff the mechanism is.

    Parameters
    ----------
    mechanism
        Exact, with a prior and with money.

    Returns
    -------
    CommunicationContract

    Raises
    ------
    NotApplicableError
        If there is no prior, no money, or a tolerance.

    Examples
    --------
    >>> import collude as co
    >>> env = co.auction(agents=2, values=[0, 1], prior=co.uniform((2, 2)))
    >>> co.mechanism_contract(co.second_price(env)).game.root.actions[0]
    ('report 0', 'report 1')
    """
    reason = reason_not_a_contract(mechanism)
    if reason:
        raise NotApplicableError(f"{mechanism.name} is no contract: {reason}")
    environment, scale = mechanism.environment, mechanism.scale

    def payoff(actions: Profile, types: Profile) -> list[Fraction]:
        outcome = mechanism.outcome_at(actions)
        return [Fraction(mechanism.utility(i, k, outcome), scale) for i, k in enumerate(types)]

    names = tuple(tuple(show_type(given) for given in row) for row in environment.types)
    game = BayesianGame(
        labels=environment.labels,
        types=names,
        actions=tuple(tuple(f"report {name}" for name in row) for row in names),
        priors=(belief_of(environment.prior, environment.sizes),),
        payoff=payoff,
    )
    return communication_contract(game, lambda types: types)
