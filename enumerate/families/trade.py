"""Bilateral trade: all mechanisms on a grid, sorted into posted prices and extras; what a pair takes under VCG."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from collude.enumerate.checks.check import check
from collude.enumerate.searches.search import search
from collude.models.beliefs import chances_of
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.library.trade import vcg_trade
from collude.models.mechanism import Mechanism
from collude.models.numbers import exact
from collude.models.space import OutcomeSpace, listed_space
from collude.models.trade.plateaus import require_trade
from collude.models.trade.posted_forms import PostedPriceForm, linear_price_form, posted_price_form

Grid = Sequence[object] | Mapping[int, Sequence[object]]
AFTERWARDS = ("double-crossing-proof",)
FORMS: dict[str, Callable[[Mechanism], PostedPriceForm]] = {
    "generalised": posted_price_form,
    "largest": lambda mechanism: posted_price_form(mechanism, largest=True),
    "linear": linear_price_form,
}


@shown
@dataclass(frozen=True)
class TradeCensus:
    """All mechanisms on a grid that satisfy axioms, sorted.

    Attributes
    ----------
    require
        The axioms.
    prices
        The grid in words: prices that are not on it were not looked at.
    count
        How many mechanisms satisfy the axioms.
    posted
        How many of them have the form that was asked for.
    extras
        How many are something else, by the reason.
    examples
        For each reason the first such mechanism.
    """

    require: tuple[str, ...]
    prices: str
    count: int
    posted: int
    extras: dict[str, int]
    examples: dict[str, Mechanism]

    @property
    def rich(self) -> bool:
        """True if the types are rich enough: there is no extra."""
        return self.posted == self.count

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, without the examples."""
        return {
            "require": list(self.require),
            "prices": self.prices,
            "count": self.count,
            "posted": self.posted,
            "extras": self.extras,
        }


def balanced_prices(environment: Environment, prices: Grid) -> OutcomeSpace:
    """Lay out outcomes in which the buyer pays what the seller receives: nothing for nothing, a price of the grid for a bundle.

    Parameters
    ----------
    environment
        Bilateral trade.
    prices
        One grid for all bundles, or one per bundle number.

    Returns
    -------
    OutcomeSpace
    """
    require_trade(environment)
    rows = [((0, 0), (Fraction(0), Fraction(0)))]
    rows += [((b, b), (p, -p)) for b, p in _offers(environment, prices)]
    return listed_space(environment, "trade", rows)


def separate_prices(environment: Environment, prices: Grid) -> OutcomeSpace:
    """Lay out outcomes with a price for each side by itself: nothing for nothing, two prices of the grid for a bundle.

    Parameters
    ----------
    environment
        Bilateral trade.
    prices
        One grid for all bundles, or one per bundle number.

    Returns
    -------
    OutcomeSpace
        Without lump sums.
    """
    require_trade(environment)
    rows = [((0, 0), (Fraction(0), Fraction(0)))]
    offers = list(_offers(environment, prices))
    rows += [((b, b), (p, -q)) for b, p in offers for other, q in offers if other == b]
    return listed_space(environment, "trade", rows)


def _offers(environment: Environment, prices: Grid) -> Iterator[tuple[int, Fraction]]:
    bundles = environment.bundles[0]
    for b, bundle in enumerate(bundles):
        if any(bundle):
            grid = prices.get(b, ()) if isinstance(prices, Mapping) else prices
            for price in grid:
                yield b, exact(price, "a price")


