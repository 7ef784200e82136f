"""The environment "screening": buyers who value every quantity on a grid at their type times a common utility."""

from collections.abc import Sequence
from fractions import Fraction

from collude.models.environment import Environment, Prior, agent_labels, from_values
from collude.models.errors import InputError
from collude.models.numbers import Number, exact, increasing
from collude.models.registry import environment


@environment("screening", "buyers value a quantity on a grid at their type times one utility of the quantity")
def screening(
    agents: int,
    values: Sequence[Number],
    *,
    utility: Sequence[Number],
    labels: Sequence[str] | None = None,
    prior: Prior | None = None,
) -> Environment:
    """Buyers of quantities of one good: type theta values bundle x, that is x steps of the good, at theta times ``utility[x]``.

    Parameters
    ----------
    agents : int
        Number of buyers.
    values : sequence of numbers
        Increasing types, the same for all buyers.
    utility : sequence of numbers
        Utility of 0, 1, 2, ... steps; the entry for 0 is 0.
    labels : sequence of str, optional
        One per buyer.
    prior : Prior, optional
        Beliefs.

    Raises
    ------
    InputError
        If types do not increase or the utility does not start at 0.

    Examples
    --------
    >>> from collude.models.screening.buyers import screening
    >>> screening(2, [5, 6], utility=[0, 20, 36]).value(0, 1, 2)
    Fraction(216, 1)
    """
    types = increasing(values, "the values")
    levels = [exact(x, "a utility") for x in utility]
    if len(levels) < 2 or levels[0] != 0:
        raise InputError("the utility needs an entry for 0, which must be 0, and one for every further step")
    table = [[Fraction(theta) * level for level in levels] for theta in types]
    return from_values(
        "screening",
        [types] * agents,
        [tuple((x,) for x in range(len(levels)))] * agents,
        [table] * agents,
        labels=tuple(labels) if labels else agent_labels(agents),
        prior=prior,
    )
