"""Verdicts within a bound say so everywhere, and an axiom that is too large is left out alone."""

import json
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from commands import answer, refused, run

import collude as co
from collude.enumerate.checks.check import check
from collude.enumerate.checks.plan import plan
from collude.models.environment import Prior
from collude.models.errors import SizeError
from collude.models.files.functions import from_function, function_draft
from collude.models.files.spec import build, draft
from collude.models.files.tables import read_csv
from collude.models.goods import goods_of
from collude.models.library.public_choices import airline
from collude.models.mechanism import Mechanism
from collude.models.results import Bound

GSP, SP, PAYMENTS = "group-strategy-proof", "strategy-proof", "side-payment-collusion-proof"
SECOND = ("second-price", "--agents", "3", "--values", "0:2")


def test_a_bound_on_coalitions_is_never_plain_holds() -> None:
    mechanism = co.second_price(co.auction(agents=3, values=range(3)))
    report = check(mechanism, [SP, GSP], max_coalition=1)
    strong = report[GSP]
    assert (strong.holds, strong.holds_within_bound, strong.bound) == (None, True, Bound(max_coalition=1))
    assert strong.answer == "holds for coalitions of at most 1"
    assert (report[SP].holds, report[SP].bound) == (True, Bound())
    assert (report.holds, report.holds_within_bound, report.status) == (None, True, 3)
    assert check(mechanism, [SP], max_coalition=1).holds is True
    assert "holds for coalitions of at most 1" in str(report)
    assert "holds for coalitions of at most 1" in report._repr_html_()
    full = check(mechanism, [GSP], max_coalition=3)
    assert (full.holds, full[GSP].bound.to_dict()) == (False, None)
    assert check(mechanism, [GSP], max_coalition=2)[GSP].to_dict()["bound"] == {"max_coalition": 2}


def test_the_table_and_json_say_the_bound() -> None:
    done = run("check", *SECOND, "--max-coalition", "1", "--axiom", f"{GSP},{SP}")
    assert done.returncode == 3
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in done.stdout.splitlines() if line.strip()}
    assert lines[GSP] == "holds for coalitions of at most 1"
    assert lines[SP] == "holds"
    found = answer("check", *SECOND, "--max-coalition", "1", "--axiom", f"{GSP},{SP}", "--json", status=3)
    strong, weak = found["verdicts"]
    assert (strong["verdict"], strong["holds"], strong["bound"]) == ("holds_within_bound", None, {"max_coalition": 1})
    assert (weak["verdict"], weak["holds"], weak["bound"]) == ("holds", True, None)
    assert found["holds"] is None
    assert found["program"].startswith("collude ")


def test_a_check_without_names_asks_what_one_asks_of_such_a_mechanism() -> None:
    trade = co.mechanism("posted-price-trade", co.trade([1, 2], [2, 3]), price=2)
    public = co.agv(co.airline(3, prior=co.uniform((2, 2, 2))))
    for mechanism in (trade, public):
        assert "budget-balanced" in {verdict.axiom for verdict in check(mechanism)}
    buying = co.mechanism("vcg-procurement", co.procurement(2, [1, 2, 3], units=2), target=2)
    for mechanism in (co.second_price(co.auction(2, [0, 1])), buying):
        report = check(mechanism)
        assert len(report) >= 10
        for name in ("budget-balanced", "no-trade-types"):
            assert "asked for by name" in report.left_out[name]
            assert check(mechanism, name)[name].holds is not None


def test_a_run_directory_keeps_the_bound(tmp_path: Path) -> None:
    words = (*SECOND, "--max-coalition", "1", "--axiom", GSP, "--out", str(tmp_path / "r"), "--json")
    assert answer("check", *words, status=3)["verdicts"][0]["bound"] == {"max_coalition": 1}
    kept = json.loads((tmp_path / "r" / "result.json").read_text())
    assert "holds_within_bound" in json.dumps(kept)


def test_the_first_violation_and_a_tolerance_are_bounds() -> None:
    env = co.auction(agents=2, values=range(3))
    report = check(co.second_price(env), [SP, GSP], first=True)
    assert (report[SP].holds, report[SP].bound) == (True, Bound())
    assert (report[GSP].holds, report[GSP].bound.to_dict()) == (False, {"first_only": True})
    numerical = from_function(env, lambda _reports: (0, (-0.5, 0.0)), tolerance="1/1000")
    report = check(numerical, [SP, "budget-balanced"])
    assert (report[SP].holds, report[SP].answer) == (None, "holds up to gains of 1/1000")
    assert report["budget-balanced"].holds is False
    assert (report.holds, report.holds_within_bound) == (False, False)
    assert check(numerical, [SP]).status == 0
    assert co.holds(numerical, SP)


