"""A self-test of compiled kernels: a tiny mechanism whose violations are known, checked before kernels are trusted."""

from functools import cache

from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.context import CheckContext, CheckOptions, OneWorker
from collude.enumerate.checks.scans.base import merge_results
from collude.enumerate.checks.scans.find import scan_of
from collude.models.errors import DisagreementError
from collude.models.library.auctions import first_price
from collude.models.library.environments import auction

VIOLATIONS = {
    "bribe-proof": 10,
    "collusion-proof": 7,
    "group-strategy-proof": 11,
    "pairwise-strategy-proof": 11,
    "reallocation-proof": 12,
    "self-enforcing-group-strategy-proof": 11,
    "side-payment-collusion-proof": 11,
    "strategy-proof": 4,
    "weakly-group-strategy-proof": 4,
}
"""Violations of the first-price auction of two bidders with values 0, 1, 2, ties to the first, counted from the definitions."""


@cache
def require_known_answer(axiom: str) -> None:
    """Check an axiom where the answer is known, once in a process, before its kernels are trusted with a question.

    Parameters
    ----------
    axiom : str
        Its name. Nothing is done for one that is not in `VIOLATIONS`.

    Raises
    ------
    DisagreementError
        If the answer is another one: machine code or the machine is damaged.

    Notes
    -----
    Takes about a millisecond once the kernels are loaded, which the question needs anyway.
    """
    if axiom not in VIOLATIONS:
        return
    context = CheckContext(first_price(auction(2, range(3))), CheckOptions(), OneWorker())
    scan = scan_of(find_axiom(axiom), context)
    scan.prepare()
    count = merge_results(scan.run(block) for block in scan.blocks()).count
    if count != VIOLATIONS[axiom]:
        raise DisagreementError(
            f"compiled kernels count {count} violations of {axiom} where there are {VIOLATIONS[axiom]}; "
            "remove the cache folder of collude and try again, and if it stays, do not trust this machine"
        )
