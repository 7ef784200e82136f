"""What the coalition of all agents can choose from in a mechanism: options, reallocations, and what the truth yields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import lcm, prod
from typing import NamedTuple

from collude.models.beliefs import objection_to
from collude.models.environment import Environment
from collude.models.errors import NotApplicableError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, all_profiles

MOST_PAYOFFS = 4_000_000
Total = int
Profile = tuple[int, ...]
Allocation = tuple[int, ...]
Table = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Option:
    """One thing that the coalition can select, for instance a profile of reports.

    Attributes
    ----------
    totals : tuple of (probability, code of the total bundle)
        One pair unless the mechanism itself draws lots.
    transfers : tuple of Fraction
        Money that each agent expects to receive.
    label : str
        How it is shown.
    """

    totals: tuple[tuple[Fraction, Total], ...]
    transfers: tuple[Fraction, ...]
    label: str

    @cached_property
    def transfer(self) -> Fraction:
        """Expected money that all agents receive together."""
        return sum(self.transfers, Fraction(0))


class SingleMisreport(NamedTuple):
    """A misreport of one agent: what it gains him in expectation, in money, who he is, his type index, his report."""

    gain: Fraction
    agent: int
    type_index: int
    report: int


@shown
@dataclass(frozen=True, eq=False)
class GrandCoalition:
    """All agents of a mechanism, as the third party who offers them a side contract sees them.

    Attributes
    ----------
    values : tuple of tables of Fraction
        values[i][k][b]: what type k of agent i gets from bundle b, in money.
    codes : tuple of tuples of int
        codes[i][b]: that bundle as an integer; the codes of an allocation add up to that of its total (with one good: its
        quantity).
    prior : table of Fraction
        prior[i][k]: independent probabilities.
    options : tuple of Option
        What can be selected.
    misreports : tuple of tables of Fraction
        misreports[i][k][r]: what type k of agent i expects in the mechanism when he reports r and the others tell the truth.
    """

    values: tuple[Table, ...]
    codes: tuple[tuple[Total, ...], ...]
    prior: Table
    options: tuple[Option, ...]
    misreports: tuple[Table, ...]

    @property
    def agents(self) -> int:
        """Number of agents n."""
        return len(self.values)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of types of each agent."""
        return tuple(len(table) for table in self.values)

    @property
    def profiles(self) -> Iterator[Profile]:
        """Every profile of type indices in C order."""
        return product(*(range(size) for size in self.sizes))

    def truthful(self, agent: int, type_index: int) -> Fraction:
        """What a type expects in the mechanism if everybody tells the truth."""
        return self.misreports[agent][type_index][type_index]

    @cached_property
    def truthful_total(self) -> Fraction:
        """What all agents together expect if everybody tells the truth."""
        return sum(
            (p * self.truthful(i, k) for i, row in enumerate(self.prior) for k, p in enumerate(row)), Fraction(0)
        )

    @cached_property
    def best_misreport(self) -> SingleMisreport:
        """The most profitable misreport of a single agent: its gain is 0 if none gains."""
        found = SingleMisreport(Fraction(0), 0, 0, 0)
        for i, table in enumerate(self.misreports):
            for k, row in enumerate(table):
                for r, payoff in enumerate(row):
                    if payoff - row[k] > found.gain:
                        found = SingleMisreport(payoff - row[k], i, k, r)
        return found

    @cached_property
    def scale(self) -> int:
        """The least integer that makes every value an integer."""
        return lcm(*{x.denominator for table in self.values for row in table for x in row})

    @cached_property
    def scaled_values(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """`values` times `scale`, as plain ints."""
        return tuple(tuple(tuple(int(x * self.scale) for x in row) for row in table) for table in self.values)

    def probability(self, profile: Profile, but: int | None = None) -> Fraction:
        """Probability of a profile, or of the types of all agents but one; worked out once."""
        key = (profile, but)
        if key not in self._probabilities:
            weights = (self.prior[i][k] for i, k in enumerate(profile) if i != but)
            self._probabilities[key] = prod(weights, start=Fraction(1))
        return self._probabilities[key]

    @cached_property
    def _probabilities(self) -> dict[tuple[Profile, int | None], Fraction]:
        return {}

    @cached_property
    def allocations(self) -> dict[Total, tuple[Allocation, ...]]:
        """Every allocation (a bundle index per agent) of every total that some option gives, in C order.

        Cost: the number of allocations, times the agents.
        """
        reachable: list[set[Total]] = [{0}]
        for codes in reversed(self.codes):
            reachable.append({code + total for code in codes for total in reachable[-1]})
        reachable.reverse()

        def extend(agent: int, rest: Total) -> Iterator[Allocation]:
            if agent == self.agents:
                yield ()
                return
            for b, code in enumerate(self.codes[agent]):
                left = rest - code
                if left in reachable[agent + 1]:
                    for tail in extend(agent + 1, left):
                        yield (b, *tail)

        totals = {total for option in self.options for _, total in option.totals}
        return {total: tuple(extend(0, total)) for total in sorted(totals)}

    @cached_property
    def allocation_counts(self) -> dict[Total, int]:
        """How many allocations every total has, without listing them."""
        ways: dict[Total, int] = {0: 1}
        for codes in self.codes:
            longer: dict[Total, int] = {}
            for total, count in ways.items():
                for code in codes:
                    longer[total + code] = longer.get(total + code, 0) + count
            ways = longer
        return ways

    def total_of(self, allocation: Allocation) -> Total:
        """The code of the total bundle of an allocation."""
        return sum(self.codes[i][b] for i, b in enumerate(allocation))


def reason_no_side_contract(mechanism: Mechanism) -> str:
    """Why side contracts under asymmetric information have no meaning for a mechanism.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    str
        "" if they have.
    """
    environment = mechanism.environment
    if environment.ordinal:
        return "there is no money"
    if environment.agents < 2:
        return "a coalition needs at least two agents"
    if not mechanism.exact:
        return "side contracts need exact numbers, not a tolerance"
    return objection_to(environment, independent=True)


def coalition_of(mechanism: Mechanism, *, moves: bool = True) -> GrandCoalition:
    """The coalition of all agents of a mechanism of the data model.

    Parameters
    ----------
    mechanism : Mechanism
        With money, exact numbers and an independent prior.
    moves : bool
        Whether the coalition can hand on goods; a public alternative never can be.

    Returns
    -------
    GrandCoalition

    Raises
    ------
    NotApplicableError
        For other mechanisms.
    SizeError
        If profiles times types are more than four million.

    Notes
    -----
    Options are the distinct outcomes. Where goods are handed on, an outcome that is a lottery is drawn first, and what was
    drawn is divided; where they are not, everybody keeps his own lottery, at its expected value. Cost: profiles times
    agents times types, in fractions.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.second_price(co.auction(2, [0, 1], prior=co.uniform((2, 2))))
    >>> str(co.coalition_of(auction).truthful_total)
    '1/2'
    """
    reason = reason_no_side_contract(mechanism)
    if reason:
        raise NotApplicableError(f"side contracts have no meaning for {mechanism.name}: {reason}")
    env = mechanism.environment
    work = env.profiles * sum(env.sizes)
    if work > MOST_PAYOFFS:
        raise SizeError(f"{env.profiles} profiles make {work} payoffs; at most {MOST_PAYOFFS} are taken", work)
    prior = env.prior.independent if env.prior is not None and env.prior.independent is not None else ()
    n = env.agents
    values = tuple(
        tuple(tuple(Fraction(int(x), env.scale) for x in row) for row in env.values[i].tolist()) for i in range(n)
    )
    fixed = env.public or not moves
    codes = _fixed_codes(env) if fixed else _moving_codes(env)
    options = []
    for o in range(mechanism.outcomes):
        held = [(Fraction(1), tuple(mechanism.bundle[o].tolist()))]
        drawn = held if fixed else [(branch.probability, branch.bundles) for branch in mechanism.branches(o)]
        totals: dict[Total, Fraction] = {}
        for chance, bundles in drawn:
            total = sum(codes[i][b] for i, b in enumerate(bundles))
            totals[total] = totals.get(total, Fraction(0)) + chance
        transfers = tuple(Fraction(int(x), mechanism.scale) for x in mechanism.transfer[o])
        options.append(
            Option(tuple((chance, total) for total, chance in sorted(totals.items())), transfers, _label(mechanism, o))
        )
    misreports = _misreports(mechanism, values, prior)
    own = tuple(tuple(row[: len(codes[i])] for row in table) for i, table in enumerate(values))
    return GrandCoalition(own, codes, prior, tuple(options), misreports)


def _moving_codes(environment: Environment) -> tuple[tuple[Total, ...], ...]:
    """Signed bundles as mixed radix numbers with digits wide enough for every total."""
    goods = [[tuple(map(int, row)) for row in table.tolist()] for table in environment.goods]
    weights, weight = [], 1
    for g in range(len(goods[0][0])):
        weights.append(weight)
        weight *= 1 + sum(max(row[g] for row in table) - min(row[g] for row in table) for table in goods)
    return tuple(tuple(sum(x * w for x, w in zip(row, weights, strict=True)) for row in table) for table in goods)


def _fixed_codes(environment: Environment) -> tuple[tuple[Total, ...], ...]:
    """Bundle indices with one digit per agent, so that a total says who holds what."""
    codes, weight = [], 1
    for values in environment.values:
        codes.append(tuple(b * weight for b in range(values.shape[1])))
        weight *= values.shape[1]
    return tuple(codes)


def _label(mechanism: Mechanism, outcome: int) -> str:
    """The first profile with this outcome."""
    at = next((p for p, o in enumerate(mechanism.outcome.tolist()) if o == outcome), None)
    return f"outcome {outcome}" if at is None else mechanism.describe(mechanism.types_at(at))


def _misreports(mechanism: Mechanism, values: Sequence[Table], prior: Table) -> tuple[Table, ...]:
    env = mechanism.environment
    found = [[[Fraction(0)] * size for _ in range(size)] for size in env.sizes]
    for profile in all_profiles(env):
        outcome = mechanism.outcome_at(profile)
        for i, report in enumerate(profile):
            chance = prod((prior[j][k] for j, k in enumerate(profile) if j != i), start=Fraction(1))
            if chance:
                money = Fraction(int(mechanism.transfer[outcome, i]), mechanism.scale)
                bundle = int(mechanism.bundle[outcome, i])
                for k in range(env.sizes[i]):
                    found[i][k][report] += chance * (values[i][k][bundle] + money)
    return tuple(tuple(tuple(row) for row in table) for table in found)


def profile_index(sizes: tuple[int, ...], profile: Profile) -> int:
    """The number of a profile in C order.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.
    profile : tuple of int
        Type indices.

    Returns
    -------
    int

    Examples
    --------
    >>> profile_index((2, 3), (1, 2))
    5
    """
    found = 0
    for size, k in zip(sizes, profile, strict=True):
        found = found * size + k
    return found
