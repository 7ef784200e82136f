"""The baselines of the benchmarks count what the kernels count: a comparison with something else says nothing."""

import importlib.util
import sys
from math import lcm, prod
from pathlib import Path

import numpy as np
import pytest

import collude as co
from collude.kernels import naive_pairs
from collude.models.library.auctions import first_price, second_price
from collude.models.library.environments import auction
from collude.models.space import outcome_space

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))


@pytest.mark.slow
@pytest.mark.parametrize("agents", [2, 3])
def test_loops_over_pairs_agree(agents: int) -> None:
    from packed import packed_pairs
    from plain import plain_pairs

    for rule in (second_price, first_price):
        table = rule(auction(agents, [0, 1, 3, 4])).table
        for span in ((0, 4**agents), (3, 9)):
            assert plain_pairs(table, span) == naive_pairs(table, span) == packed_pairs(table, span) > 0


def test_the_c_program_counts_the_same() -> None:
    from check import count
    from common import run_c

    mechanism = second_price(auction(3, range(5)))
    assert run_c(mechanism.table, 1)[0] == count(mechanism) == 202


@pytest.mark.parametrize(("agents", "kinds"), [(2, 3), (3, 2), (4, 2)])
def test_the_literal_formulas_give_the_same_transfers(agents: int, kinds: int) -> None:
    import literal
    from expectations import ours

    values, sizes, weights, prior = literal.drawn(agents, kinds, seed=agents)
    scale = lcm(*range(1, agents + 1)) * prod(weights.sum(axis=1).tolist())
    exact = ours(values, sizes, weights) / scale
    floats = literal.shaped(values, sizes)
    money = literal.numpy_transfers(floats, prior)
    padded = np.stack(prior)
    assert np.allclose(exact, money.reshape(agents, -1))
    assert np.allclose(exact, literal.termwise_transfers(values.astype(float), sizes, padded))
    assert literal.numpy_certificates(floats, money, prior) < 1e-9
    assert literal.termwise_certificates(values.astype(float), exact, sizes, padded) < 1e-9
    exact[0, 0] += 1e-3
    assert literal.numpy_certificates(floats, exact.reshape(floats.shape), prior) > 1e-6
    assert literal.termwise_certificates(values.astype(float), exact, sizes, padded) > 1e-6


def test_the_scans_count_the_same() -> None:
    from expectations import naive_scan, scan, scan_problem

    for agents, kinds in ((2, 3), (3, 2), (4, 2)):
        problem = scan_problem(agents, kinds)
        assert scan(*problem) == naive_scan(*problem) > 0


def test_the_formulas_term_by_term_give_the_same_frontier() -> None:
    import trade

    from collude.models.trade.objects import ObjectTrade

    for n, values in (
        (1, ("0,11", "1,12", "1/2,1/2")),
        (7, ("0,7/2", "1/3,4", "2/5,1/3")),
        (12, ("0,8", "4,12", "1/2,1/3")),
    ):
        problem = ObjectTrade(n, *values)  # type: ignore[arg-type]
        assert list(trade.plain_vertices(problem)) == trade.ours(problem)
        assert len(trade.ours(problem)) >= 4


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("*.py")), ids=lambda path: path.stem)
def test_every_benchmark_can_be_imported(path: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"benchmark_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    assert module.__doc__


def test_the_solver_with_tables_counts_the_same() -> None:
    import search as benchmark

    space = outcome_space(co.voting(2, 3))
    assert benchmark.count_tables(space, ["strategy-proof"]) == 17
