"""Random small games with contracts, twice: for the engine and for the oracle."""

import random
from fractions import Fraction
from itertools import product

from oracle.contracts import PlainGame

from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.game import bayesian_game


def drawn_contract(
    rng: random.Random, agents: int = 3, *, own: bool = True, priors: int = 1, money: bool = False, bonus: int = 0
) -> tuple[CommunicationContract, PlainGame]:
    """Two types and two actions each. own: what an agent is told depends on his own type only; then `bonus` is added to
    what he gets from doing as he is told, so that the contract is obedient if the bonus is large."""
    sizes = acts = (2,) * agents
    profiles = list(product(*(range(size) for size in sizes)))
    table = {(a, t): [rng.randint(-2, 3) for _ in sizes] for a in product(range(2), repeat=agents) for t in profiles}
    beliefs = []
    for _ in range(priors):
        weights = [rng.choice((1, 1, 2, 3)) for _ in profiles]
        beliefs.append({t: Fraction(w, sum(weights)) for t, w in zip(profiles, weights, strict=True)})
    if own:
        rules = [[rng.randrange(2) for _ in range(2)] for _ in sizes]
        told = {t: {tuple(rules[i][k] for i, k in enumerate(t)): Fraction(1)} for t in profiles}
        for (a, t), row in table.items():
            table[a, t] = [x + bonus * (a[i] == rules[i][t[i]]) for i, x in enumerate(row)]
    else:
        told = {t: drawn_lottery(rng, agents) for t in profiles}
    paid = {t: [rng.randint(-1, 1) for _ in sizes] for t in profiles}
    given = tuple([beliefs[i % priors][t] for t in profiles] for i in range(priors if priors > 1 else 1))
    game = bayesian_game(
        [("0", "1")] * agents,
        [("0", "1")] * agents,
        lambda actions, types: table[actions, types],
        given if priors > 1 else given[0],
    )
    contract = communication_contract(game, lambda t: told[t], (lambda t: paid[t]) if money else None)
    full = [beliefs[i % priors] for i in range(agents)]
    return contract, PlainGame(
        sizes, acts, lambda a, t: table[a, t], full, lambda t: told[t], (lambda t: paid[t]) if money else None
    )


def drawn_lottery(rng: random.Random, agents: int) -> dict[tuple[int, ...], Fraction]:
    """A mixture of at most two profiles of actions."""
    first, second = (tuple(rng.randrange(2) for _ in range(agents)) for _ in range(2))
    if first == second or rng.random() < 0.4:
        return {first: Fraction(1)}
    return {first: Fraction(1, 3), second: Fraction(2, 3)}


def plain_side(contract: CommunicationContract) -> dict:
    """A side contract as the oracle takes it: {((type, told), ...): (lottery, payments)}."""
    game = contract.game
    zero = (Fraction(0),) * len(game.insiders)
    found = {}
    for reports, lottery in contract.device.items():
        key = tuple(divmod(k, game.root.choices[i]) for i, k in zip(game.insiders, reports, strict=True))
        found[key] = (dict(lottery), contract.transfers.get(reports, zero))
    return found
