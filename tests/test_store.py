"""Where compiled kernels are kept: ours only, never stale, never damaged, never in the way; and a self-test of kernels."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import oracle
import pytest
from conversion import plain
from numba.core.compiler import CompileResult
from oracle import axioms

import collude as co
from collude.enumerate.checks import known_answers
from collude.enumerate.searches import known_count
from collude.kernels import _store
from collude.kernels.tables import pattern_strides
from collude.models.process import sources

HOME = Path(__file__).resolve().parents[1]
KEEP = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "XDG_"))}


def python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**KEEP, **env}
    )


def test_importing_changes_nothing_for_others(tmp_path: Path) -> None:
    """The environment, and where Numba keeps what the user compiles, stay as they were."""
    (tmp_path / "mine.py").write_text("from numba import njit\n@njit(cache=True)\ndef one():\n    return 1\n")
    code = (
        "import os; before = dict(os.environ)\n"
        "import collude, numba; from collude.kernels.tables import pattern_strides\n"
        "import mine; mine.one()\n"
        "assert dict(os.environ) == before, set(os.environ) ^ set(before)\n"
        "print(numba.config.CACHE_DIR, mine.one._cache.cache_path)\n"
    )
    done = python(code, PYTHONPATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.stdout.split() == [str(tmp_path / "__pycache__")], done.stderr


def test_the_folder_is_ours_unless_the_user_chose_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from collude.kernels._store import store_folder; print(store_folder())"
    digest = _store.sources_digest(_store.KERNELS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(_store.config, "CACHE_DIR", "")
    assert _store.store_folder.__wrapped__() == tmp_path / "collude" / digest
    theirs = python(code, XDG_CACHE_HOME=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path / "chosen")).stdout.strip()
    assert theirs == str(tmp_path / "chosen" / "collude" / digest)


def test_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private temporary folder, shared by all processes of the user; none that somebody else could have prepared."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(_store.config, "CACHE_DIR", "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    private, folder = tmp_path / "tmp" / f"collude-{os.getuid()}", _store.store_folder.__wrapped__
    assert folder() == private / _store.sources_digest(_store.KERNELS)
    assert private.stat().st_mode & 0o077 == 0
    private.chmod(0o777)
    assert folder() is None
    shutil.rmtree(private)
    private.symlink_to(tmp_path)
    assert folder() is None


def package(folder: Path, answer: int) -> None:
    """Kernels of two files: the caller does not change when the callee does."""
    folder.mkdir(exist_ok=True)
    for name in ("__init__.py", "_jit.py", "_store.py"):
        shutil.copy(HOME / "kernels" / name, folder / name)
    (folder / "__init__.py").write_text("")
    jit = (folder / "_jit.py").read_text().replace("collude.kernels._store", "toy._store")
    (folder / "_jit.py").write_text(jit)
    (folder / "callee.py").write_text(f"from toy._jit import jit\n@jit\ndef one():\n    return {answer}\n")
    (folder / "caller.py").write_text(
        "from toy._jit import jit\nfrom toy.callee import one\n@jit\ndef total(x):\n    return one() + 10 * x\n"
    )


def test_a_changed_callee_changes_the_answer(tmp_path: Path) -> None:
    """Also of a process whose parent has loaded the old sources."""
    env = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ask = "from toy.caller import total; print(total(1))"
    package(tmp_path / "toy", 1)
    edit = (
        "from toy.caller import total; print(total(1), flush=True); import subprocess, sys\n"
        f"open({str(tmp_path / 'toy' / 'callee.py')!r}, 'a').write('@jit\\ndef one():\\n    return 2\\n')\n"
        f"subprocess.run([sys.executable, '-c', {ask!r}])\n"
    )
    assert python(edit, **env).stdout == "11\n12\n"
    assert python(ask, **env).stdout == "12\n"


def test_no_flipped_bit_is_run(tmp_path: Path) -> None:
    """Every file of the store is damaged in turn, or swapped with another; the answer stays, and the store is repaired."""
    env = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    package(tmp_path / "toy", 1)
    ask = "from toy.caller import total; print(total(1), total(2.5))"
    assert python(ask, **env).stdout == "11 26.0\n"
    rng = random.Random(1)
    files = sorted(path for path in (tmp_path / "cache").rglob("*") if path.suffix in (".nbi", ".nbc"))
    assert len(files) >= 4
    whole = {path: path.read_bytes() for path in files}
    for path, data in whole.items():
        place = rng.randrange(len(data))
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :])
    assert python(ask, **env).stdout == "11 26.0\n"
    machine = [path for path in files if path.name.startswith("caller") and path.suffix == ".nbc"]
    first, second = (path.read_bytes() for path in machine[:2])
    machine[0].write_bytes(second)
    machine[1].write_bytes(first)
    done = python(ask, **env)
    assert (done.returncode, done.stdout) == (0, "11 26.0\n"), done.stderr


def test_every_flip_of_one_kernel_is_noticed(tmp_path: Path) -> None:
    """A thousand flips, without a thousand processes: none is ever unpickled."""
    store = _store.KernelStore(tmp_path, pattern_strides)
    files = store._cache_file
    files.save("signature", {"code": list(range(50))})
    paths = sorted(tmp_path.rglob("*.nb[ic]"))
    assert len(paths) == 2
    rng = random.Random(2)
    for _ in range(1000):
        path = rng.choice(paths)
        data = path.read_bytes()
        place = rng.randrange(len(data))
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :])
        assert files.load("signature") is None
        path.write_bytes(data)
    assert files.load("signature") == {"code": list(range(50))}


def test_a_full_disk_costs_a_compilation_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, asked = _store.KernelStore(tmp_path, pattern_strides), []

    def full(*given: object) -> None:
        asked.append(given)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_save_overload", full)
    store.save_overload("signature", CompileResult)
    assert asked == [("signature", CompileResult)]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_edited_sources_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Import, edit, search: part of the old code is in memory, so no digest is right."""
    before = sources.code_digest()
    monkeypatch.setattr(sources, "_stamps", lambda: (("edited.py", 1, 1),))
    with pytest.raises(co.InputError, match="has changed since it was imported"):
        co.search(co.voting(2, 3), require=["strategy-proof"], chunks=3, out=str(tmp_path / "run"))
    monkeypatch.undo()
    assert sources.code_digest() == before


