"""What CONTRIBUTING.md walks through: an axiom on one profile, one on two, an environment; and the page itself."""

import re
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

import collude as co
from collude.axioms.core.registry import find_axiom, load_axioms
from collude.enumerate.problems.registry import build_problem
from collude.models.library.assignment import assignment, serial_dictatorship
from collude.models.library.voting import borda, dictatorship, plurality

ROOT = Path(__file__).resolve().parents[1]
BIBLIOGRAPHY = ROOT / "docs" / "references.md"
CITED = re.compile(r"([A-Z][\w'é-]+(?: and [A-Z][\w'é-]+)?) \((1[89]\d\d|20\d\d)\)")
HOMES = (
    "axioms/feasibility/no_positive_transfers.py",
    "axioms/incentives/maskin_monotonic.py",
    "axioms/incentives/maskin_monotonic.py",
    "models/library/assignment.py",
)


def test_the_page_shows_the_files_as_they_are() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert len(blocks) == len(HOMES)
    for block, home in zip(blocks, HOMES, strict=True):
        assert block.rstrip() in (ROOT / home).read_text()


def test_no_positive_transfers() -> None:
    env = co.auction(2, [0, 1])
    gift = co.check(co.top_value(env, price=0), ["no-positive-transfers"])["no-positive-transfers"]
    assert not gift.holds
    assert gift.violations == sum(
        transfer > 0
        for o in co.top_value(env, price=0).outcome.tolist()
        for transfer in co.top_value(env, price=0).transfer[o]
    )
    assert co.check(co.second_price(env), ["no-positive-transfers"])["no-positive-transfers"].holds
    pytest.importorskip("pysat")
    found = co.search(env, transfers=[-1, 0, 1], require=["no-positive-transfers", "strategy-proof"], confirm="sat")
    assert found.count == co.search(env, transfers=[-1, 0], require=["strategy-proof"]).count


def test_maskin_monotonicity() -> None:
    """With strict orders and at least three alternatives, onto and monotonic means dictatorial (Muller and Satterthwaite 1977);
    among constant and dictatorial rules that leaves 2 + 3 for two voters."""
    vote = co.voting(2, 3)
    assert co.holds(dictatorship(vote), "maskin-monotonic")
    report = co.check(borda(vote), ["maskin-monotonic"])["maskin-monotonic"]
    assert not report.holds
    assert report.witness is not None
    assert co.check(plurality(co.voting(3, 2)), ["maskin-monotonic"])["maskin-monotonic"].holds
    pytest.importorskip("pysat")
    found = co.search(vote, require=["maskin-monotonic", "onto"], confirm="sat")
    assert found.count == 2
    assert (
        co.search(vote, require=["maskin-monotonic"]).count == co.search(vote, require=["strategy-proof"]).count == 17
    )


def test_serial_dictatorship_is_what_it_says() -> None:
    env = assignment(3)
    mechanism = serial_dictatorship(env, order=[2, 0, 1])
    for profile in product(range(6), repeat=3):
        left, wanted = [0, 1, 2], {}
        for agent in (2, 0, 1):
            order = env.types[agent][profile[agent]]
            wanted[agent] = next(item for item in order if item in left)
            left.remove(wanted[agent])
        outcome = mechanism.outcome_at(profile)
        assert [int(mechanism.bundle[outcome, i]) for i in range(3)] == [wanted[i] for i in range(3)]
    report = co.check(mechanism)
    for name in ("strategy-proof", "group-strategy-proof", "pareto-efficient", "non-bossy", "onto"):
        assert report[name].holds, name
    assert not report["non-dictatorial"].holds


def test_pareto_efficiency_in_check_and_search() -> None:
    env = assignment(2)
    swapped = co.Mechanism(
        env, "the other's wish", np.zeros(4, np.int32), np.array([[0, 1]], np.int32), np.zeros((1, 2), np.int64), 1
    )
    verdict = co.check(swapped, ["pareto-efficient"])["pareto-efficient"]
    assert verdict.violations == 1
    assert verdict.witness is not None
    assert verdict.witness.profile == (1, 0)
    space = build_problem("assignment", {"agents": 3})
    both = ["strategy-proof", "pareto-efficient", "non-bossy"]
    found = co.search(space, require=both, mode="all")
    listed = {tuple(tuple(m.bundle[o]) for o in m.outcome.tolist()) for m in found}
    for order in permutations(range(3)):
        mechanism = serial_dictatorship(space.environment, order=order)
        assert tuple(tuple(mechanism.bundle[o]) for o in mechanism.outcome.tolist()) in listed
    assert all(co.holds(m, "pareto-efficient") for m in found)


def test_every_source_is_in_the_bibliography() -> None:
    known = set(re.findall(r"^- \*\*(.+?)\*\*", BIBLIOGRAPHY.read_text(), re.MULTILINE))
    for name, axiom in load_axioms().items():
        keys = {f"{who} ({year})" for who, year in CITED.findall(axiom.source.replace("d'Aspremont", "Aspremont"))}
        assert keys or axiom.source.startswith("collude"), name
        assert keys <= {key.replace("d'Aspremont", "Aspremont") for key in known}, name


@pytest.mark.parametrize("room", ["axioms", "programs"])
def test_every_citation_is_in_the_bibliography(room: str) -> None:
    """Authors and years in code, comments and docstrings; at least so many that the pattern finds them at all."""
    known = {key.replace("d'A", "A") for key in re.findall(r"^- \*\*(.+?)\*\*", BIBLIOGRAPHY.read_text(), re.MULTILINE)}
    found = [
        (f"{who} ({year})", path.name)
        for path in (ROOT / room).rglob("*.py")
        for who, year in CITED.findall(path.read_text().replace("d'A", "A"))
    ]
    assert len(found) >= 40
    assert [place for place in found if place[0] not in known] == []


def test_axioms_with_an_argument_are_checked_too() -> None:
    mechanism = co.second_price(co.auction(2, [0, 1, 2]))
    report = co.check(mechanism, ["quantity-target=1", "transfer-cap=0", "coalition-strategy-proof=1"])
    assert [verdict.axiom for verdict in report] == [
        "quantity-target=1",
        "transfer-cap=0",
        "coalition-strategy-proof=1",
    ]
    assert report.holds
    assert not co.check(mechanism, ["transfer-cap=-1"])["transfer-cap=-1"].holds
    for nothing in ("transfer-cap", "transfer-cap=", "transfer-cap= "):
        with pytest.raises(co.InputError, match="takes a number"):
            find_axiom(nothing)
    with pytest.raises(co.InputError, match="takes no argument"):
        find_axiom("onto=3")
