"""Expected externalities: the transfers of d'Aspremont and Gerard-Varet, and Safronov's by Shapley values.

The efficient alternative is the first with the greatest total payoff. Types must be independent.
"""

from collections.abc import Callable
from itertools import combinations
from math import factorial, gcd, lcm
from typing import NamedTuple

import numpy as np

from collude.kernels.expectations.expect import conditional_expectations
from collude.kernels.expectations.transfers import shapley_transfers
from collude.kernels.tables import pattern_strides
from collude.models.beliefs import Beliefs, beliefs_of
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.choice import efficient
from collude.models.mechanism import Mechanism, from_blocks, types_of
from collude.models.numbers import guard
from collude.models.registry import mechanism


class TruthfulPayoffs(NamedTuple):
    """The efficient mechanism without transfers, and what the agents get from it.

    payoffs: U_i at every profile, (n, P) int64, C order, in units of the environment.
    """

    mechanism: Mechanism
    payoffs: np.ndarray


def truthful_payoffs(environment: Environment) -> TruthfulPayoffs:
    """What each agent gets from the efficient alternative at every profile, before any transfers.

    Parameters
    ----------
    environment
        A public choice with payoffs.

    Returns
    -------
    TruthfulPayoffs

    Raises
    ------
    InputError
        For another environment.
    """
    base = efficient(environment)
    type_indices = types_of(environment.sizes, 0, environment.profiles)
    chosen = base.bundle[base.outcome, 0]
    payoffs = np.stack([environment.values[i][type_indices[i], chosen] for i in range(environment.agents)])
    return TruthfulPayoffs(base, payoffs)


