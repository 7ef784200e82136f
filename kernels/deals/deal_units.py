"""Deals counted in the other two units: triples (profile, coalition, joint report), and ordered pairs of profiles."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.deals.deals import context_bases
from collude.kernels.deals.splits import NEVER, agents_of, open_deals


@jit
def _split_worth(deals, a, t, worth):
    """Write into `worth` (totals,) the best value of each of the coalition's totals to head type a and tail type t."""
    worth[:] = NEVER
    for x in range(deals.pairs.shape[0]):
        z = deals.pairs[x, 2]
        worth[z] = max(worth[z], deals.head[a, deals.pairs[x, 0]] + deals.tail[deals.pairs[x, 1], t])


@jit
def _completions(outcome, deals, base, ways, options):
    """Count the joint reports per outcome at one context into `ways` (R,), list the outcomes in `options`; how many."""
    m = 0
    for start in deals.head_at:
        for offset in deals.tail_at:
            o = outcome[base + start + offset]
            if ways[o] == 0:
                options[m] = o
                m += 1
            ways[o] += 1
    return m


@jit
def count_deal_triples(table, truth, goods, mask, span):
    """Triples (theta, coalition `mask`, joint report) whose goods and money, divided anew, leave the coalition better off;
    the truthful report counts. Arguments as in `scan_deals`. Cost: distinct outcomes that it can reach, per profile."""
    deals = open_deals(table.sizes, goods, mask)
    bases = context_bases(table.sizes, agents_of(mask, table.sizes.shape[0], False), span)
    reports = deals.head_at.shape[0] * deals.tail_at.shape[0]
    ways = np.zeros(deals.number.shape[0], np.int64)
    options = np.empty(min(reports, ways.shape[0]), np.int64)
    worth = np.empty(deals.totals, np.int64)
    count = 0
    for c in range(bases.shape[0]):
        m = _completions(table.outcome, deals, bases[c], ways, options)
        for a in range(deals.head_at.shape[0]):
            for t in range(deals.tail_at.shape[0]):
                _split_worth(deals, a, t, worth)
                need = table.tolerance
                for i in deals.members:
                    need += truth[i, bases[c] + deals.head_at[a] + deals.tail_at[t]]
                for x in range(m):
                    o = options[x]
                    if deals.money[o] + worth[deals.number[o]] > need:
                        count += ways[o]
        ways[options[:m]] = 0
    return count


@jit
def mark_deal_pairs(table, truth, goods, mask, marks):
    """Set marks[theta, reported profile] (P, P) bool where the coalition `mask` gains by that report; returns how many are
    new. Cost: the joint reports of the coalition, per profile."""
    deals = open_deals(table.sizes, goods, mask)
    outsiders = agents_of(mask, table.sizes.shape[0], False)
    inside = deals.head_at.shape[0] * deals.tail_at.shape[0]
    bases = context_bases(table.sizes, outsiders, (0, table.outcome.shape[0] // inside))
    worth = np.empty(deals.totals, np.int64)
    count = 0
    for base in bases:
        for a in range(deals.head_at.shape[0]):
            for t in range(deals.tail_at.shape[0]):
                profile = base + deals.head_at[a] + deals.tail_at[t]
                _split_worth(deals, a, t, worth)
                need = table.tolerance
                for i in deals.members:
                    need += truth[i, profile]
                for start in deals.head_at:
                    for offset in deals.tail_at:
                        report = base + start + offset
                        o = table.outcome[report]
                        if not marks[profile, report] and deals.money[o] + worth[deals.number[o]] > need:
                            marks[profile, report] = True
                            count += 1
    return count
