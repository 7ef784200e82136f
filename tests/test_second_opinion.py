"""The second opinion: the encoder counts like the engine, proofs verify, damaged ones do not."""

import random
from pathlib import Path
from typing import Any

import pytest
import search_oracle

import collude as co
from collude.axioms.core.restrict import require
from collude.enumerate.certify.cnf import encode
from collude.enumerate.certify.second_opinion import count_cpsat, count_sat, verified

pytest.importorskip("pysat")
pytest.importorskip("ortools")
pytest.importorskip("dratify")
IMPOSSIBLE = ["strategy-proof", "onto", "non-dictatorial"]


@pytest.mark.parametrize("seed", range(6))
def test_solvers_count_like_the_engine(seed: int) -> None:
    rng = random.Random(100 + seed)
    for _ in range(12):
        space, names = search_oracle.random_problem(rng)
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


def test_disagreement_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from collude.axioms.core.restrict_incentives import Coalitional

    pairs = Coalitional.pairs

    def fewer(self: Any, space: co.OutcomeSpace) -> Any:
        (rule,) = pairs(self, space)
        return [type(rule)(rule.one[:0], rule.other[:0], rule.fill)]

    monkeypatch.setattr(Coalitional, "pairs", fewer)
    monkeypatch.setattr("collude.enumerate.searches.search_job.SearchJob.check_mechanisms", lambda *_args: None)
    with pytest.raises(co.DisagreementError, match="counts"):
        co.search(co.voting(1, 3), require=["strategy-proof"], confirm="sat")


def test_no_proof_where_a_mechanism_exists(tmp_path: Path) -> None:
    found = co.search(co.voting(2, 2), require=["strategy-proof"], prove=True, out=str(tmp_path))
    assert found.exists
    assert found.evidence["proof"] is None
