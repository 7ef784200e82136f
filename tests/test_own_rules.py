"""A user's own rule: progress, parameters, failures that name profile and line, hints."""

from pathlib import Path

import numpy as np
import pytest
from commands import answer, refused, run_apart

import collude as co
from collude.kernels.compiling import Stopwatch, compiled_seconds
from collude.models.errors import InputError
from collude.models.files import functions
from collude.models.files.functions import from_function
from collude.models.files.spec import build, draft

RULES = """
from collude import auction, second_price

def plain(reports, cost=0, *, note="x"):
    winner = max(range(len(reports)), key=lambda i: (reports[i], -i))
    if reports[winner] < cost:
        return None, [0] * len(reports)
    return winner, [-cost if i == winner else 0 for i in range(len(reports))]

def typed(reports, *, cost: int, free: bool = False):
    return 0, [0 if free else -cost] + [0] * (len(reports) - 1)

def helper(reports):
    return reports[0] / (reports[1] - 2)

def broken(reports):
    helper(reports)
    return 0, [0, 0]

def wide(reports, step=1):
    import numpy as np
    if (reports == 2).any():
        raise ValueError("two\\nlines")
    return np.zeros(reports.shape[1], int), np.zeros_like(reports)

def order(reports):
    return reports[0]

def factory(agents: int = 2):
    return second_price(auction(agents, range(3)))

def chosen(reports):
    return 0, [0, 0]
"""
SHARED = ("--environment", "auction", "--agents", "2", "--values", "0:3", "--allow-code")


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(RULES)
    return str(tmp_path / "mine.py")


def mine(file: str, name: str, **parameters: object) -> co.Mechanism:
    return build(f"{file}:{name}", {"kind": "auction", "agents": 2, "values": "0:3"}, parameters, allow_code=True)


def test_parameters_reach_the_rule(file: str) -> None:
    free, dear = mine(file, "plain"), mine(file, "plain", cost="2")
    assert (free.outcomes, dear.outcomes) == (2, 3)
    assert min(dear.transfer.ravel().tolist()) == -2
    assert mine(file, "plain", cost="3/2").scale == 2
    assert mine(file, "typed", cost="2").transfer.tolist() == [[-2, 0]]
    assert mine(file, "typed", cost="2", free="yes").transfer.tolist() == [[0, 0]]
    with pytest.raises(InputError, match="must be a whole number"):
        mine(file, "typed", cost="3/2")
    with pytest.raises(InputError, match="needs cost"):
        mine(file, "typed")
    with pytest.raises(InputError, match="takes no parameter 'colour'; it takes cost, note, vectorised, reports"):
        mine(file, "plain", colour="1")
    done = answer("check", f"{file}:plain", *SHARED, "--param", "cost=2", "--axiom", "no-deficit", "--json")
    assert done["verdicts"][0]["holds"] is True


def test_parameters_that_are_not_the_rules_reach_the_environment(file: str) -> None:
    mechanism = build(f"{file}:chosen", {"kind": "choice"}, {"payoffs": [[[0, 1]], [[2, 3]]]}, allow_code=True)
    assert mechanism.environment.alternatives == ("s0", "s1")


def test_a_function_without_reports_makes_a_mechanism(file: str) -> None:
    assert build(f"{file}:factory", allow_code=True).environment.agents == 2
    assert build(f"{file}:factory", {}, {"agents": "3"}, allow_code=True).environment.agents == 3


def test_a_crash_names_profile_and_line(file: str) -> None:
    line = RULES.splitlines().index("    return reports[0] / (reports[1] - 2)") + 1
    with pytest.raises(InputError) as error:
        mine(file, "broken")
    assert "broken failed at the reports (0, 2): ZeroDivisionError: " in str(error.value)
    assert f"(line {line} of mine.py)" in str(error.value)
    line = next(x for x, text in enumerate(RULES.splitlines(), 1) if "two" in text)
    with pytest.raises(InputError) as error:
        mine(file, "wide", vectorised="true")
    assert "failed between the reports (0, 0) and (3, 3): ValueError: two lines" in str(error.value)
    assert f"(line {line} of mine.py)" in str(error.value)
    assert "(line " in refused("check", f"{file}:broken", *SHARED)


def test_a_file_that_cannot_be_run_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("x = 1\ny = 1 / 0\n")
    with pytest.raises(InputError, match=r"ZeroDivisionError: .* \(line 2\)"):
        mine(str(tmp_path / "bad.py"), "f")
    (tmp_path / "bad.py").write_text("x = 1\ndef (\n")
    with pytest.raises(InputError, match=r"\(line 2\)"):
        mine(str(tmp_path / "bad.py"), "f")


def test_a_voting_rule_that_returns_an_order_is_told_so(file: str) -> None:
    words = ("--environment", "voting", "--agents", "3", "--alternatives", "3", "--allow-code")
    assert "looks like an order of all alternatives" in refused("check", f"{file}:order", *words)


def test_building_reports_its_progress(file: str) -> None:
    steps: list[tuple[str, int, int]] = []
    environment = {"kind": "auction", "agents": 2, "values": "0:29"}
    drafted = draft(f"{file}:plain", environment, allow_code=True)
    drafted.build(lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == list(range(1, len(steps) + 1))
    assert len(steps) >= 200
    assert all(what.startswith("building plain") and done <= total for what, done, total in steps)
    steps.clear()
    build("second-price", {"agents": 2, "values": "0:299"}, progress=lambda *step: steps.append(step))
    assert [step[1:] for step in steps] == [(1, 3), (2, 3), (3, 3)]


def test_a_slow_plain_rule_is_told_to_vectorise(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setattr(functions, "SLOW_SECONDS", 0.0)
    env, steps = co.auction(agents=2, values=range(20)), []
    with pytest.warns(UserWarning, match="vectorised rule is often 100 times faster"):
        mechanism = from_function(env, lambda _r: (0, (0, 0)), name="mine", progress=lambda *step: steps.append(step))
    assert mechanism.build_seconds > 0
    assert steps[0][0] == "building mine (a vectorised rule is faster)"

    def wide(reports: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(reports.shape[1], np.int64), np.zeros_like(reports)

    assert from_function(env, wide, vectorised=True).outcomes == 1
    done = run_apart("check", f"{file}:plain", *SHARED, "--axiom", "strategy-proof")
    assert "vectorised" not in done.stderr


def test_compiling_is_told_apart() -> None:
    from numba import njit

    clock, before = Stopwatch(), compiled_seconds()

    @njit  # type: ignore[untyped-decorator]
    def inner(x: int) -> int:
        return x + 1

    @njit  # type: ignore[untyped-decorator]
    def outer(x: int) -> int:
        return int(inner(x)) * 2

    assert outer(1) == 4
    if hasattr(outer, "py_func"):
        assert 0 < clock.compiling == compiled_seconds() - before
    assert clock.working >= 0
