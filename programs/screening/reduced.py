"""The third party's problem in fewer columns: agents who are alike together, the cheapest option per total, expected money.

Agents with the same prior, values and truthful payoffs may be averaged over, because the program does not change when they
are exchanged: profiles are then counted by types, and equal types share a lottery over allocations. With independent types
only the expected money of every type matters: any expectations with the right mean come from balanced side payments.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import comb, factorial, lcm, prod

from collude.models.errors import SizeError
from collude.programs.exact import Program
from collude.programs.screening.coalition import GrandCoalition, Total
from collude.programs.screening.contract import Choice, Multipliers, SideContract, balanced_payments

MOST_COLUMNS = 400_000
Row = dict[int, Fraction | int]
Multiset = tuple[int, ...]
TypeCounts = tuple[Multiset, ...]


@dataclass(frozen=True)
class Group:
    """The agents who are alike and report one type at a profile.

    Attributes
    ----------
    class_index : int
        Which class of agents who are alike.
    type_index : int
        What they report.
    members : int
        How many there are.
    """

    class_index: int
    type_index: int
    members: int


@dataclass(frozen=True)
class Share:
    """What the members of a group can hold.

    Attributes
    ----------
    bundles : tuple of int
        Bundle numbers, in some order.
    worth : tuple of int
        By true type, the sum of what they are worth, scaled.
    """

    bundles: Multiset
    worth: tuple[int, ...]


@dataclass(frozen=True)
class Column:
    """One choice of the third party: at a profile, select an option and give every group its bundles.

    Attributes
    ----------
    profile : int
        The number of the profile of type counts.
    option : int
    total : int
        The code of the total bundle that is divided.
    shares : tuple of Share
        One per group.
    """

    profile: int
    option: int
    total: Total
    shares: tuple[Share, ...]


def _multinomial(multiset: Multiset, prior: Sequence[Fraction]) -> Fraction:
    counts = [multiset.count(k) for k in range(len(prior))]
    ways = factorial(len(multiset)) // prod(factorial(c) for c in counts)
    return ways * prod((p**c for p, c in zip(prior, counts, strict=True)), start=Fraction(1))


class ReducedProgram:
    """The third party's linear program, with agents who are alike taken together.

    Columns are `Column`s, then the expected money of each type of each class, then the lots of options that draw them.

    Parameters
    ----------
    coalition : GrandCoalition

    Raises
    ------
    SizeError
        If there are more than 400,000 columns.
    """

    def __init__(self, coalition: GrandCoalition) -> None:
        self.coalition = coalition
        self.classes = _classes(coalition)
        self._sizes = [coalition.sizes[members[0]] for members in self.classes]
        self._options = _cheapest(coalition)
        self._totals = {total for o in self._options for _, total in coalition.options[o].totals}
        self._known: dict[tuple[int, int], dict[Total, list[Share]]] = {}
        pairs = list(zip(self._sizes, self.classes, strict=True))
        _require_size(prod(comb(size + len(members) - 1, len(members)) for size, members in pairs), "profiles")
        each = (list(combinations_with_replacement(range(size), len(members))) for size, members in pairs)
        self.profiles: list[TypeCounts] = list(product(*each))
        self.columns: list[Column] = []
        self._at: list[range] = []
        for p in range(len(self.profiles)):
            first = len(self.columns)
            _require_size(first + self._count_columns(p), "columns")
            self.columns += self._columns_at(p)
            self._at.append(range(first, len(self.columns)))
        self._fill()

    def _groups(self, p: int) -> list[Group]:
        found = []
        for g, multiset in enumerate(self.profiles[p]):
            found += [Group(g, k, multiset.count(k)) for k in sorted(set(multiset))]
        return found

    def _shares(self, class_index: int, members: int) -> dict[Total, list[Share]]:
        """What a group of a class can hold, by total; of shares on a line only its ends, which are mixed for the others."""
        if (class_index, members) not in self._known:
            agent = self.classes[class_index][0]
            codes, values = self.coalition.codes[agent], self.coalition.scaled_values[agent]
            _require_size(comb(len(codes) + members - 1, members), "ways to hand bundles to alike agents")
            found: dict[Total, dict[tuple[int, ...], Multiset]] = {}
            for bundles in combinations_with_replacement(range(len(codes)), members):
                total = sum(codes[b] for b in bundles)
                worth = tuple(sum(row[b] for b in bundles) for row in values)
                found.setdefault(total, {}).setdefault(worth, bundles)
            self._known[class_index, members] = {
                total: [Share(shares[worth], worth) for worth in _ends(list(shares))] for total, shares in found.items()
            }
        return self._known[class_index, members]

    def _count_columns(self, p: int) -> int:
        """How many columns a profile has, before they are listed."""
        ways: dict[Total, int] = {0: 1}
        for group in self._groups(p):
            longer: dict[Total, int] = {}
            for own, candidates in self._shares(group.class_index, group.members).items():
                for total, count in ways.items():
                    longer[total + own] = longer.get(total + own, 0) + count * len(candidates)
            ways = longer
        options = (self.coalition.options[o] for o in self._options)
        return sum(ways.get(total, 0) for option in options for _, total in option.totals)

    def _columns_at(self, p: int) -> Iterator[Column]:
        shares = [self._shares(group.class_index, group.members) for group in self._groups(p)]
        reachable: list[set[Total]] = [{0}]
        for table in reversed(shares):
            reachable.append({own + total for own in table for total in reachable[-1]})
        reachable.reverse()

        def extend(at: int, rest: Total) -> Iterator[tuple[Share, ...]]:
            if at == len(shares):
                yield ()
                return
            for own, candidates in shares[at].items():
                left = rest - own
                if left in reachable[at + 1]:
                    for tail in extend(at + 1, left):
                        for share in candidates:
                            yield (share, *tail)

        splits = {total: list(extend(0, total)) for total in self._totals}
        for o in self._options:
            for _, total in self.coalition.options[o].totals:
                for chosen in splits[total]:
                    yield Column(p, o, total, chosen)

    def _chance(self, p: int, class_index: int | None = None, type_index: int = 0) -> Fraction:
        """Probability of the type counts, or of the others' given one agent's class and type."""
        found = Fraction(1)
        for g, multiset in enumerate(self.profiles[p]):
            rest = multiset
            if g == class_index:
                at = multiset.index(type_index)
                rest = multiset[:at] + multiset[at + 1 :]
            found *= _multinomial(rest, self.coalition.prior[self.classes[g][0]])
        return found

    def _fill(self) -> None:
        coalition = self.coalition
        self._money: dict[tuple[int, int], int] = {}
        for g, size in enumerate(self._sizes):
            for k in range(size):
                self._money[g, k] = len(self.columns) + len(self._money)
        lots = len(self.columns) + len(self._money)
        drawing = [o for o in self._options if len(coalition.options[o].totals) > 1]
        pairs = list(product(range(len(self.profiles)), drawing))
        self._links = {pair: lots + x for x, pair in enumerate(pairs)}
        variables = lots + len(self._links)
        signed = frozenset([*range(len(self.columns)), *range(lots, variables)])
        self.program = Program(variables, signed=signed)
        self._objective_and_budget()
        payoff = self._payoff_rows()
        for g, size in enumerate(self._sizes):
            for k in range(size):
                for r in range(size):
                    if r != k:
                        row = dict(payoff[g, k, r])
                        for j, x in payoff[g, k, k].items():
                            row[j] = row.get(j, 0) - x
                        self.program.at_most({j: x for j, x in row.items() if x}, 0)
                bound = -coalition.truthful(self.classes[g][0], k)
                self.program.at_most({j: -x for j, x in payoff[g, k, k].items()}, bound)
        self._lotteries()

    def _objective_and_budget(self) -> None:
        """The sum of payoffs; and expected money is what the options bring."""
        program, budget = self.program, self._expected_money()
        for p in range(len(self.profiles)):
            chance, types = self._chance(p), [group.type_index for group in self._groups(p)]
            unit = chance.denominator * self.coalition.scale
            for j in self._at[p] if chance else ():
                worth = sum(share.worth[k] for k, share in zip(types, self.columns[j].shares, strict=True))
                program.cost[j] = Fraction(-chance.numerator * worth, unit)
        for j, amount in self.profit_row([option.transfer for option in self.coalition.options]).items():
            program.cost[j] = program.cost.get(j, 0) - amount
            budget[j] = -amount
        program.cost = {j: x for j, x in program.cost.items() if x}
        program.exactly({j: x for j, x in budget.items() if x}, 0)

    def _expected_money(self) -> Row:
        row: Row = {}
        for (g, k), j in self._money.items():
            row[j] = len(self.classes[g]) * self.coalition.prior[self.classes[g][0]][k]
        return row

    def _payoff_rows(self) -> dict[tuple[int, int, int], Row]:
        """Expected payoff of type k of an agent of class g who reports r, as a row."""
        rows: dict[tuple[int, int, int], Row] = {}
        for g, size in enumerate(self._sizes):
            for k, r in product(range(size), repeat=2):
                rows[g, k, r] = {self._money[g, r]: 1}
        at = self._at
        for p in range(len(self.profiles)):
            for x, group in enumerate(self._groups(p)):
                chance = self._chance(p, group.class_index, group.type_index)
                if not chance:
                    continue
                unit = chance.denominator * group.members * self.coalition.scale
                for k in range(self._sizes[group.class_index]):
                    row = rows[group.class_index, k, group.type_index]
                    for j in at[p]:
                        worth = self.columns[j].shares[x].worth[k]
                        if worth:
                            row[j] = Fraction(chance.numerator * worth, unit)
        return rows

    def _lotteries(self) -> None:
        coalition, at = self.coalition, self._at
        for p in range(len(self.profiles)):
            row: Row = {link: 1 for (q, _), link in self._links.items() if q == p}
            drawn: dict[tuple[int, Total], Row] = {}
            for j in at[p]:
                column = self.columns[j]
                if (p, column.option) in self._links:
                    drawn.setdefault((column.option, column.total), {})[j] = 1
                else:
                    row[j] = 1
            self.program.exactly(row, 1)
            for (o, total), entries in drawn.items():
                chance = sum((w for w, t in coalition.options[o].totals if t == total), Fraction(0))
                self.program.exactly({**entries, self._links[p, o]: -chance}, 0)

    def profit_row(self, profits: Sequence[Fraction]) -> Row:
        """The designer's expected profit, as a row."""
        row: Row = {}
        probabilities = [self._chance(p) for p in range(len(self.profiles))]
        for j, column in enumerate(self.columns):
            if (column.profile, column.option) not in self._links:
                row[j] = probabilities[column.profile] * profits[column.option]
        for (p, o), link in self._links.items():
            row[link] = probabilities[p] * profits[o]
        return row

    def multipliers(self, y: Sequence[Fraction]) -> Multipliers:
        """The multipliers of the inequalities, each class's shared equally by its members."""
        sizes = self.coalition.sizes
        incentive = [[[Fraction(0)] * size for _ in range(size)] for size in sizes]
        participation = [[Fraction(0)] * size for size in sizes]
        weights = iter(y)
        for members, size in zip(self.classes, self._sizes, strict=True):
            for k in range(size):
                for r in range(size):
                    weight = next(weights) / len(members) if r != k else Fraction(0)
                    for i in members:
                        incentive[i][k][r] = weight
                weight = next(weights) / len(members)
                for i in members:
                    participation[i][k] = weight
        return Multipliers(
            tuple(tuple(tuple(row) for row in table) for table in incentive), tuple(tuple(row) for row in participation)
        )

    def contract(self, x: Sequence[Fraction]) -> SideContract:
        """The side contract of a point, for every profile, with balanced side payments."""
        place = {profile: p for p, profile in enumerate(self.profiles)}
        used = [[j for j in span if x[j]] for span in self._at]
        choices = []
        for profile in self.coalition.profiles:
            counts = tuple(tuple(sorted(profile[i] for i in members)) for members in self.classes)
            p = place[counts]
            found: dict[tuple[int, tuple[int, ...]], Fraction] = {}
            for j in used[p]:
                self._spread(profile, self._groups(p), self.columns[j], x[j], found)
            choices.append(tuple(Choice(w, o, allocation) for (o, allocation), w in found.items()))
        expected = [[Fraction(0)] * size for size in self.coalition.sizes]
        for g, members in enumerate(self.classes):
            for i in members:
                expected[i] = [x[self._money[g, k]] for k in range(self._sizes[g])]
        payments = balanced_payments(self.coalition, choices, expected)
        return SideContract(tuple(choices), payments)

    def _spread(
        self,
        profile: tuple[int, ...],
        groups: Sequence[Group],
        column: Column,
        weight: Fraction,
        found: dict[tuple[int, tuple[int, ...]], Fraction],
    ) -> None:
        """Rotate the bundles of every group through its members, so that each holds each equally often."""
        turns = lcm(*(group.members for group in groups))
        members = [[i for i in self.classes[group.class_index] if profile[i] == group.type_index] for group in groups]
        for turn in range(turns):
            allocation = [0] * self.coalition.agents
            for who, share in zip(members, column.shares, strict=True):
                for at, i in enumerate(who):
                    allocation[i] = share.bundles[(at + turn) % len(who)]
            key = (column.option, tuple(allocation))
            found[key] = found.get(key, Fraction(0)) + weight / turns


