"""The page of a check: whole, escaped, loading nothing, with the command that does the check again."""

import json
import re
import shlex
import sys
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
    assert not re.search(r"https?:|url\((?!#)|@import", text)
    for tag, attributes in Page(text).found:
        assert tag not in ("script", "link", "img", "iframe", "object")
        assert not {"src", "onclick"} & set(attributes)
        assert (attributes.get("href") or "#").startswith(("#", "data:image/png;"))
    assert "default-src 'none'" in text


def test_the_commands_of_a_page_work(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    words = [*CHECK, "--axiom", "gsp,budget-balanced", "--max-coalition", "2", "--count", "triples"]
    status, output = run(*words, "--json", "--report", str(path))
    explain, again = (shlex.split(unescape(line)) for line in Page(path.read_text()).words["code"])
    assert explain[:2] == ["collude", "explain"]
    assert "--json" not in again
    assert "--report" not in again
    shown = json.loads(run(*explain[1:], "--json")[1])["agents"]
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


def page_of(path: Path, *words: str) -> tuple[int, Page]:
    """(exit status, page) of a command that writes one."""
    status, _ = run(*words, "--report", str(path))
    text = path.read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "")
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]
    return status, Page(text)


def again(page: Page) -> list[str]:
    """The words of the command that a page says to run again."""
    return shlex.split(page.words["code"][-1])


def test_the_page_of_a_search_has_mechanisms_that_fold_open(tmp_path: Path) -> None:
    words = ["search", "auction", "--agents", "2", "--values", "0,1", "--transfers=-1:0", "--require", "gsp,symmetric"]
    status, page = page_of(tmp_path / "x.html", *words, "--mode", "all")
    assert status == 0
    found = json.loads(run(*words, "--mode", "all", "--json")[1])
    shown = min(found["count"], 10)
    assert page.words["summary"] == [f"mechanism {k}" for k in range(1, shown + 1)]
    assert any(text.startswith(f"{found['count']} mechanisms exist") for text in page.words["b"])
    assert f"digest {found['digest']}" in page.words["p"]
    assert sum(tag == "svg" for tag, _ in page.found) == 2 * shown
    assert json.loads(run(*again(page)[1:], "--json")[1])["count"] == found["count"]
    status, page = page_of(tmp_path / "x.html", "search", "voting", "--agents", "2", "--alternatives", "3", "--require",
                           "sp,onto,non-dictatorial")  # fmt: skip
    assert status == 1
    assert any(text.startswith("none exists") for text in page.words["b"])
    assert "summary" not in page.words


def test_the_page_of_deals_has_deals_that_fold_open(tmp_path: Path) -> None:
    words = ["worst", "vcg-procurement", "--agents", "2", "--costs", "1:3", "--units", "2", "--param", "target=2"]
    status, page = page_of(tmp_path / "x.html", *words, "--top", "3")
    assert status == 1
    assert page.words["summary"][0] == "{0, 1} gains 2 at (1,2), (1,2)"
    assert len(page.words["summary"]) == 3
    assert any("and 2 more" in text for text in page.words["p"])
    assert "(1,3)" in page.words["text"]
    assert again(page) == ["collude", *words, "--top", "3"]
    status, page = page_of(tmp_path / "x.html", "worst", "fixed-price", "--agents", "2", "--costs", "1:3", "--param", "price=2",
                           "--max-coalition", "1")  # fmt: skip
    assert status == 0
    assert any("holds for coalitions of at most 1" in text for text in page.words["b"])


def test_a_page_has_pictures_whose_parts_have_names_of_their_own(tmp_path: Path) -> None:
    _, page = page_of(tmp_path / "x.html", "check", "second-price", "--agents", "2", "--values", "0:3")
    assert [tag for tag, _ in page.found].count("svg") == 5
    labels = [attributes["aria-label"] for tag, attributes in page.found if tag == "svg"]
    assert labels[:2] == ["second-price: axioms by verdict", "second-price: violations by the size of the coalition"]
    names = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(names) == len(set(names)) > 100
    links = [attributes.get("href") or "" for _, attributes in page.found if "href" in attributes]
    assert all(link.startswith(("#", "data:image/png;")) for link in links)
    used = {link[1:] for link in links if link.startswith("#")}
    used |= {name for _, a in page.found for name in re.findall(r"url\(#(.*?)\)", " ".join(filter(None, a.values())))}
    assert len(used) >= 5
    assert used <= set(names)


def test_pages_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    auction = co.second_price(co.auction(2, [0, 1, 2]))
    report = co.check(auction, ["gsp", "sp", "individually-rational"])
    path = co.report(report, tmp_path / "x.html", mechanism=auction, command="python my_study.py")
    assert again(Page(path.read_text())) == ["python", "my_study.py"]
    for result, said in (
        (report, "2 of 3"),
        (co.violations_by_size(auction, "gsp"), "members of the coalition"),
        (auction, "does not win"),
        (co.worst(auction), "deal"),
        (co.search(co.voting(2, 2), require="sp"), "with strategy-proof"),
    ):
        text = co.report(result, str(path)).read_text()
        assert Page(text)
        assert said in text or result is report
    with pytest.raises(co.InputError, match=r"not an object of the type int"):
        co.report(3, path)
    with pytest.raises(co.InputError, match=r"\.html"):
        co.report(report, tmp_path / "x.pdf")
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    text = co.report(report, path).read_text()
    assert "the extra [figures]" in text
    assert "<svg" not in text


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
