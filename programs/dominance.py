"""Are there transfers that make the truth dominant for every coalition? Either exact transfers, or an exact refutation.

Take the efficient alternative s*. Truth is dominant for coalition C iff for all profiles theta and joint reports r of C
the sum over C of [x_i(r) - x_i(theta)] is at most the sum over C of [u_i(theta_i, s*(theta)) - u_i(theta_i, s*(r))]. One slack
eps >= 0 is added to every bound and made as small as possible. If it can be 0, the point has the transfers. If not, the
multipliers are weights on moves (C, theta -> r): for each agent by himself, the moves of coalitions with him form a
circulation on profiles (with balanced transfers: up to one term common to all agents at each profile), and the weighted
sum of what the coalitions gain without transfers is positive. Added up, the inequalities then contradict each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

import numpy as np

from collude.models.environment import Environment, require_environment
from collude.models.errors import DisagreementError, InputError, SizeError
from collude.models.files.html import shown
from collude.models.files.tables import ChoiceRow, choice_rows
from collude.models.library.expected_externality import truthful_payoffs
from collude.models.mechanism import Mechanism, Profile, all_profiles, from_blocks
from collude.models.numbers import brief, common_scale
from collude.programs.exact import Program, solve, whole_numbers

Coalition = tuple[int, ...]
MOST_ROWS = 400_000


@dataclass(frozen=True)
class Move:
    """A coalition that misreports, and how often: one inequality of a refutation.

    Attributes
    ----------
    coalition : tuple of int
    truth, report : tuple of int
        Profiles of type indices.
    weight : int
        How often the inequality is counted.
    gain : Fraction
        What the members gain in all without any transfers, in money.
    """

    coalition: Coalition
    truth: Profile
    report: Profile
    weight: int
    gain: Fraction


@shown
@dataclass(frozen=True)
class Dominance:
    """Whether transfers make the truth dominant for every coalition of a family, with proof.

    Attributes
    ----------
    environment : Environment
    family : tuple of tuples of int
        The coalitions.
    balanced : bool
        Whether transfers had to sum to zero at every profile.
    feasible : bool
    slack : Fraction
        The smallest amount of money by which every inequality must be relaxed; 0 if feasible.
    mechanism : Mechanism or None
        With the transfers, if there are any.
    moves : tuple of Move
        The circulation that refutes them, if there are none.
    """

    environment: Environment
    family: tuple[Coalition, ...]
    balanced: bool
    feasible: bool
    slack: Fraction
    mechanism: Mechanism | None
    moves: tuple[Move, ...]

    def rows(self) -> list[ChoiceRow]:
        """The transfers, one row per profile; none if there are none."""
        return [] if self.mechanism is None else list(choice_rows(self.mechanism))

    def story(self) -> list[str]:
        """The answer in words, line by line."""
        env = self.environment
        what = "balanced transfers" if self.balanced else "transfers"
        if self.feasible:
            head = f"there are {what} that make the truth dominant for all {len(self.family)} coalitions:"
            rows = [
                f"  ({', '.join(row['types'])})  {row['alternative']}  transfers {'  '.join(row['transfers'])}"
                for row in self.rows()
            ]
            return [head, *rows]
        lines = [
            f"no {what} make the truth dominant for all {len(self.family)} coalitions; every inequality would have to be "
            f"relaxed by {self.slack}",
            "these moves contradict one another: for each agent, what his coalitions' moves add and take cancels "
            + ("but for a term common to all agents" if self.balanced else "at every profile"),
        ]
        for move in self.moves:
            who = "{" + ", ".join(env.labels[i] for i in move.coalition) + "}"
            there, told = (
                "(" + ", ".join(str(env.types[i][k]) for i, k in enumerate(type_indices)) + ")"
                for type_indices in (move.truth, move.report)
            )
            times = f"{move.weight} times " if move.weight != 1 else ""
            lines.append(f"  {times}{who} at {there} reports as if {told}: gains {move.gain} without transfers")
        total = sum(move.weight * move.gain for move in self.moves)
        return [*lines, f"together they gain {total}, which no transfers can take away"]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "feasible": self.feasible,
            "balanced": self.balanced,
            "coalitions": [list(members) for members in self.family],
            "slack": str(self.slack),
            "table": self.rows(),
            "circulation": [
                {
                    "coalition": list(move.coalition),
                    "truth": list(move.truth),
                    "report": list(move.report),
                    "weight": move.weight,
                    "gain": str(move.gain),
                }
                for move in self.moves
            ],
        }


def all_coalitions(agents: int) -> tuple[Coalition, ...]:
    """All coalitions of some agents that are not empty.

    Parameters
    ----------
    agents : int
        How many agents there are.

    Returns
    -------
    tuple of tuples of int
        By size, then in lexicographic order.

    Examples
    --------
    >>> all_coalitions(2)
    ((0,), (1,), (0, 1))
    """
    return tuple(c for size in range(1, agents + 1) for c in combinations(range(agents), size))


def _require_coalitions(family: Sequence[Coalition], agents: int) -> None:
    if not family:
        raise InputError("the family of coalitions is empty; give at least one")
    for members in family:
        if not members or len(set(members)) < len(members) or not set(members) <= set(range(agents)):
            raise InputError(f"the coalition {members} must be one or more different agents out of 0..{agents - 1}")


def dominance(
    environment: Environment, family: Iterable[Coalition] | None = None, *, balanced: bool = False
) -> Dominance:
    """Transfers that make the truth dominant for every coalition of a family, or a circulation that refutes them.

    The alternative is the efficient one. Both answers are checked in plain rational arithmetic before they are returned.

    Parameters
    ----------
    environment : Environment
        A public choice with payoffs.
    family : iterable of coalitions, optional
        Each an iterable of agents; all coalitions by default.
    balanced : bool
        Whether transfers must sum to zero at every profile.

    Returns
    -------
    Dominance

    Raises
    ------
    InputError
        For another environment, an empty family or what is no coalition; without the extra `programs`.
    SizeError
        If the program is too large.

    References
    ----------
    Safronov (2016), section 7; the exact discrete statement is in docs/expectations.md.

    Examples
    --------
    >>> import collude as co
    >>> from collude.programs.dominance import verify_circulation
    >>> good = co.public_good(2, [0, 1, 2, 3], cost=2)
    >>> dominance(good, [(0,), (1,)]).feasible  # no single agent lies
    True
    >>> refuted = dominance(good, [(0,), (1,)], balanced=True)
    >>> refuted.feasible, str(refuted.slack), verify_circulation(refuted)
    (False, '1/3', True)
    """
    require_environment(environment)
    if not isinstance(balanced, bool):
        raise InputError(f"balanced is True or False, not {brief(balanced)}")
    try:
        chosen = all_coalitions(environment.agents) if family is None else tuple(tuple(sorted(c)) for c in family)
        _require_coalitions(chosen, environment.agents)
    except TypeError:
        raise InputError(f"a family is a list of coalitions such as [[0, 1], [2]], not {brief(family)}") from None
    base, _ = truthful_payoffs(environment)
    moves = _moves(base, chosen)
    optimum = solve(_program(base, moves, balanced))
    slack = optimum.value / environment.scale
    if optimum.value == 0:
        mechanism = with_transfers(base, [x / environment.scale for x in optimum.x[:-1]], "dominant")
        found = Dominance(environment, chosen, balanced, True, slack, mechanism, ())
    else:
        used = tuple(
            Move(coalition, truth, report, weight, Fraction(gain, environment.scale))
            for (coalition, truth, report, gain), weight in zip(moves, whole_numbers(optimum.y), strict=True)
            if weight
        )
        found = Dominance(environment, chosen, balanced, False, slack, None, used)
    if not (verify_transfers(found) if found.feasible else verify_circulation(found)):
        raise DisagreementError("the answer about dominant transfers does not verify; please report this as a bug")
    return found


def _program(base: Mechanism, moves: Sequence[tuple[Coalition, Profile, Profile, int]], balanced: bool) -> Program:
    """The linear program whose variables are everybody's transfer at each profile and, last, the slack of all moves."""
    n, profiles = base.environment.agents, base.environment.profiles
    program = Program(n * profiles + 1, {n * profiles: 1}, signed=frozenset({n * profiles}))
    for coalition, truth, report, gain in moves:
        there, told = base.number(truth), base.number(report)
        row = {n * profiles: -1}
        for i in coalition:
            row[told * n + i], row[there * n + i] = 1, -1
        program.at_most(row, -gain)
    if balanced:
        for p in range(profiles):
            program.exactly({p * n + i: 1 for i in range(n)}, 0)
    return program


