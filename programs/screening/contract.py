"""Side contracts, and the two ways to check an answer about them from the definitions, in fractions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from collude.models.files.html import shown
from collude.programs.screening.coalition import Allocation, GrandCoalition, Option, Profile, Table, Total


@dataclass(frozen=True)
class Choice:
    """With probability `weight` the coalition selects an option and hands out an allocation (a bundle index per agent)."""

    weight: Fraction
    option: int
    allocation: Allocation


@shown
@dataclass(frozen=True)
class SideContract:
    """What a third party does with every profile of types that the agents report to him.

    Attributes
    ----------
    choices : tuple of tuples of Choice
        choices[p]: his lottery at profile p, in C order.
    payments : table of Fraction
        payments[p][i]: the side payment of agent i to him, in money; they sum to 0.
    """

    choices: tuple[tuple[Choice, ...], ...]
    payments: Table


@dataclass(frozen=True)
class Multipliers:
    """Weights of at least 0 that prove an upper bound on what any side contract is worth.

    Attributes
    ----------
    incentive : tuple of tables of Fraction
        incentive[i][k][r], of the constraint that type k of agent i does not report r to the third party.
    participation : table of Fraction
        participation[i][k], of the constraint that he is not worse off than without the contract.
    """

    incentive: tuple[Table, ...]
    participation: Table

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, numbers as exact text."""
        return {
            "incentive": [[[str(x) for x in row] for row in table] for table in self.incentive],
            "participation": [[str(x) for x in row] for row in self.participation],
        }


@dataclass(frozen=True)
class ContractPayoffs:
    """What a side contract yields, in money.

    Attributes
    ----------
    payoffs : tuple of tables of Fraction
        payoffs[i][k][r]: what type k of agent i expects when he reports r to the third party.
    total : Fraction
        The expected sum of all agents' payoffs under the truth.
    """

    payoffs: tuple[Table, ...]
    total: Fraction


def evaluate_contract(coalition: GrandCoalition, contract: SideContract) -> ContractPayoffs:
    """Expected payoffs under a side contract, all other agents reporting the truth to the third party.

    Parameters
    ----------
    coalition : GrandCoalition
    contract : SideContract

    Returns
    -------
    ContractPayoffs

    Notes
    -----
    Profiles times the contract's choices times agents times types, in fractions.
    """
    n = coalition.agents
    found = [[[Fraction(0)] * size for _ in range(size)] for size in coalition.sizes]
    for p, profile in enumerate(coalition.profiles):
        money = [-paid for paid in contract.payments[p]]
        for choice in contract.choices[p]:
            for i, t in enumerate(coalition.options[choice.option].transfers):
                money[i] += choice.weight * t
        for i in range(n):
            chance = coalition.probability(profile, but=i)
            if not chance:
                continue
            for k in range(coalition.sizes[i]):
                row = coalition.values[i][k]
                worth = sum((c.weight * row[c.allocation[i]] for c in contract.choices[p]), Fraction(0))
                found[i][k][profile[i]] += chance * (worth + money[i])
    payoffs = tuple(tuple(tuple(row) for row in table) for table in found)
    total = sum((w * payoffs[i][k][k] for i, row in enumerate(coalition.prior) for k, w in enumerate(row)), Fraction(0))
    return ContractPayoffs(payoffs, total)


def contract_faults(
    coalition: GrandCoalition, contract: SideContract, evaluated: ContractPayoffs | None = None
) -> list[str]:
    """What is wrong with a side contract: its lotteries, goods, balance of money, incentives or participation.

    Parameters
    ----------
    coalition : GrandCoalition
    contract : SideContract
    evaluated : ContractPayoffs, optional
        The answer of `evaluate_contract`; worked out unless given.

    Returns
    -------
    list of str
        One sentence per fault; empty if nothing is wrong.
    """
    faults = []
    for p, profile in enumerate(coalition.profiles):
        if not _is_lottery(coalition, contract.choices[p]):
            faults.append(f"the choices at {profile} are no lottery over what the options give")
        if sum(contract.payments[p], Fraction(0)) != 0:
            faults.append(f"the side payments at {profile} do not sum to 0")
    payoffs = (evaluated or evaluate_contract(coalition, contract)).payoffs
    for i, table in enumerate(payoffs):
        for k, row in enumerate(table):
            if max(row) > row[k]:
                faults.append(f"type {k} of agent {i} gains by lying to the third party")
            if row[k] < coalition.truthful(i, k):
                faults.append(f"type {k} of agent {i} is better off without the contract")
    return faults


