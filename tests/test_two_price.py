"""The optimal two-price mechanism: the numbers of Figure 2.1, and that they are optimal."""

from itertools import combinations, product

import pytest

from collude.models.errors import InputError
from collude.programs.two_price import inverse_cost, optimal_prices, profit, supply, two_price, two_price_curve


def test_figure_2_1() -> None:
    """The numbers of the note, p(1) < 1 < p(2), and both tend to 1 at the two ends."""
    assert two_price(0).value == pytest.approx(1.639547, abs=5e-7)
    assert (two_price(0).one, two_price(0).two) == pytest.approx((1, 1), abs=1e-9)
    found = two_price(-1)
    assert found.value == pytest.approx(1.767405, abs=5e-7)
    assert (found.one, found.two) == pytest.approx((0.98699, 1.00933), abs=5e-6)
    assert (two_price(-3).one, two_price(-3).two) == pytest.approx((0.99338, 1.00606), abs=5e-6)
    curve = two_price_curve(25)
    assert [point.mean for point in curve] == [-x / 4 for x in range(25)]
    for point in curve[1:]:
        assert point.one < 1 < point.two
        assert point.two - point.one < 0.04
        assert point.fixed_profit < point.profit < point.fixed_profit * 1.0003
    assert curve[-1].two - curve[-1].one < 0.001


@pytest.mark.parametrize("mean", [0.0, -0.5, -1.0, -2.0, -4.0])
def test_the_optimum_beats_its_surroundings(mean: float) -> None:
    """On a mesh around and far away; the fixed price 1 is the best fixed price."""
    found = two_price(mean)
    assert optimal_prices(mean, found.value) == (found.one, found.two)
    grid = [0.3 + 0.02 * x for x in range(80)]
    fine = [found.one + 1e-3 * x for x in range(-3, 4)], [found.two + 1e-3 * x for x in range(-3, 4)]
    for one, two in [*combinations(grid, 2), *product(*fine)]:
        if one <= two:
            assert profit(one, two, mean, found.value) <= found.profit * (1 + 1e-12)
    for price in grid:
        assert profit(price, price, mean, found.value) <= found.fixed_profit * (1 + 1e-12)


def test_expected_supply_is_the_integral_of_its_slope() -> None:
    """S' = H, numerically."""
    for mean in (0.0, -1.5):
        for price in (0.5, 1.0, 2.0):
            slope = (supply(price + 1e-6, mean) - supply(price - 1e-6, mean)) / 2e-6
            assert slope == pytest.approx(inverse_cost(price, mean), rel=1e-6)


def test_means_that_make_no_sense() -> None:
    """One line, not a traceback."""
    for mean in (1.0, float("nan"), -1e9):
        with pytest.raises(InputError):
            two_price(mean)
    with pytest.raises(InputError):
        two_price_curve(1)