def _moves(base: Mechanism, family: Sequence[Coalition]) -> list[tuple[Coalition, Profile, Profile, int]]:
    """All (coalition, true profile, reported profile, gain without transfers in units of the environment)."""
    env = base.environment
    count = sum(env.profiles * (int(np.prod([env.sizes[i] for i in c])) - 1) for c in family)
    if count > MOST_ROWS:
        raise SizeError(
            f"there are {count} inequalities; at most {MOST_ROWS} are taken: use fewer types or coalitions", count
        )
    found = []
    for coalition in family:
        for truth in all_profiles(env):
            for type_indices in product(*(range(env.sizes[i]) for i in coalition)):
                report = list(truth)
                for i, k in zip(coalition, type_indices, strict=True):
                    report[i] = k
                told = tuple(report)
                if told != truth:
                    found.append((coalition, truth, told, sum(base.gains(truth, told, coalition))))
    return found


def with_transfers(base: Mechanism, transfers: Sequence[Fraction], name: str) -> Mechanism:
    """The alternatives that a mechanism chooses, with other transfers.

    Parameters
    ----------
    base : Mechanism
    transfers : sequence of P n Fractions
        Money that each agent receives, profile by profile in C order, agent by agent.
    name : str

    Returns
    -------
    Mechanism

    Raises
    ------
    SizeError
        If the common denominator leaves int64.
    """
    env = base.environment
    scale = common_scale([Fraction(1, env.scale), *transfers])
    money = np.array([int(x * scale) for x in transfers], np.int64).reshape(env.profiles, env.agents)
    rows = np.concatenate([base.bundle[base.outcome].astype(np.int64), money], axis=1)
    return from_blocks(env, name, iter([rows]), scale, notes=base.notes)


