"""Is a type convex on its bundles, in the sense that it extends to a convex function? Slopes, or an exact refutation."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from collude.models.environment import Bundle, Environment
from collude.models.errors import InputError
from collude.models.trade.objects import BUYER, SELLER
from collude.models.trade.plateaus import require_trade
from collude.programs.exact import Program, solve


@dataclass(frozen=True)
class ConvexityProof:
    """Either a slope at every bundle, or a bundle that is an average of others at which the average is lower.

    Attributes
    ----------
    slopes
        For each bundle q a vector gamma with f(r) - f(q) >= gamma (r - q) for all bundles r; () if there is none somewhere.
    bundle
        The number of a bundle without a slope, -1 if there is none.
    weights
        (bundle number, weight): weights of at least 0 that sum to 1, whose average of bundles is `bundle` and whose average
        of f is below f(bundle).
    """

    slopes: tuple[tuple[Fraction, ...], ...]
    bundle: int
    weights: tuple[tuple[int, Fraction], ...]

    @property
    def convex(self) -> bool:
        """True if the function is convex-extensible."""
        return self.bundle < 0

    def proves(self, bundles: Sequence[Bundle], totals: Sequence[Fraction]) -> bool:
        """True if the certificate is right, in plain fractions."""
        if self.convex:
            return len(self.slopes) == len(bundles) and all(
                totals[r] - totals[q] >= sum(g * (x - y) for g, x, y in zip(slope, bundles[r], bundles[q], strict=True))
                for q, slope in enumerate(self.slopes)
                for r in range(len(bundles))
            )
        if any(weight < 0 for _, weight in self.weights) or sum(weight for _, weight in self.weights) != 1:
            return False
        average = [sum(weight * bundles[r][g] for r, weight in self.weights) for g in range(len(bundles[0]))]
        below = sum(weight * totals[r] for r, weight in self.weights) < totals[self.bundle]
        return below and average == list(bundles[self.bundle])


def convexity(bundles: Sequence[Bundle], totals: Sequence[Fraction]) -> ConvexityProof:
    """Whether a function on bundles is convex-extensible, by one small linear program per bundle.

    At each bundle q the least eps >= 0 is sought with gamma (r - q) - eps <= f(r) - f(q) for all r; eps = 0 gives a slope,
    and otherwise the multipliers are the weights of an average that refutes it.

    Parameters
    ----------
    bundles
        Integer vectors of one length.
    totals
        The function, one exact number per bundle: a cost, or minus a value.

    Returns
    -------
    ConvexityProof

    References
    ----------
    Hagen (2020), chapter 1, section 1.3; every function on {0,1}^G is convex-extensible.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> convexity([(0,), (1,), (2,)], [F(0), F(1), F(3)]).convex
    True
    >>> convexity([(0,), (1,), (2,)], [F(0), F(2), F(3)]).weights
    ((0, Fraction(1, 2)), (2, Fraction(1, 2)))
    """
    if not bundles or len(bundles) != len(totals):
        raise InputError("convexity needs one number per bundle")
    goods = len(bundles[0])
    slopes = []
    for q, bundle in enumerate(bundles):
        program = Program(goods + 1, {goods: 1}, signed=frozenset({goods}))
        others = [r for r in range(len(bundles)) if r != q]
        for r in others:
            row: dict[int, Fraction | int] = {g: bundles[r][g] - bundle[g] for g in range(goods)}
            program.at_most({**row, goods: -1}, totals[r] - totals[q])
        optimum = solve(program)
        if optimum.value > 0:
            whole = sum(optimum.y, Fraction(0))
            weights = tuple((r, y / whole) for r, y in zip(others, optimum.y, strict=True) if y)
            return ConvexityProof((), q, weights)
        slopes.append(optimum.x[:goods])
    return ConvexityProof(tuple(slopes), -1, ())


@dataclass(frozen=True)
class TypeFault:
    """Why a type is not one of bilateral trade: side, type index, and what is wrong with it."""

    side: int
    type_index: int
    reason: str


def faulty_types(environment: Environment) -> tuple[TypeFault, ...]:
    """The types of a trade environment that are not strictly increasing, or not convex (seller) or concave (buyer).

    Parameters
    ----------
    environment : Environment
        Of the family `trade`.

    Returns
    -------
    tuple of TypeFault
        Empty for a proper environment. Each reason starts with "value of nothing", "not increasing" or "curvature".

    Raises
    ------
    InputError
        For another environment, or without the extra `programs`.

    Examples
    --------
    >>> import collude as co
    >>> faulty_types(co.trade([1, 2], [1, 3]))
    ()
    """
    require_trade(environment)
    bundles = environment.bundles[0]
    empty = environment.indices[0][(0,) * len(bundles[0])]
    faults = []
    for side in (SELLER, BUYER):
        sign = -1 if side == SELLER else 1
        for k in range(environment.sizes[side]):
            totals = [sign * environment.value(side, k, b) for b in range(len(bundles))]
            if reason := _fault(bundles, totals, empty, side):
                faults.append(TypeFault(side, k, reason))
    return tuple(faults)


def _fault(bundles: Sequence[Bundle], totals: Sequence[Fraction], empty: int, side: int) -> str:
    if totals[empty]:
        return f"value of nothing: it is {totals[empty]}"
    for low, one in enumerate(bundles):
        for high, other in enumerate(bundles):
            if low != high and all(x <= y for x, y in zip(one, other, strict=True)) and totals[low] >= totals[high]:
                return f"not increasing: {other} contains {one} and is worth no more"
    proof = convexity(bundles, [x if side == SELLER else -x for x in totals])
    if proof.convex:
        return ""
    average = " + ".join(f"{weight} {bundles[r]}" for r, weight in proof.weights)
    return f"curvature: {bundles[proof.bundle]} is {average}, and the average of their values is on the wrong side"
