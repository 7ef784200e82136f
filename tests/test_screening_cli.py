"""`collude screen` and the axiom weakly-collusion-proof as a user types them."""

import json
import random
from dataclasses import replace
from fractions import Fraction
from inspect import unwrap
from pathlib import Path

import pytest
from commands import answer, refused, run
from drawn_sales import drawn_groves, drawn_sale, tiny

import collude as co
from collude.axioms.core.base import Witness
from collude.axioms.core.registry import find_axiom
from collude.enumerate.analyses.screening import screen, screen_sale
from collude.enumerate.checks.verdicts import recheck
from collude.models.environment import Prior
from collude.models.files.spec import build
from collude.models.screening.optimum import optimal_quantities
from collude.models.screening.spec import read_screening
from collude.models.screening.transfers import dominant_strategy_sale

EXAMPLE = str(Path(__file__).resolve().parents[1] / "examples" / "screening.toml")
TINY = """buyers = 2
valuations = [5, 6]
prior = ["1/2", "1/2"]
utility = [0, 20, 36, 48, 56, 62, 66, 69, 71, 72]
cost = 68
"""


def test_the_example() -> None:
    found = answer("screen", EXAMPLE, "--epsilon", "0", "--search", "2", "--tariffs", "--json")
    assert found["optimum"] == {
        "quantities": [[1, 1], [3, 3]],
        "profit": "96",
        "unique": True,
        "alternatives": [[1, 3]],
        "expected_payments": ["100", "268"],
    }
    schemes = {one["name"]: one for one in found["schemes"]}
    assert {name: one["gain"] for name, one in schemes.items()} == {
        "dominant-strategy": "10",
        "collusion-proof": "0",
        "robust": "0",
    }
    best = schemes["collusion-proof"]
    assert best["payments"] == [["109", "91"], ["279", "257"]]
    assert best["epsilon"] == {"low": "1/2", "high": "1", "admissible": True, "binding": True, "decisive": True}
    assert best["seller_profit"] == {"least": "94", "most": "96"}
    assert best["side_contract"] is None
    assert len(best["worst_contract"]) == len(best["best_contract"]) == 4
    assert best["no_arbitrage"]
    assert len(best["equilibria"]) == 2
    assert not best["play"]["iteratively_weakly_dominant"]
    assert schemes["robust"]["play"]["iteratively_weakly_dominant"]
    assert schemes["dominant-strategy"]["seller_profit"] == {"least": "88", "most": "88"}
    assert len(schemes["dominant-strategy"]["side_contract"]) == 4
    assert found["best_at_epsilon"]["profit"] == "94"
    assert [[1, 2], [3, 3]] in found["best_at_epsilon"]["quantities"]
    assert found["tariffs"]["gain"] == found["tariffs"]["choice_gain"] == "0"
    assert found["search"]["collusion_proof"] >= found["search"]["robust"] > 0
    for one in found["schemes"]:
        bounds = [Fraction(point["bound"]) for point in one["curve"]]
        assert min(bounds) >= Fraction(one["gain"])
    assert [(x["gain"], x["cost"]) for x in found["transaction_costs"]] == [("4", "8"), ("-14", "14"), ("-54", "18")]


def test_words_and_figure(tmp_path: Path) -> None:
    picture = tmp_path / "gain.png"
    done = run("screen", EXAMPLE, "--figure", str(picture), "--plain", "--tariffs", "--epsilon", "0", "--search", "4")
    assert done.returncode == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    for words in (
        "profit 96",
        "COLLUSION GAINS",
        "weakly collusion-proof",
        "[1/2, 1)",
        "94 to 96",
        "(6,6)-(5,6)",
        "best profit",
        "two-part",
        "robust",
    ):
        assert words in done.stdout


def test_status_is_one_if_every_scheme_is_open_to_collusion(tmp_path: Path) -> None:
    """The seller is indifferent about a unit: t* cannot be proof on this grid, but a robust scheme would be no better."""
    file = tmp_path / "tie.toml"
    file.write_text(
        'valuations = [5, 6]\nprior = ["1/2", "1/2"]\nutility = [0, 20, 38, 50, 58, 64, 68, 71, 73, 74]\n'
        "cost = 72\nquantities = [1, 3]\n"
    )
    found = answer("screen", str(file), "--json", status=1)
    assert [one["gain"] for one in found["schemes"]][1] == "9"
    assert found["schemes"][1]["epsilon"]["low"] == "1"
    assert not found["weakly_collusion_proof"]


def test_three_types_pools_and_forms(tmp_path: Path) -> None:
    file = tmp_path / "pooled.toml"
    file.write_text(
        'valuations = [10, 11, 20]\nprior = ["1/3", "1/3", "1/3"]\nutility = "q/(1+q)"\nsteps = 6\nstep = 0.5\ncost = 1\n'
    )
    spec = read_screening(file)
    found = screen(spec).to_dict()
    assert found["ironed_valuations"] == ["5", "5", "20"]
    assert [one["gain"] for one in found["schemes"]][1] == "0"
    assert found["schemes"][0]["curve"] == []
    assert "two types" in refused("screen", str(file), "--figure", str(tmp_path / "x.png"))
    with pytest.raises(co.InputError, match="two buyers of two types"):
        co.best_profit_at(spec.problem, 0)
    with pytest.raises(co.InputError, match="two buyers of two types"):
        co.search_schemes(spec.problem, spec.optimum.quantity, 1)


