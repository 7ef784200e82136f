"""The smallest networks and pairs of profiles: for the examples of this room."""

import numpy as np

from collude.kernels.search.network import Net
from collude.kernels.search.pairs import Edges, Frame


def example_net() -> Net:
    """Build the smallest network with a constraint: two variables with the values 0 and 1, which must differ.

    Returns
    -------
    Net
        Two variables, an edge each way, no clause, no objective.

    Examples
    --------
    >>> net = example_net()
    >>> net.domain.tolist(), net.edges.tolist(), net.masks.tolist()
    ([3, 3], [[1, 0], [0, 2]], [2, 1, 2, 1])
    """
    return Net(
        shape=np.array([[2, 1, 0, 0, 0], [2, 1, 1, 2, 0]]),
        domain=np.array([3, 3], np.uint64),
        edge_start=np.array([0, 1, 2], np.uint64),
        edges=np.array([[1, 0], [0, 2]], np.uint32),
        masks=np.array([2, 1, 2, 1], np.uint64),
        keys=np.ones((4, 2), np.uint64),
        weight=np.zeros(0, np.int64),
        kin=np.zeros(0, np.uint64),
        clauses=np.zeros(1, np.int64),
        groups=np.zeros(1, np.int64),
        literals=np.zeros((0, 2), np.int64),
        sets=np.zeros(0, np.uint64),
    )


def example_pair() -> tuple[Frame, Edges]:
    """Build a pair of profiles between which nothing is forbidden yet, a search variable each.

    Returns
    -------
    tuple[Frame, Edges]
        The first of two agents has type 0 at one profile and type 1 at the other; the second one has one type. There are
        two outcomes, with different shares of each agent: the first agent likes the one with the number of his type; the
        second agent likes outcome 1.

    Examples
    --------
    >>> frame, edges = example_pair()
    >>> frame.type_indices.tolist(), edges.masks.tolist()
    ([[0, 0], [1, 0]], [3, 3, 3, 3])
    """
    frame = Frame(
        type_indices=np.array([[0, 0], [1, 0]]),
        variable=np.array([0, 1]),
        option=np.array([[0, 1], [0, 1]], np.int32),
        values=np.array([2, 2]),
        words=np.array([1, 1]),
        first=np.array([0, 1]),
        utility=np.array([[[1, 0], [0, 1]], [[0, 1], [0, 1]]]),
        allocation=np.array([[0, 1], [0, 1]], np.int32),
    )
    edges = Edges(
        one=np.array([0]),
        other=np.array([1]),
        forth=np.array([0]),
        back=np.array([2]),
        masks=np.full(4, 3, np.uint64),
        domain=np.full(2, 3, np.uint64),
    )
    return frame, edges
