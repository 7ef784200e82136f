"""Pictures: what is drawn is what is true, every word is inside, and files are refused before anything is computed."""

import random
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import comb
from pathlib import Path

import numpy as np
import oracle
import pytest
from commands import refused, run
from conversion import mechanism as random_mechanism
from conversion import plain, some_sizes
from oracle import axioms, reallocation

import collude as co
from collude.enumerate.checks.plan import plan
from collude.models.mechanism import Mechanism
from collude.models.pictures import maps, style
from collude.models.pictures.axiom_order import AxiomBox, draw_axioms, places_of

pytest.importorskip("matplotlib")
AUCTION = ["second-price", "--agents", "2", "--values", "1:4"]


def cells(axes: object) -> np.ndarray:
    """The amounts of the field that is drawn."""
    mesh = axes.collections[0]  # type: ignore[attr-defined]
    shape = mesh.get_coordinates().shape
    return np.ma.filled(mesh.get_array().astype(float), np.nan).reshape(shape[0] - 1, shape[1] - 1)


def drawn(plot: Callable[[style.Sheet], object]) -> object:
    return style.drawn(plot).axes[0]


def words_of(svg: bytes) -> list[str]:
    """All texts of a picture."""
    root = ET.fromstring(svg)
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


def largest_gain(table: oracle.Plain, profile: tuple[int, ...]) -> Fraction:
    """Of any coalition of two agents by a joint report, from the definition."""
    best = Fraction(0)
    for coalition in ((0,), (1,), (0, 1)):
        for reports in product(*(range(table.sizes[i]) for i in coalition)):
            told = list(profile)
            for i, k in zip(coalition, reports, strict=True):
                told[i] = k
            change = [
                table.utility(i, profile[i], table.table[tuple(told)])
                - table.utility(i, profile[i], table.table[profile])
                for i in coalition
            ]
            best = max(best, Fraction(sum(change)))
    return best


def test_the_winner_and_the_price_of_a_second_price_auction() -> None:
    mechanism = co.second_price(co.auction(2, [1, 2, 4]))
    winner, price = (cells(drawn(lambda sheet, k=kind: mechanism.plot(k, sheet))) for kind in ("winner", "price"))
    for (one, other), seen in np.ndenumerate(winner):
        assert (seen == winner[0, 0]) == (one >= other)  # the lowest index wins ties
    values = np.array([1, 2, 4])
    assert (price == np.minimum.outer(values, values)).all()


def test_gains_are_those_of_the_definition() -> None:
    rng, seen = random.Random(3), Counter[bool]()
    for _ in range(40):
        made = random_mechanism(rng, (rng.randint(1, 3), rng.randint(1, 4)), rng.randint(1, 5))
        table = plain(made)
        shown = cells(drawn(lambda sheet, m=made: m.plot("gain", sheet)))
        for profile in product(*map(range, table.sizes)):
            gain = largest_gain(table, profile)
            assert shown[profile] == float(gain)
            seen[gain > 0] += 1
    assert min(seen[True], seen[False]) >= 50


def test_prices_of_suppliers_and_of_nobody() -> None:
    buying = co.mechanism("vcg-procurement", co.procurement(2, [1, 2, 3], units=2), target=2)
    grid = cells(drawn(lambda sheet: buying.plot("price", sheet)))
    for profile in np.ndindex(*grid.shape):
        assert grid[profile] == float(sum(buying.show_outcome(buying.outcome_at(profile)).transfers))
    reserved = co.mechanism("second-price", co.auction(2, [0, 3]), reserve=2)
    grid = cells(drawn(lambda sheet: reserved.plot("price", sheet)))
    assert np.isnan(grid[0, 0])
    assert grid[1, 1] == 3


def test_maps_are_refused_where_they_mean_nothing() -> None:
    auction = co.second_price(co.auction(3, [0, 1]))
    with pytest.raises(co.NotApplicableError, match="two agents"):
        auction.plot()
    with pytest.raises(co.InputError, match="winner, price, gain"):
        co.second_price(co.auction(2, [0, 1])).plot("loser")  # type: ignore[arg-type]
    vote = co.mechanism("plurality", co.voting(2, 3))
    with pytest.raises(co.NotApplicableError, match="no money"):
        vote.plot("price")
    shown = cells(drawn(lambda sheet: vote.plot("winner", sheet)))
    assert len(np.unique(shown)) == 3
    with pytest.raises(co.InputError, match="at most 200"):
        maps.require_map(co.second_price(co.auction(2, range(201))), "gain")


