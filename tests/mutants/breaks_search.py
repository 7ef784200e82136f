"""Deliberate breaks in the search: its kernels, its networks, its cuts: (file, old, new, tests, jitted)."""

ALONE = "tests/test_search.py::test_each_condition_alone_agrees_with_brute_force"
SINGLE = (f"{ALONE}[strategy-proof]", f"{ALONE}[onto]")
UPSETS = ("tests/test_upsets.py::test_pairs_are_forbidden_iff_some_coalition_gains[True-False-3]",)
PARTS = ("tests/test_networks.py",)
CUTS = ("tests/test_audit.py",)
KERNELS = "kernels/search/"
NETWORKS = "enumerate/networks/"
SEARCHES = "enumerate/searches/"

BREAKS = [
    # Kernels.
    (
        KERNELS + "propagate.py",
        "if kept <= limit and queue[variables + np.int64(y)] == 0:",
        "if kept < limit and queue[variables + np.int64(y)] == 0:",
        SINGLE,
        False,
    ),
    (
        KERNELS + "propagate.py",
        "state.sums[0] = times(state.sums[0], net.keys[row + lowest_bit(new), 0])",
        "state.sums[0] = times(state.sums[0], net.keys[row, 0])",
        PARTS,
        True,
    ),
    (
        KERNELS + "nodes.py",
        "head[TRAIL], head[OPEN] = np.int64(levels[top, 1]), np.int64(levels[top, 2])",
        "head[TRAIL] = np.int64(levels[top, 1])",
        SINGLE,
        False,
    ),
    (KERNELS + "nodes.py", "state.used[d] |= state.domain[d]", "state.used[d] = state.domain[d]", PARTS, True),
    (
        KERNELS + "nodes.py",
        "levels[top, LEFT + w] &= ~(ONE << np.uint64(value & 63))",
        "levels[top, LEFT + w] &= ~((ONE << np.uint64(value & 63)) * np.uint64(3))",
        SINGLE,
        False,
    ),
    (KERNELS + "clauses.py", " and group_alive(net, state.domain, state.watch[c])", "", SINGLE, False),
    (
        KERNELS + "residues.py",
        "(high_word(x, y) << np.uint64(3))",
        "(high_word(x, y) << np.uint64(2))",
        ("tests/test_networks.py::test_residues_multiply_as_integers_do",),
        False,
    ),
    (
        KERNELS + "residues.py",
        "return total - MODULUS if total >= MODULUS else total",
        "return total - MODULUS if total > MODULUS else total",
        ("tests/test_networks.py::test_residues_add_up_below_the_modulus",),
        False,
    ),
    (KERNELS + "reduce.py", "single &= count == 1", "single = count == 1", PARTS, True),
    (
        KERNELS + "upsets.py",
        "liked[at + RISES], liked[at + SINKS] = higher, ~union",
        "liked[at + RISES], liked[at + SINKS] = union, ~union",
        UPSETS,
        False,
    ),
    (KERNELS + "upsets.py", "start = other * n * types * each if slots > 1 else 0", "start = 0", UPSETS, False),
    (
        KERNELS + "residues.py",
        "profile, x = mixed(np.uint64(p + 1) * GOLDEN), variable[p]",
        "profile, x = mixed(np.uint64(1) * GOLDEN), variable[p]",
        ("tests/test_search_results.py::test_digests_are_sums_of_products_of_keys",),
        True,
    ),
    # Networks.
    (NETWORKS + "boxes.py", "Box(-1, excluded)", "Box(1, excluded)", PARTS, True),
    # Cuts and totals.
    (
        SEARCHES + "cubes.py",
        "or [(decisions, True)]",
        "or []",
        CUTS,
        True,
    ),
    (SEARCHES + "cubes.py", "if branches is not None:", "if branches:", CUTS, True),
    (SEARCHES + "audit.py", "if len(left) != len(cubes) or left & inner:", "if left & inner:", CUTS, True),
    (
        SEARCHES + "cube_result.py",
        "chosen = [cube for cube in having if cube.best == best]",
        "chosen = list(cubes)",
        ("tests/test_search_results.py::test_the_mechanism_that_is_shown_is_a_best_one",),
        True,
    ),
]
