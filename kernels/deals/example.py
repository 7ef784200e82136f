"""The smallest auction at which two bidders profit from a deal: for the examples of this room."""

import numpy as np

from collude.kernels.deals.splits import Goods
from collude.kernels.tables import Table


def two_bidders() -> tuple[Table, Goods]:
    """Build a second-price auction of one object between two bidders with the values 0 and 1; ties go to the first one.

    Returns
    -------
    tuple[Table, Goods]
        The mechanism, and its bundles: 0 is nothing, 1 the object, which bidders can hand on. The outcomes are: the first
        bidder wins for 0, the second one wins for 0, the first one wins for 1.

    Examples
    --------
    >>> table, goods = two_bidders()
    >>> table.outcome.tolist(), goods.transfer.tolist()
    ([0, 1, 0, 2], [[0, 0, -1], [0, 0, 0]])
    """
    table = Table(
        outcome=np.array([0, 1, 0, 2], np.int32),
        sizes=np.array([2, 2]),
        allocation=np.array([[0, 1, 2], [0, 1, 0]], np.int32),
        utility=np.array([[[0, 0, -1], [1, 0, 0]], [[0, 0, 0], [0, 1, 0]]]),
        tolerance=0,
    )
    goods = Goods(
        bundle=np.array([[1, 0, 1], [0, 1, 0]], np.int32),
        code=np.array([[0, 1], [0, 1]]),
        value=np.array([[[0, 0], [0, 1]], [[0, 0], [0, 1]]]),
        transfer=np.array([[0, 0, -1], [0, 0, 0]]),
        counts=np.array([2, 2]),
        moves=True,
        concave=True,
    )
    return table, goods