def _is_lottery(coalition: GrandCoalition, choices: tuple[Choice, ...]) -> bool:
    """Weights sum to 1, and the totals handed out are drawn as each option draws them."""
    if any(choice.weight < 0 for choice in choices) or sum((c.weight for c in choices), Fraction(0)) != 1:
        return False
    handed: dict[int, dict[Total, Fraction]] = {}
    for choice in choices:
        totals = handed.setdefault(choice.option, {})
        total = coalition.total_of(choice.allocation)
        totals[total] = totals.get(total, Fraction(0)) + choice.weight
    for option, totals in handed.items():
        weight = sum(totals.values(), Fraction(0))
        drawn: dict[Total, Fraction] = {}
        for chance, total in coalition.options[option].totals:
            drawn[total] = drawn.get(total, Fraction(0)) + chance * weight
        if {t: w for t, w in totals.items() if w} != {t: w for t, w in drawn.items() if w}:
            return False
    return True


def contract_gain(coalition: GrandCoalition, contract: SideContract) -> Fraction:
    """What a side contract adds to the expected sum of payoffs.

    Parameters
    ----------
    coalition : GrandCoalition
    contract : SideContract

    Returns
    -------
    Fraction
        In money.
    """
    return evaluate_contract(coalition, contract).total - coalition.truthful_total


def gain_bound(coalition: GrandCoalition, multipliers: Multipliers) -> Fraction | None:
    """An upper bound on the gain of every side contract, proved by multipliers.

    The weighted constraints are added to the objective. Money must then count the same for every type of every agent, and what
    is left is maximised for each profile by itself, over all options and allocations. Side contracts that satisfy the
    constraints gain at most that.

    Parameters
    ----------
    coalition : GrandCoalition
    multipliers : Multipliers

    Returns
    -------
    Fraction or None
        In money; None if the multipliers prove nothing.

    Notes
    -----
    Profiles times agents times bundles times totals, in fractions.
    """
    scale = _money_weight(coalition, multipliers)
    if scale is None:
        return None
    found, bounds = Fraction(0), _ProfileBounds(coalition, multipliers, scale)
    for profile in coalition.profiles:
        found += bounds.at(profile)
    for i, row in enumerate(multipliers.participation):
        for k, weight in enumerate(row):
            found -= weight * coalition.truthful(i, k)
    return found - coalition.truthful_total


def _money_weight(coalition: GrandCoalition, multipliers: Multipliers) -> Fraction | None:
    """What a unit of everybody's money counts, if that is the same for all types; None if not."""
    found = None
    for i, row in enumerate(coalition.prior):
        for k, p in enumerate(row):
            own, incoming = multipliers.incentive[i][k], [table[k] for table in multipliers.incentive[i]]
            if multipliers.participation[i][k] < 0 or min(own) < 0:
                return None
            weight = p + multipliers.participation[i][k] + sum(own) - sum(incoming)
            if p == 0 and weight != 0:
                return None
            if p and found not in (None, weight / p):
                return None
            found = weight / p if p else found
    return found


def _bundle_weights(
    coalition: GrandCoalition, multipliers: Multipliers, agent: int, report: int
) -> tuple[Fraction, ...]:
    """What each bundle of an agent who reports so is worth in the weighted sum of objective and constraints, given the others."""
    own = coalition.prior[agent][report] + multipliers.participation[agent][report]
    own += sum(multipliers.incentive[agent][report])
    terms = [(own, coalition.values[agent][report])]
    for k, row in enumerate(coalition.values[agent]):
        terms.append((-multipliers.incentive[agent][k][report], row))
    used = [(weight, row) for weight, row in terms if weight]
    return tuple(sum((w * row[b] for w, row in used), Fraction(0)) for b in range(len(coalition.codes[agent])))


class _ProfileBounds:
    """The largest weighted sum at a profile, over all options and allocations, in plain ints times a unit.

    What each agent counts is divided by the probability of his type, so that only the probability of the profile is left to be
    multiplied with, and profiles that are permutations of one another among alike agents are worked out once.
    """

    def __init__(self, coalition: GrandCoalition, multipliers: Multipliers, scale: Fraction) -> None:
        self.coalition = coalition
        rows = [
            [
                tuple(x / (p or 1) for x in _bundle_weights(coalition, multipliers, i, k))
                for k, p in enumerate(coalition.prior[i])
            ]
            for i in range(coalition.agents)
        ]
        paid = [scale * option.transfer for option in coalition.options]
        self._unit = lcm(
            *{x.denominator for table in rows for row in table for x in row}, *(x.denominator for x in paid)
        )
        self._rows = [[tuple(int(x * self._unit) for x in row) for row in table] for table in rows]
        self._paid = [int(x * self._unit) for x in paid]
        self._known: dict[object, Fraction] = {}

    def at(self, profile: Profile) -> Fraction:
        """The largest sum, weighted by the probability of the profile (for a type of probability 0: by the others')."""
        coalition = self.coalition
        chance = coalition.probability(profile)
        if chance:
            return chance * self._largest([self._rows[i][k] for i, k in enumerate(profile)], True)
        alone = [i for i, k in enumerate(profile) if coalition.prior[i][k] == 0]
        if len(alone) > 1:
            return Fraction(0)
        rows = [self._rows[i][k] if i == alone[0] else (0,) * len(coalition.codes[i]) for i, k in enumerate(profile)]
        return coalition.probability(profile, but=alone[0]) * self._largest(rows, False)

    def _largest(self, rows: Sequence[tuple[int, ...]], money: bool) -> Fraction:
        """One (max,+) convolution per agent; who holds what does not matter for the largest sum, so rows are sorted."""
        pairs = sorted(zip(self.coalition.codes, rows, strict=True))
        key = (money, *pairs)
        if key not in self._known:
            best: dict[Total, int] = {0: 0}
            for codes, row in pairs:
                longer: dict[Total, int] = {}
                for total, value in best.items():
                    for code, weight in zip(codes, row, strict=True):
                        after, worth = total + code, value + weight
                        if worth > longer.get(after, worth - 1):
                            longer[after] = worth
                best = longer
            self._known[key] = Fraction(max(self._options(best, money))) / self._unit
        return self._known[key]

    def _options(self, best: dict[Total, int], money: bool) -> Iterator[int | Fraction]:
        for option, paid in zip(self.coalition.options, self._paid, strict=True):
            own = paid if money else 0
            if len(option.totals) == 1:
                yield own + best[option.totals[0][1]]
            else:
                yield own + sum((chance * best[total] for chance, total in option.totals), Fraction(0))


