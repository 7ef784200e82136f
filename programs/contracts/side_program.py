"""The linear program of a coalition that looks for a side contract: variables, incentive rows, gain."""

from collections.abc import Set
from dataclasses import dataclass, field
from fractions import Fraction

from collude.models.contracts.extended import CommunicationContract
from collude.models.errors import SizeError
from collude.models.mechanism import Profile
from collude.programs.contracts.side_game import SideGame
from collude.programs.contracts.terms import SideContractTerms
from collude.programs.exact import Program

Entries = dict[int, Fraction]
MOST_VARIABLES = 300_000


@dataclass(eq=False)
class SideProgram:
    """The linear program "which side contract gains this coalition most", with the meaning of its variables.

    Attributes
    ----------
    device : dict from (joint reports, joint actions) to int
        The variable of the probability of the actions at the reports.
    payments : dict from (key, member) to int
        The variable of the money that a member receives at a key: joint reports, followed by outsiders' types if payments may
        depend on them.
    forbidden : set of (joint reports, joint actions)
        What may not be played.
    truths : dict from (member, type index) to rows
        What he expects from telling the truth.
    gain, base : row, Fraction
        The members' total gain is `gain` times the variables less `base`.

    Notes
    -----
    With m = types times actions of each of s members, all reports counted: at most m**s reports, each with A**s device
    variables and s payments; s m (m-1) truth rows and s m participation rows.
    """

    side: SideGame
    terms: SideContractTerms
    forbidden: Set[tuple[Profile, Profile]] = frozenset()
    program: Program = field(init=False)
    device: dict[tuple[Profile, Profile], int] = field(init=False, default_factory=dict)
    payments: dict[tuple[Profile, int], int] = field(init=False, default_factory=dict)
    truths: dict[tuple[int, int], Entries] = field(init=False, default_factory=dict)
    gain: Entries = field(init=False, default_factory=dict)
    base: Fraction = field(init=False, default=Fraction(0))

    def __post_init__(self) -> None:
        reports = self.side.report_profiles(self.terms.reports == "all")
        if len(reports) * len(self.side.game.actions) > MOST_VARIABLES:
            count = len(reports) * len(self.side.game.actions)
            raise SizeError(
                f"the program of coalition {self.side.game.insiders} has {count} variables; at most {MOST_VARIABLES} "
                "are taken (use fewer types or actions, or smaller coalitions)",
                count,
            )
        for types in reports:
            for actions in self.side.game.actions:
                if (types, actions) not in self.forbidden:
                    self.device[types, actions] = len(self.device)
        if self.terms.payments:
            for types in reports:
                for key in self._keys(types):
                    for m in self.side.members:
                        self.payments[key, m] = len(self.device) + len(self.payments)
        self.program = Program(len(self.device) + len(self.payments), signed=frozenset(range(len(self.device))))
        self._add_balance(reports)
        for m in self.side.members:
            self._add_incentives(m)
        self.program.cost = {j: -entry for j, entry in self.gain.items()}

    def _keys(self, types: Profile) -> list[Profile]:
        if self.terms.depends == "coalition":
            return [types]
        return [types + outside for outside in self._outsiders]

    @property
    def _outsiders(self) -> list[Profile]:
        return sorted({self.side.game.outsiders_of(state) for state in self.side.game.states})

    def _add_balance(self, reports: list[Profile]) -> None:
        """Probabilities sum to 1, payments to 0; payments keep to their bound."""
        for types in reports:
            places = [self.device.get((types, actions)) for actions in self.side.game.actions]
            self.program.exactly({j: Fraction(1) for j in places if j is not None}, 1)
            for key in self._keys(types) if self.terms.payments else ():
                paid = [self.payments[key, m] for m in self.side.members]
                self.program.exactly(dict.fromkeys(paid, Fraction(1)), 0)
                for j in paid if self.terms.bound is not None else ():
                    self.program.at_most({j: 1}, self.terms.bound or 0)
                    self.program.at_most({j: -1}, self.terms.bound or 0)

    def _add_incentives(self, m: int) -> None:
        """A member takes part, tells the truth, and obeys if he must."""
        communication = self.terms.incentives == "communication"
        reports = range(self.side.game.sizes[self.side.game.insiders[m]])
        reported = reports if self.terms.reports == "all" else self.side.present[m]
        for k in self.side.heard[m]:
            truth = self.payoff(m, k, k)
            add(truth, self.money(m, k, k))
            self.program.at_most(negated(truth), -self.side.status_quo[m][k])
            self.truths[m, k] = truth
            add(self.gain, truth)
            self.base += self.side.status_quo[m][k]
            for r in reported:
                if communication:
                    self._add_double_deviation(m, k, r, truth)
                elif r != k:
                    lie = self.payoff(m, k, r)
                    add(lie, self.money(m, k, r))
                    add(lie, negated(truth))
                    self.program.at_most(lie, 0)
            if self.terms.obedience and not communication:
                self._add_obedience(m, k)

    def payoff(self, m: int, k: int, r: int) -> Entries:
        """What type k of a member expects from the device if he reports r and obeys, payments apart."""
        row: Entries = {}
        for types in self.side.joint_types(m, k):
            reports = (*types[:m], r, *types[m + 1 :])
            for actions, values in self.side.values[types].items():
                self._put(row, (reports, actions), values[m])
        return row

    def money(self, m: int, k: int, r: int) -> Entries:
        """What type k of a member expects to be paid if he reports r."""
        row: Entries = {}
        if not self.terms.payments:
            return row
        agent = self.side.game.insiders[m]
        for types in self.side.joint_types(m, k):
            read = types if self.terms.read == "truth" else (*types[:m], r, *types[m + 1 :])
            for state in self.side.grouped[types]:
                key = read if self.terms.depends == "coalition" else read + self.side.game.outsiders_of(state)
                add(row, {self.payments[key, m]: state.weights[agent]})
        return row

    def _put(self, row: Entries, cell: tuple[Profile, Profile], value: Fraction) -> None:
        j = self.device.get(cell)
        if j is not None and value:
            row[j] = row.get(j, Fraction(0)) + value

    def _after(self, m: int, k: int, r: int, told: int, done: int) -> Entries:
        """What type k expects from action `done` when he has reported r and is told `told`, weighted by its probability."""
        row: Entries = {}
        for types in self.side.joint_types(m, k):
            reports = (*types[:m], r, *types[m + 1 :])
            values = self.side.values[types]
            for actions in self.side.game.actions:
                if actions[m] == told:
                    self._put(row, (reports, actions), values[(*actions[:m], done, *actions[m + 1 :])][m])
        return row

    def _add_obedience(self, m: int, k: int) -> None:
        for told in range(self.side.game.root.choices[self.side.game.insiders[m]]):
            obeying = self._after(m, k, k, told, told)
            for done in range(self.side.game.root.choices[self.side.game.insiders[m]]):
                if done != told:
                    row = self._after(m, k, k, told, done)
                    add(row, negated(obeying))
                    self.program.at_most(row, 0)

    def _add_double_deviation(self, m: int, k: int, r: int, truth: Entries) -> None:
        """Reporting r and then doing what is best after each recommendation gains nothing: one variable per maximum."""
        total = self.money(m, k, r)
        choices = range(self.side.game.root.choices[self.side.game.insiders[m]])
        for told in choices:
            best = self.program.variables
            self.program.variables += 1
            add(total, {best: Fraction(1)})
            for done in choices:
                row = self._after(m, k, r, told, done)
                add(row, {best: Fraction(-1)})
                self.program.at_most(row, 0)
        add(total, negated(truth))
        self.program.at_most(total, 0)

    def contract(self, x: tuple[Fraction, ...]) -> CommunicationContract:
        """The side contract that a point of the program stands for."""
        device: dict[Profile, dict[Profile, Fraction]] = {}
        for (types, actions), j in self.device.items():
            if x[j]:
                device.setdefault(types, {})[actions] = x[j]
        paid: dict[Profile, list[Fraction]] = {}
        for (key, m), j in self.payments.items():
            paid.setdefault(key, [Fraction(0)] * len(self.side.members))[m] = x[j]
        transfers = {key: tuple(row) for key, row in paid.items() if any(row)}
        return CommunicationContract(self.side.game, device, transfers, self.terms.depends == "everything")

    def gain_at(self, x: tuple[Fraction, ...]) -> Fraction:
        """The prior-weighted total gain of the members at a point of the program."""
        return sum((x[j] * entry for j, entry in self.gain.items()), Fraction(0)) - self.base


def add(row: Entries, more: Entries) -> None:
    """Add the entries of one row to another, in place.

    Parameters
    ----------
    row, more : dict from variables to Fraction
        Only the first is changed.
    """
    for j, entry in more.items():
        row[j] = row.get(j, Fraction(0)) + entry


def negated(row: Entries) -> Entries:
    """The row with all signs changed.

    Parameters
    ----------
    row : dict from variables to Fraction

    Returns
    -------
    dict
        A new one.
    """
    return {j: -entry for j, entry in row.items()}
