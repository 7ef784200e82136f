"""All pure equilibria when a coalition is offered a side contract that every member may refuse (Safronov, Theorem 3)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod

from collude.axioms.core.expectations import expectations_of
from collude.axioms.core.games import Equilibrium, Game
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import find_axiom
from collude.enumerate.analyses.side_contracts import Agreement, contract_game, message_of, require_agreement
from collude.models.errors import NotApplicableError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, Profile, require_mechanism, show_type
from collude.models.numbers import brief, exact

MOST_AGREEMENTS = 20_000
Count = Callable[[str, int, int], None]


@shown
@dataclass(frozen=True)
class AgreementEquilibria:
    """All pure equilibria when a coalition is offered a side contract. Numbers are exact, in money.

    Attributes
    ----------
    mechanism : Mechanism
        What is played.
    agreement : Agreement
        The side contract.
    formed_surely : bool
        Whether nobody could refuse it.
    found : tuple of Equilibrium
        The equilibria; payoffs include what members pay one another.
    truth : Fraction
        The expected surplus if all tell the truth.
    """

    mechanism: Mechanism
    agreement: Agreement
    formed_surely: bool
    found: tuple[Equilibrium, ...]
    truth: Fraction

    @property
    def inefficient(self) -> int:
        """How many lose welfare somewhere."""
        return sum(not one.efficient for one in self.found)

    @property
    def worst(self) -> Fraction | None:
        """The smallest expected surplus; None without an equilibrium."""
        return min((one.surplus for one in self.found), default=None)

    @property
    def signed(self) -> int:
        """In how many of them all members accept at some of their types."""
        env = self.mechanism.environment
        return sum(
            all(any(action >= env.sizes[i] for action in one.strategies[i]) for i in self.agreement.members)
            for one in self.found
        )

    def moves(self, agent: int, action: int) -> dict[str, int | None]:
        """What an action of an agent is: his message if he accepts, and the type number that he reports by himself."""
        if agent not in self.agreement.members:
            return {"message": None, "report": action}
        if self.formed_surely:
            return {"message": action, "report": None}
        size = self.mechanism.environment.sizes[agent]
        return {"message": message_of(action, size), "report": action % size}

    def agreed(self) -> list[str]:
        """The side contract in words, one line for each message that it says something about."""
        deal, env = self.agreement, self.mechanism.environment

        def words(types: Profile) -> str:
            return "(" + ", ".join(show_type(env.types[i][k]) for i, k in zip(deal.members, types, strict=True)) + ")"

        lines = []
        for said in sorted({*deal.reports, *deal.payments}):
            paid = ", ".join(str(exact(x)) for x in deal.payments.get(said, ()))
            money = f" and receive {paid}" if paid else ""
            lines.append(f"{words(said)} is reported as {words(deal.reports.get(said, said))}{money}")
        return lines

    def describe(self, one: Equilibrium) -> list[str]:
        """An equilibrium in words, one line per agent."""
        env = self.mechanism.environment
        lines = []
        for i, strategy in enumerate(one.strategies):
            shown_types = [show_type(x) for x in env.types[i]]
            parts = []
            for k, action in enumerate(strategy):
                move = self.moves(i, action)
                message, report = (None if x is None else shown_types[x] for x in (move["message"], move["report"]))
                if message is None:
                    refuses = "refuses and " if i in self.agreement.members else ""
                    parts.append(f"{refuses}reports {report} if {shown_types[k]}")
                else:
                    alone = "" if report is None else f" (or reports {report} if somebody refuses)"
                    parts.append(f"says {message}{alone} if {shown_types[k]}")
            lines.append(f"{env.labels[i]} {', '.join(parts)}")
        return lines

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        deal = self.agreement
        return {
            "mechanism": self.mechanism.name,
            "coalition": list(deal.members),
            "formed_surely": self.formed_surely,
            "reports": [{"message": list(said), "report": list(told)} for said, told in sorted(deal.reports.items())],
            "payments": [
                {"message": list(said), "receive": [str(exact(x)) for x in paid]}
                for said, paid in sorted(deal.payments.items())
            ],
            "equilibria": len(self.found),
            "inefficient": self.inefficient,
            "signed": None if self.formed_surely else self.signed,
            "worst_surplus": None if self.worst is None else str(self.worst),
            "truthful_surplus": str(self.truth),
            "list": [
                {
                    "actions": [[self.moves(i, x) for x in strategy] for i, strategy in enumerate(one.strategies)],
                    "efficient": one.efficient,
                    "surplus": str(one.surplus),
                    "payoffs": [str(x) for x in one.payoffs],
                }
                for one in self.found
            ],
        }


def agreement_equilibria(
    mechanism: Mechanism, agreement: Agreement, *, formed_surely: bool = False
) -> AgreementEquilibria:
    """Find all pure equilibria when a coalition is offered a side contract that every member may refuse.

    Parameters
    ----------
    mechanism : Mechanism
        With money and an independent prior.
    agreement : Agreement
        Who is asked, and what joint report and payments follow from their messages.
    formed_surely : bool
        Nobody can refuse. Then nothing keeps equilibria efficient: Theorem 3 rests on the right to refuse.

    Returns
    -------
    AgreementEquilibria

    Raises
    ------
    NotApplicableError
        Without an independent prior.
    InputError
        If the agreement does not fit the mechanism.
    SizeError
        If there are too many strategies or equilibria.

    References
    ----------
    Safronov (2016), section 6, Theorem 3.

    Examples
    --------
    >>> import collude as co
    >>> env = co.airline(3, prior=co.uniform((2, 2, 2)))
    >>> deal = co.Agreement((0, 1), {(0, 1): (0, 0), (1, 0): (0, 0)})
    >>> co.agreement_equilibria(co.shapley(env), deal).inefficient
    0
    >>> co.agreement_equilibria(co.shapley(env), deal, formed_surely=True).inefficient
    2
    """
    require_mechanism(mechanism)
    reason = find_axiom("fully-implements").reason_not_applicable(mechanism)
    if reason:
        raise NotApplicableError(f"equilibria have no meaning for {mechanism.name}: {reason}")
    game = contract_game(mechanism, agreement, formed_surely=formed_surely)
    found = tuple(_with_payments(game, one) for one in game.equilibria())
    env = mechanism.environment
    truth = Game(mechanism, tuple((i,) for i in range(env.agents))).judge(tuple(tuple(range(k)) for k in env.sizes))
    return AgreementEquilibria(mechanism, agreement, formed_surely, found, truth.surplus)


def _with_payments(game: Game, one: Equilibrium) -> Equilibrium:
    """Add what members expect to receive from one another to their payoffs."""
    weights, whole = expectations_of(game.mechanism).weights
    actions = tuple(game.taken(one.strategies))
    payoffs = tuple(
        payoff if money is None else payoff + Fraction(int(money[actions] @ weights), whole * game.mechanism.scale)
        for payoff, money in zip(one.payoffs, game.rules.money, strict=True)
    )
    return replace(one, payoffs=payoffs)


@shown
@dataclass(frozen=True)
class AgreementSweep:
    """What every side contract without payments leads to, one after another.

    Attributes
    ----------
    mechanism : Mechanism
        What is played.
    members : tuple of int
        Who may sign.
    formed_surely : bool
        Whether nobody could refuse.
    agreements : int
        How many side contracts there are: all maps from joint messages to joint reports.
    equilibria, inefficient : int
        Of all of them together: how many pure equilibria, and how many lose welfare somewhere.
    harmful : int
        How many side contracts have an inefficient equilibrium.
    without : int
        How many have no pure equilibrium.
    worst : AgreementEquilibria or None
        The first side contract with the smallest surplus in an equilibrium.
    """

    mechanism: Mechanism
    members: Members
    formed_surely: bool
    agreements: int
    equilibria: int
    inefficient: int
    harmful: int
    without: int
    worst: AgreementEquilibria | None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "mechanism": self.mechanism.name,
            "coalition": list(self.members),
            "formed_surely": self.formed_surely,
            "agreements": self.agreements,
            "equilibria": self.equilibria,
            "inefficient": self.inefficient,
            "harmful_agreements": self.harmful,
            "agreements_without_equilibrium": self.without,
            "worst": None if self.worst is None else self.worst.to_dict(),
        }


def every_agreement(
    mechanism: Mechanism,
    members: Sequence[int],
    *,
    formed_surely: bool = False,
    progress: Count | None = None,
) -> AgreementSweep:
    """Find the pure equilibria of every side contract without payments that a coalition could be offered.

    Parameters
    ----------
    mechanism : Mechanism
        With money and an independent prior.
    members : sequence of int
        Two or more agents.
    formed_surely : bool
        Nobody can refuse.
    progress : function, optional
        Called with ("agreements", how many are done, how many there are).

    Returns
    -------
    AgreementSweep

    Raises
    ------
    NotApplicableError, InputError
        As `agreement_equilibria`.
    SizeError
        For more than 20,000 side contracts; a coalition with T joint types has T^T.

    References
    ----------
    Safronov (2016), section 6, Theorem 3.
    """
    require_mechanism(mechanism)
    who = tuple(members)
    require_agreement(mechanism, Agreement(who))
    joint = prod(mechanism.environment.sizes[i] for i in who)
    count = joint**joint
    if count > MOST_AGREEMENTS:
        raise SizeError(f"there are {brief(count)} side contracts; at most {MOST_AGREEMENTS} are tried", count)
    total = inefficient = harmful = without = 0
    worst: AgreementEquilibria | None = None
    for done, agreement in enumerate(_agreements(mechanism.environment.sizes, who), 1):
        one = agreement_equilibria(mechanism, agreement, formed_surely=formed_surely)
        total += len(one.found)
        inefficient += one.inefficient
        harmful += one.inefficient > 0
        without += not one.found
        if one.worst is not None and (worst is None or worst.worst is None or one.worst < worst.worst):
            worst = one
        if progress is not None:
            progress("agreements", done, count)
    return AgreementSweep(mechanism, who, formed_surely, count, total, inefficient, harmful, without, worst)


def _agreements(sizes: Sequence[int], members: Members) -> Iterator[Agreement]:
    points = list(product(*(range(sizes[i]) for i in members)))
    return (Agreement(members, dict(zip(points, told, strict=True))) for told in product(points, repeat=len(points)))
