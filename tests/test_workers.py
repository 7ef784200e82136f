"""Workers that die, runs that are killed or interrupted, clusters: the same answer, nothing lost, nothing that hangs."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from poison import exits, fails, kills

import collude as co
from collude.enumerate.runs import workers
from collude.enumerate.runs.commands import resume
from collude.enumerate.runs.drive import Running, begin, drive, settle
from collude.enumerate.runs.rundir import MANIFEST, RESULT, open_run
from collude.enumerate.runs.workers import DaskWorkers, ProcessWorkers, Serial, ThreadWorkers
from collude.enumerate.searches.search_job import SearchJob
from collude.models.errors import InputError

ASKED = {"mode": "count", "normalise": False, "project": "", "objective": ""}
WORDS = ["search", "auction", "--agents", "2", "--values", "0,1,2", "--transfers=-2:2"]
WORDS += ["--require", "strategy-proof,individually-rational", "--chunks", "64", "--json"]
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


@pytest.mark.parametrize("poison", [kills, exits, fails])
def test_a_poisoned_chunk_fails_alone_in_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poison: workers.SolveAt
) -> None:
    monkeypatch.setattr(workers, "workers_for", lambda *_given: None)
    monkeypatch.setattr(Running, "workers", lambda _self: ProcessWorkers(2, solve=poison))
    alone(tmp_path, poison)


def alone(tmp_path: Path, poison: workers.SolveAt) -> None:
    """Run with a poisoned chunk: it is named, all others are done, and a healthy run then finishes."""
    running, searched = Running(out=str(tmp_path / "run"), backend="processes"), job()
    with begin(searched, running) as run:
        assert run is not None
        done = drive(searched, running, run)
    victim = {"kills": 3, "exits": 5, "fails": 2}[poison.__name__]
    assert set(range(len(searched.chunks))) - set(done.results) == {victim}
    assert f"chunk {victim}" in done.reason
    assert done.reason.startswith(f"1 of {len(searched.chunks)} chunks failed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Running, "workers", lambda _self: Serial())
        _, answer, _ = resume(tmp_path / "run", Running())
    assert answer.complete


@pytest.mark.parametrize("kind", [Serial, ThreadWorkers])
def test_a_chunk_that_fails_here_fails_alone(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    searched = job()
    solve = searched.solve

    def poisoned(chunk: int, hint: Any = None) -> Any:
        if chunk == 4:
            raise RuntimeError("poisoned")
        if chunk == 6:
            raise MemoryError
        return solve(chunk, hint)

    monkeypatch.setattr(searched, "solve", poisoned)
    monkeypatch.setattr(Running, "workers", lambda _self: kind(2))
    done = drive(searched, Running())
    assert done.failures == {4: "RuntimeError: poisoned", 6: "not enough memory"}
    assert len(done.results) == len(searched.chunks) - 2
    assert settle(searched, None, done)["complete"] is False


def test_a_disagreement_is_not_swallowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for how in ({"backend": "serial"}, {"backend": "threads", "jobs": 2}):
        searched, running = job(), Running(**how)  # type: ignore[arg-type]

        def wrong(_tables: Any) -> None:
            raise co.DisagreementError("wrong")

        monkeypatch.setattr(searched, "check_mechanisms", wrong)
        with pytest.raises(co.DisagreementError):
            drive(searched, running)
    assert not list(tmp_path.iterdir())


def test_workers_elsewhere_need_a_directory() -> None:
    with pytest.raises(InputError, match="--out"):
        list(ProcessWorkers(1).run(job(), iter([(0, None)])))


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


@pytest.mark.parametrize("chunks", [7, 64])
def test_a_cluster_gives_the_same_result(tmp_path: Path, cluster: str, expected: bytes, chunks: int) -> None:
    words = [*WORDS[:-3], "--chunks", str(chunks), "--json", "--out", str(tmp_path / "run")]
    with command(*words, "--backend", "dask", "--scheduler", cluster) as process:
        output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(output)["count"] == 3688011
    assert (tmp_path / "run" / RESULT).read_bytes() == expected


@pytest.mark.parametrize("poison", [kills, fails])
def test_a_poisoned_chunk_fails_alone_on_a_cluster(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch, poison: workers.SolveAt
) -> None:
    monkeypatch.setattr(Running, "workers", lambda _self: DaskWorkers(cluster, solve=poison))
    alone(tmp_path, poison)


def test_a_pool_that_breaks_between_two_tasks_loses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker may die after its last answer was taken and before the next task is handed over."""
    from joblib.externals.loky.process_executor import BrokenProcessPool

    submit, calls = ProcessWorkers.submit, []

    def breaks_once(self: ProcessWorkers, place: workers.Place, task: workers.Task) -> Any:
        calls.append(task)
        if len(calls) == 4:
            raise BrokenProcessPool("broken")
        return submit(self, place, task)

    monkeypatch.setattr(ProcessWorkers, "submit", breaks_once)
    found = co.search(
        co.voting(2, 3), require=["strategy-proof"], chunks=9, backend="processes", jobs=2, out=str(tmp_path / "run")
    )
    assert (found.complete, found.count) == (True, 17)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "garbage"])
