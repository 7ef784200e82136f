"""Planning a search: what it covers and what its masks need. How long it takes depends on the tree, which nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from collude.axioms.core.registry import require
from collude.enumerate.searches.compile import lay_out
from collude.models.numbers import big
from collude.models.process.memory import available_memory
from collude.models.space import OutcomeSpace


@dataclass(frozen=True)
class SearchPlan:
    """What a search covers, and the memory that its masks take.

    Attributes
    ----------
    problem : str
        Its title.
    require : tuple of str
        The axioms.
    profiles, outcomes : int
        Of the outcome space.
    unknowns : int
        Profiles that are decided together count once.
    mechanisms : int
        Those that satisfy what can be said of one profile, an exact int.
    pairs : int
        Pairs of profiles that are constrained.
    mask_bytes, free_bytes : int
        What the masks take, and what is free.

    Examples
    --------
    >>> SearchPlan("voting", (), 4, 2, 4, 16, 0, 0, 1 << 30).fits
    True
    """

    problem: str
    require: tuple[str, ...]
    profiles: int
    outcomes: int
    unknowns: int
    mechanisms: int
    pairs: int
    mask_bytes: int
    free_bytes: int

    @property
    def fits(self) -> bool:
        """True if the masks fit into the memory that a search takes."""
        return self.mask_bytes <= 0.6 * self.free_bytes

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {**vars(self), "require": list(self.require), "mechanisms": big(self.mechanisms), "fits": self.fits}


def plan_search(space: OutcomeSpace, names: Sequence[str]) -> SearchPlan:
    """Say what a search covers and how much memory its masks take, without making them.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    names : sequence of str
        The axioms, some with "=value".

    Returns
    -------
    SearchPlan
        How long the search takes depends on its tree, which nobody knows.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.space import outcome_space
    >>> plan = plan_search(outcome_space(co.voting(agents=2, alternatives=3)), ["strategy-proof"])
    >>> plan.profiles, plan.pairs
    (36, 180)
    """
    layout = lay_out(space, require(names, space))
    return SearchPlan(
        space.title,
        tuple(names),
        len(space.type_indices),
        space.outcomes,
        len(layout.cells.values),
        layout.options,
        layout.pairs,
        layout.bytes,
        available_memory(),
    )
