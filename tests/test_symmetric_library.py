"""Named symmetric mechanisms, tables and functions of counts: against ordinary mechanisms and plain definitions."""

import json
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import answer, refused, run
from oracle.elections import borda
from oracle.symmetry import manipulable

from collude.enumerate.checks.check import check
from collude.enumerate.symmetric import check as check_module
from collude.enumerate.symmetric import selection
from collude.enumerate.symmetric.check import check_symmetric
from collude.models.errors import ColludeError, InputError
from collude.models.files.spec import build
from collude.models.library.environments import auction, voting
from collude.models.library.voting_rules.orders import strict_orders
from collude.models.symmetric.auctions import symmetric_second_price
from collude.models.symmetric.mechanism import SymmetricMechanism, count_blocks
from collude.models.symmetric.population import Population
from collude.models.symmetric.registry import build_symmetric, find_symmetric
from collude.models.symmetric.spec import build_population, build_symmetric_target
from collude.models.symmetric.tables import (
    from_share_function,
    read_symmetric_csv,
    read_symmetric_npz,
    write_symmetric_csv,
    write_symmetric_npz,
)
from collude.models.symmetric.views import from_ordinary, to_ordinary

NAMED = [
    ("fixed-price", {"agents": 3, "costs": "1:3", "units": "2"}, {"price": "2"}),
    ("fixed-price", {"agents": 2, "costs": "0:3"}, {"price": "2", "ties": "smallest"}),
    ("n-price", {"agents": 3, "costs": "1:3", "units": "2"}, {"prices": "1,2,5/2"}),
    ("uniform-price", {"agents": 2, "costs": "1:3"}, {"prices": "1,2,0,3,1,2"}),
    ("vcg-choice", {"kind": "public-good", "agents": 4, "values": "0:3", "cost": "5"}, {}),
    ("efficient", {"kind": "public-good", "agents": 5, "values": "0:1", "cost": "3"}, {}),
    ("agv", {"kind": "public-good", "agents": 3, "values": "0:2", "cost": "3", "prior": "1/2,1/3,1/6"}, {}),
    ("agv", {"kind": "public-good", "agents": 4, "values": "0,2", "cost": "3", "prior": "uniform"}, {}),
]


def shares_of(mechanism: SymmetricMechanism) -> list[list[Any]]:
    return [[mechanism.shares[r] if r >= 0 else None for r in row] for row in mechanism.share.tolist()]


@pytest.mark.parametrize(("name", "environment", "parameters"), NAMED)
def test_named_mechanisms_are_the_ordinary_ones(name: str, environment: Any, parameters: Any) -> None:
    ordinary = build(name, environment, parameters)
    ours = build_symmetric_target(name, environment, parameters)
    assert name in {"agv"} or ours.notes == ordinary.notes
    assert shares_of(ours) == shares_of(from_ordinary(ordinary))
    one = check_symmetric(ours, jobs=1)
    other = check(ordinary, [verdict.axiom for verdict in one])
    for verdict in one:
        mine, plain = verdict.to_dict(), other[verdict.axiom].to_dict()
        for key in ("classes", "seconds", "over_lotteries"):
            mine.pop(key, None), plain.pop(key, None)
        assert mine == plain, (name, verdict.axiom)
    assert len(one) >= 10


def always(given: Any) -> Any:
    """A function of a report and counts that returns the same everywhere."""
    return lambda *_: given


LOTTERIES = [
    ("first-price", {"agents": 3, "values": "0:3"}, {"ties": "even"}),
    ("first-price", {"agents": 4, "values": "0:2"}, {"ties": "nobody", "reserve": "1"}),
    ("second-price", {"agents": 5, "values": "0:2"}, {"ties": "even", "reserve": "1"}),
    ("k-plus-one-price", {"agents": 4, "values": "0:2"}, {"ties": "even", "units": "2"}),
    ("posted-price", {"agents": 4, "values": "0:3"}, {"ties": "even", "price": "3/2"}),
    ("posted-price", {"agents": 3, "values": "0:3"}, {"ties": "nobody", "price": "1", "accept_equal": "true"}),
    ("second-price-reverse", {"agents": 4, "costs": "1:3"}, {"ties": "even"}),
    ("second-price-reverse", {"agents": 3, "costs": "1:3"}, {"ties": "nobody", "reserve": "2"}),
]


