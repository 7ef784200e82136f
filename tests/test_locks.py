"""Who works in a run directory: also where files cannot be locked, and after whoever worked there was killed."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from collude.enumerate.runs.folder import locked
from collude.models.errors import InputError

fcntl = pytest.importorskip("fcntl")

HOLD = """
import errno, fcntl, os, signal, sys
from pathlib import Path
def refuse(*_):
    raise OSError(errno.ENOSYS, "Function not implemented")
if sys.argv[2] == "locks nothing":
    fcntl.flock = refuse
from collude.enumerate.runs.folder import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("disk", ["locks", "locks nothing"])
def test_two_do_not_work_in_one_folder_and_a_kill_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str
) -> None:
    """A file that stays behind where nothing can be locked used to block the folder for ever."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    if disk == "locks nothing":
        monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run"), disk],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another process works in"), locked(tmp_path / "run"):
            pass
        other.stdin.write("\n")
        other.stdin.close()
        other.wait()
    with locked(tmp_path / "run"):
        assert other.returncode == -9
