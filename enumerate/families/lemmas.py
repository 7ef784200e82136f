"""Lemmas on auctions of one good, tested on every mechanism that a search lists: where a lemma fails, if anywhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, Profile, all_profiles

Exceptions = Callable[[Mechanism], bool]
IMPLIED = {"group-strategy-proof": {"strategy-proof"}, "anonymous": {"symmetric"}, "envy-free": {"symmetric"}}


@dataclass(frozen=True)
class Lemma:
    """name; claim in words; needs: the axioms it supposes; fails: whether a mechanism is an exception."""

    name: str
    claim: str
    needs: tuple[str, ...]
    fails: Exceptions


@dataclass(frozen=True)
class LemmaReport:
    """How many of the mechanisms are exceptions to a lemma; first: the number of the first one, from 0 on, or None."""

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


def check_lemmas(mechanisms: Iterable[Mechanism], require: Iterable[str]) -> list[LemmaReport]:
    """Test on mechanisms those lemmas whose axioms were required.

    Parameters
    ----------
    mechanisms
        Auctions of one good, in which all agents have the same values.
    require
        The axioms that they satisfy.

    Returns
    -------
    list of LemmaReport, empty if no lemma supposes only these axioms

    Raises
    ------
    InputError
        For other mechanisms.

    References
    ----------
    Hagen (2020), chapter 3, Lemmas 3.1 to 3.3, in the form that they have on finite sets of values.

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
    chosen = [lemma for lemma in LEMMAS if set(lemma.needs) <= known]
    failing: dict[str, list[int]] = {lemma.name: [] for lemma in chosen}
    total = 0
    for number, mechanism in enumerate(mechanisms):
        env = mechanism.environment
        if env.family != "auction" or len(set(env.types)) != 1:
            raise InputError("the lemmas are about auctions of one good with the same values for all agents")
        for lemma in chosen:
            if lemma.fails(mechanism):
                failing[lemma.name].append(number)
        total += 1
    return [
        LemmaReport(lemma.name, lemma.claim, total, len(where), min(where, default=None))
        for lemma, where in ((lemma, failing[lemma.name]) for lemma in chosen)
    ]


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


GROUP, FAIR = "group-strategy-proof", "symmetric"
LEMMAS = (
    Lemma("3.1", "who wins also wins at a higher value; utility rises no faster", ("strategy-proof",), _not_monotone),
    Lemma("3.2 (i)", "where the good is kept, it is at all strictly lower profiles", (GROUP,), _sold_below_kept),
    Lemma("3.2 (ii)", "the winner decides all transfers", (GROUP,), _transfers_vary),
    Lemma("3.3", "an agent wins at one diagonal profile at most", (GROUP, FAIR), _wins_two_diagonals),
)
