"""Compiling the kernels of a first run in two processes at once: Numba compiles one function at a time in each."""

import subprocess
import sys
from collections.abc import Sequence

from collude.enumerate.checks.backends import available_jobs
from collude.kernels._store import nothing_compiled

__all__ = ["GROUPS", "compile_for", "nothing_compiled", "warm_up"]
GROUPS = (
    ("strategy-proof", "group-strategy-proof", "self-enforcing-group-strategy-proof"),
    ("reallocation-proof", "bribe-proof"),
)


def warm_up(axioms: Sequence[str] | None) -> None:
    """Compile the kernels for some axioms in two processes at once, before the check that needs them.

    Parameters
    ----------
    axioms : sequence of str, optional
        Their names; None for all.

    Notes
    -----
    Only where two groups of kernels are needed and there are two processors. Each process checks a tiny auction; one that
    fails leaves its kernels to the caller.
    """
    wanted = [[name for name in group if axioms is None or name in axioms] for group in GROUPS]
    if not all(wanted) or available_jobs() < 2:
        return
    code = "import sys; from collude.enumerate.checks.warm import compile_for; compile_for(sys.argv[1:])"
    running = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", code, *group], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for group in wanted
    ]
    try:
        for process in running:
            process.wait()
    finally:
        for process in running:
            process.kill()


def compile_for(axioms: Sequence[str]) -> None:
    """Check a tiny auction, which compiles the kernels that some axioms need.

    Parameters
    ----------
    axioms : sequence of str
        Their names.
    """
    from collude.enumerate.checks.check import check
    from collude.models.library.auctions import second_price
    from collude.models.library.environments import auction

    check(second_price(auction(2, range(2))), list(axioms), jobs=1)
