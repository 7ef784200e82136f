"""Where blocks are run: order, early stops, errors, and no more threads than were asked for."""

import threading
import time
from collections.abc import Iterator

import pytest

from collude.enumerate.checks.backends import Threads
from collude.models.errors import InputError


@pytest.mark.parametrize("jobs", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 100])
def test_results_come_in_the_order_of_the_items(jobs: int, count: int) -> None:
    def square(x: int) -> int:
        time.sleep(0.001 * (x % 3))
        return x * x

    assert list(Threads(jobs).map(square, range(count))) == [x * x for x in range(count)]


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_an_error_reaches_the_caller(jobs: int) -> None:
    def fail(x: int) -> int:
        if x == 7:
            raise ValueError("seven")
        return x

    with pytest.raises(ValueError, match="seven"):
        list(Threads(jobs).map(fail, range(20)))


def test_what_has_not_begun_when_the_caller_stops_never_begins() -> None:
    begun: list[int] = []

    def work(x: int) -> int:
        begun.append(x)
        time.sleep(0.002)
        return x

    results: Iterator[int] = Threads(2).map(work, range(1000))
    assert [next(results), next(results)] == [0, 1]
    results.close()  # type: ignore[attr-defined]
    seen = len(begun)
    time.sleep(0.05)
    assert len(begun) <= seen + 2 < 20


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_as_many_threads_as_were_asked_for(jobs: int) -> None:
    names = set(Threads(jobs).map(lambda _: (time.sleep(0.005), threading.current_thread().name)[1], range(40)))
    assert len(names) == jobs
    assert (names == {threading.current_thread().name}) == (jobs == 1)


def test_at_least_one_thread() -> None:
    with pytest.raises(InputError, match="at least 1"):
        Threads(0)
