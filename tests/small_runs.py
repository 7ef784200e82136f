"""Two runs of a tenth of a second, a search and a check, for the tests of run directories."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import collude as co
from collude.enumerate.runs.drive import Running
from collude.enumerate.runs.folder import CUBES, RESULT

AXIOMS = ["strategy-proof", "individually-rational"]
SERIAL = Running(backend="serial")


def search(out: Path, **options: Any) -> Any:
    """A search of a tenth of a second, in some twenty chunks."""
    given: dict[str, Any] = {"chunks": 12 if "mode" in options else 20, "backend": "serial", **options}
    values = [0, 1] if options.get("mode") == "all" else [0, 1, 2]
    return co.search(co.auction(2, values), transfers=range(-1, 2), require=AXIOMS, out=str(out), **given)


def check(out: Path, **options: Any) -> Any:
    """A check of some axioms in some thirty chunks."""
    mechanism = co.second_price(co.auction(4, range(9)))
    names = ["group-strategy-proof", "reallocation-proof", "strategy-proof", "no-trade-types", "symmetric"]
    return co.check(mechanism, names, out=str(out), **{"chunks": 8, "backend": "serial", **options})


KINDS: dict[str, Callable[..., Any]] = {"search": search, "check": check}


def result_of(path: Path) -> bytes:
    return (path / RESULT).read_bytes()


def unfinished(source: Path, target: Path, keep: int | None = None) -> Path:
    """A copy of a finished run that has no result yet, with the first `keep` lines only."""
    shutil.copytree(source, target)
    (target / RESULT).unlink()
    lines = (target / CUBES).read_bytes().splitlines(keepends=True)
    (target / CUBES).write_bytes(b"".join(lines[: len(lines) if keep is None else keep]))
    return target
