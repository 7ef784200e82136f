"""Search problems by name, for Python."""

from collude.enumerate.problems.registry import build_problem
from collude.models.space import OutcomeSpace


def problem_by_name(name: str, /, **parameters: object) -> OutcomeSpace:
    """Lay out a search problem by its name: the profiles, and which outcomes may be chosen there.

    Parameters
    ----------
    name
        "uniform-price", "procurement", "trade", "separable-trade", "list", or any of `co.environments()`.
    parameters
        Of the problem, as text or plain values; `prior` is understood by all.

    Returns
    -------
    OutcomeSpace
        For `co.search` and `co.atlas`.

    Raises
    ------
    InputError
        For an unknown name, with the nearest, and for a parameter that is missing, unknown or of the wrong form.

    Examples
    --------
    >>> import collude as co
    >>> co.problem("procurement", agents=2, costs=[1, 2], allocations="0,0;1,1;1,2").outcomes
    9
    """
    return build_problem(name, parameters)