def test_the_most_profitable_deals_say_their_bound() -> None:
    done = run("worst", *SECOND, "--max-coalition", "1")
    assert done.returncode == 0
    assert "reallocation-proof holds for coalitions of at most 1" in done.stdout
    assert answer("worst", *SECOND, "--max-coalition", "1", "--json")["bound"] == {"max_coalition": 1}
    assert "--money-only" in refused("worst", "efficient", "--environment", "airline", "--agents", "3")


def test_axioms_never_vanish() -> None:
    """Every axiom has a verdict or a reason, with and without a prior."""
    from collude.axioms.core.registry import load_axioms

    for environment in (
        co.auction(agents=2, values=range(2)),
        co.auction(agents=2, values=range(2), prior=Prior(independent=((Fraction(1, 2),) * 2,) * 2)),
    ):
        report = check(co.second_price(environment))
        named = {verdict.axiom for verdict in report} | set(report.left_out)
        assert named == set(load_axioms())
        assert all(report.left_out.values())
    assert "asked for by name" in report.left_out["fully-implements"]
    assert "asked for by name" in report.left_out["decentralised-coalition-proof"]
    with pytest.raises(KeyError, match="was left out: only examined"):
        _ = report["fully-implements"]


def test_an_axiom_that_is_too_large_is_left_out_alone() -> None:
    words = ("second-price", "--agents", "2", "--values", f"0,{10**17}", "--prior", "1/1000,999/1000")
    found = answer("check", *words, "--json", status=1)
    checked = {verdict["axiom"] for verdict in found["verdicts"]}
    assert {SP, GSP, "individually-rational", "efficient", PAYMENTS} <= checked
    assert "too large for this mechanism: an expected utility" in found["left_out"]["coalition-proof"]
    done = run("check", *words)
    assert "coalition-proof" in done.stdout
    assert "too large for this mechanism" in done.stdout
    assert "coalition-proof is too large for this mechanism" in refused("check", *words, "--axiom", "coalition-proof")
    with pytest.raises(SizeError, match="coalition-proof"):
        check(
            build("second-price", {"agents": 2, "values": f"0,{10**17}", "prior": "1/1000,999/1000"}), "coalition-proof"
        )


def plain_payment_violations(mechanism: Mechanism, largest: int) -> int:
    """(profile, coalition) pairs at which a joint report raises the sum of the members' utilities, from the definition."""
    env, count = mechanism.environment, 0
    for truth in product(*(range(size) for size in env.sizes)):
        for m in range(1, largest + 1):
            for members in combinations(range(env.agents), m):
                before = sum(mechanism.utility(i, truth[i], mechanism.outcome_at(truth)) for i in members)
                for reports in product(*(range(env.sizes[i]) for i in members)):
                    told = list(truth)
                    for i, k in zip(members, reports, strict=True):
                        told[i] = k
                    after = mechanism.outcome_at(tuple(told))
                    if sum(mechanism.utility(i, truth[i], after) for i in members) > before:
                        count += 1
                        break
    return count


def test_side_payments_of_public_choices_agree_with_the_definition() -> None:
    """Random alternatives and transfers: at least 20 mechanisms with violations and 3 without."""
    random, seen = Random(5), {True: 0, False: 0}
    for _ in range(40):
        n, m = random.randint(1, 4), random.randint(2, 5)
        sizes = [random.randint(1, 2 if n > 2 else 3) for _ in range(n)]
        payoffs = [[[random.randint(-2, 2) for _ in range(m)] for _ in range(size)] for size in sizes]
        env = co.choice(payoffs)

        def rule(_reports: object, n: int = n, m: int = m) -> tuple[int, list[int]]:
            return random.randrange(m), [random.randint(-1, 1) for _ in range(n)]

        mechanism = from_function(env, rule)
        for largest in (1, n):
            expected = plain_payment_violations(mechanism, largest)
            assert check(mechanism, PAYMENTS, max_coalition=largest, jobs=1)[PAYMENTS].violations == expected
        seen[expected > 0] += 1
    assert seen[True] >= 20
    assert seen[False] >= 3


