"""Nothing is bent: fractions, booleans, lotteries and unknown words are refused by name; test_hostile_files has files."""

import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import refused
from numba import njit

import collude as co
from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError, placed
from collude.models.files.functions import from_function
from collude.models.files.spec import build

AUCTION = co.auction(agents=2, values=range(3))
SUPPLIERS = co.procurement(agents=2, costs=[1, 2, 3], units=2)
VOTERS = co.voting(agents=3, alternatives=3)
PAIR = co.voting(agents=2, alternatives=2)
NOTHING = (0, 0)


@pytest.mark.parametrize(
    ("environment", "result", "fragment"),
    [
        (AUCTION, ((0.9, 0.4), NOTHING), "lottery"),
        (AUCTION, (0.5, NOTHING), "lottery"),
        (AUCTION, (Fraction(1, 2), NOTHING), "lottery"),
        (AUCTION, ({0: 0.5, 1: 0.5}, NOTHING), "lottery"),
        (AUCTION, {0: 0.5, 1: 0.5}, "lottery"),
        (AUCTION, (True, NOTHING), "true"),
        (AUCTION, (np.True_, NOTHING), "true"),
        (AUCTION, ("0", NOTHING), "text"),
        (AUCTION, (1.0, NOTHING), "float 1.0"),
        (AUCTION, (0, 0), "a list"),
        (AUCTION, (0, (0, True)), "true"),
        (AUCTION, (5, NOTHING), "the winner 5"),
        (SUPPLIERS, ((1.9, 0), NOTHING), "float 1.9"),
        (SUPPLIERS, ((2, Fraction(3, 2)), NOTHING), "3/2"),
        (SUPPLIERS, ((2, False), NOTHING), "false"),
        (SUPPLIERS, (((2, 1), 0), NOTHING), "cannot hold"),
        (VOTERS, (2, 0, 1), "order of all alternatives"),
        (VOTERS, ((2, 0, 1), (0, 0, 0)), "order of all alternatives"),
        (VOTERS, ((1, 1, 0), (0, 0, 0)), "one alternative for all"),
        (VOTERS, (9, (0, 0, 0)), "no alternative 9"),
        (VOTERS, 1, "(alternative, transfers)"),
        (PAIR, (1, 0), "order of all alternatives"),
    ],
)
def test_a_plain_rule_is_never_bent(environment: Environment, result: Any, fragment: str) -> None:
    with pytest.raises(InputError) as error:
        from_function(environment, lambda _reports: result, name="mine")
    assert fragment in str(error.value)
    assert str(error.value).startswith("mine at the reports (")


@pytest.mark.parametrize(
    ("result", "fragment"),
    [
        (lambda a: (np.full(a.shape[1], 0.5), 0 * a), "lottery"),
        (lambda a: (np.full(a.shape[1], 1.0), 0 * a), "integers, not of float64"),
        (lambda a: (a[0] > 0, 0 * a), "bool"),
        (lambda a: (0 * a + 2**32, 0 * a), "4294967296"),
        (lambda a: (0 * a, 0 * a + 0.5), "tolerance"),
        (lambda a: (0 * a, a > 0), "bool"),
        (lambda a: (0 * a, a.astype(object)), "object"),
        (lambda a: (0 * a, np.full(a.shape, 2**63, np.uint64)), "beyond int64"),
        (lambda a: 0 * a, "pair of arrays"),
    ],
)
def test_a_vectorised_rule_is_never_bent(result: Any, fragment: str) -> None:
    with pytest.raises(InputError) as error:
        from_function(AUCTION, result, vectorised=True)
    assert fragment in str(error.value)


def test_a_jitted_rule_must_not_write_floats() -> None:
    @njit  # type: ignore[untyped-decorator]
    def half(reports: Any, bundles: Any, transfers: Any) -> None:
        bundles[0] = 1
        transfers[0] = -reports[1] / 2

    @njit  # type: ignore[untyped-decorator]
    def many(reports: Any, bundles: Any, transfers: Any) -> None:
        bundles[0], transfers[0] = reports[0] + 7, 0

    if hasattr(half, "py_func"):
        with pytest.raises(InputError, match=r"float64 into an array of integers \(line \d+\)"):
            from_function(AUCTION, half)
        with pytest.raises(InputError, match="bundle number 7"):
            from_function(AUCTION, many)


def test_bundles_of_fractions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a bundle is 3/2"):
        build("vcg-trade", {"costs": "1,2", "values": "1,2", "bundles": "0;1.5"})
    (tmp_path / "s.toml").write_text(
        'mechanism = "vcg-trade"\n[environment]\ncosts = [1, 2]\nvalues = [1, 2]\nbundles = [[0], ["3/2"]]\n'
    )
    assert "a bundle is 3/2" in refused("check", str(tmp_path / "s.toml"))


def test_an_error_keeps_its_place_and_its_number_on_its_way_between_processes() -> None:
    with pytest.raises(SizeError) as caught, placed("sweep.csv"), placed("at price=3"):
        raise SizeError("too large", 2**70)
    came = pickle.loads(pickle.dumps(caught.value))
    assert (str(came), came.size, type(came)) == ("sweep.csv: at price=3: too large", 2**70, SizeError)


@pytest.mark.parametrize(
    ("costs", "values", "fragment"),
    [
        ([1, 2], [[3, 2], [4, 3]], "must have 2 entries"),
        ([[1, 2]], [[3]], "must have 2 entries"),
        ([[1, 2], 3], [[3, 2]], "the costs mix numbers and vectors"),
    ],
)
def test_missing_marginals_are_not_read_as_zero(costs: list[Any], values: list[Any], fragment: str) -> None:
    with pytest.raises(InputError, match=fragment):
        co.trade(costs, values)