def compose(coalition: GrandCoalition, contract: SideContract) -> GrandCoalition:
    """The mechanism that plays a side contract by itself: agents report, and get what the contract would have got them.

    Its options are the profiles of reports. Where the contract draws lots over quantities, so do the options: a third party then
    chooses a reallocation for each total that is drawn. Composed with a best side contract, a mechanism leaves nothing to
    gain, and the agents what the contract gave them.

    Parameters
    ----------
    coalition : GrandCoalition
    contract : SideContract

    Returns
    -------
    GrandCoalition

    References
    ----------
    Jeon and Menicucci (2005), Proposition 5.
    """
    options = []
    for p, profile in enumerate(coalition.profiles):
        totals: dict[Total, Fraction] = {}
        transfers = [-paid for paid in contract.payments[p]]
        for choice in contract.choices[p]:
            total = coalition.total_of(choice.allocation)
            totals[total] = totals.get(total, Fraction(0)) + choice.weight
            for i, t in enumerate(coalition.options[choice.option].transfers):
                transfers[i] += choice.weight * t
        lottery = tuple((weight, total) for total, weight in sorted(totals.items()) if weight)
        options.append(Option(lottery, tuple(transfers), str(profile)))
    payoffs = evaluate_contract(coalition, contract).payoffs
    return GrandCoalition(coalition.values, coalition.codes, coalition.prior, tuple(options), payoffs)


def balanced_payments(
    coalition: GrandCoalition, choices: Sequence[tuple[Choice, ...]], expected: Sequence[Sequence[Fraction]]
) -> Table:
    """Side payments that sum to 0 at every profile and give every type the money that it is to expect.

    Parameters
    ----------
    coalition : GrandCoalition
    choices : sequence of tuples of Choice
        The contract's lotteries, profile by profile in C order.
    expected : table of Fraction
        expected[i][k]: money that type k of agent i is to expect; the mean over all agents must be what the options bring.

    Returns
    -------
    table of Fraction
        [p][i]: what agent i pays at profile p.

    Notes
    -----
    With R the money of a profile less the sum of the expectations, and g_i its expectation given agent i's type: agent i
    receives (R - g_i) / n + (sum of the others' g_j) / (n (n - 1)) on top. That sums to R and has expectation 0 given his type.
    Cost: profiles times agents.
    """
    profiles = list(coalition.profiles)
    received = []
    for row in choices:
        own = [Fraction(0)] * coalition.agents
        for choice in row:
            for i, t in enumerate(coalition.options[choice.option].transfers):
                own[i] += choice.weight * t
        received.append(own)
    rests = [
        sum(own, Fraction(0)) - sum((expected[i][k] for i, k in enumerate(profile)), Fraction(0))
        for own, profile in zip(received, profiles, strict=True)
    ]
    n = coalition.agents
    given = [[Fraction(0)] * size for size in coalition.sizes]
    for rest, profile in zip(rests, profiles, strict=True):
        for i, k in enumerate(profile):
            given[i][k] += coalition.probability(profile, but=i) * rest
    found = []
    for own, rest, profile in zip(received, rests, profiles, strict=True):
        means = [given[i][k] for i, k in enumerate(profile)]
        together = sum(means, Fraction(0))
        extra = [(rest - mean) / n + (together - mean) / (n * (n - 1)) for mean in means]
        found.append(tuple(own[i] - expected[i][k] - extra[i] for i, k in enumerate(profile)))
    return tuple(found)
