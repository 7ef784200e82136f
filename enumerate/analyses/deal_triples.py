"""Profitable deals counted one by one: by size of the coalition, after truthful reports, and those with the largest gain."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collude.axioms.core.groups import members_of
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads, available_jobs
from collude.enumerate.checks.context import Block, CheckContext, CheckOptions
from collude.enumerate.checks.scans.deals import DealScan, goods_in, scan_deals_of, truth_of
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.runs.drive import Progress
from collude.enumerate.runs.keywords import running_from
from collude.kernels.deals.deal_units import count_deal_triples, count_truthful_deals
from collude.models.errors import NotApplicableError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, require_mechanism
from collude.models.numbers import whole
from collude.models.process.memory import available_memory


@dataclass(frozen=True)
class DealCounts:
    """Triples (profile, coalition, joint report) of coalitions of one size by which they gain.

    Attributes
    ----------
    members : int
        The size.
    triples : int
        How many there are; the members divide what the report gives them in the best way.
    truthful : int
        How many of them have everybody report the truth: mere trade helps.
    largest : int
        How many of them gain as much as the largest deal of all coalitions.
    """

    members: int
    triples: int
    truthful: int
    largest: int


@shown
@dataclass(frozen=True)
class DealTriples:
    """All profitable deals of a mechanism, counted as triples (profile, coalition, joint report).

    Attributes
    ----------
    mechanism, axiom : str
        What was examined, and the axiom that the deals violate.
    sizes : tuple of DealCounts
        One per size of coalitions.
    gain : Fraction
        The largest gain of a coalition in all, in money; 0 if there is no profitable deal.
    """

    mechanism: str
    axiom: str
    sizes: tuple[DealCounts, ...]
    gain: Fraction

    @property
    def triples(self) -> int:
        """How many there are."""
        return sum(row.triples for row in self.sizes)

    @property
    def truthful(self) -> int:
        """How many have everybody report the truth."""
        return sum(row.truthful for row in self.sizes)

    @property
    def largest(self) -> int:
        """How many have the largest gain."""
        return sum(row.largest for row in self.sizes)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "triples": self.triples,
            "truthful": self.truthful,
            "largest": self.largest,
            "largest_gain": str(self.gain),
            "sizes": [
                {"members": row.members, "triples": row.triples, "truthful": row.truthful, "largest": row.largest}
                for row in self.sizes
            ],
        }


def deal_triples(
    mechanism: Mechanism,
    *,
    goods: bool = True,
    max_coalition: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> DealTriples:
    """Count the profitable deals one by one: every joint report of every coalition at every profile.

    Parameters
    ----------
    mechanism : Mechanism
        What is examined, with money.
    goods : bool
        Whether members hand on goods too, or only pay one another.
    max_coalition : int, optional
        Most members of a coalition.
    jobs : int, optional
        Threads; all processors without.
    progress : function, optional
        Called with ("deals", blocks done, blocks in all).

    Returns
    -------
    DealTriples

    Raises
    ------
    NotApplicableError
        If such deals have no meaning for the mechanism.
    SizeError
        If the mechanism is too large.

    Notes
    -----
    Cost: the distinct outcomes that a coalition can reach, per profile and coalition.

    References
    ----------
    Hagen (2020), definition 2.4, in which the truthful report counts too.

    Examples
    --------
    >>> import collude as co
    >>> found = co.deal_triples(co.second_price(co.auction(agents=2, values=range(3))))
    >>> found.triples, found.truthful, found.largest, str(found.gain)
    (23, 0, 5, '2')
    """
    require_mechanism(mechanism)
    most = None if max_coalition is None else whole(max_coalition, "max_coalition")
    jobs = running_from("deal_triples", {"jobs": jobs, "progress": progress}).jobs
    scan = deal_scan(mechanism, goods, most, jobs or available_jobs())
    scan.prepare()
    context, blocks = scan.context, scan.blocks()
    table, truth, held = context.table, truth_of(context), goods_in(context, goods)

    def first(block: Block) -> tuple[int, int, int]:
        """(the largest gain, triples, truthful ones) of one coalition and span."""
        found = np.full((1, 2), -1, np.int64)
        if not scan_deals_of(context, goods, block, found)[0]:
            return 0, 0, 0
        span, mask = block[:2], block[2]
        triples = int(count_deal_triples(table, truth, held, mask, span))
        return int(found[0, 0]), triples, int(count_truthful_deals(table, truth, held, mask, span)) if goods else 0

    seen = []
    for done, result in enumerate(context.pool.map(first, blocks), 1):
        seen.append(result)
        if progress is not None:
            progress("deals", done, len(blocks))
    best = max((gain for gain, _, _ in seen), default=0)
    gainers = table._replace(tolerance=best - 1)

    def again(block: Block) -> int:
        """Triples that gain as much as any."""
        return int(count_deal_triples(gainers, truth, held, block[2], block[:2]))

    tops = {x for x, (gain, _, _) in enumerate(seen) if gain == best > 0}
    counts = dict(zip(sorted(tops), context.pool.map(again, [blocks[x] for x in sorted(tops)]), strict=True))
    rows = {m: [0, 0, 0] for m in range(scan.bounds.smallest, scan.bounds.largest + 1)}
    for x, (block, (_, triples, truthful)) in enumerate(zip(blocks, seen, strict=True)):
        row = rows[len(members_of(block[2], mechanism.environment.agents))]
        for place, more in enumerate((triples, truthful, counts.get(x, 0))):
            row[place] += more
    sizes = tuple(DealCounts(m, *row) for m, row in rows.items())
    return DealTriples(mechanism.name, scan.axiom.name, sizes, Fraction(best, mechanism.scale))


def deal_scan(mechanism: Mechanism, goods: bool, max_coalition: int | None, jobs: int) -> DealScan:
    """The scan that finds all deals of a mechanism, if they mean something and fit into memory.

    Parameters
    ----------
    mechanism : Mechanism
        What is examined.
    goods : bool
        Whether members hand on goods too, or only pay one another.
    max_coalition : int or None
        Most members of a coalition; None for any.
    jobs : int
        Threads.

    Returns
    -------
    DealScan

    Raises
    ------
    NotApplicableError
        If such deals have no meaning for the mechanism.
    SizeError
        If they do not fit into memory.
    """
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
