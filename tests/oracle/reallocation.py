"""Axioms with side payments and reallocation, by enumerating every split of a coalition's goods."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from oracle.plain import (
    Bundle,
    Coalition,
    JointReport,
    Number,
    Outcome,
    Plain,
    Profile,
    bundles_of,
    coalitions,
    joint_reports,
    replace,
    transfers_of,
)

Triple = tuple[Profile, Coalition, JointReport]
Gain = Callable[[Profile, Coalition, JointReport], Number]
Deal = tuple[Profile, Coalition, JointReport, Number]


@dataclass(frozen=True)
class Goods:
    """What members of a coalition can do with bundles.

    ``value(i, type, bundle)`` is minus the cost for a supplier; ``allowed[i]`` are the bundles that agent i
    can end up with; ``signs[i]`` is +1 or -1, and a coalition keeps the total of sign times bundle: one
    supplier delivers for another, one consumer passes on to another, a supplier serves a consumer.
    """

    value: Callable[[int, int, Bundle], Number]
    allowed: Sequence[Sequence[Bundle]]
    signs: Sequence[int]
    bundles: Callable[[Outcome], Sequence[Bundle]] = bundles_of
    transfers: Callable[[Outcome], Sequence[Number]] = transfers_of


def suppliers(types: Sequence[Sequence[Number]], n: int) -> Goods:
    """The goods of n suppliers whose types are tuples of marginal costs of one good."""

    def value(_i: int, k: int, bundle: Bundle) -> Number:
        assert isinstance(bundle, int)
        return -sum(types[k][:bundle])

    return Goods(value, [range(len(types[0]) + 1)] * n, [1] * n)


def bidders(values: Sequence[Number], n: int) -> Goods:
    """The one good of n bidders with a common value set; a coalition that wins it may pass it on."""

    def value(_i: int, k: int, bundle: Bundle) -> Number:
        assert isinstance(bundle, int)
        return values[k] * bundle

    return Goods(value, [range(2)] * n, [1] * n)


def traders(
    costs: Sequence[Sequence[Number]],
    values: Sequence[Sequence[Number]],
    bundles: Sequence[Bundle],
) -> Goods:
    """The goods of a seller and a buyer; costs, values and outcomes refer to positions in ``bundles``."""

    def value(i: int, k: int, bundle: Bundle) -> Number:
        position = list(bundles).index(bundle)
        return -costs[k][position] if i == 0 else values[k][position]

    def held(outcome: Outcome) -> Sequence[Bundle]:
        return [bundles[position] for position in outcome[0]]

    return Goods(value, [bundles] * 2, [1, -1], held)


def entries(bundle: Bundle) -> tuple[int, ...]:
    """The quantities of a bundle as a tuple."""
    return (bundle,) if isinstance(bundle, int) else bundle


def signed_total(goods: Goods, coalition: Coalition, held: Sequence[Bundle]) -> tuple[int, ...]:
    """The sum over the members, in their order, of sign times bundle."""
    pairs = zip(coalition, held, strict=True)
    signed = [[goods.signs[i] * entry for entry in entries(bundle)] for i, bundle in pairs]
    return tuple(sum(column) for column in zip(*signed, strict=True))


def splits(goods: Goods, coalition: Coalition, total: tuple[int, ...]) -> Iterator[tuple[Bundle, ...]]:
    """Every way to give each member an allowed bundle so that the signed total is the given one."""
    for split in product(*(goods.allowed[i] for i in coalition)):
        if signed_total(goods, coalition, split) == total:
            yield split


def split_value(goods: Goods, profile: Profile, coalition: Coalition, split: Sequence[Bundle]) -> Number:
    """What the members with their types at the profile get in all from a split."""
    return sum(goods.value(i, profile[i], bundle) for i, bundle in zip(coalition, split, strict=True))


def best_splits(
    goods: Goods,
    profile: Profile,
    coalition: Coalition,
    total: tuple[int, ...],
) -> list[tuple[Bundle, ...]]:
    """All splits of the total that are worth most to the members, in the order of ``allowed``."""
    feasible = list(splits(goods, coalition, total))
    most = max(split_value(goods, profile, coalition, split) for split in feasible)
    return [split for split in feasible if split_value(goods, profile, coalition, split) == most]


def truthful_total(plain: Plain, profile: Profile, coalition: Coalition) -> Number:
    """The sum of the truthful utilities of the coalition."""
    return sum(plain.truthful(i, profile) for i in coalition)


def side_payment_gain(plain: Plain) -> Gain:
    """What the coalition gains in all from a joint report, goods staying where the mechanism puts them."""

    def gain(profile: Profile, coalition: Coalition, report: JointReport) -> Number:
        reported = replace(profile, coalition, report)
        together = sum(plain.payoff(i, profile, reported) for i in coalition)
        return together - truthful_total(plain, profile, coalition)

    return gain


def reallocation_gain(plain: Plain, goods: Goods) -> Gain:
    """What the coalition gains in all from a joint report and the best split of the goods that it yields."""

    def gain(profile: Profile, coalition: Coalition, report: JointReport) -> Number:
        outcome = plain.table[replace(profile, coalition, report)]
        bundles, transfers = goods.bundles(outcome), goods.transfers(outcome)
        total = signed_total(goods, coalition, [bundles[i] for i in coalition])
        best = split_value(goods, profile, coalition, best_splits(goods, profile, coalition, total)[0])
        return best + sum(transfers[i] for i in coalition) - truthful_total(plain, profile, coalition)

    return gain


def deals(plain: Plain, gain: Gain, largest: int | None = None) -> Iterator[Deal]:
    """Every (profile, coalition, joint report, total gain), the truthful joint report included."""
    for profile in plain.profiles():
        for coalition in coalitions(plain.n, 1, largest):
            for report in joint_reports(plain.sizes, coalition):
                yield profile, coalition, report, gain(profile, coalition, report)


def each_gainful(plain: Plain, gain: Gain, largest: int | None = None) -> Iterator[Triple]:
    """All (profile, coalition, joint report) with a positive total gain, one by one."""
    for profile, coalition, report, total in deals(plain, gain, largest):
        if total > 0:
            yield profile, coalition, report


def gainful(plain: Plain, gain: Gain, largest: int | None = None) -> set[Triple]:
    """The deals of ``each_gainful``, all of them."""
    return set(each_gainful(plain, gain, largest))


def gainful_pairs(plain: Plain, gain: Gain, largest: int | None = None) -> set[tuple[Profile, Profile]]:
    """Ordered (truth, announced) such that a coalition of all who differ, and perhaps others, gains in all.

    With reallocation the announced profile may be the true one.
    """
    every = gainful(plain, gain, largest)
    return {(profile, replace(profile, coalition, report)) for profile, coalition, report in every}


def reallocation_triples(plain: Plain, goods: Goods, largest: int | None = None) -> set[Triple]:
    """All violating (profile, coalition, joint report), the truthful report included."""
    return gainful(plain, reallocation_gain(plain, goods), largest)


def reallocation_proof(
    plain: Plain,
    goods: Goods,
    largest: int | None = None,
) -> set[tuple[Profile, Coalition]]:
    """(profile, coalition) such that some joint report and some split of its goods and money help it."""
    return {(profile, coalition) for profile, coalition, _ in reallocation_triples(plain, goods, largest)}


def side_payment_triples(plain: Plain, largest: int | None = None) -> set[Triple]:
    """All (profile, coalition, joint report) that raise the sum of the utilities of the coalition."""
    return gainful(plain, side_payment_gain(plain), largest)


def side_payment_collusion_proof(plain: Plain, largest: int | None = None) -> set[tuple[Profile, Coalition]]:
    """(profile, coalition) such that some joint report raises the sum of the utilities of the coalition."""
    return {(profile, coalition) for profile, coalition, _ in side_payment_triples(plain, largest)}


def largest_gain(plain: Plain, gain: Gain, largest: int | None = None) -> Number:
    """The largest total gain of any coalition; 0 if none gains, as everybody may stay truthful."""
    return max(total for _, _, _, total in deals(plain, gain, largest))


def best_deal(plain: Plain, gain: Gain, largest: int | None = None) -> Deal | None:
    """The violation shown: largest total gain, then smaller coalition, agents, profile, report in order."""

    def order(deal: Deal) -> tuple[Number, int, Coalition, Profile, JointReport]:
        profile, coalition, report, total = deal
        return (-total, len(coalition), coalition, profile, report)

    best = min(deals(plain, gain, largest), key=order)
    return best if best[3] > 0 else None


def each_bribe(plain: Plain) -> Iterator[tuple[Profile, int, int, int]]:
    """(profile, i, misreport of i, j) with a positive gain of i and j in all, one by one; j = i: i gains by himself."""
    for profile in plain.profiles():
        for i in range(plain.n):
            for k in range(plain.sizes[i]):
                reported = replace(profile, (i,), (k,))
                for j in range(plain.n):
                    if sum(plain.gain(member, profile, reported) for member in {i, j}) > 0:
                        yield profile, i, k, j


def bribe_proof(plain: Plain) -> set[tuple[Profile, int, int, int]]:
    """The bribes of ``each_bribe``, all of them."""
    return set(each_bribe(plain))


def equal_bundles_equal_transfers(plain: Plain, goods: Goods) -> set[tuple[Coalition, Profile, Profile]]:
    """Failures of Lemma 2.1: (coalition, c, h) such that only members' transfers, not bundles, differ.

    The profiles c < h agree outside the coalition; what outsiders get is not looked at.
    """
    found = set()
    for coalition in coalitions(plain.n):
        for profile in plain.profiles():
            for report in joint_reports(plain.sizes, coalition):
                reported = replace(profile, coalition, report)
                one, other = plain.table[profile], plain.table[reported]
                if (
                    profile < reported
                    and all(goods.bundles(one)[i] == goods.bundles(other)[i] for i in coalition)
                    and any(goods.transfers(one)[i] != goods.transfers(other)[i] for i in coalition)
                ):
                    found.add((coalition, profile, reported))
    return found


def utility_independence(plain: Plain) -> set[tuple[int, int]]:
    """Failures of Lemma 2.B.2: (i, k) such that the truthful utility of type k of i depends on the others."""
    found = set()
    for i in range(plain.n):
        for k in range(plain.sizes[i]):
            own_type = [profile for profile in plain.profiles() if profile[i] == k]
            if len({plain.truthful(i, profile) for profile in own_type}) > 1:
                found.add((i, k))
    return found