def test_what_is_known_follows_from_the_definitions() -> None:
    table = plain(co.first_price(co.auction(2, range(3))))
    for name, count in {
        "strategy-proof": len(axioms.strategy_proof(table)),
        "group-strategy-proof": len(axioms.group_strategy_proof(table)),
        "weakly-group-strategy-proof": len(axioms.weakly_group_strategy_proof(table)),
        "self-enforcing-group-strategy-proof": len(axioms.self_enforcing_group_strategy_proof(table)),
        "collusion-proof": len(axioms.collusion_proof(table)),
    }.items():
        assert known_answers.VIOLATIONS[name] == count, name
    assert isinstance(table, oracle.Plain)


def test_a_wrong_kernel_is_noticed_before_it_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    known_answers.require_known_answer.cache_clear()
    known_count.require_known_count.cache_clear()
    monkeypatch.setitem(known_answers.VIOLATIONS, "group-strategy-proof", 12)
    monkeypatch.setattr(known_count, "RULES", 18)
    with pytest.raises(co.DisagreementError, match="compiled kernels count 11"):
        co.check(co.second_price(co.auction(2, range(3))), ["group-strategy-proof"])
    with pytest.raises(co.DisagreementError, match="compiled search counts 17"):
        co.search(co.voting(2, 2), require=["strategy-proof"])


def test_what_lies_in_the_current_directory_is_not_run(tmp_path: Path) -> None:
    """Workers are started elsewhere than the command line was: `python -m` would look here first."""
    for name in ("json", "random", "numpy", "pickle", "argparse", "joblib"):
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'a').write('{name} ')\nraise SystemExit(9)\n"
        )
    words = ["search", "voting", "--agents", "2", "--alternatives", "3", "--require", "strategy-proof", "--json"]
    code = "import sys; from collude.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words, "--chunks", "3", "--backend", "processes", "--jobs", "2"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["count"] == 17
    assert not (tmp_path / "ran").exists()
