"""Mechanisms compared with tables of outcomes that go together: used to check what a search hands out."""

from collude.kernels._jit import jit


@jit
def first_misfit(outcomes, places, fits):
    """The first mechanism that has two outcomes which do not go together, -1 if there is none.

    Parameters: outcomes (m, P) int32, the outcome number of each profile; places (pairs, 3) int64, the number of a table
    and two profiles; fits (tables, R, R) bool, [t, a, b] whether outcome a at the first profile goes with b at the second.
    Cost: m times pairs.
    """
    for row in range(outcomes.shape[0]):
        for pair in range(places.shape[0]):
            a, b = outcomes[row, places[pair, 1]], outcomes[row, places[pair, 2]]
            if not fits[places[pair, 0], a, b]:
                return row
    return -1