def test_no_scheduler_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1)
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


def until_done(path: Path, backend: str, rng: random.Random, expected: bytes, workers_too: bool) -> None:
    """Start, kill at a random moment, resume, ... until it is done; the result must be the expected one."""
    for _ in range(100):
        begun = (path / MANIFEST).exists()
        words = ["resume", str(path), "--json"] if begun else [*WORDS, "--out", str(path)]
        with command(*words, "--backend", backend, "--jobs", "2") as process:
            try:
                process.wait(rng.uniform(0.3, 3.0))
            except subprocess.TimeoutExpired:
                victim = worker_of(process.pid) if workers_too else process.pid
                with suppress(ProcessLookupError):
                    os.kill(victim or process.pid, signal.SIGKILL)
            process.communicate()
        if (path / RESULT).exists():
            assert (path / RESULT).read_bytes() == expected
            return
    raise AssertionError("never done")


@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_killed_at_random_moments(tmp_path: Path, expected: bytes, backend: str) -> None:
    rng = random.Random(1)
    for kill in range(2):
        until_done(tmp_path / f"{kill}", backend, rng, expected, workers_too=backend == "processes" and kill == 1)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_killed_at_thirty_random_moments(tmp_path: Path, expected: bytes, victim: str) -> None:
    rng = random.Random(victim)
    for kill in range(15):
        until_done(tmp_path / f"{kill}", "processes", rng, expected, workers_too=victim == "worker")


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with command(*WORDS, "--out", str(tmp_path / "run"), "--backend", "processes", "--jobs", "2") as process:
        worker = None
        for _ in range(200):
            worker = worker_of(process.pid)
            if worker is not None:
                break
            time.sleep(0.05)
        assert worker is not None
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    for _ in range(100):
        if not Path(f"/proc/{worker}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize("backend", ["serial", "threads", "processes"])
def test_an_interrupt_says_how_to_go_on(tmp_path: Path, backend: str) -> None:
    path = tmp_path / "run"
    grid = ["search", "auction", "--agents", "2", "--values", "0:3", "--transfers=-2:2", "--require", "strategy-proof"]
    with command(*grid, "--chunks", "4000", "--out", str(path), "--backend", backend, "--jobs", "2") as process:
        for _ in range(300):
            if (path / "cubes.jsonl").exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        asked = time.monotonic()
        _, errors = process.communicate(timeout=20)
        took = time.monotonic() - asked
    assert process.returncode == 3, errors
    assert took < 2
    assert errors.splitlines()[-1] == f"collude: stopped; go on with: collude resume {path}"
    assert 0 < len(open_run(path).lines) < 4000
