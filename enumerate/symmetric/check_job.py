"""A check on multisets as a job: its chunks are spans of pairs (outsiders, coalition), or axioms about profiles."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.registry import find_axiom
from collude.enumerate.runs.jobs import Hint, Job, Results
from collude.enumerate.runs.rundir import digest, problem_digests
from collude.enumerate.runs.schema import JSON
from collude.enumerate.symmetric.blocks import Span, cut_work, level_of, open_blocks
from collude.enumerate.symmetric.coalitional import PairCount, count_block
from collude.enumerate.symmetric.profilewise import ProfileCount
from collude.enumerate.symmetric.selection import SymmetricOptions, bounds_of, first_profile, kernel_rule
from collude.enumerate.symmetric.verdicts import SymmetricCount, confirmed, count_axiom, symmetric_verdict, witness_of
from collude.enumerate.symmetric.votes import VoteCount, count_votes
from collude.kernels.multisets.ranking import multiset_count
from collude.models.errors import DisagreementError
from collude.models.files.archive import ArchiveParts
from collude.models.library.environments import auction
from collude.models.results import Verdict
from collude.models.symmetric.archive import symmetric_from, symmetric_parts
from collude.models.symmetric.auctions import symmetric_second_price
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.population import Population

CHUNKS = 64
KNOWN_VIOLATIONS = 35  # of group strategy-proofness in the second-price auction of three bidders with values 0, 1, 2


def rules_by_size(
    mechanism: SymmetricMechanism, axioms: Sequence[Axiom], options: SymmetricOptions
) -> dict[int, list[int]]:
    """What has to be counted for each size of coalitions.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axioms : sequence of Axiom
        All about coalitions.
    options : SymmetricOptions

    Returns
    -------
    dict
        Number of members -> the rules that some axiom needs, in increasing order.
    """
    some = first_profile(mechanism)
    wanted: dict[int, set[int]] = {}
    for axiom in axioms:
        low, high = bounds_of(axiom, some, options)
        rule = kernel_rule(axiom)
        for size in range(low, high + 1):
            wanted.setdefault(size, set()).update({rule} if rule is not None else ())
    return {size: sorted(rules) for size, rules in sorted(wanted.items())}


def span_counts(mechanism: SymmetricMechanism, span: Span, rules: list[int]) -> dict[tuple[int, int], PairCount]:
    """Count the violations of the pairs of a span.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    span : Span
    rules : list of int
        AGREE, ALL_GAIN and SHARE_OUT, those that are wanted.

    Returns
    -------
    dict
        (rule, number of members) -> PairCount.
    """
    found = {(rule, span.size): PairCount() for rule in rules}
    for block in open_blocks(mechanism, level_of(mechanism, span.size), span.first, span.last):
        for rule, count in zip(rules, count_block(mechanism, block, rules), strict=True):
            found[rule, span.size] += count
    return found


def total_of(
    mechanism: SymmetricMechanism,
    axiom: Axiom,
    options: SymmetricOptions,
    counts: Mapping[tuple[int, int], PairCount],
) -> PairCount:
    """What the pairs of all sizes say about an axiom.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : Axiom
        One about coalitions.
    options : SymmetricOptions
    counts : mapping
        (rule, number of members) -> PairCount; sizes that are not there count nothing.

    Returns
    -------
    PairCount
    """
    low, high = bounds_of(axiom, first_profile(mechanism), options)
    rule = kernel_rule(axiom)
    parts = [counts[rule, size] for size in range(low, high + 1) if rule is not None and (rule, size) in counts]
    return sum(parts, PairCount())


class MultisetTotal(NamedTuple):
    """What chunks say about an axiom together, and whether all of them are there."""

    found: SymmetricCount
    whole: bool


class SymmetricCheckJob(Job):
    """Does a mechanism that treats agents alike satisfy some axioms?

    Parameters
    ----------
    mechanism : SymmetricMechanism
    names : sequence of str
        The axioms.
    asked : dict
        count ("coalitions" or "none"), max_coalition (int or None), votes (the axioms decided situation by situation).
    target : int
        How many chunks the pairs are cut into, at least about.
    """

    command = "check-symmetric"

    def __init__(self, mechanism: SymmetricMechanism, names: Sequence[str], asked: JSON, target: int) -> None:
        super().__init__()
        self.mechanism, self.asked, self._target = mechanism, asked, target
        self.axioms = [find_axiom(name) for name in names]
        self.options = SymmetricOptions(asked["count"] != "none", asked["max_coalition"])
        self.votes = frozenset(asked["votes"])

    def test_kernels(self) -> None:
        """A small auction whose violations are known, counted the same way."""
        small = SymmetricCheckJob(
            symmetric_second_price(Population(3, auction(1, range(3)))),
            ["group-strategy-proof"],
            {"count": "coalitions", "max_coalition": None, "votes": []},
            1,
        )
        results = {chunk: small.solve(chunk) or {} for chunk in range(len(small.chunks))}
        found = small.total(small.axioms[0], results).found.pairs
        if found != KNOWN_VIOLATIONS:
            raise DisagreementError(f"compiled kernels count {found} violations where there are {KNOWN_VIOLATIONS}")

    @property
    def spec(self) -> JSON:
        """The axioms, and how violations are counted."""
        return {"axioms": [axiom.name for axiom in self.axioms], **self.asked}

    @property
    def target(self) -> int:
        """At least about so many chunks."""
        return self._target

    def parts(self) -> ArchiveParts:
        """The mechanism."""
        return symmetric_parts(self.mechanism)

    @classmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "SymmetricCheckJob":
        """From the parts of a run directory."""
        asked = {key: value for key, value in spec.items() if key != "axioms"}
        return cls(symmetric_from(about, arrays), spec["axioms"], asked, target)

    @property
    def dtypes(self) -> JSON:
        """Of the table of shares, of utilities and of sums of weights."""
        utility = self.mechanism.utility.dtype.str
        return {"share": self.mechanism.share.dtype.str, "utility": utility, "weights": np.dtype(np.uint64).str}

    @cached_property
    def wanted(self) -> dict[int, list[int]]:
        """Number of members -> rules."""
        return rules_by_size(self.mechanism, [axiom for axiom in self.axioms if self.is_pairwise(axiom)], self.options)

    def is_pairwise(self, axiom: Axiom) -> bool:
        """Whether an axiom is decided by pairs (outsiders, coalition)."""
        return kernel_rule(axiom) is not None and axiom.name not in self.votes

    @cached_property
    def chunks(self) -> list[list[str | int]]:
        """["pairs", members, first, last] of each span of pairs, the most work first; [axiom, 0, 0, 0] of other axioms."""
        spans: list[Span] = []
        if self.wanted:
            sizes = min(self.wanted), max(self.wanted)
            spans = [s for s in cut_work(self.mechanism, sizes, self._target) if s.size in self.wanted]
        others = [axiom for axiom in self.axioms if not self.is_pairwise(axiom)]
        pairs: list[list[str | int]] = [["pairs", span.size, span.first, span.last] for span in spans]
        rest: list[list[str | int]] = [[axiom.name, 0, 0, 0] for axiom in others]
        return pairs + rest

    def solve(self, chunk: int, hint: Hint = None) -> JSON | None:
        """One span, or one axiom."""
        del hint
        if self.stop.is_set():
            return None
        name, size, first, last = self.chunks[chunk]
        if name == "pairs":
            span = Span(int(size), int(first), int(last))
            counts = span_counts(self.mechanism, span, self.wanted[span.size])
            return {"counts": {str(rule): _written(count) for (rule, _), count in counts.items()}}
        if name in self.votes:
            return {"counts": {"axiom": _written(count_votes(self.mechanism))}}
        return {"counts": {"axiom": _written(count_axiom(self.mechanism, find_axiom(str(name))))}}

    def total(self, axiom: Axiom, results: Results) -> MultisetTotal:
        """What the chunks of an axiom say together.

        Parameters
        ----------
        axiom : Axiom
        results : mapping
            Of the chunks that are done.

        Returns
        -------
        MultisetTotal
        """
        if not self.is_pairwise(axiom):
            (mine,) = (chunk for chunk, (name, *_) in enumerate(self.chunks) if name == axiom.name)
            if mine not in results:
                return MultisetTotal(ProfileCount(0, 0, None), False)
            read = _read_vote if axiom.name in self.votes else _read_profiles
            return MultisetTotal(read(results[mine]["counts"]["axiom"]), True)
        low, high = bounds_of(axiom, first_profile(self.mechanism), self.options)
        rule, whole = str(kernel_rule(axiom)), True
        total = PairCount()
        for chunk, (name, size, *_) in enumerate(self.chunks):
            if name == "pairs" and low <= int(size) <= high:
                whole &= chunk in results
                if chunk in results:
                    total += _read_pairs(results[chunk]["counts"][rule])
        return MultisetTotal(total, whole)

    def verdict(self, axiom: Axiom, results: Results) -> Verdict | None:
        """The verdict on an axiom, its witness re-checked; None if chunks are missing."""
        total, whole = self.total(axiom, results)
        return symmetric_verdict(self.mechanism, axiom, self.options, total, 0.0) if whole else None

    def answer(self, results: Results) -> JSON:
        """All verdicts that are complete, without times."""
        verdicts = [verdict for axiom in self.axioms if (verdict := self.verdict(axiom, results)) is not None]
        return {
            "complete": self.settled(results),
            "exact": True,
            "mechanism": self.mechanism.name,
            "problem": digest(problem_digests(*self.parts())),
            "spec": self.spec,
            "verdicts": [{k: v for k, v in verdict.to_dict().items() if k != "seconds"} for verdict in verdicts],
        }

    def check_tiling(self) -> None:
        """For every size the spans must follow one another and cover all outsiders; other axioms have one chunk each."""
        population = self.mechanism.population
        for size in self.wanted:
            at = 0
            for first, last in sorted(
                (int(a), int(b)) for name, s, a, b in self.chunks if name == "pairs" and s == size
            ):
                if first != at or last <= first:
                    raise DisagreementError(f"the chunks of {size} members do not follow one another at {at}")
                at = last
            if at != multiset_count(population.agents - size, len(population.types)):
                raise DisagreementError(f"the chunks of {size} members end at {at}")
        others = sorted(axiom.name for axiom in self.axioms if not self.is_pairwise(axiom))
        if sorted(str(name) for name, *_ in self.chunks if name != "pairs") != others:
            raise DisagreementError("the chunks are not the axioms that were asked for")

    def recheck(self, results: Results) -> int:
        """The witness of every chunk and axiom that has one."""
        count = 0
        for chunk, result in results.items():
            for axiom in self.axioms:
                found = self.total(axiom, {chunk: result}).found if self._concerns(axiom, chunk) else PairCount()
                shown = witness_of(self.mechanism, axiom, found) if found.classes else None
                if shown is not None:
                    confirmed(self.mechanism, axiom, shown)
                    count += 1
        return count

    def _concerns(self, axiom: Axiom, chunk: int) -> bool:
        """Whether a chunk says something about an axiom."""
        name, size, *_ = self.chunks[chunk]
        if name != "pairs" or not self.is_pairwise(axiom):
            return name == axiom.name
        low, high = bounds_of(axiom, first_profile(self.mechanism), self.options)
        return low <= int(size) <= high


def _written(count: SymmetricCount) -> JSON:
    """A count as JSON; numbers that pass 2^53 soon are text."""
    if isinstance(count, VoteCount):
        return {"classes": count.classes, "pairs": str(count.pairs), "first": count.first}
    if isinstance(count, PairCount):
        best = None if count.best is None else [count.best[0], count.best[1], list(count.best[2])]
        return {"classes": count.classes, "pairs": str(count.pairs), "best": best}
    worst = None if count.worst is None else [count.worst[0], list(count.worst[1]), list(count.worst[2])]
    return {"classes": count.classes, "pairs": str(count.pairs), "worst": worst}


def _read_pairs(given: JSON) -> PairCount:
    best = given["best"]
    return PairCount(
        given["classes"], int(given["pairs"]), None if best is None else (best[0], best[1], tuple(best[2]))
    )


def _read_profiles(given: JSON) -> ProfileCount:
    worst = given["worst"]
    return ProfileCount(
        given["classes"], int(given["pairs"]), None if worst is None else (worst[0], tuple(worst[1]), tuple(worst[2]))
    )


def _read_vote(given: JSON) -> VoteCount:
    return VoteCount(given["classes"], int(given["pairs"]), given["first"])
