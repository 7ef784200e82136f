"""The fast certificate: which shares of information rent make the truth best for the coalition, exactly and without a program."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.screening.sale import Sale
from collude.programs.screening.virtual import Epsilons, deviation_table, money_scale_at, rent_rates

Point = tuple[Fraction, Fraction]
HalfPlane = tuple[Fraction, Fraction, Fraction]


@shown
@dataclass(frozen=True)
class EpsilonInterval:
    """The shares of information rent in [0, 1] at which no coalition of buyers of two types gains.

    Attributes
    ----------
    low, high : Fraction or None
        The ends of the interval; None if it is empty.
    binding : bool
        Whether the high type is indifferent to reporting low; if not, only epsilon = 0 counts.
    decisive : bool
        Whether the low type strictly prefers the truth; then the mechanism is weakly collusion-proof iff an epsilon below 1 is
        in the interval. Otherwise such an epsilon is sufficient only, and the third party's program decides.
    """

    low: Fraction | None
    high: Fraction | None
    binding: bool
    decisive: bool

    @property
    def admissible(self) -> bool:
        """True if an epsilon below 1 is in the interval: then the mechanism is weakly collusion-proof."""
        return self.low is not None and self.low < 1

    @property
    def epsilons(self) -> Epsilons | None:
        """An admissible epsilon, as a tuple; None if there is none."""
        return (self.low,) if self.low is not None and self.low < 1 else None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "low": None if self.low is None else str(self.low),
            "high": None if self.high is None else str(self.high),
            "admissible": self.admissible,
            "binding": self.binding,
            "decisive": self.decisive,
        }

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return "none"
        if self.low == self.high:
            return f"{{{self.low}}}" if self.admissible else "{1}, which does not count"
        return f"[{self.low}, 1)" if self.high == 1 else f"[{self.low}, {self.high}]"


@shown
@dataclass(frozen=True)
class EpsilonPolygon:
    """The pairs (e_ML, e_HM) of shares of rent at which no coalition of buyers of three types gains.

    Attributes
    ----------
    vertices : tuple of (Fraction, Fraction)
        Corners of the closed polygon, in order; () if it is empty. Pairs count only where 0 <= e_HM < 1 and
        0 <= e_ML < 1 + p_H / p_M e_HM.
    epsilons : tuple or None
        Such a pair, which proves that the mechanism is weakly collusion-proof.
    decisive : bool
        Whether no type is indifferent to a report above his own, so that a pair is necessary too.
    """

    vertices: tuple[Point, ...]
    epsilons: Epsilons | None
    decisive: bool

    @property
    def admissible(self) -> bool:
        """True if some pair counts: then the mechanism is weakly collusion-proof."""
        return self.epsilons is not None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "vertices": [[str(x) for x in vertex] for vertex in self.vertices],
            "epsilons": None if self.epsilons is None else [str(x) for x in self.epsilons],
            "admissible": self.admissible,
            "decisive": self.decisive,
        }

    def __str__(self) -> str:
        if not self.vertices:
            return "none"
        corners = " ".join(f"({x}, {y})" for x, y in self.vertices)
        return corners if self.admissible else f"{corners}, which do not count"


def _require_incentives(sale: Sale) -> None:
    for k in range(sale.problem.types):
        for r in range(sale.problem.types):
            if sale.incentive_slack(k, r) < 0:
                gain = -sale.incentive_slack(k, r)
                raise InputError(f"the truth is no equilibrium of the sale: type {k} gains {gain} by reporting {r}")


def epsilon_interval(sale: Sale) -> EpsilonInterval:
    """The epsilons at which the truth is best for the coalition of buyers, for two types.

    Parameters
    ----------
    sale : Sale
        Bayesian incentive compatible, two types, any number of buyers.

    Returns
    -------
    EpsilonInterval

    Raises
    ------
    InputError
        For another number of types, or if the truth is no equilibrium.

    Notes
    -----
    One pass over `deviation_table`, in plain ints; no linear program.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 6 and 10.

    Examples
    --------
    >>> from collude.models.screening.optimum import optimal_quantities
    >>> from collude.models.screening.problem import screening_problem
    >>> from collude.models.screening.transfers import two_type_collusion_proof_sale
    >>> from collude.programs.screening.epsilon import epsilon_interval
    >>> tiny = screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> str(epsilon_interval(two_type_collusion_proof_sale(tiny, optimal_quantities(tiny).quantity)))
    '[1/2, 1)'
    """
    problem = sale.problem
    if problem.types != 2:
        raise InputError(f"the epsilon interval is for two types, not {problem.types}")
    _require_incentives(sale)
    binding, decisive = sale.incentive_slack(1, 0) == 0, sale.incentive_slack(0, 1) > 0
    table, (rate,) = deviation_table(problem, sale.quantity), rent_rates(problem)
    (low_value, high_value) = problem.valuations
    paid = [sale.total_payment(profile) for profile in problem.profiles]
    unit = lcm(rate.denominator, low_value.denominator, high_value.denominator, *(x.denominator for x in paid))
    of_low, of_high, drop = int(low_value * unit), int(high_value * unit), int(rate * unit)
    money = {profile: int(x * unit) * table.scale for profile, x in zip(problem.profiles, paid, strict=True)}
    first, last = (0, 1), (1, 1) if binding else (0, 1)  # fractions as pairs of ints
    for deviation in table.deviations:
        low_loss, high_loss = deviation.loss
        level = of_low * low_loss + of_high * high_loss - money[deviation.truth] + money[deviation.report]
        slope = -drop * low_loss
        if slope > 0:
            if -level * first[1] > first[0] * slope:
                first = (-level, slope)
        elif slope < 0:
            if level * last[1] < last[0] * -slope:
                last = (level, -slope)
        elif level < 0:
            return EpsilonInterval(None, None, binding, decisive)
    low, high = Fraction(*first), Fraction(*last)
    if low > high:
        return EpsilonInterval(None, None, binding, decisive)
    return EpsilonInterval(low, high, binding, decisive)


def epsilon_polygon(sale: Sale) -> EpsilonPolygon:
    """The pairs of epsilons at which the truth is best for the coalition of buyers, for three types.

    Parameters
    ----------
    sale : Sale
        Bayesian incentive compatible, three types, any number of buyers.

    Returns
    -------
    EpsilonPolygon

    Raises
    ------
    InputError
        For another number of types, or if the truth is no equilibrium.

    Notes
    -----
    The domain is clipped by one half-plane per deviation, in fractions. The source's domain [0, 1) x [0, oo) is too large:
    the multiplier of the middle type's participation constraint must not be negative.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 13.

    Examples
    --------
    >>> import collude as co
    >>> problem = co.screening_problem(2, [15, 26, 36], ["1/2", "1/4", "1/4"], ["0", "1/2", "2/3", "3/4", "4/5", "5/6"], 1)
    >>> sale = co.collusion_proof_sale(problem, co.optimal_quantities(problem).quantity)
    >>> co.epsilon_polygon(sale).admissible
    True
    """
    problem = sale.problem
    if problem.types != 3:
        raise InputError(f"the epsilon polygon is for three types, not {problem.types}")
    _require_incentives(sale)
    ratio = problem.prior[2] / problem.prior[1]
    zero, one = Fraction(0), Fraction(1)
    corners: list[Point] = [(zero, zero), (one, zero), (1 + ratio, one), (zero, one)]
    planes = [*_planes(sale)]
    if sale.incentive_slack(1, 0) > 0:
        planes.append((zero, Fraction(-1), zero))
    if sale.incentive_slack(2, 1) > 0:
        planes.append((zero, zero, Fraction(-1)))
    for plane in planes:
        corners = _clip(corners, plane)
    corners = list(dict.fromkeys(corners))
    upward = all(sale.incentive_slack(k, r) > 0 for k in range(3) for r in range(k + 1, 3))
    skipping = sale.incentive_slack(2, 0) > 0
    return EpsilonPolygon(tuple(corners), _inside(sale, corners), upward and skipping)


def _planes(sale: Sale) -> list[HalfPlane]:
    """level + slope_ML e_ML + slope_HM e_HM >= 0, one per deviation."""
    problem, table = sale.problem, deviation_table(sale.problem, sale.quantity)
    rates = rent_rates(problem)
    paid = {profile: sale.total_payment(profile) * table.scale for profile in problem.profiles}
    found = []
    for deviation in table.deviations:
        level = sum((v * x for v, x in zip(problem.valuations, deviation.loss, strict=True)), Fraction(0))
        level += paid[deviation.report] - paid[deviation.truth]
        found.append((level, -rates[0] * deviation.loss[0], -rates[1] * deviation.loss[1]))
    return list(dict.fromkeys(found))


def _clip(corners: Sequence[Point], plane: HalfPlane) -> list[Point]:
    """The part of a convex polygon in a half-plane (points and segments included)."""
    values = [plane[0] + plane[1] * x + plane[2] * y for x, y in corners]
    found: list[Point] = []
    for at, (corner, value) in enumerate(zip(corners, values, strict=True)):
        before, other = corners[at - 1], values[at - 1]
        if value * other < 0:
            share = other / (other - value)
            found.append((before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1])))
        if value >= 0:
            found.append(corner)
    return found


def _inside(sale: Sale, corners: Sequence[Point]) -> Epsilons | None:
    """A pair for which there are multipliers: the mean of the corners, if any is."""
    if not corners:
        return None
    mean = tuple(sum((corner[x] for corner in corners), Fraction(0)) / len(corners) for x in range(2))
    return mean if money_scale_at(sale.problem, mean) is not None else None
