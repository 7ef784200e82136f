"""Deliberate breaks in kernels: (file, old text, new text, tests that must fail)."""

COALITIONS = ("tests/test_kernels.py", "--deselect", "tests/test_kernels.py::test_several_words_of_outcomes")
TIES = ("tests/test_ties.py",)
DEALS = ("tests/test_deals.py",)
EXPECTATIONS = ("tests/test_expectation_kernels.py",)
FOLDER = "kernels/coalitions/"

BREAKS = [
    # The tables that everything reads.
    (
        "kernels/tables.py",
        "table.tolerance + 1, outcome_sets.strict",
        "table.tolerance, outcome_sets.strict",
        COALITIONS,
    ),
    ("kernels/tables.py", "-table.tolerance, outcome_sets.accept", "table.tolerance, outcome_sets.accept", COALITIONS),
    ("kernels/tables.py", "if smallest <= s + t <= largest:", "if smallest <= s + t < largest:", COALITIONS),
    ("kernels/tables.py", "types[i] = profile % sizes[i]", "types[i] = profile % sizes[0]", COALITIONS),
    # The lattice.
    (FOLDER + "lattice.py", "table[source + x] | table[other + x]", "table[source + x]", COALITIONS),
    (
        FOLDER + "lattice.py",
        "table[target + x] += table[source + x]",
        "table[target + x] = table[source + x]",
        COALITIONS,
    ),
    (FOLDER + "lattice.py", "ONE << (o & BIT)", "ONE << (o % BIT)", COALITIONS),
    # Counting.
    (FOLDER + "count.py", "useful &= will | without[i]", "useful &= will", COALITIONS),
    (FOLDER + "count.py", "(steps[i] if must else NONE)", "steps[i]", COALITIONS),
    (FOLDER + "count.py", "gained |= wish if must else NONE", "gained |= wish", COALITIONS),
    (FOLDER + "count.py", "if count >= limit:", "if count > limit:", COALITIONS),
    (FOLDER + "count_two.py", "high &= will | without[others + ONE]", "high &= will | without[others]", COALITIONS),
    (FOLDER + "count_two.py", "once_high |= wish", "once_high = wish", COALITIONS),
    (FOLDER + "count_two.py", "(steps[i] if must else NONE)", "steps[i]", COALITIONS),
    (
        FOLDER + "count_wide.py",
        "hit |= found[w] & found[words + w] & reach[row, w]",
        "hit |= found[w] & found[words + w]",
        COALITIONS,
    ),
    (FOLDER + "count_wide.py", "left |= useful & once", "left |= useful & twice", COALITIONS),
    # The walk.
    (FOLDER + "walk.py", "count += extensions[depth, n - j]", "count += 1", COALITIONS),
    (FOLDER + "walk.py", "walk.state[2, depth] | (1 << j)", "walk.state[2, depth] | (1 << (n - 1 - j))", COALITIONS),
    (
        FOLDER + "walk.py",
        "row = reach[walk.state[0, depth] + walk.steps[1, j]]",
        "row = reach[walk.state[0, depth]]",
        COALITIONS,
    ),
    # The worst violation.
    (FOLDER + "best.py", "alive = bound[at] >= goal", "alive = bound[at] > goal", COALITIONS),
    (FOLDER + "best.py", "base: Word = report - played * stride", "base: Word = report", COALITIONS),
    (FOLDER + "best.py", "if total > best and (rule", "if total >= best and (rule", COALITIONS),
    (FOLDER + "bounds.py", "max(0, utility[own + o] - here)", "utility[own + o] - here", COALITIONS),
    (FOLDER + "bounds.py", "highest = max(highest, total[o])", "highest = total[o]", COALITIONS),
    (
        FOLDER + "contest.py",
        "return different & -different & coalition_bits != 0",
        "return coalition_bits < others",
        COALITIONS,
    ),
    (FOLDER + "contest.py", "if size > other or", "if size < other or", COALITIONS),
    (
        FOLDER + "contest.py",
        "return size - 1 if coalition_bits == (1 << size) - 1 else size",
        "return size - 1",
        COALITIONS,
    ),
    (FOLDER + "contest.py", "agents[ROOM, x + 1] + max(rise, 0)", "agents[ROOM, x + 1] + min(rise, 1)", COALITIONS),
    (FOLDER + "contest.py", "agents[NEEDED, x + 1] + (missing or rise > 0)", "agents[NEEDED, x + 1] + 1", TIES),
    (FOLDER + "contest.py", "_comes_first(gainers, best))", "_comes_first(best, gainers))", COALITIONS),
    (
        FOLDER + "contest.py",
        "return size < largest or (size == largest and",
        "return size + 1 < largest or (size == largest and",
        TIES,
    ),
    # One coalition at a time, the other units, the naive loops.
    (FOLDER + "options.py", "rise < -table.tolerance or", "rise < 0 - 1 or", COALITIONS),
    (FOLDER + "options.py", "someone |= rise > table.tolerance", "someone = rise > table.tolerance", COALITIONS),
    (FOLDER + "units.py", "least = size if subset & gainers else size + 1", "least = size", COALITIONS),
    (FOLDER + "naive.py", "coalitions += not seen[members]", "coalitions += 1", COALITIONS),
    # Deals.
    (
        "kernels/members.py",
        "if ((coalition_bits >> i) & 1 == 1) == inside:",
        "if (coalition_bits >> i) & 1 == 1:",
        DEALS,
    ),
    ("kernels/deals/splits.py", "row[z] = max(row[z], best[x] + own[y])", "row[z] = best[x] + own[y]", DEALS),
    ("kernels/deals/splits.py", "best[x + 1] - best[x] >= own[y + 1] - own[y]", "best[x + 1] >= own[y + 1]", DEALS),
    ("kernels/deals/deals.py", "equal &= best[c, q] == best[c - 1, q]", "equal |= best[c, q] == best[c - 1, q]", DEALS),
    ("kernels/deals/deals.py", "and profile < found[x - 1, 1])", "and profile > found[x - 1, 1])", DEALS),
    ("kernels/deals/bribes.py", "if total > table.tolerance:", "if own > table.tolerance:", DEALS),
    ("kernels/deals/equal.py", "count += options[x, 2] * options[y, 2]", "count += 1", DEALS),
    ("kernels/deals/deal_units.py", "count += ways[o]", "count += 1", DEALS),
    ("kernels/deals/naive_deals.py", "pairs += found > 0", "pairs += found", DEALS),
    # Expectations.
    (
        "kernels/expectations/transfers.py",
        "factors[members] = multiple // members",
        "factors[members] = multiple",
        EXPECTATIONS,
    ),
    (
        "kernels/expectations/transfers.py",
        "free ^= (1 << i) if digits[i] == sizes[i] else 0",
        "free ^= 1 << i",
        EXPECTATIONS,
    ),
    (
        "kernels/expectations/scan.py",
        "heads[h] - bar, np.uint64(h * tail)",
        "heads[h], np.uint64(h * tail)",
        EXPECTATIONS,
    ),
    ("kernels/expectations/maps.py", "if chosen < 0 or value > most:", "if chosen < 0 or value >= most:", EXPECTATIONS),
]