@pytest.mark.parametrize(("agents", "alternatives"), [(2, 2), (3, 7), (5, 4), (30, 3)])
def test_codes_of_a_public_choice_tell_alternatives_apart(agents: int, alternatives: int) -> None:
    """No two groups that share different alternatives have the total of one group that shares one."""
    env = co.choice([[[0] * alternatives]] * agents)
    mechanism = from_function(env, lambda _reports: (0, [0] * agents))
    code = goods_of(mechanism, False).code[0].tolist()
    assert len(set(code)) == alternatives
    for first in range(1, agents):
        for second in range(1, agents - first + 1):
            totals = {(first + second) * code[s]: s for s in range(alternatives)}
            for a, b in product(range(alternatives), repeat=2):
                s = totals.get(first * code[a] + second * code[b])
                assert s is None or a == b == s


def test_public_choices_of_many_agents_need_few_codes() -> None:
    mechanism = build("efficient", {"kind": "airline", "agents": 14})
    assert len(mechanism.environment.bundles[0]) ** 14 > 2**62
    goods = goods_of(mechanism, False)
    assert int(goods.code.max()) < 10**6
    assert airline(14).agents == 14


def test_a_table_alone_lets_agents_hold_what_they_hold_somewhere(tmp_path: Path) -> None:
    """docs/files.md; with bundles from 0 to the largest, both axioms would be violated."""
    path = tmp_path / "t.csv"
    path.write_text("report_A,bundle_A,transfer_A,report_B,bundle_B,transfer_B\n0,3,0,1,0,0\n0,2,0,2,2,-3\n")
    mechanism = read_csv(path)
    assert mechanism.environment.bundles == (((2,), (3,)), ((0,), (2,)))
    report = check(mechanism, ["reallocation-proof", "efficient"])
    assert report.holds is True
    path.write_text(path.read_text() + "0,0,0,3,3,0\n")
    mechanism = read_csv(path)
    assert mechanism.environment.bundles == (((0,), (2,), (3,)), ((0,), (2,), (3,)))
    assert check(mechanism, ["efficient"])["efficient"].violations == 1


def test_a_plan_covers_the_default_check_from_a_sample() -> None:
    planned = plan(draft("second-price", {"agents": 9, "values": "0:9"}))
    assert (planned.profiles, planned.sampled, planned.sampled_profiles) == (10**9, True, 1 << 16)
    small = plan(draft("posted-price", {"agents": 2, "values": "0:30"}, {"price": "1"}))
    checked = check(build("posted-price", {"agents": 2, "values": "0:30"}, {"price": "1"}))
    assert (small.sampled, small.outcomes) == (False, 3)
    assert set(small.axiom_seconds) == {verdict.axiom for verdict in checked}
    assert set(small.left_out) == set(checked.left_out)
    assert small.seconds == pytest.approx(small.building_seconds + sum(small.axiom_seconds.values()))
    assert set(plan(co.second_price(co.auction(agents=2, values=[0, 1])), axioms=[GSP]).axiom_seconds) == {GSP}


def test_a_plan_calls_an_own_rule_some_thousand_times_only() -> None:
    calls = 0

    def rule(_reports: object) -> tuple[int, tuple[int, ...]]:
        nonlocal calls
        calls += 1
        return 0, (0,) * 5

    planned = plan(function_draft(co.auction(agents=5, values=range(30)), rule))
    assert planned.sampled
    assert planned.sampled_profiles == calls <= 1 << 16
    assert planned.building_seconds > 0
    assert planned.outcomes == 1


def test_a_plan_says_that_it_is_an_estimate() -> None:
    done = run("plan", "second-price", "--agents", "9", "--values", "0:9")
    assert "estimated from 65,536 profiles" in done.stdout
    assert "building the mechanism" in done.stdout
    found = answer("plan", "posted-price", "--agents", "2", "--values", "0:3000", "--param", "price=1", "--json")
    assert found["sampled"] is True
    assert {SP, GSP, "efficient", "reallocation-proof"} <= set(found["axiom_seconds"])
    assert "non-bossy" in found["left_out"]
    assert found["expected_seconds"] >= found["building_seconds"] + sum(found["axiom_seconds"].values()) - 0.1


def test_plans_of_absurd_sizes_are_made_in_words() -> None:
    huge = plan(draft("second-price", {"agents": 30, "values": "0:9999"}))
    assert huge.profiles == 10_000**30
    assert not huge.fits
    json.dumps(huge.to_dict())


def test_verdicts_count_the_array_of_time() -> None:
    mechanism = co.second_price(co.auction(agents=2, values=range(3)))
    report = check(mechanism, [SP])
    assert report.time.building == mechanism.build_seconds > 0
    assert report.time.examining > 0
    assert report.seconds == pytest.approx(report.time.examining + report.time.compiling, abs=0.01)
    assert set(report.to_dict()["time"]) == {"building", "compiling", "examining"}
    assert np.isfinite(report.time.compiling)