def trade_census(
    space: OutcomeSpace, require: Sequence[str], form: str = "generalised", *, limit: int = 100_000
) -> TradeCensus:
    """Search a space of trade outcomes for all mechanisms with some axioms, and sort them.

    Parameters
    ----------
    space
        Of `balanced_prices`, `separate_prices`, or any other space of bilateral trade.
    require
        Axioms of a search, and "double-crossing-proof" (footnote 5), which compares four profiles at a time and is checked
        on each mechanism that the search finds.
    form
        "generalised" (Proposition 1.1), "largest" (Theorem 1.2: largest optima only) or "linear" (Theorem 1.1).
    limit
        More mechanisms than this are not sorted.

    Returns
    -------
    TradeCensus

    Raises
    ------
    InputError
        For another form, or if there are more mechanisms than `limit`: then the types are far from rich.

    Examples
    --------
    >>> from collude.enumerate.families.trade import balanced_prices
    >>> from collude.models.library.environments import trade
    >>> found = trade_census(
    ...     balanced_prices(trade([1, 2], [1, 2]), range(4)), ["strategy-proof", "individually-rational"], "linear"
    ... )
    >>> found.count, found.extras
    (5, {})
    """
    if form not in FORMS:
        raise InputError(f"the form is {', '.join(FORMS)}, not {form!r}")
    require_trade(space.environment)
    first = tuple(name for name in require if name not in AFTERWARDS)
    later = [name for name in require if name in AFTERWARDS]
    counted = search(space, require=first, mode="count")
    if counted.count is None or counted.count > limit:
        raise InputError(
            f"more than {limit} mechanisms satisfy {', '.join(first)}; enrich the types or coarsen the prices"
        )
    count = posted = 0
    extras: dict[str, int] = {}
    examples: dict[str, Mechanism] = {}
    for mechanism in search(space, require=first, mode="all"):
        if later and not check(mechanism, later, first=True, count="none").holds:
            continue
        count += 1
        found = FORMS[form](mechanism)
        if found.fits:
            posted += 1
        else:
            extras[found.reason] = extras.get(found.reason, 0) + 1
            examples.setdefault(found.reason, mechanism)
    return TradeCensus(tuple(require), _grid_in_words(space), count, posted, dict(sorted(extras.items())), examples)


def _grid_in_words(space: OutcomeSpace) -> str:
    """What the seller can receive and the buyer pay for each bundle."""
    env = space.environment
    words = []
    for b, bundle in enumerate(env.bundles[0]):
        rows = space.transfer[space.bundle[:, 0] == b]
        sides = [
            ", ".join(str(Fraction(x, space.scale)) for x in sorted({sign * int(t) for t in rows[:, i]}))
            for i, sign in ((0, 1), (1, -1))
        ]
        if len(rows):
            words.append(f"{bundle}: {sides[0]}" if sides[0] == sides[1] else f"{bundle}: {sides[0]} / {sides[1]}")
    return "; ".join(words)


@shown
@dataclass(frozen=True)
class SubsidyReport:
    """What VCG trade costs the designer, and what the pair adds to it by joint misreports.

    subsidy: the sum over all profiles of the transfers, in money. expected: the same under the prior, None without one.
    pairs: ordered pairs (truth, announced) of profiles that violate collusion-proofness. profiles: true profiles with one.
    largest_gain: the largest total gain of such a pair. extra: by how much the subsidy rises there.
    """

    subsidy: Fraction
    expected: Fraction | None
    pairs: int
    profiles: int
    largest_gain: Fraction
    extra: Fraction


def vcg_subsidy(environment: Environment, *, ties: str = "largest") -> SubsidyReport:
    """Work out what VCG trade costs the designer, and the joint misreports that raise it.

    Parameters
    ----------
    environment
        Bilateral trade.
    ties
        "largest" or "smallest" efficient bundle; matters with several units.

    Returns
    -------
    SubsidyReport

    Examples
    --------
    >>> from collude.models.library.environments import trade
    >>> found = vcg_subsidy(trade([1, 2, 3], [1, 2, 3]))
    >>> found.pairs, found.profiles, str(found.largest_gain), str(found.subsidy)
    (11, 7, '2', '4')
    """
    mechanism = vcg_trade(environment, ties=ties)
    totals = [Fraction(int(row.sum()), mechanism.scale) for row in mechanism.transfer]
    outcomes = mechanism.outcome.tolist()
    expected = None
    if environment.prior is not None:
        chances = chances_of(environment)
        expected = sum((p * totals[o] for p, o in zip(chances, outcomes, strict=True)), Fraction(0))
    pairs = check(mechanism, ["collusion-proof"], count="profile-pairs")["collusion-proof"]
    verdict = check(mechanism, ["collusion-proof"])["collusion-proof"]
    gain = extra = Fraction(0)
    if verdict.witness is not None and verdict.witness.misreport is not None:
        gain = sum((Fraction(x) for x in verdict.witness.gains), Fraction(0))
        after, before = (
            totals[mechanism.outcome_at(profile)] for profile in (verdict.witness.misreport, verdict.witness.profile)
        )
        extra = after - before
    return SubsidyReport(
        sum((totals[o] for o in outcomes), Fraction(0)),
        expected,
        pairs.violations or 0,
        verdict.violations or 0,
        gain,
        extra,
    )
