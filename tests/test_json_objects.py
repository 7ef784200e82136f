"""What --json prints: one object, with schema and version in front, and the same keys for every witness."""

import pytest
from commands import answer, run

import collude as co
from collude.cli.commands.list import TRANSFERS
from collude.models.registry import ENVIRONMENTS, load

AUCTION = ("second-price", "--agents", "2", "--values", "0:2")
LINES = (
    ("check", *AUCTION, "--axiom", "strategy-proof"),
    ("explain", *AUCTION, "--profile", "1,2"),
    ("worst", *AUCTION, "--top", "1"),
    ("plan", *AUCTION),
    ("search", "voting", "--agents", "2", "--alternatives", "2", "--require", "strategy-proof"),
    ("search", "voting", "--agents", "2", "--alternatives", "2", "--dry-run"),
    ("transfers", "airline", "--rule", "agv"),
    ("equilibria", "agv", "--environment", "airline", "--prior", "uniform"),
    ("figure", "two-price", "--points", "3"),
    ("list", "mechanisms"),
    ("list", "problems"),
)
WITNESS = {"profile", "coalition", "misreport", "gains", "types", "reported", "details"}
ENOUGH: dict[str, dict[str, object]] = {
    "auction": {"agents": 2, "values": [0, 1]},
    "procurement": {"agents": 2, "costs": [0, 1]},
    "trade": {"costs": [0, 1], "values": [0, 1]},
    "choice": {"payoffs": [[[0, 1]], [[1, 0]]]},
    "public-good": {"agents": 2, "values": [0, 1]},
    "voting": {"agents": 2, "alternatives": 2},
    "assignment": {"agents": 2},
    "marriage": {"agents": 2},
    "single-object": {"agents": 2, "values": [0, 1]},
    "single-order": {"agents": 2, "costs": [0, 1]},
    "screening": {"agents": 2, "values": [1, 2], "utility": [0, 1]},
    "object-trade": {"objects": 1, "seller": [0, 2], "buyer": [1, 3], "good": ["1/2", "1/2"]},
}


@pytest.mark.parametrize("words", LINES, ids=lambda words: " ".join(words[:2]))
def test_one_object_with_schema_and_version(words: tuple[str, ...]) -> None:
    done = run(*words, "--json")
    assert done.returncode in (0, 1), done.stderr
    found = answer(*words, "--json", status=done.returncode)
    assert list(found)[:2] == ["schema", "version"]
    assert (found["schema"], found["version"]) == (2, co.__version__)


def test_every_witness_has_the_same_keys() -> None:
    reports = [
        co.check(co.second_price(co.auction(2, range(3)))),
        co.check(co.mechanism("boston", co.environment("assignment", agents=3)), ["strategy-proof", "non-bossy"]),
        co.check(co.agv(co.airline(3, prior=co.uniform((2, 2, 2)))), ["coalition-proof", "fully-implements"]),
    ]
    seen = 0
    for verdict in (verdict for report in reports for verdict in report):
        if verdict.witness is not None:
            found = verdict.witness.to_dict()
            assert set(found) >= WITNESS
            assert set(found) - WITNESS == set(found["details"])
            seen += 1
    assert seen >= 6


def test_the_list_of_problems_says_where_transfers_go() -> None:
    load()
    rows = {row["name"]: row["parameters"].split() for row in answer("list", "problems", "--json")["entries"]}
    assert set(TRANSFERS) <= set(ENVIRONMENTS)
    assert set(ENOUGH) >= set(ENVIRONMENTS) - {"airline"}
    for name in ENVIRONMENTS:
        environment = co.environment(name, **ENOUGH.get(name, {}))
        wanted = [] if environment.ordinal else ["transfers="] if environment.public else ["transfers"]
        if name not in ("procurement", "trade"):  # they take something else in place of transfers
            assert [word for word in rows[name] if word.startswith("transfers")] == wanted, name
