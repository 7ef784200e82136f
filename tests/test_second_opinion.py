"""The second opinion: the encoder counts like the engine, proofs verify, damaged ones do not."""

import ast
import inspect
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import search_oracle

import collude as co
from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import find_axiom, require
from collude.enumerate.certify.cnf import encode
from collude.enumerate.certify.second_opinion import count_cpsat, count_sat, verified
from collude.enumerate.listings.recheck import Recheck

pytest.importorskip("pysat")
pytest.importorskip("ortools")
pytest.importorskip("dratify")
PLAIN = ("permits", "fits", "somewhere", "amount_at", "suits", "_upset")
IMPOSSIBLE = ["strategy-proof", "onto", "non-dictatorial"]


@pytest.mark.parametrize("seed", range(6))
def test_solvers_count_like_the_engine(seed: int) -> None:
    rng = random.Random(100 + seed)
    for number in range(12):
        space, names = search_oracle.random_problem(rng, number)
        made = encode(space, require(names, space))
        count = co.search(space, require=names).count
        assert count_sat(made) == count, names
        assert count_cpsat(made) == count, names


def test_cells_are_encoded() -> None:
    from collude.enumerate.problems.registry import build_problem

    space = build_problem("uniform-price", {"agents": 2, "costs": "1,2", "uniform_price": "0:2", "ties": "any"})
    for axiom, count in (("strategy-proof", None), ("group-strategy-proof", 32)):
        found = co.search(space, require=[axiom], confirm="sat")
        assert count is None or found.count == count


def test_gibbard_and_satterthwaite_with_a_proof(tmp_path: Path) -> None:
    found = co.search(co.voting(2, 3), require=IMPOSSIBLE, prove=True, out=str(tmp_path), confirm="cpsat")
    proof = found.evidence["proof"]
    assert (found.exists, found.status) == (False, 1)
    assert verified(Path(proof["cnf"]), Path(proof["drat"]))


def test_an_auction_impossibility_with_a_proof(tmp_path: Path) -> None:
    env = co.auction(2, [0, 1], withhold=False)
    found = co.search(
        env, transfers=range(-2, 3), require=["group-strategy-proof", "anonymous"], prove=True, out=str(tmp_path)
    )
    assert found.exists is False
    assert found.evidence["proof"]["steps"] > 0


def test_an_assignment_impossibility_with_a_proof(tmp_path: Path) -> None:
    from collude.enumerate.problems.registry import build_problem

    space = build_problem("assignment", {"agents": 2})
    found = co.search(space, require=["strategy-proof", "anonymous"], prove=True, out=str(tmp_path))
    assert found.exists is False
    assert co.search(space, require=["strategy-proof"]).exists


def test_damaged_proofs_are_rejected(tmp_path: Path) -> None:
    found = co.search(co.voting(2, 3), require=IMPOSSIBLE, prove=True, out=str(tmp_path))
    cnf, drat = (Path(found.evidence["proof"][name]) for name in ("cnf", "drat"))
    lines = drat.read_text().splitlines()
    damaged = tmp_path / "damaged.drat"
    half = len(lines) // 2
    for kept in ([], ["0"], lines[:half], lines[half:], lines[:-1], ["-1 0", "-2 0", *lines], ["x", *lines]):
        damaged.write_text("\n".join(kept) + "\n")
        assert not verified(cnf, damaged)
    weaker = tmp_path / "weaker.cnf"
    text = cnf.read_text().splitlines()
    head = next(n for n, line in enumerate(text) if line.startswith("p cnf"))
    top = text[head].split()[2]
    body = text[head + 1 :]
    clauses = body[: len(body) // 4]
    weaker.write_text("\n".join([f"p cnf {top} {len(clauses)}", *clauses]) + "\n")
    assert not verified(weaker, drat)


def fewer_pairs(self: Any, space: co.OutcomeSpace, pair_rules: Any = CoalitionalAxiom.pair_rules) -> Any:
    (rule,) = pair_rules(self, space)
    return [type(rule)(rule.one[:0], rule.other[:0], rule.fill)]


def too_few(_self: Any, space: co.OutcomeSpace) -> Any:
    allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
    allowed[0, 1:] = False
    return allowed


@pytest.mark.parametrize(
    ("axiom", "part", "broken"),
    [
        ("strategy-proof", "pair_rules", fewer_pairs),
        ("unanimous", "allowed", too_few),
        ("onto", "clauses", lambda _self, _space: []),
    ],
)
def test_a_break_in_the_fast_form_is_noticed(
    monkeypatch: pytest.MonkeyPatch, axiom: str, part: str, broken: Any
) -> None:
    """Conditions on two profiles, on one, and "somewhere" are all worked out again, from the plain forms."""
    monkeypatch.setattr(type(find_axiom(axiom)), part, broken)
    monkeypatch.setattr(Recheck, "check", lambda _self, outcomes: len(outcomes))
    for solver in ("sat", "cpsat"):
        with pytest.raises(co.DisagreementError, match="counts"):
            co.search(co.voting(1, 3), require=[axiom], confirm=solver)


def test_a_proof_does_not_rest_on_the_fast_forms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nothing = lambda _self, space: np.zeros((len(space.type_indices), space.outcomes), np.bool_)  # noqa: E731
    monkeypatch.setattr(type(find_axiom("unanimous")), "allowed", nothing)
    with pytest.raises(co.DisagreementError, match="finds a mechanism"):
        co.search(co.voting(2, 2), require=["unanimous"], prove=True, out=str(tmp_path))


def test_an_axiom_without_plain_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    axiom = type(find_axiom("maskin-monotonic"))
    monkeypatch.delattr(axiom, "fits")
    with pytest.raises(co.InputError, match="no second opinion on maskin-monotonic"):
        co.search(co.voting(2, 2), require=["maskin-monotonic"], confirm="sat")


def test_plain_forms_share_nothing_with_fast_ones() -> None:
    """A plain form may read the menu and the environment, never the arrays that the search reads, nor a kernel."""
    seen = 0
    for file in Path(inspect.getfile(type(find_axiom("onto")))).parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name in PLAIN:
                names = {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}
                attributes = {leaf.attr for leaf in ast.walk(node) if isinstance(leaf, ast.Attribute)}
                assert "space" not in names, (file, node.name)
                assert not attributes & {"table", "type_indices", "truthful"}, (file, node.name)
                seen += 1
    assert seen > 30


def test_no_proof_where_a_mechanism_exists(tmp_path: Path) -> None:
    found = co.search(co.voting(2, 2), require=["strategy-proof"], prove=True, out=str(tmp_path))
    assert found.exists
    assert found.evidence["proof"] is None
