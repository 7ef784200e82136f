"""Families of mechanisms: recognisers against the definitions, the tables of the notes, extras written and checked again."""

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, permutations, product
from math import comb
from pathlib import Path
from typing import Any

import pytest
from commands import answer, refused, run

import collude as co
from collude.enumerate.families.forms import families_of, is_auction_posted_price, is_uniform_price
from collude.enumerate.listings.breaking import breaking_types, candidate_types
from collude.enumerate.listings.classify import FamilyReport
from collude.enumerate.listings.export import write_extras
from collude.enumerate.problems.registry import build_problem
from collude.models.files.spec import build

GSP = "group-strategy-proof"


def classified(problem: str, parameters: dict[str, Any], require: list[str], **options: Any) -> FamilyReport:
    space = build_problem(problem, parameters)
    found = co.search(space, require=require, mode="all", classify=True, saturate=False, **options)
    assert found.families is not None
    assert found.families.total == found.count
    return found.families


def families(mechanism: co.Mechanism) -> set[str]:
    return {family.name for family, recognises in families_of(mechanism.environment) if recognises(mechanism)}


def profiles(env: co.Environment) -> Iterator[tuple[int, ...]]:
    return product(*(range(size) for size in env.sizes))


def plain_posted_price(mechanism: co.Mechanism) -> bool:
    """Every order and price is tried, and at each profile every way in which ties can be resolved."""
    env = mechanism.environment
    n = env.agents
    paid = {-t for o in range(mechanism.outcomes) for t in mechanism.show_outcome(o).transfers}
    for order, price in product(permutations(range(n)), {*paid, Fraction(10**6)}):
        fits = True
        for profile in profiles(env):
            shown = mechanism.show_outcome(mechanism.outcome_at(profile))
            values = [env.value(i, k, 1) for i, k in enumerate(profile)]
            ways = set()
            for accepts in product([False, True], repeat=n):
                if all(accepts[i] == (values[i] > price) or values[i] == price for i in range(n)):
                    winner = next((i for i in order if accepts[i]), None)
                    ways.add(
                        (
                            tuple((int(i == winner),) for i in range(n)),
                            tuple(-price if i == winner else Fraction(0) for i in range(n)),
                        )
                    )
            fits &= (shown.bundles, shown.transfers) in ways
        if fits:
            return True
    return False


def plain_uniform_price(mechanism: co.Mechanism) -> bool:
    """For each multiset of types every price among those paid and those that make a quantity optimal is tried."""
    env = mechanism.environment
    marks = {Fraction(0), Fraction(100)}
    for k in range(env.sizes[0]):
        marks |= {env.value(0, k, q) - env.value(0, k, q + 1) for q in range(len(env.bundles[0]) - 1)}
    for o in range(mechanism.outcomes):
        shown = mechanism.show_outcome(o)
        marks |= {t / b[0] for b, t in zip(shown.bundles, shown.transfers, strict=True) if b[0]}
    row = sorted(marks)
    prices = [p for p in {*row, *((a + b) / 2 for a, b in pairwise(row))} if p >= 0]

    def fits(profile: tuple[int, ...], price: Fraction) -> bool:
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        for i, k in enumerate(profile):
            profit = [price * q + env.value(i, k, q) for q in range(len(env.bundles[i]))]
            q = shown.bundles[i][0]
            if profit[q] < max(profit) or shown.transfers[i] != price * q:
                return False
        return True

    classes: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for profile in profiles(env):
        classes.setdefault(tuple(sorted(profile)), []).append(profile)
    return all(any(all(fits(p, price) for p in members) for price in prices) for members in classes.values())


def test_posted_prices_by_definition() -> None:
    rng = random.Random(3)
    seen = {True: 0, False: 0}
    env = co.auction(2, [0, 1, 2])
    spaces = [build_problem("auction", {"agents": 2, "values": v, "transfers": "-2:0"}) for v in ([0, 1], [1, 2])]
    found = [m for space in spaces for m in co.search(space, require=[GSP, "individually-rational"], mode="all")]
    for mechanism in [*found, *(_near_posted_price(env, rng) for _ in range(150))]:
        fits = is_auction_posted_price(mechanism)
        assert fits == plain_posted_price(mechanism)
        seen[fits] += 1
    assert min(seen.values()) > 40, seen


