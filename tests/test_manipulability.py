"""Manipulability: every situation against all profiles of named voters, published counts and limits, formulas, commands."""

import csv
import json
from fractions import Fraction
from itertools import permutations
from math import comb, factorial
from pathlib import Path

import numpy as np
import pytest
from commands import answer, refused, run
from oracle.elections import RULES
from oracle.symmetry import manipulable

from collude.enumerate.runs.drive import Running
from collude.enumerate.symmetric.formula import fit_formula, interpolate, predict_next
from collude.enumerate.symmetric.manipulability import manipulability, rule_for
from collude.enumerate.symmetric.situations import count_manipulable, winners_of
from collude.kernels.multisets.weights import from_residues, moduli_for, residues
from collude.models.errors import SizeError
from collude.models.library.voting_rules.ballots import ElectionRule

KNOWN = {
    "plurality": (6, 18, 39, 624, 12_923),
    "antiplurality": (17, 42, 93, 1_261, 24_654),
    "borda": (13, 37, 92, 1_194, 23_842),
    "plurality-runoff": (4, 10, 18, 290, 5_595),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_counts(name: str) -> None:
    found = manipulability(name, voters=[3, 4, 5, 10, 20])
    assert tuple(count.manipulable for count in found.counts) == KNOWN[name]
    assert all(count.situations == comb(count.voters + 5, 5) for count in found.counts)


@pytest.mark.kernel
@pytest.mark.parametrize("name", sorted(set(RULES) - {"kemeny"}))
def test_every_situation_against_all_profiles(name: str) -> None:
    for m, voters in ((2, 3), (3, 1), (3, 2), (3, 3)):
        known = manipulable(voters, list(permutations(range(m))), RULES[name])
        ballots, rule = rule_for(name, m, {})
        for sizes in (True, False):
            count = count_manipulable(ballots, rule, voters, sizes)
            assert (count.manipulable, count.manipulable_profiles) == (known["situations"], known["profiles"])
            assert count.profiles == factorial(m) ** voters
        count = count_manipulable(ballots, rule, voters)
        assert dict(count.by_size) == {int(key[5:]): x for key, x in known.items() if key.startswith("size")}


def test_both_kernels_agree_at_more_voters_and_alternatives() -> None:
    seen = 0
    for name, m, voters in (
        ("borda", 3, 17),
        ("coombs", 3, 16),
        ("copeland", 4, 4),
        ("plurality", 4, 5),
        ("kemeny", 3, 9),
    ):
        ballots, rule = rule_for(name, m, {})
        one, other = count_manipulable(ballots, rule, voters, True), count_manipulable(ballots, rule, voters, False)
        assert (one.manipulable, one.manipulable_profiles) == (other.manipulable, other.manipulable_profiles)
        assert sum(x for _, x in one.by_size) == one.manipulable
        assert sum(x for _, x in one.profiles_by_size) == one.manipulable_profiles
        seen += one.manipulable
    assert seen > 1000


def test_own_weights_at_more_voters_and_beyond_64_bits() -> None:
    """Winners by runs are those of the sums; weights whose sum could pass 2^63 are refused."""
    seen = 0
    for m, voters, weights in ((3, 11, [3, 1, 0]), (3, 14, [5, 4, 0]), (4, 3, [7, 3, 3, 0]), (2, 30, [1, 0])):
        ballots, rule = rule_for("scoring", m, {"weights": weights})
        summed = ElectionRule(rule.name, rule.winners, rule.notes)
        winner = winners_of(rule, voters, len(ballots.rank))
        assert (winner == winners_of(summed, voters, len(ballots.rank))).all()
        assert count_manipulable(ballots, rule, voters) == count_manipulable(ballots, summed, voters)
        seen += len(winner)
    assert seen == 4368 + 11628 + 2600 + 31
    with pytest.raises(SizeError, match="points of an alternative"):
        count_manipulable(*rule_for("scoring", 3, {"weights": [2**60, 1, 0]}), 9)


def test_weights_are_exact_beyond_64_bits() -> None:
    """A rule that nobody can manipulate at no situation, and sums that pass 2^63: all profiles are counted."""
    count = count_manipulable(*rule_for("plurality", 3, {}), 40, False)
    assert count.profiles == 6**40
    assert 2**63 < count.manipulable_profiles < 6**40
    for number in (0, 1, 2**64 - 1, 2**64, 6**60, 10**100, 500**250):
        moduli = moduli_for(max(number, 10**100))
        assert from_residues(residues(number, moduli).tolist(), moduli) == number


@pytest.mark.parametrize(("name", "limit", "period"), [("plurality", "7/24", 6), ("antiplurality", "14/27", 6)])
def test_published_limits_with_a_predicted_count(name: str, limit: str, period: int) -> None:
    found = manipulability(name, voters=range(6, 49, 6), period=period, sizes=False)
    assert found.formula is not None
    assert found.formula.limit == Fraction(limit)
    assert found.formula.predicted == found.counts[-1].manipulable
    values = {count.voters: count.manipulable for count in found.counts}
    for n, value in values.items():
        assert sum(x * n**power for power, x in enumerate(found.formula.coefficients)) == value


def test_borda_has_no_formula_of_period_6() -> None:
    found = manipulability("borda", voters=range(3, 46, 6), formula=True, period=6, sizes=False)
    assert found.formula is None
    assert "not all counts are as predicted at period 6" in found.formula_reason


@pytest.mark.slow
def test_borda_has_no_formula_of_period_12() -> None:
    found = manipulability("borda", voters=range(1, 74, 12), period=12, sizes=False)
    assert found.formula is None
    assert "not all counts are as predicted at period 12" in found.formula_reason


def test_a_prediction_that_comes_true_by_chance_is_no_formula() -> None:
    """Plurality: at period 2 the counts of 28 to 38 voters predict that of 40; those of 4 to 26 do not agree."""
    counts = {n: manipulability("plurality", voters=[n], sizes=False).counts[0].manipulable for n in range(4, 41, 2)}
    assert predict_next([counts[n] for n in range(28, 40, 2)]) == counts[40]
    formula, _ = fit_formula(counts, 3)
    assert formula is not None
    assert (formula.period, formula.limit, formula.agreeing) == (6, Fraction(7, 24), 0)
    assert fit_formula(counts, 3, 2)[0] is None


def test_formulas_of_made_up_counts() -> None:
    """A quasi-polynomial of degree 1 (two alternatives) with period 2 is found; one that changes is not."""
    counts = {n: (3 * n + 1) // 2 for n in range(1, 9)}
    formula, _ = fit_formula(counts, 2)
    assert formula is not None
    assert (formula.period, formula.limit, formula.predicted_voters) == (2, Fraction(3, 2), 8)
    broken = {**counts, 8: counts[8] + 1, 7: counts[7] - 2}
    assert fit_formula(broken, 2, 2)[0] is None
    assert "would take 3 counts" in fit_formula({1: 1}, 2)[1]
    assert predict_next([1, 8, 27, 64]) == 125
    assert interpolate([(2, 8), (3, 27), (5, 125), (7, 343)]) == (0, 0, 0, 1)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SizeError, match="GB"):
        manipulability("plurality", alternatives=4, voters=[60])
    with pytest.raises(SizeError, match="120 kinds of ballots"):
        manipulability("plurality", alternatives=5, voters=[3])
    with pytest.raises(SizeError, match="voters"):
        manipulability("plurality", voters=[300])


@pytest.mark.slow
def test_runs_in_shares_and_after_a_stop(tmp_path: Path) -> None:
    whole = manipulability("borda", voters=[3, 4, 5, 6, 7])
    shares = [tmp_path / "one", tmp_path / "two"]
    for x, share in enumerate(shares, 1):
        manipulability("borda", voters=[3, 4, 5, 6, 7], running=Running(out=str(share), part=(x, 2)))
    joined = answer("merge", *map(str, shares), "--out", str(tmp_path / "all"), "--json")
    assert [c["manipulable"] for c in joined["counts"]] == [c.manipulable for c in whole.counts]
    again = answer("resume", str(tmp_path / "all"), "--json")
    assert again["counts"] == joined["counts"]
    assert run("verify", str(tmp_path / "all")).returncode == 0


def test_command(tmp_path: Path) -> None:
    table, picture = tmp_path / "counts.csv", tmp_path / "shares.svg"
    words = ("manipulability", "plurality", "--voters", "3:5", "--csv", str(table), "--picture", str(picture))
    found = answer(*words, "--json", "--quiet")
    assert found["rule"] == "plurality"
    assert found["formula"] is None
    assert [(c["voters"], c["situations"], c["manipulable"]) for c in found["counts"]] == [
        (3, 56, 6),
        (4, 126, 18),
        (5, 252, 39),
    ]
    assert found["counts"][0]["profiles"] == "216"
    rows = list(csv.DictReader(table.open()))
    assert [int(row["manipulable"]) for row in rows] == [6, 18, 39]
    assert picture.read_text().lstrip().startswith("<?xml")
    shown = run("manipulability", "plurality", "--voters", "6:48:6", "--formula", "--no-sizes", "--quiet")
    assert shown.returncode == 0
    assert "limit 7/24" in shown.stdout
    plan = json.loads(run("manipulability", "borda", "--voters", "60", "--dry-run", "--json").stdout)
    assert plan["situations"] == comb(65, 5)
    assert "no voting rule is called 'bord'; the nearest is 'borda'" in refused("manipulability", "bord")
    assert "counted for strict orders" in refused("manipulability", "approval", "--voters", "3")
    assert "--voters" in refused("manipulability", "borda", "--voters", "5:3")
    assert np.isfinite(plan["seconds"])
