"""The third party's problem as one linear program, written as it is defined: every profile, option and allocation."""

from collections.abc import Sequence
from fractions import Fraction

from collude.models.errors import SizeError
from collude.programs.exact import Program
from collude.programs.screening.coalition import GrandCoalition, Total, profile_index
from collude.programs.screening.contract import Choice, Multipliers, SideContract

MOST_COLUMNS = 400_000
Row = dict[int, Fraction | int]


class PlainProgram:
    """The third party's linear program without any reduction.

    Columns are (profile, option, allocation), then side payments of all agents but the last at every profile, then, for options
    that draw lots, one per profile and option.

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
        self.columns: list[tuple[int, int, tuple[int, ...]]] = []
        self._links: list[tuple[int, int]] = []
        self._count()
        n = coalition.agents
        profiles = list(coalition.profiles)
        self._payment = len(self.columns)
        self._lots = self._payment + (n - 1) * len(profiles)
        variables = self._lots + len(self._links)
        chosen = range(len(self.columns))
        self.program = Program(variables, signed=frozenset([*chosen, *range(self._lots, variables)]))
        self._incentive: list[tuple[int, int, int]] = []
        self._participation: list[tuple[int, int]] = []
        self._fill(profiles)

    def _count(self) -> None:
        coalition = self.coalition
        each = sum(coalition.allocation_counts[total] for option in coalition.options for _, total in option.totals)
        profiles = len(list(coalition.profiles))
        if each * profiles > MOST_COLUMNS:
            size = each * profiles
            raise SizeError(f"the program has {size} columns; at most {MOST_COLUMNS} are taken: use fewer types", size)
        for p in range(profiles):
            for o, option in enumerate(coalition.options):
                if len(option.totals) > 1:
                    self._links.append((p, o))
                for _, total in option.totals:
                    self.columns += [(p, o, allocation) for allocation in coalition.allocations[total]]

    def _fill(self, profiles: list[tuple[int, ...]]) -> None:
        coalition, program = self.coalition, self.program
        payoff = self._payoff_rows(profiles)
        for p, profile in enumerate(profiles):
            chance = coalition.probability(profile)
            for j in self._at(p):
                _, o, allocation = self.columns[j]
                worth = sum(
                    (coalition.values[i][k][b] for i, (k, b) in enumerate(zip(profile, allocation, strict=True))),
                    coalition.options[o].transfer,
                )
                if chance * worth:
                    program.cost[j] = -chance * worth
        for i, size in enumerate(coalition.sizes):
            for k in range(size):
                for r in range(size):
                    if r != k:
                        program.at_most(_difference(payoff[i, k, r], payoff[i, k, k]), 0)
                        self._incentive.append((i, k, r))
                program.at_most({j: -x for j, x in payoff[i, k, k].items()}, -coalition.truthful(i, k))
                self._participation.append((i, k))
        self._lotteries(len(profiles))

    def _at(self, profile: int) -> range:
        each = len(self.columns) // len(list(self.coalition.profiles))
        return range(profile * each, (profile + 1) * each)

    def _payoff_rows(self, profiles: list[tuple[int, ...]]) -> dict[tuple[int, int, int], Row]:
        """Expected payoff of type k of agent i who reports r, as a row."""
        coalition, n = self.coalition, self.coalition.agents
        rows: dict[tuple[int, int, int], Row] = {
            (i, k, r): {} for i, size in enumerate(coalition.sizes) for k in range(size) for r in range(size)
        }
        for p, profile in enumerate(profiles):
            for i, report in enumerate(profile):
                chance = coalition.probability(profile, but=i)
                if not chance:
                    continue
                for k in range(coalition.sizes[i]):
                    row, values = rows[i, k, report], coalition.values[i][k]
                    for j in self._at(p):
                        _, o, allocation = self.columns[j]
                        entry = chance * (values[allocation[i]] + coalition.options[o].transfers[i])
                        if entry:
                            row[j] = entry
                    if i < n - 1:
                        row[self._payment + p * (n - 1) + i] = -chance
                    else:
                        row.update({self._payment + p * (n - 1) + x: chance for x in range(n - 1)})
        return rows

    def _lotteries(self, profiles: int) -> None:
        """Probabilities sum to 1; where an option draws lots, so do its allocations."""
        coalition, program = self.coalition, self.program
        link = {pair: self._lots + x for x, pair in enumerate(self._links)}
        for p in range(profiles):
            row: Row = {}
            drawn: dict[tuple[int, Total], Row] = {}
            for j in self._at(p):
                _, o, allocation = self.columns[j]
                if (p, o) not in link:
                    row[j] = 1
                    continue
                drawn.setdefault((o, coalition.total_of(allocation)), {})[j] = 1
            row.update({link[p, o]: 1 for o in range(len(coalition.options)) if (p, o) in link})
            program.exactly(row, 1)
            for (o, total), entries in drawn.items():
                chance = sum((w for w, t in coalition.options[o].totals if t == total), Fraction(0))
                program.exactly({**entries, link[p, o]: -chance}, 0)

    def contract(self, x: Sequence[Fraction]) -> SideContract:
        """The side contract of a point."""
        coalition, n = self.coalition, self.coalition.agents
        choices, payments = [], []
        for profile in coalition.profiles:
            p = profile_index(coalition.sizes, profile)
            choices.append(tuple(Choice(x[j], *self.columns[j][1:]) for j in self._at(p) if x[j]))
            paid = list(x[self._payment + p * (n - 1) : self._payment + (p + 1) * (n - 1)])
            payments.append((*paid, -sum(paid, Fraction(0))))
        return SideContract(tuple(choices), tuple(payments))

    def multipliers(self, y: Sequence[Fraction]) -> Multipliers:
        """The multipliers of the inequalities."""
        sizes = self.coalition.sizes
        incentive = [[[Fraction(0)] * size for _ in range(size)] for size in sizes]
        participation = [[Fraction(0)] * size for size in sizes]
        at = 0
        for i, size in enumerate(sizes):
            for k in range(size):
                for r in range(size):
                    if r != k:
                        incentive[i][k][r] = y[at]
                        at += 1
                participation[i][k] = y[at]
                at += 1
        return Multipliers(
            tuple(tuple(tuple(row) for row in table) for table in incentive), tuple(tuple(row) for row in participation)
        )

    def profit_row(self, profits: Sequence[Fraction]) -> Row:
        """The designer's expected profit, as a row."""
        row: Row = {}
        for j, (p, o, _) in enumerate(self.columns):
            chance = self._chances[p]
            option = self.coalition.options[o]
            if len(option.totals) == 1:
                row[j] = chance * profits[o]
        for x, (p, o) in enumerate(self._links):
            row[self._lots + x] = self._chances[p] * profits[o]
        return row

    @property
    def _chances(self) -> list[Fraction]:
        return [self.coalition.probability(profile) for profile in self.coalition.profiles]


def _difference(left: Row, right: Row) -> Row:
    """left - right."""
    row = dict(left)
    for j, x in right.items():
        row[j] = row.get(j, 0) - x
    return {j: x for j, x in row.items() if x}