@pytest.mark.parametrize(("name", "environment", "parameters"), LOTTERIES)
def test_equivariant_ties_against_the_ordinary_engine(name: str, environment: Any, parameters: Any) -> None:
    """Named agents who get lotteries: all counts and witnesses of the axioms that know no goods."""
    ours = build_symmetric_target(name, environment, parameters)
    names = [v.axiom for v in check_symmetric(ours, jobs=1) if v.axiom not in ("efficient", "no-free-lunch")]
    names.append("budget-balanced")  # only examined when asked for
    one = check_symmetric(ours, names)
    other = check(to_ordinary(ours), names)
    violated = 0
    for axiom in names:
        mine, plain = one[axiom].to_dict(), other[axiom].to_dict()
        for key in ("classes", "seconds", "over_lotteries"):
            mine.pop(key, None), plain.pop(key, None)
        assert mine == plain, (name, axiom)
        violated += not one[axiom].holds
    assert violated >= 2
    assert len(names) >= 12


def bids_of(counts: Any, types: Any) -> list[Fraction]:
    return sorted((t for t, x in zip(types, counts, strict=True) for _ in range(x)), reverse=True)


def lots(places: int, rivals: int, pay: Fraction) -> list[tuple[Fraction, int, Fraction]]:
    chance = Fraction(max(0, min(places, rivals)), rivals)
    parts = [(chance, 1, -pay), (1 - chance, 0, Fraction(0))]
    return [part for part in parts if part[0]]


@pytest.mark.parametrize("ties", ["even", "nobody"])
def test_auctions_from_their_definitions(ties: str) -> None:
    """Places for those above come first; equal bidders at the margin draw lots, or nobody of them is served."""
    compared = 0
    for n, units, reserve in ((1, 1, None), (3, 1, 1), (3, 2, None), (4, 2, 2), (4, 3, None), (2, 3, None)):
        types = [Fraction(k) for k in range(4)]
        population = Population(n, auction(1, types))
        floor = Fraction(0) if reserve is None else Fraction(reserve)

        def share(
            report: Any, counts: Any, kind: str, units: int = units, floor: Any = floor, types: Any = types
        ) -> Any:
            bids = [b for b in bids_of(counts, types) if b >= floor]
            if report < floor:
                return [(Fraction(1), 0, Fraction(0))]
            rivals, places = bids.count(report), units - sum(b > report for b in bids)
            if ties == "nobody" and places < rivals:
                places = 0
            price = report if kind == "first-price" else max(floor, bids[units] if len(bids) > units else floor)
            return lots(places, rivals, price)

        for kind in ("k-plus-one-price", "first-price", "second-price"):
            if kind != "k-plus-one-price" and units > 1:
                continue
            parameters: dict[str, Any] = {"ties": ties, **({} if reserve is None else {"reserve": reserve})}
            if kind == "k-plus-one-price":
                parameters["units"] = units
            ours = build_symmetric(find_symmetric(kind), population, **parameters)
            plain = from_share_function(
                population.with_supply(units), lambda r, c, kind=kind, share=share: share(r, c, kind)
            )
            assert shares_of(ours) == shares_of(plain), (kind, n, units)
            compared += 1
    assert compared >= 9


def test_posted_prices_and_reverse_auctions() -> None:
    population = Population(3, auction(1, range(4)))

    def posted(report: Any, counts: Any) -> Any:
        takers = counts[2] + counts[3]
        return lots(2, takers, Fraction(1)) if report > 1 else [(1, 0, 0)]

    ours = build_symmetric(find_symmetric("posted-price"), population, price=1, units=2)
    assert shares_of(ours) == shares_of(from_share_function(population.with_supply(2), posted))
    sellers = build_population("procurement", {"agents": 3, "costs": "1:3"})

    def reverse(report: Any, counts: Any) -> Any:
        asks = sorted(c for c, x in zip((1, 2, 3), counts, strict=True) for _ in range(x))
        rivals = asks.count(asks[0])
        return lots(1, rivals, Fraction(-asks[1])) if report[0] == asks[0] else [(1, 0, 0)]

    ours = build_symmetric(find_symmetric("second-price-reverse"), sellers)
    assert shares_of(ours) == shares_of(from_share_function(sellers, reverse))


