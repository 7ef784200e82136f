"""Deliberate breaks in checks and counts on multisets: (file, old text, new text, tests that must fail, jitted)."""

DEFINITION = ("tests/test_symmetric.py::test_random_mechanisms_against_the_definition",)
SITUATIONS = ("tests/test_manipulability.py", "-k", "every_situation or both_kernels")

BREAKS = [
    (
        "kernels/multisets/assignment.py",
        "total += _push(desk, rows, goal, room) * desk.best[rows + goal]",
        "total += min(1, _push(desk, rows, goal, room)) * desk.best[rows + goal]",
        DEFINITION,
        True,
    ),
    (
        "kernels/multisets/gains.py",
        "desk.gain[rows, d] = FORBIDDEN if refused else gain",
        "desk.gain[rows, d] = gain",
        DEFINITION,
        True,
    ),
    (
        "kernels/multisets/coalitions.py",
        "if first_only > ones or second_only > twos:",
        "if first_only > ones and second_only > twos:",
        DEFINITION,
        True,
    ),
    ("kernels/multisets/coalitions.py", "sizes.inside[r, c]", "sizes.inside[r, 0]", DEFINITION, True),
    (
        "kernels/multisets/coalitions.py",
        "number = (start + x) * sets + place[b]",
        "number = (start + x) * sets",
        DEFINITION,
        True,
    ),
    (
        "kernels/multisets/options.py",
        "shift = outsiders.first[u] - begin",
        "shift = outsiders.first[0] - begin",
        DEFINITION,
        True,
    ),
    (
        "kernels/multisets/tastes.py",
        "some[w] |= tastes.better[p, w]",
        "some[w] &= tastes.better[p, w]",
        DEFINITION,
        True,
    ),
    ("kernels/multisets/options.py", "packed[row, at] += groups[c, t]", "packed[row, at] += 1", DEFINITION, True),
    (
        "kernels/multisets/weights.py",
        "table[r, total, counts[b, t]]",
        "table[r, total, 0]",
        DEFINITION,
        True,
    ),
    (
        "kernels/multisets/elections.py",
        "union |= above[starts[t] + step]",
        "union &= above[starts[t] + step]",
        SITUATIONS,
        True,
    ),
    (
        "kernels/multisets/elections.py",
        "least = least_bytes(least, below[begin[x] + step, word] | bars[w, x])",
        "least = least_bytes(least, below[begin[x] + step, word])",
        SITUATIONS,
        True,
    ),
    (
        "kernels/multisets/elections.py",
        "if scores[x] > scores[best]:",
        "if scores[x] >= scores[best]:",
        ("tests/test_manipulability.py", "-k", "own_weights"),
        True,
    ),
    (
        "kernels/multisets/elections.py",
        "if members < sums[types] and",
        "if members < sums[types] - 1 and",
        SITUATIONS,
        True,
    ),
    (
        "enumerate/symmetric/profilewise.py",
        "np.where(first & second, number * other, 0)",
        "np.where(first & second, number, 0)",
        DEFINITION,
        True,
    ),
    (
        "models/symmetric/views.py",
        "wrong = share[ranks, types[i]] != got[outcomes, i]",
        "wrong = share[ranks, types[i]] < 0",
        ("tests/test_symmetric.py::test_recognition_and_refusal",),
        True,
    ),
    (
        "enumerate/symmetric/check_job.py",
        "whole &= chunk in results",
        "whole |= chunk in results",
        ("tests/test_symmetric_runs.py", "-k", "chunks_and_shares"),
        True,
    ),
]
