"""The axioms of deals through `check`: witnesses, units, threads, tolerance, implications, relabelling."""

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from conversion import permuted, plain
from drawn_goods import KINDS, draw, gain_of, goods
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import reallocation as oracle

from collude.axioms.core.base import Witness
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.check import check
from collude.enumerate.checks.context import CheckContext, CheckOptions
from collude.enumerate.checks.scans.base import merge_results
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import recheck
from collude.kernels.deals.deals import count_deals
from collude.models.goods import goods_of, truth_table
from collude.models.library.environments import auction, procurement, trade
from collude.models.library.procurement import fixed_price
from collude.models.library.public_choices import public_good
from collude.models.mechanism import Mechanism

REALLOCATION, PAYMENTS, BRIBES = "reallocation-proof", "side-payment-collusion-proof", "bribe-proof"
TRIALS = 25
seeds = st.integers(0, 10**6)


def verdict(mechanism: Mechanism, axiom: str, **more: object) -> tuple[int, Witness | None]:
    report = check(mechanism, [axiom], **more)[axiom]  # type: ignore[arg-type]
    assert report.holds_within_bound == (report.witness is None)
    if report.witness is not None:
        assert recheck(mechanism, find_axiom(axiom), report.witness)
    return report.violations or 0, report.witness  # type: ignore[return-value]


@pytest.mark.parametrize("kind", KINDS)
def test_the_witness_is_the_first_of_the_most_profitable_deals(kind: str) -> None:
    """The same witness as the oracle's, for one thread and for two; equal gains; payments sum to zero."""
    for seed in range(TRIALS):
        mechanism = draw(seed, kind)
        for axiom, moves in ((REALLOCATION, True), (PAYMENTS, False)):
            expected = oracle.best_deal(plain(mechanism), gain_of(mechanism, moves))
            for jobs in (1, 2):
                _, witness = verdict(mechanism, axiom, jobs=jobs)
                if expected is None:
                    assert witness is None
                    continue
                assert witness is not None
                assert (witness.profile, witness.coalition, witness.misreport) == expected[:3]
                assert sum(map(Fraction, witness.gains)) == expected[3]
                assert len(set(witness.gains)) == 1
                assert sum(map(Fraction, witness.details["side payments"])) == 0


@pytest.mark.parametrize("unit", ["coalitions", "triples", "profile-pairs"])
def test_check_counts_in_every_unit(unit: str) -> None:
    """Through the driver, with bounds on the size of coalitions and two threads."""
    for seed in range(10):
        mechanism = draw(seed)
        table = plain(mechanism)
        for axiom, moves in ((REALLOCATION, True), (PAYMENTS, False)):
            gain = gain_of(mechanism, moves)
            for largest in (1, 3):
                triples = oracle.gainful(table, gain, largest)
                expected = {
                    "coalitions": len({(p, d) for p, d, _ in triples}),
                    "triples": len(triples),
                    "profile-pairs": len(oracle.gainful_pairs(table, gain, largest)),
                }[unit]
                assert verdict(mechanism, axiom, count=unit, max_coalition=largest, jobs=2)[0] == expected


def test_the_first_violation_is_one() -> None:
    """With `first` nothing is counted and the witness re-checks."""
    for seed in range(10):
        mechanism = draw(seed)
        for axiom in (REALLOCATION, PAYMENTS, BRIBES, "equal-quantities-equal-transfers"):
            whole = check(mechanism, [axiom], jobs=1)[axiom]
            first = check(mechanism, [axiom], jobs=1, first=True)[axiom]
            assert first.holds == whole.holds
            assert first.violations is None
            assert first.witness is None or recheck(mechanism, find_axiom(axiom), first.witness)


def test_the_lemmas_agree_with_the_oracle() -> None:
    """Lemma 2.1 and Lemma 2.B.2 through `check`."""
    for seed in range(20):
        mechanism = draw(seed, "any", 1)
        table = plain(mechanism)
        expected = len(oracle.equal_bundles_equal_transfers(table, goods(mechanism)))
        assert verdict(mechanism, "equal-quantities-equal-transfers")[0] == expected
        assert verdict(mechanism, "utility-independent")[0] == len(oracle.utility_independence(table))