def _mechanism(base: Mechanism, name: str, transfers: np.ndarray, scale: int) -> Mechanism:
    """The alternatives of `base` with transfers (n, P), `scale` times money, at the least scale that holds them."""
    env = base.environment
    shared = gcd(scale // env.scale, int(np.gcd.reduce(transfers, axis=None)))
    rows = np.concatenate([base.bundle[base.outcome], (transfers // shared).T], axis=1)
    return from_blocks(env, name, iter([rows.astype(np.int64)]), scale // shared, notes=base.notes)


@mechanism("agv", "choice", "efficient; each gets what the others expect given his report, less his share of theirs")
def agv(environment: Environment) -> Mechanism:
    """Expected externality mechanism: each agent gets what the others expect, given his report, less his share of theirs.

    With g_i(k) = E[sum of the others' payoffs | theta_i = k] at the efficient alternative, agent i receives
    g_i(theta_i) - (1 / (n - 1)) sum of g_j(theta_j) over j != i. Transfers sum to zero.

    Parameters
    ----------
    environment
        A public choice with payoffs, at least two agents and an independent prior.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, or one agent.
    NotApplicableError
        Without an independent prior.

    References
    ----------
    d'Aspremont and Gérard-Varet (1979), "Incentives and incomplete information".

    Examples
    --------
    >>> import collude as co
    >>> env = co.public_good(2, [0, 3], cost=2, prior=co.uniform((2, 2)))
    >>> [str(x) for x in co.agv(env).show_outcome(co.agv(env).outcome_at((1, 0))).transfers]
    ['-1/2', '1/2']
    """
    n, sizes = environment.agents, environment.sizes
    if n < 2:
        raise InputError("agv needs at least 2 agents")
    base, values = truthful_payoffs(environment)
    beliefs = beliefs_of(environment)
    guard(2 * n * n * beliefs.scale * int(np.abs(values).max(initial=0)) + 1, "an expected externality")
    type_indices = types_of(sizes, 0, environment.profiles)
    expected = []
    for i in range(n):
        table = (values.sum(axis=0) - values[i]).reshape(sizes)
        for j in range(n - 1, -1, -1):
            if j != i:
                table = np.tensordot(table, beliefs.weights[j, : sizes[j]], axes=(j, 0))
        expected.append((table * beliefs.wholes[i])[type_indices[i]])
    given = np.stack(expected)
    return _mechanism(base, "agv", n * given - given.sum(axis=0), environment.scale * beliefs.scale * (n - 1))


@mechanism(
    "shapley", "choice", "efficient; coalition-proof expected externalities by Shapley values, transfers sum to zero"
)
def shapley(environment: Environment, *, way: str = "patterns") -> Mechanism:
    """Coalition-proof expected externalities: the efficient alternative with Safronov's transfers, which sum to zero.

    Agent i receives x_i = E U_i - E_i U_i + Sh_i, where Sh_i is his Shapley value in the game S -> E[a | theta_S],
    a = sum of E_i U_i.

    Parameters
    ----------
    environment
        A public choice with payoffs and an independent prior.
    way
        "patterns" (one pass over the lattice of patterns), "formula" (formula (6), subset by subset) or "game" (Harsanyi
        dividends, profile by profile): three ways to the same transfers.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment or way.
    NotApplicableError
        Without an independent prior.
    SizeError
        If a transfer could leave int64.

    References
    ----------
    Safronov, "Efficient coalition-proof full implementation", Theorem 1.

    Examples
    --------
    >>> import collude as co
    >>> env = co.public_good(2, [0, 3], cost=2, prior=co.uniform((2, 2)))
    >>> co.shapley(env).outcome.tolist() == co.shapley(env, way="game").outcome.tolist()
    True
    """
    if way not in WAYS:
        raise InputError(f"the Shapley transfers are computed by {', '.join(WAYS)}, not {way!r}")
    base, values = truthful_payoffs(environment)
    beliefs = beliefs_of(environment)
    n = environment.agents
    multiple = factorial(n) if way == "formula" else lcm(*range(1, n + 1))
    largest = int(np.abs(values).max(initial=0)) + 1
    guard(4 * 2**n * n * max(multiple, *beliefs.wholes) * beliefs.scale * largest, "a Shapley transfer")
    transfers = WAYS[way](values, np.array(environment.sizes, np.int64), beliefs, multiple)
    return _mechanism(base, "shapley", transfers, environment.scale * beliefs.scale * multiple)


def _by_patterns(values: np.ndarray, sizes: np.ndarray, beliefs: Beliefs, multiple: int) -> np.ndarray:
    return np.asarray(shapley_transfers(values, sizes, beliefs.weights, multiple))


def _means(table: np.ndarray, out: tuple[int, ...], beliefs: Beliefs) -> np.ndarray:
    """D E_J of a table (K_0, ..., K_{n-1}) over the agents J = `out`, their axes kept with length 1."""
    for i, whole in enumerate(beliefs.wholes):
        if i in out:
            shape = [1] * table.ndim
            shape[i] = table.shape[i]
            table = (table * beliefs.weights[i, : table.shape[i]].reshape(shape)).sum(axis=i, keepdims=True)
        else:
            table = table * whole
    return table


def _by_formula(values: np.ndarray, sizes: np.ndarray, beliefs: Beliefs, multiple: int) -> np.ndarray:
    n, shape = len(sizes), tuple(sizes.tolist())
    tables = values.reshape(n, *shape)
    own = [_means(tables[i], (i,), beliefs) for i in range(n)]
    mean = {
        out: sum(_means(tables[i], tuple({*out, i}), beliefs) for i in range(n))
        for size in range(n + 1)
        for out in combinations(range(n), size)
    }
    found = np.empty((n, *shape), np.int64)
    for i in range(n):
        everybody = _means(tables[i], tuple(range(n)), beliefs)
        found[i] = multiple * (everybody - own[i])
        others = [j for j in range(n) if j != i]
        for size in range(n):
            for out in combinations(others, size):
                found[i] += factorial(size) * factorial(n - 1 - size) * (mean[out] - mean[tuple(sorted((*out, i)))])
    return found.reshape(n, -1)


def _by_game(values: np.ndarray, sizes: np.ndarray, beliefs: Beliefs, multiple: int) -> np.ndarray:
    n = len(sizes)
    expected = conditional_expectations(values, sizes, beliefs.weights)
    strides, type_indices = pattern_strides(sizes), types_of(tuple(sizes.tolist()), 0, values.shape[1])

    def worth(fixed: tuple[int, ...], agent: int) -> np.ndarray:
        """D E[U_agent | theta_fixed] at every profile."""
        pattern = sum(strides[j] * (type_indices[j] if j in fixed else sizes[j]) for j in range(n))
        factor = int(np.prod([beliefs.wholes[j] for j in fixed], dtype=np.int64)) if fixed else 1
        return np.asarray(expected[pattern, agent] * factor)

    game = {
        fixed: sum(worth(tuple(j for j in fixed if j != i), i) for i in range(n))
        for size in range(n + 1)
        for fixed in combinations(range(n), size)
    }
    found = np.zeros(values.shape, np.int64)
    for group in game:
        dividend = sum(
            (-1) ** (len(group) - size) * game[part]
            for size in range(len(group) + 1)
            for part in combinations(group, size)
        )
        for i in group:
            found[i] += multiple // len(group) * dividend
    for i in range(n):
        others = tuple(j for j in range(n) if j != i)
        found[i] += multiple * (worth((), i) - worth(others, i))
    return found


WAYS: dict[str, Callable[[np.ndarray, np.ndarray, Beliefs, int], np.ndarray]] = {
    "patterns": _by_patterns,
    "formula": _by_formula,
    "game": _by_game,
}


class Freedom(NamedTuple):
    """Dimensions of a family of transfers: with the agents' constants D_i given, and with D_i free."""

    given_constants: int
    free_constants: int


def freedom(sizes: tuple[int, ...]) -> Freedom:
    """How many dimensions the transfers have that satisfy equalities (1) and (3) of coalition-proof implementation.

    Parameters
    ----------
    sizes
        Number of types of each agent.

    Returns
    -------
    Freedom

    References
    ----------
    Safronov, "Efficient coalition-proof full implementation".

    Examples
    --------
    >>> freedom((2, 2, 2))
    Freedom(given_constants=5, free_constants=7)
    """
    found = 0
    for size in range(2, len(sizes) + 1):
        for group in combinations(sizes, size):
            found += (size - 1) * int(np.prod([k - 1 for k in group]))
    return Freedom(found, found + len(sizes) - 1)
