"""A self-test of the compiled search: a tiny problem whose count is in the literature, before kernels are trusted."""

from functools import cache

from collude.axioms.core.registry import require
from collude.enumerate.networks.exploration import Effort
from collude.enumerate.networks.product import Solver
from collude.enumerate.searches.compile import compile_search
from collude.kernels.search.network import COUNT
from collude.models.errors import DisagreementError
from collude.models.library.environments import voting
from collude.models.space import outcome_space

RULES = 17


@cache
def require_known_count() -> None:
    """Count the strategy-proof social choice functions of two voters over three alternatives, once in a process.

    Raises
    ------
    DisagreementError
        If there are not 17 of them, two dictatorships among them: machine code or the machine is damaged.

    References
    ----------
    Gibbard (1973), "Manipulation of voting schemes"; Satterthwaite (1975), "Strategy-proofness and Arrow's conditions".
    """
    space = outcome_space(voting(2, 3))
    compiled = compile_search(space, require(["strategy-proof"], space))
    tally = Solver(COUNT).solve(compiled.net, Effort(), ())
    if tally.solutions != RULES:
        raise DisagreementError(
            f"the compiled search counts {tally.solutions} strategy-proof rules where there are {RULES}; "
            "remove the cache folder of collude and try again, and if it stays, do not trust this machine"
        )
