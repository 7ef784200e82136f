"""Lemmas on auctions and on suppliers of one good, tested on every mechanism of a search: where one fails, if anywhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.scans.find import satisfies
from collude.enumerate.families.recognisers import is_uniform_price, utility_spread
from collude.enumerate.families.supplier_lemmas import (
    GroupPrices,
    lines_do_not_join,
    no_common_price,
    no_line,
    no_menu,
    no_sequence,
    unequal_treatment,
)
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, Profile, all_profiles

Exceptions = Callable[[Mechanism], bool]
IMPLIED = {"group-strategy-proof": {"strategy-proof"}, "anonymous": {"symmetric"}, "envy-free": {"symmetric"}}


@dataclass(frozen=True)
class Lemma:
    """One lemma of a paper, as a test.

    name : its number. claim : what it says. needs : the axioms that it supposes. about : whether it is about a mechanism at
    all, which has the axioms. fails : whether such a mechanism is an exception.
    """

    name: str
    claim: str
    needs: tuple[str, ...]
    about: Exceptions
    fails: Exceptions


@shown
@dataclass(frozen=True)
class LemmaReport:
    """How a lemma fares on the mechanisms of a search.

    name, claim : of the lemma. mechanisms : how many it is about. exceptions : how many of these violate it. first : the
    number of the first exception, from 0 on, among all mechanisms of the search; None without one.
    """

    name: str
    claim: str
    mechanisms: int
    exceptions: int
    first: int | None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "claim": self.claim,
            "mechanisms": self.mechanisms,
            "exceptions": self.exceptions,
            "first": self.first,
        }


def check_lemmas(
    mechanisms: Iterable[Mechanism], require: Iterable[str], environment: Environment | None = None
) -> list[LemmaReport]:
    """Test on mechanisms those lemmas whose axioms were required.

    Parameters
    ----------
    mechanisms
        Auctions of one good, or suppliers of one good, all agents having the same types.
    require
        The axioms that they satisfy.
    environment
        Theirs; needed only where there is no mechanism.

    Returns
    -------
    list of LemmaReport, empty if no lemma supposes only these axioms

    Raises
    ------
    InputError
        For other mechanisms.

    References
    ----------
    Hagen (2020), chapter 2, Lemmas 2.1 to 2.7, and chapter 3, Lemmas 3.1 to 3.3, in the form that they have on finite sets
    of types. Those of chapter 2 suppose rich sets of types: on a grid an exception is a mechanism that a missing type would
    break.

    Examples
    --------
    >>> import collude as co
    >>> asked = ["group-strategy-proof", "normalised"]
    >>> found = co.search(co.auction(2, [0, 1]), transfers=range(-2, 3), require=asked, mode="all")
    >>> [(each.name, each.mechanisms, each.exceptions) for each in check_lemmas(found, asked)]
    [('3.1', 72, 0), ('3.2 (i)', 72, 0), ('3.2 (ii)', 72, 0)]
    """
    known = set(require)
    for name in tuple(known):
        known |= IMPLIED.get(name, set())
    chosen = [] if environment is None else [lemma for lemma in _lemmas_on(environment) if set(lemma.needs) <= known]
    failing: dict[str, list[int]] = {}
    tested: dict[str, int] = {}
    for number, mechanism in enumerate(mechanisms):
        if not number:
            chosen = [lemma for lemma in _lemmas_on(mechanism.environment) if set(lemma.needs) <= known]
        for lemma in chosen:
            if lemma.about(mechanism):
                tested[lemma.name] = tested.get(lemma.name, 0) + 1
                if lemma.fails(mechanism):
                    failing.setdefault(lemma.name, []).append(number)
    return [
        LemmaReport(lemma.name, lemma.claim, tested.get(lemma.name, 0), len(where), min(where, default=None))
        for lemma, where in ((lemma, failing.get(lemma.name, [])) for lemma in chosen)
    ]


def _lemmas_on(environment: Environment) -> tuple[Lemma, ...]:
    """The lemmas on an environment; InputError if there are none."""
    family, types = environment.family, set(environment.types)
    if len(types) == 1 and family in LEMMAS_ON and len(environment.bundles[0][0]) == 1:
        return LEMMAS_ON[family]
    raise InputError("the lemmas are about auctions and suppliers of one good, with the same types for all agents")


def largest_spread(mechanisms: Iterable[Mechanism]) -> Fraction | None:
    """The largest truthful utility less the smallest in one mechanism, the most over all: Lemmas 3.4 to 3.6 bound it.

    Parameters
    ----------
    mechanisms
        Those of a search.

    Returns
    -------
    Fraction or None
        None if there is no mechanism.
    """
    return max((utility_spread(mechanism) for mechanism in mechanisms), default=None)


def _winner(mechanism: Mechanism, profile: Profile) -> int | None:
    """The agent who gets the good, None if it is kept."""
    row = mechanism.bundle[mechanism.outcome_at(profile)].tolist()
    return row.index(1) if 1 in row else None


def _not_monotone(mechanism: Mechanism) -> bool:
    """An agent wins at one value and not at a higher one, or his utility moves by more than his value does."""
    env = mechanism.environment
    for profile in all_profiles(env):
        for i, k in enumerate(profile):
            for higher in range(k + 1, env.sizes[i]):
                other = (*profile[:i], higher, *profile[i + 1 :])
                if _winner(mechanism, profile) == i != _winner(mechanism, other):
                    return True
                moved = mechanism.utility(i, higher, mechanism.outcome_at(other))
                moved -= mechanism.utility(i, k, mechanism.outcome_at(profile))
                rise = int(env.values[i][higher, 1] - env.values[i][k, 1]) * (mechanism.scale // env.scale)
                if abs(moved) > rise:
                    return True
    return False


def _sold_below_kept(mechanism: Mechanism) -> bool:
    """The good is kept somewhere, and sold where every value is strictly lower."""
    env = mechanism.environment
    return any(
        _winner(mechanism, lower) is not None
        for profile in all_profiles(env)
        if _winner(mechanism, profile) is None
        for lower in product(*(range(k) for k in profile))
    )


def _transfers_vary(mechanism: Mechanism) -> bool:
    """Two profiles have one winner and different transfers."""
    seen: dict[int | None, list[int]] = {}
    for profile in all_profiles(mechanism.environment):
        paid = mechanism.transfer[mechanism.outcome_at(profile)].tolist()
        if seen.setdefault(_winner(mechanism, profile), paid) != paid:
            return True
    return False


def _wins_two_diagonals(mechanism: Mechanism) -> bool:
    """An agent wins at two profiles at which all have the same value."""
    env = mechanism.environment
    winners = [_winner(mechanism, (k,) * env.agents) for k in range(env.sizes[0])]
    sold = [winner for winner in winners if winner is not None]
    return len(set(sold)) < len(sold)


def _always(mechanism: Mechanism) -> bool:
    del mechanism
    return True


def _on_prices(test: Callable[[GroupPrices], bool]) -> Exceptions:
    return lambda mechanism: test(GroupPrices(mechanism))


def _quantities_do_not_decide(mechanism: Mechanism) -> bool:
    """A coalition gets the same quantities twice, and other transfers, the others' reports being the same."""
    return not satisfies(mechanism, find_axiom("equal-quantities-equal-transfers"))