def test_a_spoiled_witness_is_not_confirmed() -> None:
    """Each part of a deal is re-checked."""
    mechanism = next(m for m in map(draw, range(100)) if not check(m, [REALLOCATION])[REALLOCATION].holds)
    axiom = find_axiom(REALLOCATION)
    scan = scan_of(axiom, CheckContext(mechanism, CheckOptions(), Threads(1)))
    witness = scan.witness(merge_results(scan.run(block) for block in scan.blocks()).rank or ())
    assert axiom.confirms(mechanism, witness)
    details = witness.details
    taken = [*details["side payments"][:-1], str(Fraction(details["side payments"][-1]) + 1)]
    for spoiled in (
        replace(witness, gains=tuple(gain + 1 for gain in witness.gains)),
        replace(witness, details={**details, "side payments": taken}),
        replace(witness, details={**details, "holdings": [[9] for _ in details["holdings"]]}),
        replace(witness, details={}),
        replace(witness, misreport=tuple(witness.profile[i] for i in witness.coalition)),
    ):
        assert spoiled == witness or not axiom.confirms(mechanism, spoiled)


def test_where_the_axioms_have_a_meaning() -> None:
    """A public alternative cannot be handed on, but money can; both have a meaning in trade and auctions."""
    env = public_good(2, [0, 3], cost=4)
    zeros = np.zeros((2, 2), np.int64)
    mechanism = Mechanism(
        env, "chosen", np.array([0, 1, 1, 1], np.int32), np.array([[0, 0], [1, 1]], np.int32), zeros, 1
    )
    report = check(mechanism)
    assert "handed on" in report.left_out[REALLOCATION]
    assert report[PAYMENTS].violations == len(oracle.side_payment_collusion_proof(plain(mechanism)))
    assert find_axiom(REALLOCATION).reason_not_applicable(fixed_price(procurement(2, [1, 2]), price=1)) == ""
    for env in (auction(2, [0, 1]), trade([0, 2], [1, 3])):
        still = Mechanism(env, "nothing", np.zeros(4, np.int32), np.zeros((1, 2), np.int32), zeros[:1], 1)
        expected = oracle.reallocation_proof(plain(still), goods(still))
        assert verdict(still, REALLOCATION)[0] == len(expected)


def test_tolerance_is_respected() -> None:
    """A gain of at most the tolerance is none."""
    for seed in range(10):
        mechanism = draw(seed)
        gains = [total for *_, total in oracle.deals(plain(mechanism), gain_of(mechanism, True))]
        for tolerance in (0, 1, 7):
            loose = replace(mechanism, tolerance=tolerance)
            expected = sum(1 for gain in gains if gain * mechanism.scale > tolerance)
            assert verdict(loose, REALLOCATION, count="triples")[0] == expected


@given(seeds, st.sampled_from(KINDS))
@settings(deadline=None, max_examples=25)
def test_the_axioms_imply_one_another(seed: int, kind: str) -> None:
    """Reallocation-proof => side payments => strong GSP, as sets of violations the other way round; and => bribe-proof."""
    mechanism = draw(seed, kind, 1)
    names = [REALLOCATION, PAYMENTS, "group-strategy-proof", BRIBES]
    report = check(mechanism, names, jobs=1, count="triples")
    counts = [report[name].violations or 0 for name in names]
    assert counts[0] >= counts[1]
    assert report[REALLOCATION].holds <= report[PAYMENTS].holds <= report["group-strategy-proof"].holds
    assert report[PAYMENTS].holds <= report[BRIBES].holds


@given(seeds, st.sampled_from(KINDS), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_relabelling_agents_changes_nothing(seed: int, kind: str, rng: random.Random) -> None:
    """Counts in every unit are those of the mechanism with its agents in another order."""
    mechanism = draw(seed, kind)
    env = mechanism.environment
    order = rng.sample(range(env.agents), env.agents)
    other = permuted(mechanism, order)
    for moves in (True, False):
        one, two = goods_of(mechanism, moves), goods_of(other, moves)
        found = count_deals(mechanism.table, one, truth_table(mechanism))
        assert found == count_deals(other.table, two, truth_table(other))
    assert verdict(mechanism, BRIBES)[0] == verdict(other, BRIBES)[0]
