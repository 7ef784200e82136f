"""`make mutants`: break the code on purpose, one place at a time, and see that a named test fails each time.

    python tests/mutants/run.py [--jobs 2] [--only WORD] [--list]

Each file `breaks_*.py` beside this one has a list `BREAKS`. A break is applied to a scratch copy of the tree, its tests
run there, and the copy is repaired. Exit status 1 if a break survives, no longer applies, or if the tests fail unbroken.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("axioms", "cli", "enumerate", "kernels", "models", "programs")
KILLED, SURVIVED, STALE, INVALID = "killed", "SURVIVED", "no longer applies", "the tests did not run"
LONGEST = 900


@dataclass(frozen=True)
class Break:
    """A deliberate fault. file: from the root of the tree; old: text that occurs there exactly once; new: what takes its
    place; tests: arguments of pytest, of which at least one must fail; jitted: compile kernels for these tests."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    jitted: bool = False


def collected(word: str) -> list[Break]:
    """All breaks, in the order of the files; with `word`, those that have it in their file name or text."""
    found: list[Break] = []
    for path in sorted(Path(__file__).parent.glob("breaks_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise SystemExit(f"{path} cannot be read")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [Break(*entry) for entry in module.BREAKS]
    return [one for one in found if word in one.file or word in one.old]


def make_copy(folder: Path) -> None:
    """A package `collude` and its tests in `folder`, as they would be installed."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "api", folder / "collude", ignore=ignore)
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / "collude" / room, ignore=ignore)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)


def place_of(file: str, folder: Path) -> Path:
    """Where a file of the tree is in a copy."""
    first, _, rest = file.partition("/")
    return folder / "collude" / (rest if first == "api" else file)


def run_tests(folder: Path, tests: Sequence[str], jitted: bool) -> int:
    """Exit status of pytest in a copy: 0 all pass, 1 some fail, others if it did not run."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["NUMBA_DISABLE_JIT"] = "0" if jitted else "1"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return 1  # a break that never ends is noticed too
    return done.returncode


def judge(one: Break, folder: Path) -> str:
    """Apply a break in a copy, run its tests, repair the copy."""
    path = place_of(one.file, folder)
    text = path.read_text() if path.exists() else ""
    if text.count(one.old) != 1:
        return STALE
    path.write_text(text.replace(one.old, one.new))
    try:
        status = run_tests(folder, one.tests, one.jitted)
    finally:
        path.write_text(text)
    return {0: SURVIVED, 1: KILLED}.get(status, INVALID)


def main() -> int:
    """Run all breaks and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="breaks whose file or text has this word")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    options = parser.parse_args()
    breaks = collected(options.only)
    if options.list:
        for one in breaks:
            print(f"{one.file}: {one.old.strip()!r} -> {one.new.strip()!r}")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        copies: Queue[Path] = Queue()
        for number in range(options.jobs):
            make_copy(Path(scratch) / str(number))
            copies.put(Path(scratch) / str(number))

        def work(one: Break) -> tuple[str, float]:
            folder, started = copies.get(), perf_counter()
            try:
                return judge(one, folder), perf_counter() - started
            finally:
                copies.put(folder)

        for tests, jitted in dict.fromkeys((one.tests, one.jitted) for one in breaks):
            if run_tests(Path(scratch) / "0", tests, jitted) != 0:
                print("the tests fail before anything is broken: " + " ".join(tests))
                return 1
        results = []
        with ThreadPoolExecutor(options.jobs) as pool:
            for one, (result, spent) in zip(breaks, pool.map(work, breaks), strict=True):
                print(f"{result:9} {spent:6.1f} s  {one.file}: {one.old.strip().splitlines()[0]}", flush=True)
                results.append(result)
    killed = results.count(KILLED)
    print(f"{killed} of {len(results)} breaks were noticed")
    return 0 if killed == len(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