GROUP, FAIR = "group-strategy-proof", "symmetric"
LEMMAS = (
    Lemma(
        "3.1",
        "who wins also wins at a higher value; utility rises no faster",
        ("strategy-proof",),
        _always,
        _not_monotone,
    ),
    Lemma(
        "3.2 (i)", "where the good is kept, it is at all strictly lower profiles", (GROUP,), _always, _sold_below_kept
    ),
    Lemma("3.2 (ii)", "the winner decides all transfers", (GROUP,), _always, _transfers_vary),
    Lemma("3.3", "an agent wins at one diagonal profile at most", (GROUP, FAIR), _always, _wins_two_diagonals),
)
SUPPLIER_LEMMAS = (
    Lemma("2.1", "equal quantities of a group, equal transfers", (GROUP,), _always, _quantities_do_not_decide),
    Lemma("2.2", "uniform price: equal types, equal utilities", (), is_uniform_price, unequal_treatment),
    Lemma(
        "2.3", "uniform price: a group of one type chooses from a menu", (GROUP,), is_uniform_price, _on_prices(no_menu)
    ),
    Lemma("2.4", "uniform price: the menu is a line", (GROUP,), is_uniform_price, _on_prices(no_line)),
    Lemma(
        "2.5",
        "uniform price: who leaves a group raises no price, and lowers none that he accepts",
        (GROUP,),
        is_uniform_price,
        _on_prices(lines_do_not_join),
    ),
    Lemma("2.6", "uniform price: n prices give all lines", (GROUP,), is_uniform_price, _on_prices(no_sequence)),
    Lemma("2.7", "uniform price: one price for all fits", (GROUP,), is_uniform_price, _on_prices(no_common_price)),
)
LEMMAS_ON = {"auction": LEMMAS, "procurement": SUPPLIER_LEMMAS}