def test_k_units_with_lowest_index_ties() -> None:
    """The ordinary auction of k units, profile by profile."""
    mechanism = build("k-plus-one-price", {"agents": 4, "values": "0:2"}, {"units": "2", "reserve": "1"})
    sold = 0
    for number in range(mechanism.environment.profiles):
        profile = mechanism.types_at(number)
        order = sorted(range(4), key=lambda i: (-profile[i], i))
        winners = [i for i in order[:2] if profile[i] >= 1]
        price = max(1, profile[order[2]])
        outcome = mechanism.show_outcome(mechanism.outcome_at(profile))
        assert outcome.bundles == tuple((int(i in winners),) for i in range(4))
        assert outcome.transfers == tuple(-price if i in winners else 0 for i in range(4))
        sold += len(winners)
    assert sold > 50


def test_tables_are_read_back(tmp_path: Path) -> None:
    population = Population(3, auction(1, ["0", "1/2", "2"]))
    mechanism = symmetric_second_price(population)
    for name, write, read in (
        ("table.csv", lambda path: write_symmetric_csv(mechanism, path.open("w")), read_symmetric_csv),
        ("table.npz", lambda path: write_symmetric_npz(mechanism, path), read_symmetric_npz),
    ):
        path = tmp_path / name
        write(path)
        assert shares_of(read(path, population)) == shares_of(mechanism)
        words = (
            "check",
            str(path),
            "--environment",
            "auction",
            "--agents",
            "3",
            "--values",
            "0,1/2,2",
            "--symmetric",
            "--json",
        )
        found = answer(*words, "--quiet", status=1)
        expected = check_symmetric(mechanism, "group-strategy-proof")["group-strategy-proof"].violations
        assert {v["axiom"]: v["violations"] for v in found["verdicts"]}["group-strategy-proof"] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("count_0,report,bundle,transfer\n", "column 'count_1' is missing"),
        ("count_0,count_1,report,bundle,transfer\n2,0,0,0,0\n", "is missing; give every report"),
        ("count_0,count_1,report,bundle,transfer\n3,0,0,0,0\n", "line 2: the counts sum to 3"),
        ("count_0,count_1,report,bundle,transfer\n2,0,1,0,0\n", "line 2: nobody reports 1"),
        ("count_0,count_1,report,bundle,transfer\n2,0,7,0,0\n", "line 2: there is no type '7'"),
        ("count_0,count_1,report,bundle,transfer\n2,0,0,4,0\n", "cannot hold the bundle"),
        ("count_0,count_1,report,bundle,transfer\n2,0,0,0,x\n", "which is not a number"),
        ("count_0,count_1,report,probability,bundle,transfer\n2,0,0,1/2,0,0\n", "sum to 1/2"),
        ("count_0,count_1,report,bundle,transfer\n2,0,0,1,0\n1,1,0,0,0\n1,1,1,0,0\n0,2,1,0,0\n", "goods are given"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_symmetric_csv(path, Population(2, auction(1, range(2))))


def test_functions_of_counts(tmp_path: Path) -> None:
    code = tmp_path / "rules.py"
    code.write_text(
        "def same(report, counts):\n    return (0, -report)\n\n\ndef wrong(report, counts):\n    return 1 / 0\n"
    )
    words = ("--environment", "auction", "--agents", "20", "--values", "0:2", "--symmetric", "--quiet")
    found = answer("check", f"{code}:same", *words, "--allow-code", "--json", "--axiom", "strategy-proof", status=1)
    assert found["verdicts"][0]["violations"] == 20 * 2 * 3**19
    assert "the function failed: ZeroDivisionError" in refused("check", f"{code}:wrong", *words, "--allow-code")
    assert "--allow-code" in refused("check", f"{code}:same", *words)
    population = Population(2, auction(1, range(2)))
    for bad in (None, (2, 0), [(Fraction(1, 3), 0, 0)], (0, 0.5)):
        with pytest.raises(InputError):
            from_share_function(population, always(bad))


def test_commands() -> None:
    words = ("check", "second-price", "--agents", "4", "--values", "0:2", "--quiet", "--json")
    found = answer(*words, "--param", "ties=even", "--symmetric", status=1)
    assert found == {
        **answer(*words, "--param", "ties=even", status=1),
        "seconds": found["seconds"],
        "time": found["time"],
        "verdicts": found["verdicts"],
    }
    assert found["notes"] == ["ties are split evenly by lottery"]
    strong = next(v for v in found["verdicts"] if v["axiom"] == "group-strategy-proof")
    assert (strong["violations"], strong["classes"]) == (222, 27)
    assert strong["examined"]["profiles"] == 81
    message = refused(*words, "--symmetric")
    assert "does not treat agents alike" in message
    assert "ties=even" in message
    top = ("check", "top-value", "--agents", "3", "--values", "0:2", "--param", "price=1", "--symmetric")
    assert "does not treat agents alike" in refused(*top)
    plan = json.loads(
        run("plan", "second-price", "--agents", "12", "--values", "0:9", "--param", "ties=even", "--json").stdout
    )
    assert plan["pairs"] == comb(31, 19) - comb(21, 9) == 140_826_595
    dry = run("check", "second-price", "--agents", "12", "--values", "0:9", "--symmetric", "--dry-run")
    assert dry.returncode == 0
    assert "293,930 multisets" in dry.stdout
    assert "by coalitions" in refused(*words, "--symmetric", "--count", "triples")
    rules = {row["name"] for row in answer("list", "rules", "--json")["entries"]}
    assert {"coombs", "kemeny", "scoring"} <= rules


def test_votes_of_many_voters_are_decided_situation_by_situation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same path at few voters, where everything can be compared."""
    monkeypatch.setattr(selection, "DEFAULT_BUDGET", 1.0)
    monkeypatch.setattr(check_module, "DEFAULT_BUDGET", 1.0)
    mechanism = build_symmetric(find_symmetric("borda"), Population(3, voting(1, 3)))
    report = check_symmetric(mechanism, ["group-strategy-proof", "weakly-group-strategy-proof"])
    known = manipulable(3, strict_orders(3), borda)
    for verdict in report:
        assert (verdict.violations, verdict.classes) == (known["profiles"], known["situations"])
        assert verdict.unit == "profiles at which some coalition gains"
        assert verdict.witness is not None
    with pytest.raises(ColludeError, match="use --max-coalition"):
        check_symmetric(mechanism, "strategy-proof")


def test_lotteries_of_goods_do_not_exceed_the_supply() -> None:
    population = Population(2, auction(1, range(2)))
    fair = from_share_function(population, always([(Fraction(1, 2), 1, 0), (Fraction(1, 2), 0, 0)]))
    assert fair.lotteries
    with pytest.raises(InputError, match="goods are given that do not exist"):
        from_share_function(population, always([(Fraction(2, 3), 1, 0), (Fraction(1, 3), 0, 0)]))
    with pytest.raises(InputError, match="different alternatives"):
        from_share_function(Population(2, voting(1, 2)), lambda report, *_: report[0])
    with pytest.raises(InputError, match="no expectations"):
        from_share_function(Population(2, voting(1, 2)), always([(Fraction(1, 2), 0, 0), (Fraction(1, 2), 1, 0)]))


def test_views_list_every_profile_once() -> None:
    mechanism = symmetric_second_price(Population(3, auction(1, range(3))))
    ordinary = to_ordinary(mechanism)
    for rank, (_, counts) in enumerate((0, row) for _, block in count_blocks(mechanism.population) for row in block):
        profile = tuple(int(k) for k, x in enumerate(counts) for _ in range(x))
        assert profile in set(combinations_with_replacement(range(3), 3))
        given = ordinary.show_outcome(ordinary.outcome_at(profile)).transfers
        share = mechanism.share[rank]
        assert given == tuple(Fraction(int(mechanism.transfer[share[k]]), mechanism.scale) for k in profile)
    assert np.all(mechanism.transfer <= 0)
