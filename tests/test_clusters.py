"""The clusters of the documentation, started as it says: nothing listens on other addresses, TLS works, mistakes are one line."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collude.enumerate.checks.backends import Carrier
from collude.enumerate.runs import cluster
from collude.models.errors import InputError

pytest.importorskip("distributed")
PAGE = (Path(__file__).parents[1] / "docs" / "long-runs.md").read_text()
SEARCH = ["search", "voting", "--agents", "2", "--alternatives", "3", "--require", "strategy-proof", "--quiet"]
SEARCH += ["--chunks", "9"]
Start = Callable[[str], "subprocess.Popen[bytes]"]


def documented(beginning: str) -> str:
    """The one command of the page that begins so."""
    found = [line for line in PAGE.splitlines() if line.startswith(beginning)]
    assert len(found) == 1, found
    return found[0].removesuffix("&")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a documented command of dask in a folder of its own, with other addresses; ends it afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def command(words: str) -> "subprocess.Popen[bytes]":
        _, what, *rest = shlex.split(words)
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{what}", *rest],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield command
    for process in reversed(started):
        process.terminate()
    for process in reversed(started):
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"nothing listens at {port}")


def family(parent: int) -> set[int]:
    """A process and its descendants."""
    found, parents = {parent}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    while more := {child for child, one in parents.items() if one in found} - found:
        found |= more
    return found


def listened(processes: set[int]) -> list[str]:
    """The addresses on which these processes listen, as the kernel writes them: 0100007F is 127.0.0.1."""
    sockets = set()
    for process in processes:
        try:
            for entry in Path(f"/proc/{process}/fd").iterdir():
                sockets.add(os.readlink(entry))
        except OSError:
            continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.append(fields[1].partition(":")[0])
    return found


def collude(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "collude.cli.main", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=300,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's list of sockets")
def test_the_documented_cluster_listens_on_this_machine_only(start: Start, tmp_path: Path) -> None:
    port = str(free_port())
    begun = [start(documented("dask scheduler --host 127").replace("8786", port))]
    wait_for(int(port))
    begun.append(start(documented("dask worker tcp://").replace("8786", port)))
    address = f"tcp://127.0.0.1:{port}"
    done = collude(*SEARCH, "--out", str(tmp_path / "run"), "--backend", "dask", "--scheduler", address)
    assert (done.returncode, done.stderr) == (0, "")
    assert "17 mechanisms" in done.stdout
    everybody = set().union(*(family(process.pid) for process in begun))
    assert len(everybody) >= 4
    addresses = listened(everybody)
    assert len(addresses) >= 5  # scheduler, its web server, two workers, theirs
    assert set(addresses) == {"0100007F"}
    wrong = collude(*SEARCH, "--backend", "dask", "--scheduler", f"tls://127.0.0.1:{port}")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert re.fullmatch(r"collude: tls://\S+ asks for certificates; .*\n", wrong.stderr)


def certificates(folder: Path) -> None:
    """An authority and one certificate that it has signed."""
    for words in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout me.key -out me.csr -subj /CN=me",
        "x509 -req -in me.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out me.pem -days 2",
    ):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")
def test_the_documented_encryption_works(start: Start, tmp_path: Path) -> None:
    certificates(tmp_path)
    port = str(free_port())
    start(documented("dask scheduler --host tls").replace("10.0.0.1", "127.0.0.1").replace("8786", port))
    wait_for(int(port))
    start(re.sub(r"10\.0\.0\.\d", "127.0.0.1", documented("dask worker tls")).replace("8786", port))
    exported = "\n".join(line for line in PAGE.splitlines() if line.startswith("export DASK_"))
    names = {name: str(tmp_path / value) for name, value in re.findall(r"(DASK_\w+)=(\w+\.\w+)", exported)}
    assert len(names) == 3
    address = f"tls://127.0.0.1:{port}"
    how = ["--out", str(tmp_path / "run"), "--backend", "dask", "--scheduler"]
    done = collude(*SEARCH, *how, address, **names, DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION="True")
    assert (done.returncode, done.stderr) == (0, "")
    assert "17 mechanisms" in done.stdout
    plain = collude(*SEARCH, "--backend", "dask", "--scheduler", f"tcp://127.0.0.1:{port}")
    assert plain.returncode == 2
    assert re.fullmatch(r"collude: no scheduler answers at tcp://.*\n", plain.stderr)


def test_certificates_are_asked_for_before_anybody_is_called() -> None:
    connection = cluster.connected(Carrier("dask", 1, "tls://127.0.0.1:9"))
    with pytest.raises(InputError, match="asks for certificates"), connection:
        pass
