"""The baselines of the benchmarks count what the kernels count: a comparison with something else says nothing."""

import sys
from pathlib import Path

import pytest

from collude.kernels import naive_pairs
from collude.models.auctions import first_price, second_price
from collude.models.environments import auction

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))


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
