"""Python as a newcomer meets it: names, errors that say what to write, answers that fit on a screen, tables in a notebook."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

import collude as co
from collude.models.registry import ENVIRONMENTS, MECHANISMS, load

AUCTION = co.auction(agents=2, values=range(3))
SECOND = co.second_price(AUCTION)


def table(mechanism: co.Mechanism) -> list[object]:
    return [(o.bundles, o.transfers) for o in map(mechanism.show_outcome, mechanism.outcome.tolist())]


def test_everything_with_a_name_is_listed_and_built() -> None:
    load()
    assert set(co.mechanisms()) == set(MECHANISMS)
    assert set(co.environments()) == set(ENVIRONMENTS)
    assert {"group-strategy-proof", "quantity-target=..."} <= set(co.axioms())
    assert all(text for listing in (co.mechanisms(), co.environments(), co.axioms()) for text in listing.values())
    assert table(co.mechanism("vickrey", AUCTION)) == table(SECOND)
    assert co.environment("auction", agents=2, values="0:2").types == AUCTION.types
    suppliers = co.environment("procurement", agents=2, costs=[1, 2, 3], units=2, labels=["A", "B"])
    assert co.mechanism("vcg-procurement", suppliers, target=2).environment.labels == ("A", "B")


def test_the_list_of_axioms_stays_a_function_once_axioms_are_loaded() -> None:
    code = (
        "import collude as co; co.check(co.second_price(co.auction(2, [0, 1])), 'symmetric'); print(len(co.axioms()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40


def test_only_public_names_are_offered() -> None:
    assert {"check", "search", "load", "mechanism", "axioms"} <= set(dir(co))
    assert not {"Any", "TYPE_CHECKING", "import_module", "at_import"} & set(dir(co))
    assert [name for name in dir(co) if name.startswith("_")] == ["__version__"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: co.check("second-price"), "co.mechanism"),
        (lambda: co.check(AUCTION), "not an object of the type Environment"),
        (lambda: co.holds("second-price", "sp"), "co.load"),
        (lambda: co.worst("second-price"), "co.mechanism"),
        (lambda: co.worst(SECOND, top="x"), "top"),
        (lambda: co.equilibria(None), "a mechanism is needed"),
        (lambda: co.transfers(SECOND, "vcg"), "take its .environment"),
        (lambda: co.search(SECOND), "take its .environment"),
        (lambda: co.search("auction"), "co.auction"),
        (lambda: co.search(AUCTION, transfers=3), "list of numbers, not 3"),
        (lambda: co.search(AUCTION, transfers=[0], require=[3]), "not 3"),
        (lambda: co.check(SECOND, [3]), "co.axioms()"),
        (lambda: co.check(SECOND, 3), "co.axioms()"),
        (lambda: co.check(SECOND, max_coalition="x"), "max_coalition"),
        (lambda: co.check(SECOND, jobs="x"), "jobs"),
        (lambda: co.outcome_space(SECOND), "take its .environment"),
        (lambda: co.from_function(SECOND, len), "take its .environment"),
        (lambda: co.from_function(AUCTION, 3), "function of the reports"),
        (lambda: co.second_price("auction"), "co.auction"),
        (lambda: co.auction(agents=2.5, values=[1]), "agents"),
        (lambda: co.auction(agents="two", values=[1]), "agents"),
        (lambda: co.auction(2, 3), "values must be a list"),
        (lambda: co.auction(2, [0, 1], labels=3), "list of names"),
        (lambda: co.auction(2, [0, 1], prior=3), "co.uniform"),
        (lambda: co.procurement(2, 5), "costs must be a list"),
        (lambda: co.trade(1, 2), "costs must be a list"),
        (lambda: co.voting(agents=2, alternatives="x"), "alternatives"),
        (lambda: co.choice(3), "one list per agent"),
        (lambda: co.uniform(3), "number of types of each agent"),
        (lambda: co.mechanism("vcg-procurement", target=2), r"co.environment\('procurement', agents=..., costs=...\)"),
        (lambda: co.mechanism("second-price", "auction"), "an environment is needed"),
        (lambda: co.mechanism("second-prize", AUCTION), "'second-price'"),
        (lambda: co.mechanism("second-price", AUCTION, colour=1), "reserve"),
        (lambda: co.mechanism(3), "names are text"),
        (lambda: co.environment("auction", agents=2), "needs values"),
        (lambda: co.auction(colour=1), "'colour'; its parameters are agents, values, withhold, labels, prior"),
        (lambda: co.auction(2, valuse=[0, 1]), "'valuse'; the nearest is 'values'"),
        (lambda: co.auction(2), "missing a required argument: 'values'; its parameters are agents"),
        (lambda: co.uniform((2, 2), 3), "too many positional arguments; its parameters are sizes"),
        (lambda: co.mechanisms(1), "it has no parameters"),
    ],
)
def test_wrong_arguments_say_what_to_write(call: Callable[[], object], words: str) -> None:
    with pytest.raises(co.InputError, match=words) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_a_witness_is_explained() -> None:
    report = co.check(SECOND, "group-strategy-proof")
    witness = report["group-strategy-proof"].witness
    assert witness is not None
    found = co.explain(SECOND, witness)
    assert [found.agents[i].gain for i in witness.coalition] == list(witness.gains)
    assert found.profile == witness.profile
    assert co.explain(SECOND, "2,1") == co.explain(SECOND, (2, 1))
    assert co.explain(SECOND, "2,1").misreport is None
    for text in (repr(found), read(found._repr_html_())):
        assert "gain" in text
    with pytest.raises(co.InputError, match="leave misreport out"):
        co.explain(SECOND, witness, (0, 0))
    for profile in ((0,), (0, 3), (0.5, 1), 3, "0,9", [None, 1]):
        with pytest.raises(co.InputError):
            co.explain(SECOND, profile)  # type: ignore[arg-type]
    known = co.agv(co.airline(3, prior=co.uniform((2, 2, 2))))
    drawn_types = co.check(known, "coalition-proof")["coalition-proof"].witness
    assert drawn_types is not None
    assert co.explain(known, (0, 0, 0)).expected is not None
    if min(drawn_types.profile) < 0:
        with pytest.raises(co.InputError, match="drawn from the prior"):
            co.explain(known, drawn_types)


def test_public_functions_travel_and_errors_of_ones_own_code_stay() -> None:
    assert pickle.loads(pickle.dumps(co.holds)) is co.holds
    assert (co.load.__module__, co.load.__name__) == ("collude", "load")

    def rule(_reports: object) -> object:
        raise TypeError("mine")

    with pytest.raises(co.InputError, match="mine"):
        co.from_function(AUCTION, rule)


def test_one_axiom_by_name_is_enough() -> None:
    assert co.search(co.voting(2, 3), require="strategy-proof").count == 17
    assert co.check(SECOND, "strategy-proof").holds


class Balanced(HTMLParser):
    """Reads HTML and keeps the text; an element that is not closed where it should be is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "img"), "nothing of the text may become an element"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> str:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.text


def test_answers_fit_on_a_screen_and_into_a_notebook() -> None:
    evil = "<script>alert(1)</script>"
    mechanism = co.second_price(co.auction(3, range(5), labels=["A", "B", evil])).named(f"{evil}")
    report = co.check(mechanism)
    witness = report["group-strategy-proof"].witness
    result = co.search(co.voting(2, 3), require="strategy-proof", mode="all")
    for shown in (report, report["group-strategy-proof"], report["strategy-proof"], witness, mechanism, result):
        assert 1 <= len(repr(shown).splitlines()) < 20
        assert len(repr(shown)) < 3000
        assert read(shown._repr_html_())
    assert "202 of 875" in repr(report)
    assert "202 of 875" in read(report._repr_html_())
    assert "pays 4" in read(report["group-strategy-proof"]._repr_html_())
    assert evil in read(mechanism._repr_html_())
    assert "17" in repr(result)
    assert "does not win" in read(mechanism._repr_html_())
