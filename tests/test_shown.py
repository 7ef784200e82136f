"""Every public result is a table in a notebook and fits on a screen as text, however large it is."""

import dataclasses
import inspect
import typing
from html.parser import HTMLParser

import numpy as np
import pytest

import collude as co
from collude.models.files.html import entries, shown


def result_classes() -> dict[str, type]:
    """Public dataclasses, and those that public functions return."""
    found = {}
    for name in co._NAMES:
        value = getattr(co, name)
        if inspect.isfunction(value):
            try:
                given = typing.get_type_hints(value).get("return")
            except NameError:  # it speaks of matplotlib
                continue
            candidates = [given, *typing.get_args(given)]
        else:
            candidates = [value]
        found |= {
            each.__name__: each for each in candidates if isinstance(each, type) and dataclasses.is_dataclass(each)
        }
    return found


CLASSES = result_classes()


class Words(HTMLParser):
    """The text of a piece of HTML; what is not closed, or runs, is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("table", "tr", "td", "th", "p", "details", "summary"), tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_public_result_has_both_forms() -> None:
    assert len(CLASSES) >= 45
    assert {"Report", "SearchResult", "DealReport", "Frontier", "SizeReport"} <= set(CLASSES)
    assert [name for name, cls in CLASSES.items() if not hasattr(cls, "_repr_html_")] == []


def results() -> list[object]:
    """One of most kinds, some of them large."""
    auction = co.second_price(co.auction(3, range(5), labels=["A", "B", "<b>"]))
    airline = co.airline(3, prior=co.uniform((2, 2, 2)))
    problem = co.ObjectTrade(40, (0, 2), (1, 3), ("1/2", "1/2"))
    report = co.check(auction)
    witness = report["group-strategy-proof"].witness
    assert witness is not None
    return [
        report,
        *report.verdicts,
        *report.implications,
        witness,
        *witness.members,
        auction,
        auction.environment,
        auction.show_outcome(0),
        co.auction(9, range(30)),
        co.worst(auction),
        co.worst(auction).deals[0],
        co.violations_by_size(auction, "gsp"),
        co.search(co.voting(2, 3), require="strategy-proof", mode="all"),
        co.transfers(airline, "agv"),
        co.equilibria(co.agv(airline)),
        problem,
        co.optimal_trade(problem),
        co.trade_frontier(problem),
        co.outcome_space(co.auction(2, [0, 1]), [-1, 0]),
    ]


def test_results_fit_on_a_screen_and_into_a_notebook() -> None:
    seen = set()
    for result in results():
        text, page = repr(result), Words(result._repr_html_()).text  # type: ignore[attr-defined]
        seen.add(type(result).__name__)
        assert 1 <= len(text.splitlines()) < 20, text
        assert len(text) < 6000, text
        assert page.strip()
    assert len(seen) >= 16


@shown
@dataclasses.dataclass(frozen=True)
class Large:
    """Thirty fields would not fit."""

    name: str
    array: np.ndarray
    rows: tuple[int, ...]
    hidden: int = dataclasses.field(default=7, repr=False)


def test_large_results_are_told_in_short() -> None:
    large = Large("<i>" * 1000, np.zeros((3, 4), np.int64), tuple(range(1000)))
    assert repr(large).splitlines()[0] == "Large"
    assert "int64 array 3 x 4" in repr(large)
    assert "(1000 entries)" in repr(large)
    assert "hidden" not in repr(large)
    assert "<i>" in Words(large._repr_html_()).text  # type: ignore[attr-defined]
    small = Large("x", np.zeros(1), ())
    assert repr(small) == "Large(name='x', array=array([0.]), rows=())"
    assert [name for name, _ in entries(small)] == ["name", "array", "rows"]
    wide = dataclasses.make_dataclass("Wide", [(f"field{k}", str, "x" * 200) for k in range(30)])
    assert len(repr(shown(wide)()).splitlines()) == 19
    assert "and 13 more fields" in repr(wide())


def test_own_forms_are_kept() -> None:
    @shown
    @dataclasses.dataclass
    class Own:
        """Says something else."""

        def _repr_html_(self) -> str:
            return "own"

    assert Own()._repr_html_() == "own"
    with pytest.raises(TypeError):
        Own(1)  # type: ignore[call-arg]


def test_a_witness_tells_the_deal() -> None:
    """Where only goods and money move, the members' reports gain them nothing: the deal is what the witness is about."""
    mechanism = co.from_function(co.auction(2, [0, 3]), lambda _reports: (0, (0, 0)), name="a gift")
    verdict = co.check(mechanism, ["reallocation-proof"])["reallocation-proof"]
    assert verdict.witness is not None
    told = ["reallocation: ", "payments: agent ", "in the end: each gains 3/2"]
    for text in (repr(verdict), repr(verdict.witness), Words(verdict._repr_html_()).text):
        assert all(part in text for part in told), text
    bribed = co.check(co.second_price(co.auction(2, [0, 2])), ["bribe-proof"])["bribe-proof"]
    assert "bribe: agent " in repr(bribed.witness)
