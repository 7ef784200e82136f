"""Workers that die, runs that are killed or interrupted, clusters: the same answer, nothing lost, nothing that hangs."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import joblib
import pytest
from poison import VICTIMS, exits, fails, kills

import collude as co
from collude.enumerate.runs import batches, workers
from collude.enumerate.runs import cluster as clusters
from collude.enumerate.runs.commands import resume_run, run_status
from collude.enumerate.runs.drive import Running, finalise, run_chunks, run_directory
from collude.enumerate.runs.folder import CUBES, MANIFEST, RESULT
from collude.enumerate.runs.jobs import Hint
from collude.enumerate.runs.opening import open_run
from collude.enumerate.searches.search_job import SearchJob
from collude.models.errors import InputError

ASKED = {"mode": "count", "normalise": False, "project": "", "objective": ""}
WORDS = ["search", "auction", "--agents", "2", "--values", "0,1,2", "--transfers=-2:2"]
WORDS += ["--require", "strategy-proof,individually-rational", "--chunks", "64", "--json"]
Poison = Callable[[str, str, int, Hint], batches.ChunkReport]
HOME = str(Path(__file__).parent)


def job(chunks: int = 12) -> SearchJob:
    space = co.outcome_space(co.auction(2, [0, 1, 2]), range(-1, 2))
    return SearchJob(space, ["strategy-proof", "individually-rational"], ASKED, chunks)


def command(*words: str, **options: Any) -> "subprocess.Popen[str]":
    """The command line in a process group of its own."""
    reset = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = reset + "from collude.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The result of an undisturbed run of the command line."""
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    with command(*WORDS, "--out", str(path), "--backend", "serial") as process:
        process.communicate()
    return (path / RESULT).read_bytes()


@pytest.mark.parametrize(
    "poison", [kills, pytest.param(exits, marks=pytest.mark.slow), pytest.param(fails, marks=pytest.mark.slow)]
)
def test_a_poisoned_chunk_fails_alone_in_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poison: Poison
) -> None:
    alone(tmp_path, monkeypatch, poison, backend="processes", jobs=2)


def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poison: Poison, **how: Any) -> None:
    """Run with a poisoned chunk: it is named, all others are done, and a healthy run then finishes."""
    running, searched = Running(out=str(tmp_path / "run"), **how), job()
    with monkeypatch.context() as patch:
        patch.setattr(workers, "solve_at", poison)
        with run_directory(searched, running) as run:
            assert run is not None
            done = run_chunks(searched, running, run)
    victim = VICTIMS[poison.__name__]
    assert set(range(len(searched.chunks))) - set(done.results) == {victim}
    assert f"chunk {victim}" in done.reason
    assert done.reason.startswith(f"1 of {len(searched.chunks)} chunks failed")
    assert resume_run(tmp_path / "run", Running(backend="serial")).answer.status == 0