def _near_posted_price(env: co.Environment, rng: random.Random) -> co.Mechanism:
    """A posted price, sometimes with another outcome at one profile."""
    price = rng.choice([Fraction(1, 2), Fraction(1), Fraction(3, 2)])
    chosen = co.posted_price(env, price=price, accept_equal=rng.random() < 0.5, ties=rng.choice(["lowest", "highest"]))
    outcome = chosen.outcome.copy()
    outcome[rng.randrange(len(outcome))] = rng.randrange(chosen.outcomes)
    return co.Mechanism(env, "near", outcome, chosen.bundle, chosen.transfer, chosen.scale)


def test_uniform_prices_by_definition() -> None:
    seen = {True: 0, False: 0}
    for given in (
        {"costs": "1,2", "allocations": "0,0;1,1;1,2"},
        {"costs": "1,2;1,3", "units": 2, "allocations": "0,0;1,1;2,4;1,2"},
    ):
        found = co.search(build_problem("procurement", {"agents": 2, **given}), require=[GSP], mode="all")
        for mechanism in found:
            fits = is_uniform_price(mechanism)
            assert fits == plain_uniform_price(mechanism)
            seen[fits] += 1
    assert min(seen.values()) > 5, seen


def test_medians_and_dictators() -> None:
    for voters, alternatives in ((2, 3), (2, 4), (3, 3)):
        given = {"agents": voters, "alternatives": alternatives, "preferences": "single-peaked"}
        onto = classified("voting", given, ["strategy-proof", "anonymous", "onto"])
        assert onto.total == onto.counts["median"] == comb(alternatives + voters - 2, voters - 1)
        assert not onto.numbers
        every = classified("voting", given, ["strategy-proof", "anonymous"])
        assert every.counts["median"] == comb(alternatives + voters, voters + 1)
        assert every.counts["constant"] == alternatives
        for extra in every.extras():  # a vote between alternatives that are no neighbours
            chosen = set(extra.bundle[extra.outcome, 0].tolist())
            assert max(chosen) - min(chosen) >= len(chosen)
    sorted_ = classified("voting", {"agents": 2, "alternatives": 3}, ["strategy-proof"])
    assert dict(sorted_.counts) == {"constant": 3, "dictatorial": 2}
    assert len(sorted_.numbers) == 12  # two alternatives only, and then any monotone vote between them
    median = build(
        "generalised-median", {"agents": 2, "alternatives": 3, "preferences": "single-peaked"}, {"phantoms": "1"}
    )
    assert families(median) == {"median"}


def test_serial_dictatorships() -> None:
    for order in permutations(range(3)):
        given = {"order": ",".join(map(str, order))}
        assert families(build("serial-dictatorship", {"agents": 3}, given)) == {"serial-dictatorship"}
    assert families(build("boston", {"agents": 3})) == set()
    sorted_ = classified("assignment", {"agents": 2}, ["strategy-proof"])
    assert dict(sorted_.counts) == {"serial-dictatorship": 2, "constant": 2}


def test_posted_prices_of_a_trade() -> None:
    given = {"costs": "1,2", "values": "1,2", "prices": "0:3"}
    sorted_ = classified("trade", given, ["strategy-proof", "individually-rational"])
    assert sorted_.total == sorted_.counts["linear-posted-price"] == sorted_.counts["generalised-posted-price"] == 5


def test_fixed_and_n_prices_by_name() -> None:
    env = {"agents": 2, "costs": "1,3"}
    assert families(build("fixed-price", env, {"price": 2})) == {
        "fixed-price", "n-price", "n-price-largest", "n-price-smallest", "uniform-price",
    }  # fmt: skip
    assert families(build("fixed-price", env, {"price": 2, "lumps": "1,0"})) == {"fixed-price"}
    assert families(build("n-price", {**env, "costs": "1,5"}, {"prices": "2,4"})) == {
        "n-price", "n-price-largest", "n-price-smallest", "uniform-price",
    }  # fmt: skip
    auction = {"agents": 2, "values": "0,2,5"}
    assert families(build("top-value", auction, {"price": 3})) == {"top-value"}
    assert families(build("posted-price", auction, {"price": 3})) == {"posted-price"}
    assert families(build("second-price", auction)) == set()