def test_further_schemes(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(TINY + '[[schemes]]\nname = "mine"\npayments = [[110, 90], [280, 256]]\n')
    mine = screen(read_screening(file)).to_dict()["schemes"][-1]
    assert (mine["name"], mine["profit"], mine["gain"]) == ("mine", "96", "0")
    file.write_text(TINY + '[[schemes]]\nname = "mine"\npayments = [[90, 90], [300, 300]]\n')
    with pytest.raises(co.InputError, match="not incentive compatible"):
        screen(read_screening(file))


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        (TINY.replace("buyers = 2", "buyers = 1"), "at least 2"),
        (TINY.replace("[5, 6]", "[6, 5]"), "increase"),
        (TINY.replace("[5, 6]", "[0, 6]"), "positive"),
        (TINY.replace('["1/2", "1/2"]', '["1/2", "1/3"]'), "sum to 1"),
        (TINY.replace('["1/2", "1/2"]', "[1]"), "1 weights for 2"),
        (TINY.replace("[0, 20, 36,", "[0, 20, 46,"), "concave"),
        (TINY.replace("[0, 20,", "[1, 20,"), "must be 0"),
        (TINY.replace("cost = 68", "cost = -1"), "at least 0"),
        (TINY.replace("cost = 68", "cost = [0, 1]"), "entries"),
        (TINY.replace("cost = 68", ""), "cost"),
        (TINY + "quantities = [3, 1]\n", "must not fall"),
        (TINY + "quantities = [3]\n", "one entry per type"),
        (TINY + "step = 0\n", "positive"),
        (TINY + "colour = 1\n", "colour"),
        (TINY.replace("utility = [0, 20, 36, 48, 56, 62, 66, 69, 71, 72]", 'utility = "sqrt"'), "q/(1+q)"),
        (TINY.replace("utility = [0, 20, 36, 48, 56, 62, 66, 69, 71, 72]", 'utility = "q"'), "steps"),
        (TINY + "steps = 3\n", "10 entries"),
        (TINY + '[[schemes]]\nname = "x"\npayments = [[1]]\n', "rows"),
        (TINY + '[robust]\nalpha = "x"\n', "not a number"),
        ("valuations = [", "own.toml"),
    ],
)
def test_bad_files_are_refused(text: str, fragment: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(co.InputError) as caught:
        read_screening(file)
    assert fragment in str(caught.value)
    assert "own.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("screen", "missing.toml"), "no such file"),
        (("screen", EXAMPLE, "--epsilon", "1"), "below 1"),
    ],
)
def test_bad_options_take_one_line(words: tuple[str, ...], fragment: str, tmp_path: Path) -> None:
    assert fragment in refused(*words, cwd=tmp_path)


def test_specification_in_python() -> None:
    spec = read_screening(EXAMPLE)
    assert spec.problem == tiny()
    report = screen(spec)
    assert [str(one.optimum.gain) for one in report.schemes] == ["10", "0", "0"]
    assert json.loads(json.dumps(report.to_dict()))["weakly_collusion_proof"] is True
    assert unwrap(co.screen_sale) is screen_sale


def test_axiom_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    environment = TINY.splitlines()
    file.write_text(
        f'mechanism = "screening-dominant"\n[environment]\nagents = 2\nvalues = [5, 6]\n{environment[3]}\n'
        'prior = "uniform"\n[parameters]\ncost = 68\n'
    )
    found = answer("check", str(file), "--axiom", "weakly-collusion-proof", "--json", status=1)
    (verdict,) = found["verdicts"]
    assert (verdict["violations"], verdict["unit"], verdict["witness"]["gain"]) == (1, "mechanisms", "10")
    assert len(verdict["witness"]["side_contract"]) == 3
    for name, more in (("screening-collusion-proof", ""), ("screening-robust", "alpha = 1\n")):
        file.write_text(file.read_text().replace("screening-dominant", name) + more)
        assert co.check(build(str(file)), "weakly-collusion-proof").holds
        file.write_text(file.read_text().replace(name, "screening-dominant"))
    done = refused("check", "second-price", "--agents", "2", "--values", "0:1", "--axiom", "weakly-collusion-proof")
    assert "prior" in done


def test_axiom_in_python(tmp_path: Path) -> None:
    name = "weakly-collusion-proof"
    axiom = find_axiom(name)
    rng = random.Random(1)
    seen = {True: 0, False: 0}
    for x in range(16):
        mechanism = drawn_sale(rng).mechanism if x % 2 else drawn_groves(rng, (2, 2), 1, zero=True)
        verdict = co.check(mechanism, name)[name]
        seen[verdict.holds] += 1
        if verdict.witness is not None:
            assert recheck(mechanism, axiom, verdict.witness)
            worse = replace(verdict.witness, gains=tuple("1000" for _ in verdict.witness.gains))
            assert not recheck(mechanism, axiom, worse)
    assert min(seen.values()) >= 2
    sale = dominant_strategy_sale(tiny(), optimal_quantities(tiny()).quantity)
    report = co.check(sale.mechanism, name, out=str(tmp_path / "run"))
    assert report[name].violations == 1


def test_a_lie_of_one_agent_violates_too() -> None:
    auction = co.first_price(co.auction(2, [0, 1, 2], prior=co.uniform((3, 3))))
    verdict = co.check(auction, "weakly-collusion-proof")["weakly-collusion-proof"]
    assert not verdict.holds
    assert verdict.witness is not None
    assert len(verdict.witness.coalition) == 1
    axiom = find_axiom("weakly-collusion-proof")
    assert recheck(auction, axiom, verdict.witness)
    truth = Witness((0, -1), (0,), (0,), (Fraction(0),))
    assert not axiom.confirms(auction, truth)
    third, none = Fraction(1, 3), (Fraction(0),) * 3
    joint = Prior(joint=(third, *none, third, *none, third))
    correlated = replace(auction, environment=replace(auction.environment, prior=joint))
    assert "correlated" in axiom.reason_not_applicable(correlated)
