"""The driver of `worst`: the most profitable deals over all coalitions, what they cost the designer, gains by size."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.groups import Members, coalition_bits_of, coalitions_by_size, members_of
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads, available_jobs
from collude.enumerate.checks.context import Block, CheckContext, CheckOptions
from collude.enumerate.checks.scans.base import Rank
from collude.enumerate.checks.scans.deals import DealScan, scan_deals_of
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import bound_of
from collude.enumerate.runs.drive import Progress
from collude.enumerate.runs.keywords import running_from
from collude.kernels.compiling import Stopwatch
from collude.models.errors import DisagreementError, InputError, NotApplicableError, SizeError
from collude.models.files.html import html_table, shown
from collude.models.mechanism import Mechanism, require_mechanism, show_type
from collude.models.numbers import show, whole
from collude.models.pictures.deals import coalition_name, draw_deals
from collude.models.process.memory import available_memory
from collude.models.results import Bound

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

MOST = 100_000
COLUMNS = 400
MOST_SHOWN = 10


@shown
@dataclass(frozen=True)
class Deal:
    """One profitable deal of a coalition. Money is exact text.

    Attributes
    ----------
    coalition : tuple of int
        The members.
    profile, misreport : tuple of int
        True type indices of all agents; the joint report of the members.
    types, reported : tuple of str
        All agents' true and reported types in words.
    reallocation, payments : tuple of str
        What each member holds after the division, and receives within the coalition.
    gain, gains
        Of all members together, and of each.
    extra_payment, lost
        What the designer pays more, or receives less; how much less of each good he receives.
    """

    coalition: tuple[int, ...]
    profile: tuple[int, ...]
    misreport: tuple[int, ...]
    types: tuple[str, ...]
    reported: tuple[str, ...]
    reallocation: tuple[str, ...]
    payments: tuple[str, ...]
    gain: str
    gains: tuple[str, ...]
    extra_payment: str
    lost: tuple[int, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        }


@dataclass(frozen=True)
class Size:
    """The deals of all coalitions of one size.

    Attributes
    ----------
    members : int
        The size.
    violations, possible : int
        How many pairs of profile and coalition have a profitable deal, and how many pairs there are.
    largest, coalition : str, tuple of int
        The largest gain, exact text, "0" if there is none; the coalition that makes it.
    """

    members: int
    violations: int
    possible: int
    largest: str
    coalition: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class DealReport:
    """The most profitable deals of a mechanism.

    Attributes
    ----------
    mechanism, axiom : str
        Names.
    exact : bool
        False if gains up to a tolerance count as none.
    deals : tuple of Deal
        The most profitable ones, the best first.
    sizes : tuple of Size
        By size of the coalition.
    violations, profiles, joint_misreports : int
        Pairs of profile and coalition with a profitable deal; what was examined.
    coalitions, heat : tuple of tuple of int, ndarray (coalitions, columns)
        By size; the largest gain of each in each part of the profiles, in money, 0 where there is none.
    seconds, bound : float, Bound
        How long that took, and what limits the answer, as of a verdict.
    labels : tuple of str
        The agents.
    types : tuple of tuple of str
        What the types of each agent are called.
    compiling : float
        Seconds of `seconds` in which kernels were compiled.
    """

    mechanism: str
    axiom: str
    exact: bool
    deals: tuple[Deal, ...]
    sizes: tuple[Size, ...]
    violations: int
    profiles: int
    joint_misreports: int
    coalitions: tuple[tuple[int, ...], ...]
    heat: np.ndarray
    seconds: float
    bound: Bound = field(default_factory=Bound)
    labels: tuple[str, ...] = ()
    types: tuple[tuple[str, ...], ...] = ()
    compiling: float = 0.0

    def plot(self, ax: "Place" = None) -> "Axes":
        """Draw the largest gains: one cell for each pair of types of two agents; else coalitions against profiles.

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
        return draw_deals(self.heat, self.coalitions, self.labels, self.types, self.mechanism, ax)

    def __repr__(self) -> str:
        bound = f" {self.bound}" if self.bound else ""
        head = f"{self.mechanism}: {self.violations:,} (profile, coalition) pairs with a profitable deal{bound}"
        lines = [
            f"  {coalition_name(d.coalition, self.labels)} gains {d.gain} at {', '.join(d.types)}" for d in self.deals
        ]
        return "\n".join([head, *lines[:MOST_SHOWN], *(["  ..."] if len(lines) > MOST_SHOWN else [])])

    def _repr_html_(self) -> str:
        headings = ("coalition", "true types", "they report", "they trade", "gain", "designer pays more")
        rows = [
            (
                coalition_name(deal.coalition, self.labels),
                ", ".join(deal.types),
                ", ".join(deal.reported[i] for i in deal.coalition),
                "; ".join((*deal.reallocation, *deal.payments)),
                deal.gain,
                deal.extra_payment,
            )
            for deal in self.deals[:MOST_SHOWN]
        ]
        bound = f" {self.bound}" if self.bound else ""
        caption = f"{self.mechanism}: {self.violations:,} (profile, coalition) pairs with a profitable deal{bound}"
        return html_table(headings, rows, f"{caption}; the first {len(rows)}" if rows else caption)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, without the heat map."""
        return {
            "mechanism": self.mechanism,
            "axiom": self.axiom,
            "exact": self.exact,
            "bound": self.bound.to_dict(),
            "violations": self.violations,
            "deals": [deal.to_dict() for deal in self.deals],
            "by_size": [
                {
                    "members": size.members,
                    "violations": size.violations,
                    "possible": size.possible,
                    "largest_gain": size.largest,
                    "coalition": list(size.coalition),
                }
                for size in self.sizes
            ],
            "profiles": self.profiles,
            "coalitions": len(self.coalitions),
            "joint_misreports": self.joint_misreports,
            "seconds": round(self.seconds, 6),
            "time": {"compiling": round(self.compiling, 6)},
        }


def worst(
    mechanism: Mechanism,
    *,
    top: int = 10,
    goods: bool = True,
    max_coalition: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> DealReport:
    """Find the most profitable deals over all profiles and coalitions, each with its best joint report and division.

    A deal is a joint report of a coalition after which it divides its goods and money anew. Every (profile, coalition) counts
    once.

    Parameters
    ----------
    mechanism : Mechanism
        What is examined.
    top : int
        How many deals to show, 0..100000, in the order of falling gain, then smaller coalition, agents, profile.
    goods : bool
        False: only money moves.
    max_coalition : int, optional
        Most members of a coalition that is looked at.
    jobs : int, optional
        Threads; by default all processors.
    progress : callable, optional
        Called with ("worst", blocks done, blocks in all).

    Returns
    -------
    DealReport

    Raises
    ------
    InputError
        For bad input.
    NotApplicableError
        Without money, or with a public alternative and `goods`.
    SizeError
        If it needs more memory than there is.
    DisagreementError
        If the plain re-check does not confirm a deal: a bug in collude.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.procurement import vcg_procurement
    >>> found = co.worst(vcg_procurement(co.procurement(2, [1, 2, 3], units=2), target=2), top=1)
    >>> found.deals[0].gain, found.deals[0].extra_payment
    ('2', '2')
    """
    require_mechanism(mechanism)
    if not 0 <= whole(top, "top") <= MOST:
        raise InputError(f"top is from 0 to {MOST}, not {top}")
    max_coalition = None if max_coalition is None else whole(max_coalition, "max_coalition")
    jobs = running_from("worst", {"jobs": jobs, "progress": progress}).jobs
    clock = Stopwatch()
    scan = _deal_scan(mechanism, goods, max_coalition, jobs or available_jobs())
    ranks, counts, heat = _scan(scan, top, progress)
    best = sorted(rank for ranked in ranks.values() for rank in ranked)
    deals = tuple(_deal(scan, rank) for rank in best[:top])
    examined = scan.examined()
    return DealReport(
        mechanism.name,
        scan.axiom.name,
        mechanism.exact,
        deals,
        _sizes(mechanism, ranks, counts),
        sum(counts.values()),
        examined.profiles,
        examined.joint_misreports,
        tuple(counts),
        heat,
        clock.working + clock.compiling,
        bound_of(scan, violated=bool(deals)),
        mechanism.environment.labels,
        tuple(tuple(show_type(one_type) for one_type in types) for types in mechanism.environment.types),
        clock.compiling,
    )


def _deal_scan(mechanism: Mechanism, goods: bool, max_coalition: int | None, jobs: int) -> DealScan:
    """The scan that finds all deals of a mechanism, if they mean something and fit into memory."""
    axiom = find_axiom("reallocation-proof" if goods else "side-payment-collusion-proof")
    reason = axiom.reason_not_applicable(mechanism)
    if reason:
        env = mechanism.environment
        hint = "; --money-only looks at side payments" if goods and env.public and not env.ordinal else ""
        raise NotApplicableError(f"{axiom.name} has no meaning for {mechanism.name}: {reason}{hint}")
    free = int(0.85 * available_memory())
    scan = scan_of(axiom, CheckContext(mechanism, CheckOptions(largest=max_coalition, memory=free), Threads(jobs)))
    assert isinstance(scan, DealScan)
    needed = scan.bytes_needed()
    if needed > free:
        raise SizeError(f"the most profitable deals need {needed} bytes; use fewer agents or types", needed)
    return scan


def _scan(
    scan: DealScan, top: int, progress: Progress | None
) -> tuple[dict[Members, list[Rank]], dict[Members, int], np.ndarray]:
    """Per coalition the ranks of its most profitable deals and the number of profiles, and the heat map."""
    context, env = scan.context, scan.mechanism.environment
    scan.prepare()
    blocks = scan.blocks()
    coalitions = coalitions_by_size(env.agents, *scan.bounds)
    ranks: dict[Members, list[Rank]] = {members: [] for members in coalitions}
    counts = dict.fromkeys(coalitions, 0)
    columns = min(env.profiles, COLUMNS)
    rows = {coalition_bits_of(members): np.full(columns, -1, np.int64) for members in coalitions}

    def one(block: Block) -> tuple[int, int, np.ndarray, np.ndarray]:
        found, bins = np.full((max(1, top), 2), -1, np.int64), np.full(columns, -1, np.int64)
        count, _ = scan_deals_of(context, scan.axiom.moves, block, found, bins)
        return block[2], count, found[found[:, 1] >= 0], bins

    for done, (mask, count, found, bins) in enumerate(context.pool.map(one, blocks), 1):
        members = members_of(mask, env.agents)
        counts[members] += count
        ranks[members] += [(-gain, len(members), members, profile) for gain, profile in found.tolist()]
        np.maximum(rows[mask], bins, out=rows[mask])
        if progress is not None:
            progress("worst", done, len(blocks))
    heat = np.stack([rows[coalition_bits_of(members)] for members in coalitions])
    return ranks, counts, np.maximum(heat, 0) / scan.mechanism.scale


def _sizes(mechanism: Mechanism, ranks: dict[Members, list[Rank]], counts: dict[Members, int]) -> tuple[Size, ...]:
    profiles = mechanism.environment.profiles
    sizes = []
    for m in sorted({len(members) for members in counts}):
        same = [members for members in counts if len(members) == m]
        best = min((rank for members in same for rank in ranks[members]), default=None)
        largest = "0" if best is None else show(-best[0], mechanism.scale)
        violations = sum(counts[members] for members in same)
        sizes.append(Size(m, violations, profiles * len(same), largest, () if best is None else best[2]))
    return tuple(sizes)


def _deal(scan: DealScan, rank: Rank) -> Deal:
    mechanism = scan.mechanism
    witness = scan.witness(rank)
    if not scan.axiom.confirms(mechanism, witness):
        raise DisagreementError(
            f"{scan.axiom.name}: the fast answer and the definition disagree on {mechanism.name} at profile "
            f"{witness.profile}; please report this as a bug"
        )
    return describe_deal(mechanism, witness)


def describe_deal(mechanism: Mechanism, witness: Witness) -> Deal:
    """Put the witness of a deal into words, with what it costs the designer.

    Parameters
    ----------
    mechanism : Mechanism
        What was examined.
    witness : Witness
        Of the deal.

    Returns
    -------
    Deal
        Money as exact text.
    """
    env, truth, report = mechanism.environment, witness.profile, witness.reported
    before, after = mechanism.outcome_at(truth), mechanism.outcome_at(report)
    paid = [sum(int(x) for x in mechanism.transfer[o]) for o in (before, after)]
    held = [] if env.public or env.has_lotteries else _totals(mechanism, (before, after))
    return Deal(
        coalition=witness.coalition,
        profile=truth,
        misreport=witness.misreport or (),
        types=tuple(show_type(env.types[i][k]) for i, k in enumerate(truth)),
        reported=tuple(show_type(env.types[i][k]) for i, k in enumerate(report)),
        reallocation=tuple(witness.details["reallocation"]),
        payments=tuple(witness.details["payments"]),
        gain=show(sum(witness.gains), mechanism.scale),
        gains=tuple(show(gain, mechanism.scale) for gain in witness.gains),
        extra_payment=show(paid[1] - paid[0], mechanism.scale),
        lost=tuple(np.subtract(held[1], held[0]).tolist()) if held else (),
    )


def _totals(mechanism: Mechanism, outcomes: tuple[int, int]) -> list[np.ndarray]:
    """All goods that two outcomes hand out."""
    env = mechanism.environment
    return [np.sum([env.goods[i][mechanism.bundle[o, i]] for i in range(env.agents)], axis=0) for o in outcomes]