def test_extras_are_written_and_checked(tmp_path: Path) -> None:
    words = ["--agents", "2", "--costs", "2,10", "--uniform-price", "0,4,8", "--require", GSP, "--mode", "all"]
    made = answer("search", "procurement", *words, "--classify", "--extras", str(tmp_path), "--json")
    assert made["classes"] == {"n-price": 6, "constant": 0, "others": 1}
    assert made["families"]["n-price"]["count"] == 6
    assert made["families"]["constant"]["count"] == 1
    assert made["extras"]["count"] == 1
    (path,) = made["extras"]["files"]
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".csv", ".toml"]
    report = answer("check", path, "--axiom", f"{GSP},uniform-price", "--json")
    assert report["holds"] is True
    told = run("search", "procurement", *words, "--classify", "--quiet").stdout
    assert "1  in no family, extras:" in told
    assert "at ((2), (10)): 0 supplies 1, is paid 8; 1 supplies nothing" in told


@pytest.mark.slow
def test_extras_of_any_problem_are_written(tmp_path: Path) -> None:
    for name, given, require in (
        ("auction", {"agents": 2, "values": [0, 2], "transfers": "-2:2"}, [GSP, "envy-free", "normalised"]),
        ("auction", {"agents": 2, "values": "0,1", "transfers": "-1:1", "withhold": False}, [GSP]),
        ("voting", {"agents": 2, "alternatives": 3}, ["strategy-proof"]),
        (
            "procurement",
            {"agents": 2, "costs": "1,2;1,3", "units": 2, "allocations": "0,0;1,1;2,4"},
            ["reallocation-proof"],
        ),
        ("separable-trade", {"marginals": "1/2,3", "units": "1,1", "prices": 2}, ["strategy-proof"]),
        (
            "separable-trade",
            {"marginals": "1,2", "units": 2, "prices": "0:4"},
            ["individually-rational", "strategy-proof"],
        ),
    ):
        sorted_ = classified(name, given, require)
        paths = write_extras(sorted_, str(tmp_path / "".join(require)), given)
        assert len(paths) == len(sorted_.numbers) > 0
        for path, extra in list(zip(paths, sorted_.extras(), strict=True))[:20]:
            again = build(path)
            for profile in profiles(extra.environment):
                one, other = (m.show_outcome(m.outcome_at(profile)) for m in (again, extra))
                assert one == other
                for i, k in enumerate(profile):
                    values = [
                        m.environment.value(i, k, m.environment.indices[i][bundle])
                        for m, bundle in ((again, one.bundles[i]), (extra, other.bundles[i]))
                    ]
                    assert values[0] == values[1]
        bare = write_extras(sorted_, str(tmp_path / "bare"))
        assert all(path.endswith(".csv") for path in bare)
        archives = write_extras(sorted_, str(tmp_path / "npz"), given, table="npz")
        for path, extra in list(zip(archives, sorted_.extras(), strict=True))[:5]:
            again = co.load(path)
            assert again.environment.types == extra.environment.types
            for profile in profiles(extra.environment):
                one, other = (m.show_outcome(m.outcome_at(profile)) for m in (again, extra))
                assert one == other


def test_extras_need_classify() -> None:
    words = ["search", "voting", "--agents", "2", "--alternatives", "2", "--mode", "all", "--extras", "x"]
    assert "--classify" in refused(*words)
    words = ["search", "voting", "--agents", "2", "--alternatives", "2", "--mode", "all", "--classify", "--quiet"]
    assert "--extras too" in refused(*words, "--extras-as", "npz")
    with pytest.raises(co.InputError, match="csv or npz"):
        write_extras(classified("voting", {"agents": 2, "alternatives": 2}, ["onto"]), "x", table="xml")


