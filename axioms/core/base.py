"""What an axiom is: a condition on mechanisms that can be checked, searched for, and worked out a second time."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from collude.axioms.core.conditions import Alternative, Clause, PairRule
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu
from collude.models.numbers import brief
from collude.models.space import OutcomeSpace

CountUnit = Literal["coalitions", "profile-pairs", "triples", "none"]
UNITS: tuple[CountUnit, ...] = get_args(CountUnit)
COMMON = "collude, common definitions"
ANY = -1
FAST_AND_PLAIN = (("allowed", "permits"), ("pair_rules", "fits"), ("clauses", "somewhere"))


def unit_of_counting(word: object) -> CountUnit:
    """The unit in which violations are counted, from its name.

    Parameters
    ----------
    word : object
        One of `UNITS`, "none" for no counting.

    Returns
    -------
    str

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> unit_of_counting("triples")
    'triples'
    """
    for unit in UNITS:
        if unit == word:
            return unit
    raise InputError(f"violations are counted by {', '.join(UNITS)}, not {brief(word)}")


@dataclass(frozen=True)
class Witness:
    """A violation of an axiom, in type indices, that can be checked by hand.

    Attributes
    ----------
    profile : tuple of int
        The true type indices; ANY (-1) where a type is drawn from the prior.
    coalition : tuple of int
        The agents concerned.
    misreport : tuple of int or None
        What the members report, in their order; None where nobody misreports.
    gains : tuple of int or Fraction
        Per member, `scale` times what he gains; where nobody misreports, the size of the violation.
    details : dict
        Further facts by name, JSON values.
    expected : tuple of (Fraction, Fraction)
        Where gains are expectations: per member what he expects if nobody lies and if they do as agreed, in money.
    """

    profile: Profile
    coalition: tuple[int, ...]
    misreport: tuple[int, ...] | None
    gains: tuple[int | Fraction, ...]
    details: dict[str, Any] = field(default_factory=dict)
    expected: tuple[tuple[Fraction, Fraction], ...] = ()

    @property
    def reported(self) -> Profile:
        """The profile that is reported: the truth, but for the members of the coalition."""
        report = list(self.profile)
        for agent, type_index in zip(self.coalition, self.misreport or (), strict=False):
            report[agent] = type_index
        return tuple(report)


class Axiom(ABC):
    """A condition on mechanisms. One axiom is one file with one class under `@axiom`.

    A subclass says what the condition means; drivers decide how the work is cut and spread. It takes one of the shapes in
    this package (`ProfileAxiom`, `OneProfileAxiom`, `CoalitionalAxiom`, `DealAxiom`, `WholeAxiom`), which says how it is
    checked. It can be searched for if it restricts, in fast form, outcomes at one profile (`allowed`), pairs of profiles
    (`pair_rules`) or something somewhere (`clauses`). To each belongs a plain form, written from the definition (`permits`,
    `fits`, `somewhere`), from which second opinions and proofs are made; it shares nothing with the fast one.

    Attributes
    ----------
    name : as it is written on the command line
    definition : one sentence
    source : where the definition comes from
    unit : what violations are counted in
    units : the values of `--count` that it can answer
    by_default : it is checked where no axiom is named; `is_default` may ask more of the environment
    takes : "" or what the text after "=" in `name=text` means, for instance "a whole number"
    identifies : profiles that differ in the names of agents may share one unknown of a search
    """

    name: str
    definition: str
    source: str = COMMON
    unit: str = "profiles"
    units: tuple[str, ...] = UNITS
    by_default: bool = True
    takes: ClassVar[str] = ""
    identifies: ClassVar[bool] = False

    def __init__(self, argument: str = "") -> None:
        self.argument = argument

    @property
    def label(self) -> str:
        """The name as the user writes it, with the argument."""
        return f"{self.name}={self.argument}" if self.argument else self.name

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Why the axiom has no meaning for a mechanism.

        Parameters
        ----------
        mechanism : Mechanism

        Returns
        -------
        str
            "" if it has; otherwise the end of a sentence, such as "there is no money".
        """
        return ""

    def reason_not_searchable(self, space: OutcomeSpace) -> str:
        """Why the axiom has no meaning for a search.

        Parameters
        ----------
        space : OutcomeSpace
            What the search may choose.

        Returns
        -------
        str
            "" if it has.
        """
        return self.reason_not_applicable(space.sample)

    def is_default(self, environment: Environment) -> bool:
        """Whether the axiom is checked on mechanisms of an environment where no axiom is named."""
        return self.by_default

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The smallest number of members of a coalition that this axiom examines."""
        return 1

    def require_size(self, mechanism: Mechanism) -> None:
        """Make sure that the numbers of this axiom stay inside int64 and stated limits: cheap, before anything is examined.

        Parameters
        ----------
        mechanism : Mechanism

        Raises
        ------
        SizeError
            If they do not.
        """
        del mechanism

    @abstractmethod
    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Whether a witness really violates the axiom, found out in plain Python integers from the definition.

        Parameters
        ----------
        mechanism : Mechanism
        witness : Witness

        Returns
        -------
        bool
        """

    # A search: the fast forms.

    def allowed(self, space: OutcomeSpace) -> np.ndarray | None:
        """Which outcomes are allowed at which profile: the fast form of what the axiom says of one profile.

        Parameters
        ----------
        space : OutcomeSpace

        Returns
        -------
        (P, R) bool, or None
            None if all are.
        """
        return None

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """Which outcomes at two profiles go together: the fast form of what the axiom says of two profiles.

        Parameters
        ----------
        space : OutcomeSpace

        Returns
        -------
        list of PairRule
            Each clears the masks of pairs that do not go together.
        """
        return []

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """What must hold somewhere: the fast form of what the axiom says of all profiles together.

        Parameters
        ----------
        space : OutcomeSpace

        Returns
        -------
        list of Clause
            All of them must hold.
        """
        return []

    # The same from the definition: the plain forms.

    def permits(self, menu: Menu, profile: Profile, outcome: int) -> bool:
        """Whether an outcome is allowed at a profile: the plain form of `allowed`.

        Parameters
        ----------
        menu : Menu
            The outcomes on offer.
        profile : tuple of int
            Type indices.
        outcome : int
            Its number in the menu.

        Returns
        -------
        bool
        """
        return True

    def reach(self, menu: Menu) -> int:
        """The largest number of reports in which two profiles that `fits` compares can differ."""
        return 0

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray | None:
        """Which outcomes at two profiles go together: the plain form of `pair_rules`.

        Parameters
        ----------
        menu : Menu
            The outcomes on offer.
        one, other : tuple of int
            Two profiles that differ in at most `reach` reports.

        Returns
        -------
        (R, R) bool, or None
            [a, b]: outcome a at the first goes with outcome b at the second; None if all do.
        """
        return None

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """What must hold somewhere: the plain form of `clauses`.

        Parameters
        ----------
        menu : Menu
            The outcomes on offer.

        Returns
        -------
        list of lists of Alternative
            Of each list one alternative must hold.
        """
        return []

    @property
    def searchable(self) -> bool:
        """Whether a search can require the axiom."""
        return any(self._defines(fast) for fast, _ in FAST_AND_PLAIN)

    @property
    def has_second_opinion(self) -> bool:
        """Whether every fast form has its plain one."""
        return all(self._defines(plain) for fast, plain in FAST_AND_PLAIN if self._defines(fast))

    def _defines(self, part: str) -> bool:
        return getattr(type(self), part) is not getattr(Axiom, part)


def agents_who_differ(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The agents whose types differ between two profiles.

    Parameters
    ----------
    one, other : sequence of n ints
        Type indices.

    Returns
    -------
    list of int
        In increasing order.

    Examples
    --------
    >>> agents_who_differ((0, 2, 1), (0, 1, 0))
    [1, 2]
    """
    return [i for i, (k, other_k) in enumerate(zip(one, other, strict=True)) if k != other_k]
