"""Lemmas on auctions: no exception where their axioms hold, the same exceptions as by the definitions where they do not."""

from itertools import product

import pytest
from commands import answer, refused

import collude as co
from collude.enumerate.families.lemmas import LEMMAS, check_lemmas

GSP = "group-strategy-proof"


def plain_exceptions(mechanism: co.Mechanism) -> dict[str, bool]:
    """Whether each lemma fails, from tables of winners, transfers and values in rationals."""
    env = mechanism.environment
    values = [env.value(0, k, 1) for k in range(env.sizes[0])]
    winner, paid, utility = {}, {}, {}
    for profile in product(range(len(values)), repeat=env.agents):
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        got = [i for i, bundle in enumerate(shown.bundles) if bundle == (1,)]
        winner[profile], paid[profile] = (got or [None])[0], shown.transfers
        utility[profile] = [shown.transfers[i] + (values[k] if i in got else 0) for i, k in enumerate(profile)]
    monotone = lower = diagonal = False
    for one, other in product(winner, repeat=2):
        for i in range(env.agents):
            if all(one[j] == other[j] for j in range(env.agents) if j != i) and one[i] < other[i]:
                monotone |= winner[one] == i and winner[other] != i
                monotone |= abs(utility[one][i] - utility[other][i]) > values[other[i]] - values[one[i]]
        below = all(values[b] < values[a] for a, b in zip(one, other, strict=True))
        lower |= winner[one] is None and winner[other] is not None and below
        same = len(set(one)) == len(set(other)) == 1 and one != other
        diagonal |= same and winner[one] == winner[other] is not None
    varying = any(winner[one] == winner[other] and paid[one] != paid[other] for one, other in product(winner, repeat=2))
    return {"3.1": monotone, "3.2 (i)": lower, "3.2 (ii)": varying, "3.3": diagonal}


@pytest.mark.parametrize(
    ("values", "bound", "axioms", "count"),
    [
        ([0, 1], 2, [GSP, "normalised"], 72),
        ([0, 2], 1, [GSP, "symmetric"], 44),
        ([0, 1, 2], 2, [GSP, "envy-free"], None),
    ],
)
def test_no_exceptions(values: list[int], bound: int, axioms: list[str], count: int | None) -> None:
    window = range(-bound, bound + 1)
    found = co.search(co.auction(2, values), transfers=window, require=axioms, mode="all")
    reports = check_lemmas(found, axioms)
    assert [report.name for report in reports] == [lemma.name for lemma in LEMMAS][: 3 + (axioms[1] != "normalised")]
    assert all(report.mechanisms == found.count == (count or found.count) for report in reports)
    assert all((report.exceptions, report.first) == (0, None) for report in reports)


def test_exceptions_without_the_axioms() -> None:
    found = list(co.search(co.auction(2, [0, 1]), transfers=[-1, 0], require=["individually-rational"], mode="all"))
    found += list(
        co.search(co.auction(2, [0, 1, 2]), transfers=[-1, 0], require=["strategy-proof"], mode="all").some(500)
    )
    expected = [plain_exceptions(mechanism) for mechanism in found]
    for report in check_lemmas(found, [GSP, "symmetric"]):
        numbers = [number for number, fails in enumerate(expected) if fails[report.name]]
        assert (report.exceptions, report.first) == (len(numbers), min(numbers, default=None))
        assert report.mechanisms == len(found)
        assert 5 < len(numbers) < len(found) - 5


def test_the_command() -> None:
    words = [
        "search",
        "auction",
        "--agents",
        "2",
        "--values",
        "0,1",
        "--transfers=-2:2",
        "--require",
        GSP,
        "--check-lemmas",
    ]
    made = answer(*words, "--mode", "all", "--json")
    assert [(each["name"], each["exceptions"]) for each in made["lemmas"]] == [
        ("3.1", 0),
        ("3.2 (i)", 0),
        ("3.2 (ii)", 0),
    ]
    assert "--mode all" in refused(*words, "--quiet")
    vote = ["search", "voting", "--agents", "2", "--alternatives", "2", "--mode", "all", "--check-lemmas", "--quiet"]
    assert "auctions" in refused(*vote)
