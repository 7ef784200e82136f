"""What a search has found is checked, explained and kept like any other mechanism: RUN#3, --export, co.load."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import collude as co
from collude.cli.main import collude
from collude.enumerate.searches.search import mechanism_of_run

VOTE = ["search", "voting", "--agents", "2", "--alternatives", "3", "--require", "strategy-proof", "--mode", "all"]


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(collude, list(words), standalone_mode=False)
    if isinstance(result.exception, co.ColludeError):
        return result.exception.status, str(result.exception)
    assert result.exception is None, result.exception
    return int(result.return_value), result.stdout


def table(mechanism: co.Mechanism) -> list[object]:
    return [(o.bundles, o.transfers) for o in map(mechanism.show_outcome, mechanism.outcome.tolist())]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("found") / "votes"
    status, output = run(*VOTE, "--out", str(folder))
    assert status == 0
    assert f"check one of them: collude check '{folder}#1'" in output
    return folder


def test_a_result_is_checked_explained_and_loaded(found: Path) -> None:
    status, output = run("check", f"{found}#3", "--axiom", "strategy-proof,onto", "--json")
    wanted = co.check(mechanism_of_run(found, 3), ["strategy-proof", "onto"])
    assert status == wanted.status
    assert [v["holds"] for v in json.loads(output)["verdicts"]] == [v.holds for v in wanted]
    for address in (f"{found}#3", f"{found}/mechanisms.npy#3"):
        assert table(co.load(address)) == table(mechanism_of_run(found, 3))
    assert run("explain", f"{found}#17", "--profile", "0,1,2;2,1,0")[0] == 0
    assert run("plan", f"{found}#17")[0] == 0
    assert co.load(Path(f"{found}#17")).environment.agents == 2


def test_a_result_of_an_auction_has_deals_and_takes_a_prior(tmp_path: Path) -> None:
    words = ["auction", "--agents", "2", "--values", "0,1", "--transfers=-1:0", "--require", "strategy-proof"]
    status, _ = run("search", *words, "--mode", "all", "--out", str(tmp_path / "run"))
    assert status == 0
    deals = co.worst(mechanism_of_run(tmp_path / "run", 5)).violations
    status, output = run("worst", f"{tmp_path}/run#5", "--json")
    assert (status, json.loads(output)["violations"]) == (1 if deals else 0, deals)
    status, output = run("check", f"{tmp_path}/run#5", "--prior", "uniform", "--axiom", "bic", "--json")
    assert json.loads(output)["verdicts"][0]["holds"] is True


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("#18", "1 to 17, not 18"),
        ("#0", "1 to 17"),
        ("#x", "no number"),
        ("", "say which one"),
        ("#3", "takes no param"),
    ],
)
def test_wrong_addresses_say_what_to_write(found: Path, address: str, words: str) -> None:
    status, output = run("check", f"{found}{address}", *(["--agents", "3"] if "takes" in words else []))
    assert status == 2
    assert words in output


def test_an_address_of_nothing_is_refused() -> None:
    status, output = run("check", "nowhere#1")
    assert status == 2
    assert "not a run directory" in output


@pytest.mark.parametrize(
    "problem",
    [
        "voting --agents 2 --alternatives 3",
        "auction --agents 2 --values 0,1 --transfers=-1:1 --no-withhold",
        "procurement --agents 2 --costs 1,2 --transfers=0:2",
        "assignment --agents 2 --objects 2",
        "trade --costs 1:2 --values 1:2 --prices 0:3",
        "public-good --agents 2 --values 0,3 --param cost=4 --transfers=-2:0",
    ],
)
def test_an_exported_table_is_what_was_found(tmp_path: Path, problem: str) -> None:
    """Searched once; the second export asks the finished run."""
    kept = tmp_path / "run"
    words = ["search", *problem.split(), "--require", "strategy-proof", "--mode", "all", "--out", str(kept)]
    for suffix in ("csv", "npz"):
        path = tmp_path / f"third.{suffix}"
        status, output = run(*words, "--export", "3", str(path))
        assert status == 0
        third = mechanism_of_run(kept, 3)
        assert table(co.load(path, None if suffix == "npz" else third.environment)) == table(third)
        command = shlex.split(output.partition("check it: collude ")[2])
        status, answer = run(*command, "--axiom", "strategy-proof", "--json")
        assert status == 0
        assert json.loads(answer)["verdicts"][0]["holds"] is True


def test_exports_that_cannot_be_are_refused(tmp_path: Path) -> None:
    for words, said in (
        (("99", str(tmp_path / "x.csv")), "there are 17"),
        (("1", str(tmp_path / "x.txt")), "end it in .csv or .npz"),
        (("1", str(tmp_path / "no" / "x.csv")), "no such folder"),
    ):
        status, output = run(*VOTE, "--export", *words)
        assert status == 2
        assert said in output
    assert list(tmp_path.iterdir()) == []


def test_load_takes_every_form(tmp_path: Path) -> None:
    auction = co.auction(2, [0, 1])
    (tmp_path / "rule.py").write_text("def always(reports, price=0):\n    return 0, (-price, 0)\n")
    (tmp_path / "spec.toml").write_text(
        'mechanism = "second-price"\n[environment]\nkind = "auction"\nagents = 2\nvalues = [0, 1]\n'
    )
    rule = f"{tmp_path}/rule.py:always"
    paid = co.load(rule, auction, parameters={"price": 1}, allow_code=True)
    assert paid.show_outcome(0).transfers == (-1, 0)
    assert table(co.load(tmp_path / "spec.toml")) == table(co.second_price(auction))
    assert table(co.load("Vickrey", auction)) == table(co.second_price(auction))
    for given, said in (
        ((rule, auction), "allow-code"),
        ((tmp_path / "spec.toml", auction), "own environment"),
        (("second-price", "auction"), "co.auction"),
        ((tmp_path / "nothing.csv",), "no such file"),
    ):
        with pytest.raises(co.InputError, match=said):
            co.load(*given)