@pytest.mark.parametrize("how", [{"backend": "serial"}, {"backend": "threads", "jobs": 2}])
def test_a_chunk_that_fails_here_fails_alone(monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    searched = job()
    solve = searched.solve

    def poisoned(chunk: int, hint: Any = None) -> Any:
        if chunk == 4:
            raise RuntimeError("poisoned")
        if chunk == 6:
            raise MemoryError
        return solve(chunk, hint)

    monkeypatch.setattr(searched, "solve", poisoned)
    done = run_chunks(searched, Running(**how))
    assert done.failures == {4: "RuntimeError: poisoned", 6: "not enough memory"}
    assert len(done.results) == len(searched.chunks) - 2
    assert finalise(searched, None, done)["complete"] is False


def test_a_disagreement_is_not_swallowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for how in ({"backend": "serial"}, {"backend": "threads", "jobs": 2}):
        searched, running = job(), Running(**how)  # type: ignore[arg-type]

        def wrong(_chunk: int, _hint: Any = None) -> None:
            raise co.DisagreementError("wrong")

        monkeypatch.setattr(searched, "solve", wrong)
        with pytest.raises(co.DisagreementError):
            run_chunks(searched, running)
    assert not list(tmp_path.iterdir())


def test_workers_elsewhere_need_a_directory() -> None:
    with pytest.raises(InputError, match="--out"):
        run_chunks(job(), Running(backend="processes"))


def test_no_thread_is_left_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing the stream of reports returns only when nobody solves anything any more: the directory is then free."""
    searched = job()
    solve, at_work = searched.solve, []

    def slowly(chunk: int, hint: Any = None) -> Any:
        at_work.append(chunk)
        time.sleep(0.05)
        at_work.remove(chunk)
        return solve(chunk, hint)

    monkeypatch.setattr(searched, "solve", slowly)
    carrier = Running(backend="threads", jobs=3).carrier
    reports = workers.solve_all(searched, range(len(searched.chunks)), carrier)
    while not next(reports):
        pass
    reports.close()
    assert at_work == []


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_what_is_active_in_joblib_carries(tmp_path: Path, backend: str) -> None:
    mechanism = co.second_price(co.auction(3, range(4)))
    alone = co.check(mechanism, ["strategy-proof", "group-strategy-proof"])
    names = {"sequential": "serial", "threading": "threads", "loky": "processes"}
    with joblib.parallel_config(backend, n_jobs=2):
        carrier = Running().carrier
        assert (carrier.name, carrier.jobs) == (names[backend], 1 if backend == "sequential" else 2)
        found = co.search(co.voting(2, 3), require=["strategy-proof"], chunks=9, out=str(tmp_path / "run"))
        report = co.check(mechanism, ["strategy-proof", "group-strategy-proof"])
    assert (found.count, found.complete) == (17, True)
    assert [verdict.violations for verdict in report] == [verdict.violations for verdict in alone]
    assert Running(jobs=2).carrier.name == "threads"


def test_a_number_of_workers_may_be_active_alone() -> None:
    with joblib.parallel_config(n_jobs=3):
        assert (Running().carrier.name, Running().carrier.jobs) == ("threads", 3)
        assert Running(jobs=2).carrier.jobs == 2
    with joblib.parallel_config("multiprocessing", n_jobs=2), pytest.raises(InputError, match="cannot carry"):
        co.search(co.voting(2, 3), require=["strategy-proof"], chunks=9)


def test_a_temporary_directory_will_do() -> None:
    found = co.search(co.voting(2, 3), require=["strategy-proof"], backend="processes", jobs=2, chunks=9)
    assert (found.count, found.complete) == (17, True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Two workers of one thread each, in processes of their own."""
    distributed = pytest.importorskip("distributed")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [HOME, before]))
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        yield local.scheduler_address
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.mark.parametrize("chunks", [7, pytest.param(64, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_cluster_gives_the_same_result(tmp_path: Path, cluster: str, expected: bytes, chunks: int) -> None:
    words = [*WORDS[:-3], "--chunks", str(chunks), "--json", "--out", str(tmp_path / "run")]
    with command(*words, "--backend", "dask", "--scheduler", cluster) as process:
        output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(output)["count"] == 3688011
    assert (tmp_path / "run" / RESULT).read_bytes() == expected


def test_an_active_cluster_carries(cluster: str) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(cluster, set_as_default=False) as client, joblib.parallel_config("dask", client=client):
        assert Running().carrier.name == "dask"
        found = co.search(co.voting(2, 3), require=["strategy-proof"], chunks=9)
        assert client.nthreads()  # it is the user's, and stays open
    assert (found.count, found.complete) == (17, True)


@pytest.mark.slow
@pytest.mark.parametrize("poison", [kills, fails])
def test_a_poisoned_chunk_fails_alone_on_a_cluster(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch, poison: Poison
) -> None:
    alone(tmp_path, monkeypatch, poison, backend="dask", scheduler=cluster)


@pytest.mark.filterwarnings("ignore:.*but not used")
def test_a_pool_that_breaks_between_two_tasks_loses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker may die after its last answer was taken and before the next task is handed over."""
    stream, calls = workers._reports, []

    def breaks_once(*how: Any) -> Any:
        reports = stream(*how)
        for some in reports:
            yield some
            calls.append(len(some))
            if len(calls) == 4:
                with suppress(StopIteration):
                    reports.throw(BrokenExecutor("broken"))
                return

    monkeypatch.setattr(workers, "_reports", breaks_once)
    found = co.search(
        co.voting(2, 3), require=["strategy-proof"], chunks=9, backend="processes", jobs=2, out=str(tmp_path / "run")
    )
    assert (found.complete, found.count) == (True, 17)
    assert sum(calls) <= 9 < len(calls) + 9


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "garbage"])
def test_no_scheduler_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no scheduler answers at"):
        co.search(
            co.voting(2, 3),
            require=["strategy-proof"],
            backend="dask",
            scheduler=address,
            out=str(tmp_path / "run"),
        )
    assert not (tmp_path / "run").exists()


def children(parent: int) -> list[int]:
    """Processes whose parent this is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def worker_of(parent: int) -> int | None:
    """One of its workers in processes, but for the one that only looks after resources."""
    for child in children(parent):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"popen_loky" in words:
            return child
    return None


def until_done(path: Path, backend: str, rng: random.Random, expected: bytes, workers_too: bool) -> int:
    """Start, kill at a random moment, resume, ... until it is done; the result must be the expected one. A life that gets
    nowhere is followed by one twice as long, so that a busy machine only takes longer. Returns how many were killed."""
    patience, kills, before = 1.0, 0, -1
    while not (path / RESULT).exists():
        begun = (path / MANIFEST).exists()
        words = ["resume", str(path), "--json"] if begun else [*WORDS, "--out", str(path)]
        with command(*words, "--backend", backend, "--jobs", "2") as process:
            try:
                process.wait(rng.uniform(0.3, 1.0) * patience)
            except subprocess.TimeoutExpired:
                victim = worker_of(process.pid) if workers_too else process.pid
                with suppress(ProcessLookupError):
                    os.kill(victim or process.pid, signal.SIGKILL)
                kills += 1
            _, errors = process.communicate()
            assert "Traceback" not in errors, errors
        done = run_status(path).done if (path / MANIFEST).exists() else 0
        patience = 2 * patience if done <= before else patience
        before = done
        assert patience < 600, "never done"
    assert (path / RESULT).read_bytes() == expected
    return kills


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path, expected: bytes) -> None:
    assert until_done(tmp_path / "run", "processes", random.Random(1), expected, workers_too=False)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threads", "processes", "workers"])
def test_killed_at_many_random_moments(tmp_path: Path, expected: bytes, backend: str) -> None:
    rng, name = random.Random(backend), "threads" if backend == "threads" else "processes"
    kills = sum(until_done(tmp_path / f"{k}", name, rng, expected, backend == "workers") for k in range(10))
    assert kills >= 10


@pytest.mark.slow
def test_a_killed_worker_is_not_heard_of(tmp_path: Path, expected: bytes) -> None:
    """Its chunks are done by others, and nothing but the answer is said: a resource tracker used to print a traceback."""
    path = tmp_path / "run"
    with command(*WORDS, "--out", str(path), "--backend", "processes", "--jobs", "2", "--quiet") as process:
        while not (path / CUBES).exists() and process.poll() is None:
            time.sleep(0.02)
        worker = worker_of(process.pid)
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert (path / RESULT).read_bytes() == expected


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with command(*WORDS, "--out", str(tmp_path / "run"), "--backend", "processes", "--jobs", "2") as process:
        worker = None
        while worker is None and process.poll() is None:
            time.sleep(0.05)
            worker = worker_of(process.pid)
        assert worker is not None
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    patience = time.monotonic() + 120
    while Path(f"/proc/{worker}").exists() and time.monotonic() < patience:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize(
    "backend", ["threads", *(pytest.param(name, marks=pytest.mark.slow) for name in ("serial", "processes"))]
)
def test_an_interrupt_says_how_to_go_on(tmp_path: Path, backend: str) -> None:
    path = tmp_path / "run"
    grid = ["search", "auction", "--agents", "2", "--values", "0:2", "--transfers=-2:2", "--require", "strategy-proof"]
    with command(*grid, "--chunks", "1000", "--out", str(path), "--backend", backend, "--jobs", "2") as process:
        while not (path / CUBES).exists() and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 3, errors
    assert errors.splitlines()[-1] == f"collude: stopped; go on with: collude resume {path}"
    assert 0 < len(open_run(path).lines) < 500  # whoever does not stop at once does a minute's work more