def _require_size(size: int, what: str) -> None:
    if size > MOST_COLUMNS:
        raise SizeError(f"the side contract's program has {size} {what}; at most {MOST_COLUMNS} are taken", size)


def _ends(points: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The two ends if the points lie on one line, else all of them."""
    low, high = min(points), max(points)
    across = next((k for k, (a, b) in enumerate(zip(low, high, strict=True)) if a != b), None)
    if across is None or len(points) < 3:
        return points
    length = high[across] - low[across]
    for point in points:
        at = point[across] - low[across]
        if any((x - a) * length != at * (b - a) for x, a, b in zip(point, low, high, strict=True)):
            return points
    return [low, high]


def _classes(coalition: GrandCoalition) -> list[list[int]]:
    """Agents with the same prior, values, bundles and truthful payoffs; none are where bundles cannot be exchanged."""
    found: dict[object, list[int]] = {}
    for i in range(coalition.agents):
        truthful = tuple(coalition.truthful(i, k) for k in range(coalition.sizes[i]))
        key = (coalition.prior[i], coalition.values[i], coalition.codes[i], truthful)
        found.setdefault(key, []).append(i)
    return list(found.values())


def _cheapest(coalition: GrandCoalition) -> list[int]:
    """The options that bring the agents most money, one per (lottery over) total."""
    best: dict[object, int] = {}
    for o, option in enumerate(coalition.options):
        known = best.get(option.totals)
        if known is None or option.transfer > coalition.options[known].transfer:
            best[option.totals] = o
    return sorted(best.values())
