"""`collude contract` as a user types it, and the axioms on mechanisms that are contracts."""

import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from commands import answer, refused, run
from drawn_contracts import drawn_contract
from oracle.contracts import PlainGame, improvement_gain, lie_gains

from collude.axioms.core.registry import find_axiom
from collude.cli.main import collude
from collude.enumerate.checks.check import check
from collude.enumerate.checks.verdicts import recheck
from collude.models.beliefs import read_prior
from collude.models.contracts.embedding import mechanism_contract
from collude.models.contracts.extended import CommunicationContract
from collude.models.contracts.spec import read_contract
from collude.models.errors import ColludeError, InputError, NotApplicableError
from collude.models.files.functions import from_function
from collude.models.files.spec import build
from collude.models.mechanism import Mechanism
from collude.programs.contracts.improvement import improvement
from collude.programs.contracts.incentives import is_communication_equilibrium, is_incentive_compatible
from collude.programs.contracts.plain_check import interim_gains, plain_side_contract

ROOT = Path(__file__).resolve().parents[1]
GROWERS = str(ROOT / "examples" / "side-contracts.toml")
MARKET = str(ROOT / "examples" / "market-economy.toml")


def inside(*words: str, status: int = 0) -> str:
    """What a command prints, in this process; it must end with the status."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert collude(list(words), standalone_mode=False) == status
    return out.getvalue()


def json_of(*words: str, status: int = 0) -> Any:
    return json.loads(inside(*words, "--json", status=status))


def write(folder: Path, text: str) -> str:
    path = folder / "contract.toml"
    path.write_text(text)
    return str(path)


def test_the_example_in_words() -> None:
    done = run("contract", GROWERS)
    assert done.returncode == 1
    assert "two growers, 3 agents, 7 coalitions    [exact]" in done.stdout
    assert "{north, south} gains 275/126 in all" in done.stdout
    assert "north (good, told late), south (good, told late): north does early, south does early" in done.stdout
    assert "strong-collusion-proof-contract: VIOLATED" in done.stdout


def test_the_example_as_one_object() -> None:
    found = answer("contract", GROWERS, "--json", status=1)
    assert found["verdicts"] == {
        "strong-collusion-proof-contract": "violated", "collusion-proof-contract": "violated",
    }  # fmt: skip
    assert found["incentive_compatible"] is True
    pair = next(one for one in found["coalitions"] if one["members"] == [0, 1])
    assert (pair["improvement"], pair["gain"], pair["consistent"]) == (True, "275/126", "exists")
    clauses = pair["side_contract"]["clauses"]
    assert {tuple(row["reports"]) for row in clauses} == set(product(("poor, told late", "good, told late"), repeat=2))
    assert all(sum(map(Fraction, row["payments"])) == 0 for row in clauses)
    assert all(sum(Fraction(x["probability"]) for x in row["lottery"]) == 1 for row in clauses)
    gains = [Fraction(row["after"]) - Fraction(row["before"]) for row in pair["side_contract"]["gains"]]
    assert min(gains) >= 0 < max(gains)


def test_switches_and_the_choice_of_axioms(tmp_path: Path) -> None:
    named = 'named = "mutual-favours"\n'
    favours = write(tmp_path, named)
    assert json_of("contract", favours, "--axiom", "collusion-proof-contract")["verdicts"] == {
        "collusion-proof-contract": "holds"
    }
    assert inside("contract", favours, status=1)
    found = json_of("contract", favours, "--max-coalition", "1")
    assert len(found["coalitions"]) == 3
    assert json_of("contract", favours, "--obedience")["terms"]["obedience"] is True
    settled = write(tmp_path, named + "[terms]\nobedience = true\nbound = 1.5\n")
    assert json_of("contract", settled)["terms"]["bound"] == "3/2"
    assert json_of("contract", settled, "--bound", "2")["terms"]["bound"] == "2"
    double = write(tmp_path, 'named = "lie-and-disobey"\n')
    assert json_of("contract", double)["best_double_deviation"]["gain"] == "1"
    assert "lies and then disobeys" in inside("contract", double)
    assert inside("contract", double, "--incentives", "communication", status=1)


def test_bets_without_limit_are_a_result(tmp_path: Path) -> None:
    text = (
        'agents = ["a", "b", "c"]\ntypes = [["-"], ["-"], ["rain", "sun"]]\nactions = [["-"], ["-"], ["-"]]\n'
        'priors = ["joint:1/3,2/3", "joint:2/3,1/3", "uniform"]\ndevice = [{ actions = {} }]\n'
        '[terms]\ndepends = "everything"\n'
    )
    spec = write(tmp_path, text)
    found = json_of("contract", spec, "--max-coalition", "2", status=1)
    pair = next(one for one in found["coalitions"] if one["members"] == [0, 1])
    assert (pair["gain"], pair["unbounded"], pair["method"]) == (None, True, "unbounded")
    assert len(pair["side_contract"]["payments_by_outsiders"]) == 2
    assert "gains without limit" in inside("contract", spec, "--max-coalition", "2", status=1)
    assert inside("contract", spec, "--max-coalition", "2", "--depends", "coalition")


def written_out(contract: CommunicationContract) -> str:
    """A contract without lotteries as rows of a file."""
    root = contract.game.root
    names = [f'"{label}"' for label in root.labels]

    def table(words: Any) -> str:
        return "{ " + ", ".join(f'{label} = "{word}"' for label, word in zip(root.labels, words, strict=True)) + " }"

    payoffs = [
        f"{{ agent = {name}, types = {table(types)}, actions = {table(actions)}, gets = {value} }}"
        for types in product((0, 1), repeat=root.agents)
        for actions in product((0, 1), repeat=root.agents)
        for name, value in zip(names, root.utility(actions, types), strict=True)
    ]
    device = [
        f"{{ types = {table(types)}, actions = {table(next(iter(lottery)))} }}"
        for types, lottery in contract.device.items()
    ]
    prior = ", ".join(f'"{root.prior_of(0)[types]}"' for types in product((0, 1), repeat=root.agents))
    lists = str([["0", "1"]] * root.agents)
    head = f"agents = [{', '.join(names)}]\ntypes = {lists}\nactions = {lists}\nprior = [{prior}]\n"
    return head + "payoffs = [" + ",\n".join(payoffs) + "]\ndevice = [" + ",\n".join(device) + "]\n"


def test_undecided_is_said_plainly(tmp_path: Path) -> None:
    """Pairs have nothing stable and the three have improvements, but none that was tried survives."""
    contract, _ = drawn_contract(Random(13), 3, bonus=4)
    spec = write(tmp_path, written_out(contract))
    words = ("contract", spec, "--candidates", "2", "--axiom", "collusion-proof-contract")
    found = json_of(*words, status=3)
    assert found["verdicts"] == {"collusion-proof-contract": "undecided"}
    undecided = [one for one in found["coalitions"] if one["consistent"] == "undecided"]
    assert [one["members"] for one in undecided] == [[0, 1, 2]]
    assert "undermined" in undecided[0]["reason"]
    assert undecided[0]["blocker"]
    text = inside(*words, status=3)
    assert "collusion-proof-contract: UNDECIDED" in text
    assert "those that were tried are undermined" in text
    assert inside("contract", spec, "--candidates", "2", status=1)


def test_the_file_of_the_page_is_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "contracts.md").read_text()
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    case = read_contract(write(tmp_path, text))
    assert case.contract is not None
    assert improvement(case.contract, (0, 1)).gain == 0


def test_an_economy(tmp_path: Path) -> None:
    found = json_of("contract", MARKET)
    assert [row["prices"] for row in found["profiles"]][5] == ["27"]
    assert found["money_pumps"] == found["arbitrages"] == {"yes": 48, "cases": 48}
    assert found["interim_dominance"]["autarky"] == {"free": "21", "incentive_compatible": "21"}
    fewer = Path(MARKET).read_text().replace("[30, 33], [30, 36]", "[33], [36]")
    literal = write(tmp_path, fewer.replace("no-short", "literal"))
    assert "short sales that pay: 6 of 6" in inside("contract", literal, status=1)
    assert json_of("contract", literal, "--most", "512", status=1)["arbitrages"] == {"yes": 0, "cases": 12}


def test_rows_of_a_file_say_what_the_library_says(tmp_path: Path) -> None:
    """The hidden value, written out row by row."""
    rows = [
        f'{{ agent = "{agent}", types = {{ buyer = {value} }}, gets = {gets}, '
        f'actions = {{ seller = {price}, buyer = "yes" }} }}'
        for value, price in product((2, 3), (2, 3))
        for agent, gets in (("seller", price), ("buyer", value - price))
    ]
    spec = write(
        tmp_path,
        'agents = ["seller", "buyer"]\ntypes = [["-"], [2, 3]]\nactions = [[2, 3], ["no", "yes"]]\n'
        'prior = [[1], ["1/2", "1/2"]]\npayoffs = [' + ",\n".join(rows) + "]\n"
        'device = [{ types = { buyer = 2 }, actions = { seller = 3, buyer = "no" } },\n'
        '{ types = { buyer = 3 }, actions = { seller = 3, buyer = "yes" }, probability = "1/2" },\n'
        '{ types = { buyer = 3 }, actions = { seller = 3, buyer = "yes" }, probability = 0.5 }]\n',
    )
    assert json_of("contract", spec, status=1)["coalitions"][-1]["gain"] == "1"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "exactly one of"),
        ('named = "own-type"', "'own-types'"),
        ('named = "own-types"\nparameters = { low = 1 }', "takes the parameters"),
        ('named = "risky-project"\nparameters = { low = "x" }', "not a number"),
        ('named = "own-types"\nwish = 1', "wish"),
        ('named = "own-types"\n[terms]\nread = "never"', "report or truth"),
        ('named = "own-types"\n[terms]\nshout = true', "no switch 'shout'"),
        ('named = "own-types"\n[terms]\npayments = "no"', "true or false"),
        ('mechanism = "second-prize"', "second-price"),
        ('types = [["0"]]\nactions = [["0"]]', "a device"),
        ('types = [["0"]]\nactions = [["0", "1"]]\ndevice = [{ actions = {} }]', "recommends nothing to agent 0"),
        ('types = [["0"]]\nactions = [["0", "1"]]\ndevice = [{ actions = { 0 = "2" } }]', "no action '2'"),
        (
            'types = [["0"]]\nactions = [["0"]]\ndevice = [{ actions = {}, probability = "1/2" }]',
            "sum to 1/2, not 1",
        ),
        (
            'types = [["-"], ["-"]]\nactions = ['
            + str([str(x) for x in range(600)])
            + ", "
            + str([str(x) for x in range(600)])
            + "]\ndevice = [{ actions = {} }]",
            "360000 action profiles",
        ),
        ('types = [["0"], ["0"]]\nactions = [["0"]]\ndevice = [{ actions = {} }]', "one list per agent"),
        ("[economy]\ntypes = [[1], [1]]\nendowment = 1\nmoney = 1\nrule = 'soft'", "literal or no-short"),
    ],
)
def test_bad_files_take_one_line(text: str, fragment: str, tmp_path: Path) -> None:
    with pytest.raises(ColludeError, match=re.escape(fragment)) as caught:
        inside("contract", write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_bad_options_take_one_line() -> None:
    assert "no such file" in refused("contract", "nowhere.toml")
    assert "no axiom on contracts" in refused("contract", GROWERS, "--axiom", "efficient")
    for words, fragment in (
        (("contract", "spec.csv"), "must be a .toml file"),
        (("contract", GROWERS, "--bound", "-1"), "at least 0"),
        (("contract", GROWERS, "--most", "4"), "--most goes with an economy"),
        (("contract", MARKET, "--max-coalition", "2"), "leave out"),
    ):
        with pytest.raises(InputError, match=re.escape(fragment)):
            inside(*words)


def drawn_mechanism(rng: Random, kind: int) -> Mechanism:
    """Two agents who value a good 0 or 1; any table, or the higher report wins and pays a function of the other one, or
    reports are ignored."""
    environment = build("second-price", {"agents": "2", "values": "0:1", "prior": "1/3,2/3"}).environment
    winners = [0, 1, 0, 0] if kind == 1 else [rng.choice((0, 1)) for _ in range(4)]
    money = [[rng.randint(-1, 1) for _ in range(2)] for _ in range(4)]
    if kind == 2:
        winners, money = winners[:1] * 4, money[:1] * 4
    if kind == 1:
        extra = [[rng.randint(-1, 1) for _ in range(2)] for _ in range(2)]
        money = [
            [extra[i][row[1 - i]] - (row[1 - i] if winners[place] == i else 0) for i in range(2)]
            for place, row in enumerate(product((0, 1), repeat=2))
        ]

    def rule(reports: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        place = reports[0] * 2 + reports[1]
        return np.array(winners)[place], np.array(money)[place].T

    return from_function(environment, rule, vectorised=True)


def plain_game(mechanism: Mechanism) -> PlainGame:
    """The mechanism as the oracle takes it: everybody is told to report his type."""
    env = mechanism.environment
    weights = dict(zip(product((0, 1), repeat=2), [Fraction(w, 9) for w in (1, 2, 2, 4)], strict=True))

    def pay(actions: tuple[int, ...], types: tuple[int, ...]) -> list[Fraction]:
        outcome = mechanism.outcome_at(actions)
        return [Fraction(mechanism.utility(i, k, outcome), mechanism.scale) for i, k in enumerate(types)]

    return PlainGame(env.sizes, env.sizes, pay, [weights] * 2, lambda types: {types: Fraction(1)})


def test_axioms_on_random_mechanisms_against_the_definition() -> None:
    """Single agents are Bayesian incentive compatibility; a witness is an improvement by the definition."""
    rng = Random(9)
    names = ["bayesian-incentive-compatible", "strong-collusion-proof-contract", "collusion-proof-contract"]
    seen = {"compatible": 0, "strong": 0, "violated": 0}
    for case in range(24):
        mechanism = drawn_mechanism(rng, case % 3)
        plain = plain_game(mechanism)
        report = check(mechanism, names)
        bayesian, strong, ordinary = (report[name] for name in names)
        assert bayesian.holds == all(gain <= 0 for gain in lie_gains(plain).values())
        assert bayesian.holds == is_incentive_compatible(mechanism_contract(mechanism))
        assert bayesian.holds == is_communication_equilibrium(mechanism_contract(mechanism))
        assert not (strong.holds and not ordinary.holds)
        assert not (ordinary.holds and not bayesian.holds)
        found = [improvement(mechanism_contract(mechanism), c) for n in (1, 2) for c in combinations((0, 1), n)]
        assert strong.holds == (not any(one.exists for one in found))
        assert strong.violations == sum(one.exists for one in found)
        seen["compatible"] += bayesian.holds
        seen["strong" if strong.holds else "violated"] += 1
        for one in found:
            if one.contract is not None:
                side = plain_side_contract(one.contract, (2, 2))
                told = {
                    tuple((k, k) for k in types): (lottery, side.payments.get(types, (0,) * len(one.coalition)))
                    for types, lottery in side.reports.items()
                }
                gains = interim_gains(mechanism, side)
                assert gains is not None
                assert sum(gains.values()) == one.gain == improvement_gain(plain, one.coalition, told)
    assert seen["compatible"] >= 3, seen
    assert seen["strong"] >= 2, seen
    assert seen["violated"] >= 10, seen


def test_a_witness_that_was_tampered_with_is_not_confirmed() -> None:
    mechanism = build("second-price", {"agents": "2", "values": "0:2", "prior": "uniform"})
    report = check(mechanism, ["strong-collusion-proof-contract"])
    witness = report["strong-collusion-proof-contract"].witness
    assert witness is not None
    axiom = find_axiom("strong-collusion-proof-contract")
    assert recheck(mechanism, axiom, witness)
    clauses = [dict(row) for row in witness.details["side_contract"]]
    clauses[0]["payments"] = ["9", "-9"]
    assert not recheck(mechanism, axiom, replace(witness, details={**witness.details, "side_contract": clauses}))


def test_mechanisms_that_are_no_contracts() -> None:
    with pytest.raises(NotApplicableError, match="no prior"):
        mechanism_contract(build("second-price", {"agents": "2", "values": "0:1"}))
    ranks = build("borda", {"agents": "2", "alternatives": "2"})
    assert "no prior" in find_axiom("collusion-proof-contract").reason_not_applicable(ranks)
    done = run("check", "second-price", "--agents", "2", "--values", "0:1", "--axiom", "collusion-proof-contract")
    assert done.returncode == 2
    assert "prior" in done.stderr


def test_a_correlated_prior_is_fine() -> None:
    words = ("check", "second-price", "--agents", "2", "--values", "0:1", "--prior", "joint:1/3,1/6,1/6,1/3")
    found = answer(*words, "--axiom", "strong-collusion-proof-contract", "--json", status=1)
    assert found["verdicts"][0]["violations"] == 1
    assert read_prior("joint:1/3,1/6,1/6,1/3", (2, 2)).joint is not None


def test_a_mechanism_in_a_file(tmp_path: Path) -> None:
    text = 'mechanism = "second-price"\n[environment]\nagents = 2\nvalues = "0:1"\nprior = "1/3,2/3"\n'
    case = read_contract(write(tmp_path, text))
    assert case.contract is not None
    assert improvement(case.contract, (0, 1)).exists == (run("contract", write(tmp_path, text)).returncode == 1)
