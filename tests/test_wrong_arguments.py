"""Every argument of the public functions, one at a time of a wrong kind: accepted, or refused by an error of collude's own."""

import inspect
from collections.abc import Callable
from typing import Literal, get_args, get_origin

import pytest

import collude as co

AUCTION = co.auction(agents=2, values=range(2))
SECOND = co.second_price(AUCTION)
AIRLINE = co.airline(3, prior=co.uniform((2, 2, 2)))
WRONG: tuple[object, ...] = (
    None,
    True,
    0,
    1,
    -1,
    10**30,
    2.5,
    float("nan"),
    "",
    "x",
    "1/2",
    "0:2",
    b"x",
    [],
    (),
    {},
    [None],
    [[]],
    ["x"],
    [1, [2]],
    {"x": 1},
    {1: 2},
    {"a"},
    object(),
    int,
    len,
    AUCTION,
    SECOND,
    range(3),
    [0, 1],
)
RIGHT: dict[str, dict[str, object]] = {
    "agv": {"environment": AIRLINE},
    "airline": {"agents": 3, "prior": None},
    "auction": {"agents": 2, "values": [0, 1], "withhold": True, "labels": None, "prior": None},
    "check": {
        "mechanism": SECOND,
        "axioms": ["strategy-proof"],
        "count": "coalitions",
        "first": False,
        "max_coalition": None,
        "path": "auto",
        "chunks": None,
        "out": "",
        "part": (1, 1),
        "backend": "",
        "jobs": 1,
        "scheduler": "",
        "max_seconds": None,
        "max_memory": None,
        "progress": None,
    },
    "choice": {"payoffs": [[[0, 1]], [[1, 0]]], "alternatives": None, "labels": None, "prior": None},
    "dominance": {"environment": AIRLINE, "family": None, "balanced": False},
    "environment": {"name": "auction", "agents": 2, "values": "0:1", "prior": None},
    "equilibria": {"mechanism": co.agv(AIRLINE), "partition": None},
    "first_price": {"environment": AUCTION, "reserve": None, "ties": "lowest"},
    "from_function": {
        "environment": AUCTION,
        "rule": lambda _reports: (0, [0, 0]),
        "name": None,
        "vectorised": False,
        "reports": "values",
        "tolerance": None,
        "parameters": None,
        "progress": None,
    },
    "holds": {"mechanism": SECOND, "axiom": "strategy-proof", "jobs": 1},
    "load": {
        "target": "second-price",
        "environment": AUCTION,
        "parameters": None,
        "allow_code": False,
        "tolerance": None,
    },
    "mechanism": {"name": "posted-price", "environment": AUCTION, "price": 1},
    "outcome_space": {"environment": AUCTION, "transfers": [0]},
    "posted_price": {"environment": AUCTION, "price": 1, "reserve": None, "accept_equal": False, "ties": "lowest"},
    "procurement": {"agents": 2, "costs": [0, 1], "units": 1, "labels": None, "prior": None},
    "public_good": {"agents": 2, "values": [0, 1], "cost": 1, "prior": None},
    "search": {
        "problem": AUCTION,
        "transfers": [0],
        "require": ["strategy-proof"],
        "mode": "count",
        "normalise": False,
        "project": "",
        "objective": "",
        "chunks": None,
        "confirm": "",
        "prove": False,
        "classify": False,
        "isomorphism": False,
        "saturate": True,
        "out": "",
        "part": (1, 1),
        "backend": "",
        "jobs": 1,
        "scheduler": "",
        "max_seconds": None,
        "max_memory": None,
        "progress": None,
    },
    "second_price": {"environment": AUCTION, "reserve": None, "ties": "lowest"},
    "separability": {"environment": AIRLINE},
    "shapley": {"environment": AIRLINE, "way": "patterns"},
    "single_object": {"agents": 2, "values": [0, 1], "prior": None},
    "single_order": {"agents": 2, "costs": [0, 1], "prior": None},
    "top_value": {"environment": AUCTION, "price": 1, "reserve": None, "ties": "lowest"},
    "trade": {"costs": [0, 1], "values": [0, 1], "units": 1, "bundles": None, "prior": None},
    "transfers": {"environment": AIRLINE, "rule": "agv", "jobs": 1},
    "uniform": {"sizes": (2, 2)},
    "voting": {"agents": 2, "alternatives": 2, "preferences": "strict", "prior": None},
    "worst": {"mechanism": SECOND, "top": 1, "goods": True, "max_coalition": None, "jobs": 1, "progress": None},
}
POSITIONAL = {"environment": ("name",), "mechanism": ("name", "environment")}


def call(name: str, given: dict[str, object]) -> object:
    ahead = POSITIONAL.get(name, ())
    function: Callable[..., object] = getattr(co, name)
    return function(*(given[key] for key in ahead), **{key: value for key, value in given.items() if key not in ahead})


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_wrong_argument_is_an_error_of_its_own(name: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    call(name, RIGHT[name])
    bad, refused = [], 0
    for key in RIGHT[name]:
        for value in WRONG:
            if (key, value) in (("backend", "dask"), ("out", "x")) or (key == "progress" and callable(value)):
                continue
            try:
                call(name, {**RIGHT[name], key: value})
            except co.ColludeError as error:
                refused += 1
                if len(str(error).splitlines()) != 1:
                    bad.append(f"{key}={value!r}: {error}")
            except Exception as error:
                bad.append(f"{key}={value!r}: {type(error).__name__}: {error}"[:200])
    assert not bad, "\n".join(bad)
    assert refused >= 5


@pytest.mark.parametrize("name", ["check", "search", "worst", "transfers", "holds"])
def test_keywords_are_named_and_typed(name: str) -> None:
    parameters = inspect.signature(getattr(co, name)).parameters
    assert not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    assert set(RIGHT[name]) == set(parameters)
    words = {"count", "path", "backend", "mode", "project", "objective", "confirm", "rule"} & set(parameters)
    assert all(get_origin(parameters[word].annotation) is Literal for word in words)
    for word in words - {"rule"}:
        assert parameters[word].default in get_args(parameters[word].annotation)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: co.search(AUCTION, modee="count"), "the nearest is 'mode'"),
        (lambda: co.search(AUCTION, jbos=1), "the nearest is 'jobs'"),
        (lambda: co.check(SECOND, cuont="none"), "the nearest is 'count'"),
        (lambda: co.check(SECOND, max_seconds="soon"), "max_seconds"),
        (lambda: co.check(SECOND, progress=3), "progress is a function"),
        (lambda: co.check(SECOND, first=1), "first is True or False"),
        (lambda: co.search(AUCTION, mode=3), "mode is a word"),
        (lambda: co.search(AUCTION, classify="yes"), "classify is True or False"),
    ],
)  # type: ignore[call-arg]
def test_the_nearest_keyword_is_offered(call: Callable[[], object], words: str) -> None:
    with pytest.raises(co.InputError, match=words):
        call()
