"""Networks solved part by part: what has nothing to do with each other is solved once each, and the counts multiply."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import prod
from typing import NamedTuple

import numpy as np

from collude.enumerate.networks.boxes import Box, boxes_of
from collude.enumerate.networks.exploration import Decisions, Effort, Exploration, Residues, Tally
from collude.enumerate.networks.layout import without_clauses
from collude.enumerate.networks.reduction import Reduction, reduce_net, worthwhile
from collude.kernels.search.network import BEST, COUNT, FIRST, FIRST_WORD, WORDS, Net
from collude.kernels.search.residues import PRIME
from collude.kernels.search.translate import multiply_sums

TRIAL_NODES = 4096
TRIAL_STEPS = 1 << 21
MANY_VARIABLES = 512
REMEMBERED = 4096


@dataclass(eq=False)
class Solver:
    """Solves networks, by parts where they have any.

    Parameters
    ----------
    mode : int
        FIRST, COUNT or BEST of the search kernel.
    limit : int
        Domains of at most so many values are propagated.
    tracked : bool
        Whether the values that occur in solutions are noted.
    absent : ndarray (R, D) uint64 or None
        For each of a few outcomes, the domains of the network that is given first without that outcome. If they are
        given, large networks that cannot be reduced are counted by which outcomes occur at all.

    Notes
    -----
    A few nodes of plain search come first. If they do not suffice, the network is reduced: what is fixed leaves it,
    variables that determine each other become one, and what is then not connected is counted by itself. Conditions that
    something holds somewhere couple the parts; they are counted by boxes (`boxes_of`), where these are few enough.
    Counts, digests and the nodes that are reported depend on the network only. Parts that come back are looked up.
    """

    mode: int
    limit: int = 1
    tracked: bool = False
    absent: np.ndarray | None = None
    _memory: dict[bytes, Tally] = field(default_factory=dict)

    def solve(
        self,
        net: Net,
        effort: Effort,
        decisions: Decisions = (),
        *,
        settled: bool = True,
        floor: int | None = None,
        limit_reduction: bool = False,
        decided: bool = False,
    ) -> Tally:
        """What the solutions of a network under some decisions add up to.

        Parameters
        ----------
        settled : bool
            The domains of the network are a fixed point of propagation.
        floor : int or None
            A sum of weights to be exceeded, with the mode best.
        limit_reduction : bool
            True to search plainly, without cutting into parts.
        decided : bool
            True if it is settled already which outcomes occur at all.
        """
        exploration = Exploration(net, self.mode, limit=self.limit, tracked=self.tracked)
        if not exploration.begin(decisions, settled=settled, floor=floor):
            return exploration.tally()
        if limit_reduction:
            exploration.go_on(effort)
            return exploration.tally()
        domain = exploration.state.domain.copy()
        if self.mode != BEST:
            trial = min(TRIAL_NODES, max(32, TRIAL_STEPS // max(1, len(net.shape))))
            exploration.go_on(effort.with_budget(trial if effort.budget is None else min(trial, effort.budget)))
        if not exploration.complete and not effort.over:
            reduction = reduce_net(net, domain)
            if reduction is None:
                return replace(exploration.tally(), solutions=0, digest=(0, 0), complete=True, best=None, listed=None)
            if worthwhile(reduction, net):
                return self._solve_reduced(reduction, net, effort, floor)
            if self.absent is not None and len(net.shape) >= MANY_VARIABLES and not decided and not net.kin.size:
                return self._by_presence(net._replace(domain=domain), effort)
            exploration.go_on(effort)
        return exploration.tally()

    def _by_presence(self, net: Net, effort: Effort) -> Tally:
        """The sum over which is the first outcome that occurs nowhere: where one is ruled out, much is tied together."""
        assert self.absent is not None
        tallies = []
        for absent in self.absent:
            tallies.append(self.solve(net._replace(domain=net.domain & absent), effort, settled=False, decided=True))
            net = with_somewhere(net, ~absent)
            effort = left_of(effort, tallies[-1].nodes)
            if not tallies[-1].complete:
                return Tally(nodes=sum(tally.nodes for tally in tallies), complete=False)
        tallies.append(self.solve(net, effort, settled=False, limit_reduction=True))
        return added(tallies)

    def _solve_reduced(self, reduction: Reduction, net: Net, effort: Effort, floor: int | None) -> Tally:
        """The tally of what is left, in the variables of the network that it comes from."""
        if reduction.conditional:
            small = self._conditional(reduction, effort, None if floor is None else floor - reduction.weight)
        else:
            small = self._multiplied(reduction, effort)
        best = None if small.best is None else small.best + reduction.weight
        if best is not None and floor is not None and best <= floor:
            return Tally(0, small.nodes, complete=small.complete, used=self._unused(net))
        key = reduction.key
        return Tally(
            small.solutions,
            small.nodes,
            (small.digest[0] * key[0] % PRIME, small.digest[1] * key[1] % PRIME),
            small.complete,
            best,
            None if small.listed is None else reduction.slots.expand(small.listed[:1]),
            self._used(reduction, net, small) if self.tracked else None,
        )

    def _unused(self, net: Net) -> np.ndarray | None:
        return np.zeros(len(net.domain), np.uint64) if self.tracked else None

    def _used(self, reduction: Reduction, net: Net, small: Tally) -> np.ndarray:
        """The values that occur, as domains of the network that was reduced."""
        used = np.zeros(len(net.domain), np.uint64)
        if not small.solutions or small.used is None:
            return used
        table, shape = reduction.slots.table, reduction.net.shape
        for x, group in enumerate(table.group.tolist()):
            values = [int(reduction.slots.fixed[x])]
            if group >= 0:
                first, words = int(shape[group, FIRST_WORD]), int(shape[group, WORDS])
                bits = np.unpackbits(small.used[first : first + words].view(np.uint8), bitorder="little")
                rank = table.rank[int(table.start[group]) + np.flatnonzero(bits)]
                values = table.value_of[int(table.offset[x]) + rank].tolist()
            for value in values:
                used[int(net.shape[x, FIRST_WORD]) + (value >> 6)] |= np.uint64(1 << (value & 63))
        return used

    def _conditional(self, reduction: Reduction, effort: Effort, floor: int | None) -> Tally:
        """Parts that clauses couple: by boxes where that is possible, else together."""
        net = reduction.net
        countable = self.mode == COUNT and not net.kin.size and not self.tracked
        if countable and reduction.parts + reduction.singles > 1:
            boxes = boxes_of(net)
            if boxes is not None:
                return self._boxed(net, boxes, effort)
        return self.solve(net, effort, settled=False, floor=floor, limit_reduction=True)

    def _boxed(self, net: Net, boxes: Sequence[Box], effort: Effort) -> Tally:
        """The signed sum over boxes, and a first solution."""
        solutions, nodes, one, other = 0, 1, 0, 0
        plain = net._replace(**without_clauses()._asdict())
        signs: Counter[bytes] = Counter()
        domains: dict[bytes, np.ndarray] = {}
        for box in boxes:
            signs[box.domain.tobytes()] += box.sign
            domains[box.domain.tobytes()] = box.domain
        for name, sign in signs.items():
            if not sign:
                continue
            tally = self.solve(
                plain._replace(domain=domains[name]), left_of(effort, nodes), settled=False, decided=True
            )
            nodes += tally.nodes
            if not tally.complete:
                return Tally(nodes=nodes, complete=False)
            solutions += sign * tally.solutions
            one, other = one + sign * tally.digest[0], other + sign * tally.digest[1]
        listed = None
        if solutions:
            search = Exploration(net, FIRST, limit=self.limit)
            search.begin(settled=False)
            if not search.go_on(left_of(effort, nodes)):
                return Tally(nodes=nodes, complete=False)
            listed = search.tally().listed
        return Tally(solutions, nodes, (one % PRIME, other % PRIME), listed=listed)

    def _multiplied(self, reduction: Reduction, effort: Effort) -> Tally:
        """The product of the parts."""
        net, singles = reduction.net, reduction.singles
        rows, nodes, solutions = [np.zeros(singles, np.int32)], 1, 1
        one, other = 1, 1
        best = int(net.weight[reduction.slots.table.start[:singles]].sum()) if net.weight.size else 0
        used = [net.domain[: int(net.shape[:singles, WORDS].sum())]]
        if self.mode == COUNT:
            solutions, (one, other) = singles_counted(reduction)
        for number in range(reduction.parts):
            tally = self._part(reduction.part(number), left_of(effort, nodes))
            nodes += tally.nodes
            if not tally.complete or not tally.solutions or tally.first is None:
                return Tally(0, nodes, complete=tally.complete, used=self._unused(net))
            solutions *= tally.solutions if self.mode == COUNT else 1
            one, other = one * tally.digest[0] % PRIME, other * tally.digest[1] % PRIME
            best += tally.best or 0
            rows.append(tally.first)
            if tally.used is not None:
                used.append(tally.used)
        return Tally(
            solutions,
            nodes,
            (one, other),
            best=best if self.mode == BEST else None,
            listed=np.concatenate(rows)[None, :].astype(np.int32),
            used=np.concatenate(used) if self.tracked else None,
        )

    def _part(self, net: Net, effort: Effort) -> Tally:
        """A connected part, looked up if it was met before."""
        name = blake2b(digest_size=24)
        for array in net:
            name.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        known = self._memory.get(name.digest())
        if known is not None and (effort.budget is None or known.nodes < effort.budget):
            return known
        tally = self.solve(net, effort, settled=False, decided=True)
        if tally.complete and len(self._memory) < REMEMBERED:
            self._memory[name.digest()] = tally
        return tally


def added(tallies: Sequence[Tally]) -> Tally:
    """Add up the tallies of networks whose solutions do not overlap.

    Parameters
    ----------
    tallies : sequence of Tally
        At least one.

    Returns
    -------
    Tally
        Of a network whose solutions are those of all of them.

    Examples
    --------
    >>> added([Tally(2, 5), Tally(3, 1)]).solutions
    5
    """
    used = [tally.used for tally in tallies if tally.used is not None]
    return Tally(
        sum(tally.solutions for tally in tallies),
        sum(tally.nodes for tally in tallies),
        (sum(tally.digest[0] for tally in tallies) % PRIME, sum(tally.digest[1] for tally in tallies) % PRIME),
        all(tally.complete for tally in tallies),
        listed=next((tally.listed for tally in tallies if tally.solutions), None),
        used=np.bitwise_or.reduce(used) if used else None,
    )


def with_somewhere(net: Net, wanted: np.ndarray) -> Net:
    """Add a clause to a network: some variable has a value in its set.

    Parameters
    ----------
    net : Net
        The network.
    wanted : ndarray (D,) uint64
        A set of values of each variable, laid out as domains are.

    Returns
    -------
    Net
        The network with the clause.
    """
    place = len(net.sets) + net.shape[:, FIRST_WORD]
    literals = np.stack([np.arange(len(net.shape)), place], axis=1).astype(np.int64)
    return net._replace(
        clauses=np.append(net.clauses, len(net.groups) - 1 + len(literals)),
        groups=np.concatenate([net.groups, net.groups[-1] + np.arange(1, len(literals) + 1)]),
        literals=np.concatenate([net.literals, literals]),
        sets=np.concatenate([net.sets, wanted]),
    )


def left_of(effort: Effort, nodes: int) -> Effort:
    """Take some nodes off an effort.

    Parameters
    ----------
    effort : Effort
        What was granted.
    nodes : int
        Nodes of the search tree that have been used.

    Returns
    -------
    Effort
        What is left.

    Examples
    --------
    >>> left_of(Effort(budget=10), 4).budget
    6
    """
    return effort if effort.budget is None else effort.with_budget(max(0, effort.budget - nodes))


class JointValues(NamedTuple):
    """How many joint values some variables have, and the sum of the products of their keys, modulo 2^61 - 1."""

    number: int
    keys: Residues


def singles_counted(reduction: Reduction) -> JointValues:
    """Count the joint values of the variables that have no constraint.

    Parameters
    ----------
    reduction : Reduction
        A network that was made smaller.

    Returns
    -------
    JointValues
        How many there are, and the sum of the products of their keys.

    Notes
    -----
    Cost: two additions per value.
    """
    net, singles = reduction.net, reduction.singles
    start = reduction.slots.table.start[: singles + 1]
    keys, counts = net.keys[: int(start[-1])], reduction.single_counts
    if net.kin.size:
        owner = np.repeat(np.arange(singles, dtype=np.uint64), counts)
        distinct = np.unique(np.column_stack([owner, keys]), axis=0)
        keys = np.ascontiguousarray(distinct[:, 1:])
        counts = np.bincount(distinct[:, 0].astype(np.int64), minlength=singles)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    total = np.ones(2, np.uint64)
    multiply_sums(keys, start, total)
    tally = Counter(counts.tolist())
    return JointValues(prod(count**times for count, times in tally.items()), (int(total[0]), int(total[1])))