def verify_transfers(found: Dominance) -> bool:
    """Whether transfers make the truth dominant as is claimed, in plain integers.

    Every alternative must be the efficient one, and every move of every coalition is looked at.

    Parameters
    ----------
    found : Dominance

    Returns
    -------
    bool
    """
    mechanism = found.mechanism
    base, _ = truthful_payoffs(found.environment)
    if mechanism is None or not np.array_equal(mechanism.bundle[mechanism.outcome], base.bundle[base.outcome]):
        return False
    for outcome in set(mechanism.outcome.tolist()):
        if found.balanced and sum(map(int, mechanism.transfer[outcome])) != 0:
            return False
    return all(
        sum(mechanism.gains(truth, told, coalition)) <= 0
        for coalition, truth, told, _ in _moves(mechanism, found.family)
    )


def verify_circulation(found: Dominance) -> bool:
    """Whether moves refute all transfers as is claimed, in plain fractions.

    Weights must be positive, moves the family's, every agent's moves must cancel at every profile (if transfers must be
    balanced: leave the same for all agents), and the gains must add up to more than 0.

    Parameters
    ----------
    found : Dominance

    Returns
    -------
    bool
    """
    env = found.environment
    base, _ = truthful_payoffs(env)
    left: dict[tuple[Profile, int], int] = {}
    total = Fraction(0)
    for move in found.moves:
        changed = {i for i in range(env.agents) if move.truth[i] != move.report[i]}
        gain = Fraction(sum(base.gains(move.truth, move.report, move.coalition)), env.scale)
        if (
            move.weight <= 0
            or move.coalition not in found.family
            or not changed <= set(move.coalition)
            or gain != move.gain
        ):
            return False
        total += move.weight * gain
        for i in move.coalition:
            left[move.report, i] = left.get((move.report, i), 0) + move.weight
            left[move.truth, i] = left.get((move.truth, i), 0) - move.weight
    for profile in all_profiles(env):
        rests = {left.get((profile, i), 0) for i in range(env.agents)}
        if rests != {0} and not (found.balanced and len(rests) == 1):
            return False
    return total > 0
