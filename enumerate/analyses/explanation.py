"""One profile and one report: what every agent gets by the truth, and what if other types are reported instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from collude.enumerate.analyses.expected_value import ExpectedValue, expected_value
from collude.models.environment import Environment, show_type
from collude.models.errors import InputError
from collude.models.files.html import html_table
from collude.models.mechanism import Mechanism, Profile, require_mechanism
from collude.models.numbers import brief, show, whole
from collude.models.pictures.gains import UtilityRow, draw_gains
from collude.models.results import Member, Violation
from collude.models.story import profile_words, read_profile, require_type_indices, tell, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

HEADINGS = ("agent", "type", "reports", "truthful", "then", "gain")
MOST_LINES = 16


@dataclass(frozen=True)
class Explanation:
    """What every agent gets at one profile.

    Attributes
    ----------
    mechanism : its name
    title : the mechanism in one line
    profile : the true type index of each agent
    misreport : the type index that each agent reports; None if only the truth was asked about
    agents : one account for each agent, in words; without a misreport both outcomes are the truthful one
    utilities : per agent his utility by the truth and by the report, exact; ranks below 0 where there is no money
    ordinal : there is no money: utilities are ranks
    expected : with a prior, what those who misreport (else all agents) expect who know their types only
    """

    mechanism: str
    title: str
    profile: Profile
    misreport: Profile | None
    agents: tuple[Member, ...]
    utilities: tuple[tuple[Fraction, Fraction], ...]
    ordinal: bool = False
    expected: ExpectedValue | None = None

    def rows(self) -> list[tuple[str, ...]]:
        """One row for each agent, in the order of `HEADINGS`."""
        return [(a.label, a.true_type, a.reported_type, a.before, a.after, a.gain) for a in self.agents]

    def expectation(self) -> str:
        """What is expected, as a sentence; "" without a prior."""
        if self.expected is None:
            return ""
        who = [self.agents[i].label for i in self.expected.members]
        then = "" if self.misreport is None else f", {self.expected.report} by this report"
        members = f"agent {who[0]} expects" if len(who) == 1 else f"agents {', '.join(who)} expect"
        return f"{members} {self.expected.truth} by the truth{then}, others' types unknown"

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "mechanism": self.mechanism,
            "profile": list(self.profile),
            "misreport": None if self.misreport is None else list(self.misreport),
            "types": [agent.true_type for agent in self.agents],
            "reported": [agent.reported_type for agent in self.agents],
            "agents": [dict(zip(HEADINGS, row, strict=True)) for row in self.rows()],
            "expected": None if self.expected is None else self.expected.to_dict(),
        }

    def plot(self, ax: "Place" = None) -> "Axes":
        """Draw the utility of each agent by the truth, and an arrow to what the report makes of it.

        Parameters
        ----------
        ax : matplotlib axes or Sheet, optional
            Where to draw; a new figure without.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        InputError
            If matplotlib is missing.
        """
        rows = []
        for agent, (before, after) in zip(self.agents, self.utilities, strict=True):
            lies = agent.true_type != agent.reported_type
            name = f"agent {agent.label}: {agent.true_type}" + (f", says {agent.reported_type}" if lies else "")
            then = None if self.misreport is None else after
            rows.append(UtilityRow(name, before, then, agent.before, "" if then is None else agent.after))
        return draw_gains(rows, f"{self.mechanism}: what each agent gets", self.ordinal, ax)

    def __repr__(self) -> str:
        told = [f"  agent {a.label}: {a.before}" for a in self.agents]
        if self.misreport is not None:
            told = [f"{line}; then: {a.after}; gain {a.gain}" for line, a in zip(told, self.agents, strict=True)]
        types = ", ".join(agent.true_type for agent in self.agents)
        said = "" if self.misreport is None else f" reported as {', '.join(a.reported_type for a in self.agents)}"
        rest = ["  ..."] if len(told) > MOST_LINES else []
        return "\n".join([f"{self.mechanism} at {types}{said}", *told[:MOST_LINES], *rest])

    def _repr_html_(self) -> str:
        return html_table(HEADINGS, self.rows(), ". ".join(filter(None, (self.title, self.expectation()))))


def explain(
    mechanism: Mechanism, profile: Violation | Sequence[int] | str, misreport: Sequence[int] | str | None = None
) -> Explanation:
    """Show what every agent gets at one profile, and what if other types are reported instead.

    Parameters
    ----------
    mechanism : Mechanism
        What is explained.
    profile : Violation, sequence of int, or str
        The true types: a type index for each agent, or text in values, "4,4,0". Of a witness: its profile and its misreport.
    misreport : sequence of int, or str, optional
        What is reported, one type for each agent, in the same forms; the truth without.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        For types that there are not, and for a witness whose types are drawn from the prior.

    Notes
    -----
    Cost: two outcomes; with a prior, one step per profile of the mechanism.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.second_price(co.auction(agents=3, values=range(5)))
    >>> co.explain(auction, "4,4,0", "0,0,0")
    second-price at 4, 4, 0 reported as 0, 0, 0
      agent 0: wins, pays 4, utility 0; then: wins, utility 4; gain 4
      agent 1: does not win, utility 0; then: does not win, utility 0; gain 0
      agent 2: does not win, utility 0; then: does not win, utility 0; gain 0
    """
    require_mechanism(mechanism)
    env = mechanism.environment
    if isinstance(profile, Violation):
        if misreport is not None:
            raise InputError("a witness says what is misreported; leave misreport out")
        profile, misreport = _of_witness(profile)
    truth = _type_indices(env, profile, "the profile")
    report = truth if misreport is None else _type_indices(env, misreport, "the misreport")
    before, after = mechanism.outcome_at(truth), mechanism.outcome_at(report)
    agents, utilities = [], []
    for i, label in enumerate(env.labels):
        worth = [mechanism.utility(i, truth[i], outcome) for outcome in (before, after)]
        agents.append(
            Member(
                label,
                show_type(env.types[i][truth[i]]),
                show_type(env.types[i][report[i]]),
                tell(mechanism, i, truth[i], before),
                tell(mechanism, i, truth[i], after),
                show(worth[1] - worth[0], mechanism.scale),
            )
        )
        utilities.append((Fraction(worth[0], mechanism.scale), Fraction(worth[1], mechanism.scale)))
    return Explanation(
        mechanism.name,
        title(mechanism),
        truth,
        None if misreport is None else report,
        tuple(agents),
        tuple(utilities),
        env.ordinal,
        _expected(mechanism, truth, report),
    )


def _of_witness(witness: Violation) -> tuple[Profile, Profile | None]:
    """The types of a witness and what all agents report in it."""
    if not witness.profile or min(witness.profile) < 0:
        raise InputError("the types of this witness are drawn from the prior; name a profile")
    if witness.misreport is None:
        return witness.profile, None
    said = dict(zip(witness.coalition, witness.misreport, strict=True))
    return witness.profile, tuple(said.get(i, k) for i, k in enumerate(witness.profile))


def _expected(mechanism: Mechanism, truth: Profile, report: Profile) -> ExpectedValue | None:
    """What those who misreport expect, or all agents if nobody does; None without a prior."""
    if mechanism.environment.prior is None:
        return None
    everybody = range(len(truth))
    members = [i for i in everybody if truth[i] != report[i]] or list(everybody)
    return expected_value(mechanism, members, [truth[i] for i in members], [report[i] for i in members])


def _type_indices(environment: Environment, given: Sequence[int] | str, where: str) -> Profile:
    """A profile from values or from type indices."""
    if isinstance(given, str):
        return read_profile(environment, given, where)
    try:
        indices = tuple(whole(entry, where) for entry in given)
    except TypeError:
        example = profile_words(environment, (0,) * environment.agents)
        raise InputError(
            f"{where} is a list of type numbers, or text such as {example!r}, not {brief(given)}"
        ) from None
    return require_type_indices(environment, indices, f"{where} {list(indices)}")
