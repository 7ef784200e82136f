"""The page of a check: whole, escaped, loading nothing, with the command that does the check again."""

import json
import re
import shlex
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

import collude as co
from collude.cli.main import collude
from collude.cli.render.page import report_page

CHECK = ["check", "second-price", "--agents", "3", "--values", "1:4"]


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(collude, list(words), standalone_mode=False)
    if isinstance(result.exception, co.ColludeError):
        return result.exception.status, str(result.exception)
    assert result.exception is None, result.exception
    return int(result.return_value), result.stdout


class Page(HTMLParser):
    """The elements of a page, in order, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.words.setdefault(self.open[-1], []).append(data)


def test_a_page_has_every_verdict_and_every_witness(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    status, output = run(*CHECK, "--report", str(path), "--json")
    report = json.loads(output)
    violated = [v["axiom"] for v in report["verdicts"] if v["holds"] is False]
    assert status == 1
    page = Page(path.read_text(encoding="utf-8"))
    cells = page.words["td"]
    assert all(v["axiom"] in cells for v in report["verdicts"])
    summaries = page.words["summary"]
    assert summaries[:-1] == [f"{axiom} fails, for instance here" for axiom in violated]
    assert summaries[-1] == f"{len(report['left_out'])} axioms not checked"
    assert all(name in cells for name in report["left_out"])
    assert f"{len(violated)} of {len(report['verdicts'])} axioms are violated" in page.words["b"]
    assert any(text.startswith("collude 0") and "numpy" in text for text in page.words["p"])


def test_a_page_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    run(*CHECK, "--axiom", "gsp", "--report", str(path))
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|url\(|@import", text)
    for tag, attributes in Page(text).found:
        assert tag not in ("script", "link", "img", "iframe", "object")
        assert not {"src", "href", "onclick"} & set(attributes)
    assert "default-src 'none'" in text


def test_the_commands_of_a_page_work(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    words = [*CHECK, "--axiom", "gsp,budget-balanced", "--max-coalition", "2", "--count", "triples"]
    status, output = run(*words, "--json", "--report", str(path))
    explain, again = (shlex.split(unescape(line)) for line in Page(path.read_text()).words["code"])
    assert explain[:2] == ["collude", "explain"]
    shown = json.loads(run(*explain[1:], "--json")[1])
    witness = json.loads(output)["verdicts"][0]["witness"]
    assert [row["type"] for row in shown] == witness["types"]
    assert [row["reports"] for row in shown] == witness["reported"]
    repeated = run(*again[1:], "--json")
    assert repeated[0] == status
    counts = [[v["violations"] for v in json.loads(text)["verdicts"]] for text in (output, repeated[1])]
    assert counts[0] == counts[1]


def test_words_of_strangers_stay_text() -> None:
    evil = '<img src="http://x.example/y" onerror="alert(1)">'
    mechanism = co.second_price(co.auction(2, [0, 1], labels=["A", evil])).named(evil, evil)
    page = report_page(co.check(mechanism), mechanism, evil, evil)
    assert "img" not in [tag for tag, _ in Page(page).found]
    assert any(evil in text for text in Page(page).words["h1"])


def test_a_page_says_what_was_bounded() -> None:
    mechanism = co.second_price(co.auction(3, [0, 1]))
    text = report_page(co.check(mechanism, "gsp", max_coalition=1), mechanism, "", "collude check ...")
    assert "holds for coalitions of at most 1" in text
    assert "no violation was found" in text
    assert "every axiom that was checked holds" in report_page(co.check(mechanism, "sp"), mechanism, "", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "page.txt"], "end it in .html"),
        (["--report", "no/such/page.html"], "no such folder"),
        (["--report", "page.html", "--dry-run"], "needs verdicts"),
        (["--report", "page.html", "--symmetric"], "leave it out"),
    ],
)
def test_pages_that_cannot_be_are_refused(words: list[str], said: str) -> None:
    status, output = run(*CHECK, *words)
    assert status == 2
    assert said in output
    assert not Path("page.html").exists()