def test_violations_by_size_are_those_of_the_definition() -> None:
    rng, broken = random.Random(8), 0
    for _ in range(12):
        made = random_mechanism(rng, some_sizes(rng, largest=3, profiles=24), rng.randint(2, 5))
        table, n = plain(made), made.environment.agents
        found = co.violations_by_size(made, ["gsp", "side-payment-collusion-proof", "strategy-proof"], jobs=1)
        expected = {
            "group-strategy-proof": axioms.group_strategy_proof(table),
            "side-payment-collusion-proof": reallocation.side_payment_collusion_proof(table),
        }
        for name, pairs in expected.items():
            by_size = Counter(len(coalition) for _, coalition in pairs)
            assert found[name].violations == tuple(by_size[m] for m in range(1, n + 1))
            sizes = tuple(len(table.table) * sum(1 for _ in combinations(range(n), m)) for m in range(1, n + 1))
            assert found[name].possible == sizes
            broken += len(pairs)
        assert found["strategy-proof"].violations[1:] == (None,) * (n - 1)
        assert found["strategy-proof"].violations[0] == len(axioms.strategy_proof(table))
    assert broken >= 50
    with pytest.raises(co.NotApplicableError, match="not about coalitions"):
        co.violations_by_size(made, ["individually-rational"])
    with pytest.raises(co.InputError, match="at least 1"):
        co.violations_by_size(made, max_coalition=0)
    assert (
        len(co.violations_by_size(co.second_price(co.auction(3, [0, 1])), "gsp", max_coalition=2).rows[0].violations)
        == 2
    )


def test_axioms_stand_above_what_they_imply() -> None:
    report = co.check(co.second_price(co.auction(3, range(3))))
    steps = report.implications
    assert len(steps) >= 12
    places = places_of([v.axiom for v in report], steps)
    assert len(set(places.values())) == len(report)
    assert all(places[step.stronger][1] > places[step.weaker][1] for step in steps)
    axes = drawn(report.plot)
    texts = {
        text.get_text().replace("\n", ""): text.get_bbox_patch().get_facecolor()
        for text in axes.texts
        if text.get_text()
    }  # type: ignore[attr-defined]
    assert len(texts) == len(report)
    colours = {verdict.holds: set() for verdict in report}
    for verdict in report:
        (colour,) = (
            colour for text, colour in texts.items() if text.startswith(f"{verdict.axiom}{verdict.answer[:5]}")
        )
        colours[verdict.holds].add(colour)
    assert [len(found) for found in colours.values()] == [1, 1]
    assert colours[True] != colours[False]


def test_names_are_broken_at_hyphens_only() -> None:
    names = ["self-enforcing-group-strategy-proof", "a-name-with-avery-very-verylongword-in-it"]
    axes = drawn(lambda sheet: draw_axioms([AxiomBox(name, "", "") for name in names], [], "t", sheet))
    shown = [text.get_text() for text in axes.texts]  # type: ignore[attr-defined]
    assert [text.replace("\n", "") for text in shown] == names
    assert all(line.endswith("-") for text in shown for line in text.split("\n")[:-1])


