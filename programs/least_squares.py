"""The smallest transfers that balance and insure everybody: a quadratic program, solved and proved in rationals (Remark 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from collude.models.beliefs import Beliefs, beliefs_of, profile_weights
from collude.models.environment import Environment
from collude.models.errors import DisagreementError, InputError, SizeError
from collude.models.files.html import shown
from collude.models.library.expected_externality import shapley, truthful_payoffs
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.numbers import Number, exact
from collude.programs.dominance import with_transfers
from collude.programs.exact import solve_equations

MOST_UNKNOWNS = 900
Row = dict[int, Fraction | int]


@shown
@dataclass(frozen=True)
class LeastSquares:
    """The transfers with the smallest expected squares among those that balance and insure everybody.

    Attributes
    ----------
    mechanism : Mechanism
        The efficient alternative with these transfers.
    square : Fraction
        The expected sum of the squares of all transfers, in money squared.
    constants : tuple of Fraction
        What each agent expects, over his own types, whatever the others' types are.
    dimensions : int
        Of the family of transfers among which these are the smallest.
    unique : bool
        Whether no others are as small; with types of probability 0 there are others, which differ where these occur.
    shapley : bool
        Whether they are Safronov's transfers, plus a constant per agent, at every profile of positive probability.
    """

    mechanism: Mechanism
    square: Fraction
    constants: tuple[Fraction, ...]
    dimensions: int
    unique: bool
    shapley: bool

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "square": str(self.square),
            "constants": [str(x) for x in self.constants],
            "dimensions": self.dimensions,
            "unique": self.unique,
            "shapley": self.shapley,
        }


def least_squares(environment: Environment, constants: Sequence[Number] | None = None) -> LeastSquares:
    """Find the transfers with the smallest expected squares that balance and insure every agent against the others' types.

    Transfers x balance if they sum to 0 at every profile, and insure agent i if his expected value and transfer over his own
    types is one constant whatever the others' types are: equalities (1) and (3), which make the truth coalition-proof.

    Parameters
    ----------
    environment : Environment
        A public choice with payoffs and an independent prior.
    constants : sequence of numbers, optional
        What each agent is to be sure of, in money; they sum to the expected surplus. By default they are free too.

    Returns
    -------
    LeastSquares
        Constraints and first-order conditions were verified in fractions, which proves it the smallest.

    Raises
    ------
    NotApplicableError
        Without an independent prior.
    InputError
        For another environment, for constants that do not sum to the expected surplus, or without the extra `programs`.
    SizeError
        If there are too many transfers.

    References
    ----------
    Safronov (2016), Theorem 1 and Remark 2.

    Examples
    --------
    >>> import collude as co
    >>> found = co.least_squares(co.airline(3, prior=co.uniform((2, 2, 2))))
    >>> found.shapley, found.unique, found.dimensions, str(found.square)
    (True, True, 7, '441/32')
    """
    base, payoffs = truthful_payoffs(environment)
    n, profiles = environment.agents, environment.profiles
    values = [[Fraction(int(x), environment.scale) for x in row] for row in payoffs]
    rows, targets = _equalities(environment, beliefs_of(environment), values)
    if constants is not None:
        rows += [{n * profiles + i: 1} for i in range(n)]
        targets += _constants(environment, values, constants)
    unknowns = n * profiles + n  # the transfers, profile by profile, then the constants
    if unknowns + len(rows) > MOST_UNKNOWNS:
        words = f"{unknowns} transfers and {len(rows)} equalities are too many; at most {MOST_UNKNOWNS} in all"
        raise SizeError(f"{words}: use fewer types", unknowns + len(rows))
    weights, whole = profile_weights(environment)
    chances = [Fraction(int(weight), whole) for weight in weights]
    all_rows = [*_stationary(chances, n, unknowns, rows), *rows]
    all_targets = [*([Fraction(0)] * unknowns), *targets]
    both = solve_equations(all_rows, all_targets, unknowns + len(rows))
    alone = solve_equations(rows, targets, unknowns)
    if both is None or alone is None or not _satisfies(all_rows, all_targets, both.x):
        raise DisagreementError("the smallest transfers do not verify; please report this as a bug")
    x, sure = both.x[: n * profiles], both.x[n * profiles : unknowns]
    return LeastSquares(
        with_transfers(base, x, "least-squares"),
        sum((chances[v // n] * amount * amount for v, amount in enumerate(x)), Fraction(0)),
        sure,
        unknowns - alone.rank,
        both.rank == unknowns + alone.rank,
        _is_shapley(environment, chances, values, x, sure),
    )


def _stationary(chances: Sequence[Fraction], n: int, unknowns: int, rows: Sequence[Row]) -> list[Row]:
    """First-order conditions: weighted transfers are a combination of the equalities, whose multipliers follow the unknowns."""
    found: list[Row] = [{v: chances[v // n]} if v < unknowns - n else {} for v in range(unknowns)]
    for r, row in enumerate(rows):
        for v, entry in row.items():
            found[v][unknowns + r] = entry
    return found


def _equalities(
    environment: Environment, beliefs: Beliefs, values: Sequence[Sequence[Fraction]]
) -> tuple[list[Row], list[Fraction]]:
    """Balance at every profile; then for each agent and the others' types: his expected transfer, less his constant, is minus
    his expected value."""
    n, sizes, profiles = environment.agents, environment.sizes, list(all_profiles(environment))
    rows: list[Row] = [{p * n + i: 1 for i in range(n)} for p in range(len(profiles))]
    targets = [Fraction(0)] * len(profiles)
    place = {profile: p for p, profile in enumerate(profiles)}
    for i in range(n):
        chances = [Fraction(int(beliefs.weights[i, k]), beliefs.wholes[i]) for k in range(sizes[i])]
        for profile in profiles:
            if profile[i] == 0:
                own = [place[(*profile[:i], k, *profile[i + 1 :])] for k in range(sizes[i])]
                row: Row = {p * n + i: chance for p, chance in zip(own, chances, strict=True)}
                rows.append({**row, len(profiles) * n + i: -1})
                targets.append(-sum((c * values[i][p] for p, c in zip(own, chances, strict=True)), Fraction(0)))
    return rows, targets


def _expected(environment: Environment, row: Sequence[Fraction]) -> Fraction:
    weights, whole = profile_weights(environment)
    return sum((int(weight) * x for weight, x in zip(weights, row, strict=True)), Fraction(0)) / whole


def _constants(
    environment: Environment, values: Sequence[Sequence[Fraction]], constants: Sequence[Number]
) -> tuple[Fraction, ...]:
    given = tuple(exact(x, "a constant") for x in constants)
    surplus = sum((_expected(environment, row) for row in values), Fraction(0))
    if len(given) != environment.agents or sum(given) != surplus:
        raise InputError(
            f"the constants must be one for each of {environment.agents} agents and sum to the expected surplus, {surplus}"
        )
    return given


def _satisfies(rows: Sequence[Row], targets: Sequence[Fraction | int], x: Sequence[Fraction]) -> bool:
    return all(
        sum(entry * x[j] for j, entry in row.items()) == target for row, target in zip(rows, targets, strict=True)
    )


def _is_shapley(
    environment: Environment,
    chances: Sequence[Fraction],
    values: Sequence[Sequence[Fraction]],
    x: Sequence[Fraction],
    sure: Sequence[Fraction],
) -> bool:
    known, n = shapley(environment), environment.agents
    shift = [constant - _expected(environment, row) for constant, row in zip(sure, values, strict=True)]
    return all(
        x[p * n + i] - shift[i] == Fraction(int(known.transfer[known.outcome[p], i]), known.scale)
        for p, chance in enumerate(chances)
        if chance
        for i in range(n)
    )