WIDER = [
    ("uniform-price", {"agents": 2, "costs": "2,10", "uniform_price": "0,4,8"}, [GSP], "3,4,6,8,12"),
    ("uniform-price", {"agents": 2, "costs": "1,3", "uniform_price": "0:4", "ties": "any"}, ["strategy-proof"], "2"),
    ("auction", {"agents": 2, "values": "0,1", "transfers": "-2:2"}, [GSP, "symmetric", "normalised"], "1/2,2,-1"),
    ("auction", {"agents": 2, "values": "0,2", "transfers": "-2:2"}, [GSP, "anonymous", "normalised"], "1,3"),
    ("auction", {"agents": 2, "values": "0,2", "transfers": "-1:1"}, [GSP, "envy-free", "non-trivial"], "1,3,3/2"),
    ("procurement", {"agents": 2, "costs": "2,4", "allocations": "0,0;1,1;1,3;1,5"}, ["reallocation-proof"], "1,3,5"),
    ("uniform-price", {"agents": 2, "costs": "2,3;10,12", "units": 2, "uniform_price": "0,4,8"}, [GSP], "2,9;6,9;5,7"),
]


@pytest.mark.parametrize(("problem", "given", "require", "added"), WIDER)
def test_breaking_types_by_listing_the_wider_problem(
    problem: str, given: dict[str, Any], require: list[str], added: str
) -> None:
    """A type breaks a mechanism iff none of all mechanisms on the wider grid has its outcomes at the old profiles."""
    found = list(co.search(build_problem(problem, given), require=require, mode="all"))
    answers = breaking_types(problem, given, require, dict(enumerate(found)), added)
    seen = {True: 0, False: 0}
    key = "costs" if "costs" in given else "values"
    for text in added.split(";") if ";" in added else added.split(","):
        grid = f"{given[key]};{text}" if ";" in added else sorted([*given[key].split(","), text], key=Fraction)
        wider = build_problem(problem, {**given, key: grid})
        restrictions = set()
        for mechanism in co.search(wider, require=[name for name in require if name != "normalised"], mode="all"):
            restrictions.add(old_outcomes(mechanism, found[0].environment))
        for number, mechanism in enumerate(found):
            broken = old_outcomes(mechanism, mechanism.environment) not in restrictions
            assert (text in answers[number].breaks) == broken == (text not in answers[number].keeps)
            seen[broken] += 1
    assert seen[True] + seen[False] >= 4
    if require in ([GSP], ["reallocation-proof"]):
        assert min(seen.values()) > 0, seen


def old_outcomes(mechanism: co.Mechanism, old: co.Environment) -> tuple[Any, ...]:
    """What a mechanism does at the profiles of the types of another environment, in its order."""
    shown = []
    for types in product(*old.types):
        profile = tuple(mechanism.environment.types[i].index(each) for i, each in enumerate(types))
        outcome = mechanism.show_outcome(mechanism.outcome_at(profile))
        shown.append((outcome.bundles, outcome.transfers))
    return tuple(shown)


def test_candidates_are_near_and_usable() -> None:
    assert [str(x) for x in candidate_types([Fraction(1), Fraction(2), Fraction(4)])] == [
        "3/4", "5/4", "3/2", "7/4", "9/4", "3", "15/4", "17/4",
    ]  # fmt: skip
    vectors = candidate_types([(Fraction(1), Fraction(2)), (Fraction(1), Fraction(4))], positive=True)
    assert (Fraction(1), Fraction(3)) in vectors
    assert all(Fraction(0) < a < b for a, b in vectors)
    assert len(set(vectors)) == len(vectors) > 6


def test_breaking_on_the_command_line() -> None:
    words = [
        "search",
        "uniform-price",
        "--agents",
        "2",
        "--costs",
        "2,10",
        "--uniform-price",
        "0,4,8",
        "--require",
        GSP,
    ]
    made = answer(*words, "--mode", "all", "--classify", "--breaking", "3,6,12", "--json")
    assert made["extras"]["breaking"] == [{"number": 3, "breaks": ["6"], "keeps": ["3", "12"], "undecided": []}]
    told = run(*words, "--mode", "all", "--classify", "--breaking", "auto", "--quiet").stdout
    assert "4. breaks 4; 6; 8 · keeps 12" in told
    assert "it is there" in refused(*words, "--mode", "all", "--classify", "--breaking", "2", "--quiet")
    vote = ["search", "voting", "--agents", "2", "--alternatives", "3", "--require", "strategy-proof", "--mode", "all"]
    assert "values or of costs" in refused(*vote, "--classify", "--breaking", "auto", "--quiet")