def test_deals_have_types_on_their_axes() -> None:
    two = co.worst(co.mechanism("vcg-procurement", co.procurement(2, [1, 2, 3], units=2), target=2))
    axes = drawn(two.plot)
    assert cells(axes).max() == 2
    assert [label.get_text() for label in axes.get_xticklabels()] == ["(1,2)", "(1,3)", "(2,3)"]  # type: ignore[attr-defined]
    three = co.worst(co.second_price(co.auction(3, [1, 2, 4], labels=["A", "B", "C"])))
    axes = drawn(three.plot)
    assert (cells(axes) == three.heat).all()
    assert [label.get_text() for label in axes.get_yticklabels()][-1] == "{A, B, C}"  # type: ignore[attr-defined]
    assert [label.get_text() for label in axes.child_axes[0].get_xticklabels()] == ["1", "2", "4"]  # type: ignore[attr-defined]
    many = drawn(co.worst(co.second_price(co.auction(5, range(4)))).plot)
    assert cells(many).shape == (31, 400)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_no_text_is_cut_and_strange_labels_do_no_harm(form: str) -> None:
    evil = "<b>$x^{$ \u4e2d \x07 " + "long " * 30
    made = co.second_price(co.auction(2, [0, 1], labels=["A", evil])).named("a name of many words " * 8)
    report = co.check(made, ["gsp", "sp"])
    for plot in (lambda sheet: made.plot("winner", sheet), report.plot, co.worst(made).plot):
        figure = style.drawn(plot)
        content = style.picture_bytes(figure, form)
        assert content == style.picture_bytes(style.drawn(plot), form)
        figure.set_layout_engine("none")
        content = style.picture_bytes(figure, form)
        if form != "svg":
            continue
        assert any("$x^{$" in word for word in words_of(content)) or plot == report.plot
        assert plot == report.plot or sum(word.count("long") for word in words_of(content)) >= 30
        width, height = (float(ET.fromstring(content).get(side, "").removesuffix("pt")) for side in ("width", "height"))
        inside = figure.get_tightbbox().padded(0.1)
        assert abs(inside.width * 72 / width - 1) < 0.08  # renderers measure letters a little differently
        assert abs(inside.height * 72 / height - 1) < 0.08


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("axioms", {"holds", "VIOLATED 9 of 48"}),
        ("sizes", {"group-strategy-proof", "9", "of 16", "members of the coalition"}),
        ("winner", {"A  0 wins", "true type of agent 0"}),
        ("price", {"second-price: what those who receive goods pay"}),
        ("gain", {"second-price: largest gain of {0}, {1} or both together by a misreport"}),
    ],
)
def test_check_draws_what_is_asked(what: str, said: set[str], tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    done = run("check", *AUCTION, "--axiom", "gsp,sp", "--picture", str(path), "--draw", what)
    assert done.returncode == 1, done.stderr
    assert said <= set(words_of(path.read_bytes()))
    assert [file.name for file in tmp_path.iterdir()] == ["x.svg"]


def test_the_growth_of_a_check_is_counted_exactly(tmp_path: Path) -> None:
    planned = plan(co.second_price(co.auction(3, range(4))), axioms=["strategy-proof"], jobs=1)
    axes = drawn(replace(planned, free_bytes=5000).plot)
    lines = axes.get_lines()  # type: ignore[attr-defined]
    assert [line.get_label() for line in lines] == ["2 agents", "3 agents", "4 agents"]
    for n, line in zip((2, 3, 4), lines, strict=True):
        for k, work in zip(*line.get_data(), strict=True):
            assert work == k**n * sum(k**m * comb(n, m) for m in range(1, n + 1))
    full = [(scatter.get_facecolors()[:, :3] < 1).any(axis=1) for scatter in axes.collections[:3]]  # type: ignore[attr-defined]
    assert all(list(points) == sorted(points, reverse=True) for points in full)
    assert full[0].sum() > full[2].sum() > 0
    assert (axes.collections[3].get_offsets() == [[4, planned.joint_misreports]]).all()  # type: ignore[attr-defined]
    done = run("plan", *AUCTION, "--axiom", "gsp", "--picture", str(tmp_path / "x.svg"))
    assert done.returncode == 0, done.stderr
    assert {"3 agents", "joint misreports"} <= set(words_of((tmp_path / "x.svg").read_bytes()))
    refused("plan", *AUCTION, "--symmetric", "--picture", "x.svg")


@pytest.mark.parametrize(
    "words",
    [
        ("--picture", "x.gif"),
        ("--picture", "/nowhere/x.svg"),
        ("--picture", "x.svg", "--draw", "nothing"),
        ("--picture", "x.svg", "--dry-run"),
        ("--picture", "x.svg", "--symmetric"),
        ("--axiom", "individually-rational", "--picture", "x.svg", "--draw", "sizes"),
    ],
)
def test_pictures_that_cannot_be_take_one_line(words: tuple[str, ...]) -> None:
    refused("check", *AUCTION, *words)


def test_without_matplotlib_a_plot_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    mechanism: Mechanism = co.second_price(co.auction(2, [0, 1]))
    with pytest.raises(co.InputError, match=r"\[figures\]"):
        mechanism.plot()
    refused("check", *AUCTION, "--picture", "x.svg")


def test_a_plot_goes_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    from matplotlib import pyplot

    mechanism = co.second_price(co.auction(2, [0, 1]))
    figure, (left, right) = pyplot.subplots(1, 2)
    assert mechanism.plot("winner", left) is left
    assert mechanism.plot("gain", right) is right
    own = mechanism.plot("price")
    assert own.figure is not figure
    assert own.figure.number in pyplot.get_fignums()  # a notebook shows it
    pyplot.close("all")


def test_the_lattice_marks_each_subset_as_the_atlas_decides() -> None:
    from matplotlib.colors import to_hex

    names = ["strategy-proof", "onto", "non-dictatorial", "unanimous"]
    made = co.atlas(co.problem("voting", agents=2, alternatives=3), names, count=False)
    axes = drawn(made.plot)
    words = {
        text.xy: text.get_text()
        for text in axes.texts
        if "\n" not in text.get_text()  # type: ignore[attr-defined]
    }
    assert len(words) == 16
    seen: Counter[bool | None] = Counter()
    for points in axes.collections:  # type: ignore[attr-defined]
        colour, corners = to_hex(points.get_facecolors()[0]), len(points.get_paths()[0].vertices)
        for at in points.get_offsets():
            letters = words[tuple(at)]
            decided = made.decided([names["ABCD".index(letter)] for letter in letters if letter != "-"])
            assert (colour, corners < 10) == ((style.HOLDS, False) if decided else (style.VIOLATED, True))
            seen[decided] += 1
    assert seen[True] + seen[False] == 16
    assert min(seen[True], seen[False]) >= 2
    nine = ",".join(
        [*names, "non-constant", "anonymous", "maskin-monotonic", "pareto-efficient", "strategy-proof,trivial"]
    )
    said = refused("atlas", "voting", "--agents", "2", "--alternatives", "3", "--axioms", nine, "--picture", "x.svg")
    assert "at most 8 axioms" in said


def test_a_sweep_is_blue_where_nothing_is_violated() -> None:
    from matplotlib.colors import to_hex

    given = {"agents": 2, "values": "0,2,5"}
    made = co.sweep("top-value", given, vary={"price": "1:6"}, axioms=["group-strategy-proof", "symmetric"])
    axes = drawn(lambda sheet: made.plot(ax=sheet))
    points = made.points_on("group-strategy-proof")
    assert [to_hex(patch.get_facecolor()) for patch in axes.patches] == [  # type: ignore[attr-defined]
        style.VIOLATED if point.count else style.HOLDS for point in points
    ]
    assert [text.get_text().split("\n")[0] for text in axes.texts] == [str(point.count) for point in points]  # type: ignore[attr-defined]
    assert len({point.answer for point in points}) == 2
    with pytest.raises(co.InputError, match="not in this sweep"):
        made.plot("strategy-proof")


def test_an_explanation_shows_utilities_before_and_after(tmp_path: Path) -> None:
    rng, gains = random.Random(5), Counter[bool]()
    for _ in range(40):
        made = random_mechanism(rng, some_sizes(rng, largest=3, profiles=24), rng.randint(3, 8))
        table = plain(made)
        truth, report = (tuple(rng.randrange(k) for k in table.sizes) for _ in range(2))
        found = co.explain(made, truth, report)
        axes = drawn(found.plot)
        for points, said in zip(axes.collections, (truth, report), strict=True):  # type: ignore[attr-defined]
            worth = [table.utility(i, truth[i], table.table[said]) for i in range(len(truth))]
            assert [list(map(float, at)) for at in points.get_offsets()] == [[float(x), i] for i, x in enumerate(worth)]
        for i, agent in enumerate(found.agents):
            gain = table.utility(i, truth[i], table.table[report]) - table.utility(i, truth[i], table.table[truth])
            assert Fraction(agent.gain) == gain
            gains[gain > 0] += 1
        assert len(drawn(co.explain(made, truth).plot).collections) == 1  # type: ignore[attr-defined]
    assert min(gains.values()) >= 10
    words = ["explain", *AUCTION, "--profile", "4,2", "--misreport", "1,1", "--picture"]
    assert run(*words, str(tmp_path / "x.svg")).returncode == 0
    assert {"agent 0: 4, says 1", "utility", "as reported"} <= set(words_of((tmp_path / "x.svg").read_bytes()))
    refused(*words, "x.gif")
    vote = drawn(co.explain(co.mechanism("borda", co.voting(2, 3)), "0,1,2;2,1,0").plot)
    assert "-0" not in [label.get_text() for label in vote.get_xticklabels()]  # type: ignore[attr-defined]
