"""Deliberate breaks in axioms, searches and runs: (file, old text, new text, tests that must fail, jitted)."""

ALONE = "tests/test_search.py::test_each_condition_alone_agrees_with_brute_force"


def alone(name: str) -> tuple[str, ...]:
    """The brute-force test of one condition."""
    return (f"{ALONE}[{name}]",)


PLAIN = ("tests/test_second_opinion.py", "-k", "count_like or fast_form")

BREAKS = [
    # Conditions that decline always: an oracle that asks the engine what applies would not notice.
    (
        "axioms/outcomes/unanimous.py",
        'return "" if mechanism.environment.public else',
        'return "never" if mechanism.environment.public else',
        alone("unanimous"),
        True,
    ),
    (
        "axioms/outcomes/non_constant.py",
        "return [somewhere(every, np.arange(space.outcomes)[None, :] != o) for o in range(space.outcomes)]",
        "raise ValueError(every)",
        alone("non-constant"),
        True,
    ),
    (
        "axioms/fairness/weakly_symmetric.py",
        'return "" if same and n > 1 else',
        'return "never" if same and n > 1 else',
        alone("weakly-symmetric"),
        True,
    ),
    # Fast forms.
    (
        "axioms/feasibility/individually_rational.py",
        "yield (i,), -utility",
        "yield (i,), utility",
        alone("individually-rational"),
        True,
    ),
    (
        "axioms/feasibility/budget_balanced.py",
        "np.abs(mechanism.transfer",
        "(mechanism.transfer",
        alone("budget-balanced"),
        True,
    ),
    (
        "axioms/fairness/symmetric.py",
        "np.abs(utilities[i] - utilities[j])",
        "(utilities[i] - utilities[j])",
        alone("symmetric"),
        True,
    ),
    (
        "axioms/outcomes/pareto_efficient.py",
        "nobody_loses &= on_offer >= utilities",
        "nobody_loses &= on_offer > utilities",
        alone("pareto-efficient"),
        True,
    ),
    (
        "axioms/outcomes/non_dictatorial.py",
        "made.append(somewhere(every, ~top[",
        "made.append(somewhere(every, top[",
        alone("non-dictatorial"),
        True,
    ),
    (
        "axioms/incentives/maskin_monotonic.py",
        "either = stay(one, other)[:, :, None] | stay",
        "either = stay(one, other)[:, :, None] & stay",
        alone("maskin-monotonic"),
        True,
    ),
    (
        "axioms/core/coalitional.py",
        "rule = WEAK_PAIR if self.rule == WEAK else GRAND_PAIR",
        "rule = STRONG_PAIR if self.rule == WEAK else GRAND_PAIR",
        alone("weakly-group-strategy-proof"),
        True,
    ),
    ("axioms/core/deal_rules.py", "value * factor + money", "value * factor", alone("reallocation-proof"), True),
    # Plain forms.
    (
        "axioms/core/coalitional.py",
        "nobody_loses = np.logical_and.reduce([rise >= 0",
        "nobody_loses = np.logical_and.reduce([rise > 0",
        PLAIN,
        True,
    ),
    (
        "axioms/outcomes/onto.py",
        "return [[[(p, frozenset(outcomes))] for p in places]",
        "return [[[(p, frozenset())] for p in places]",
        PLAIN,
        True,
    ),
    # Sets of profiles.
    (
        "axioms/core/conditions.py",
        "for step in range(1, size - k):",
        "for step in range(1, max(2, size - k - 1)):",
        alone("strategy-proof"),
        True,
    ),
    (
        "axioms/outcomes/efficient.py",
        "shares.setdefault(code, np.zeros(mechanism.outcomes, np.int64))[o] += ",
        "shares.setdefault(code, np.zeros(mechanism.outcomes, np.int64))[o] = ",
        ("tests/test_lottery_efficiency.py::test_what_a_drawn_total_could_have_cost",),
        False,
    ),
    (
        "axioms/outcomes/efficient.py",
        "- (_whole(mechanism) - 1) * mechanism.tolerance\n\n    def losses",
        "\n\n    def losses",
        ("tests/test_lottery_efficiency.py::test_a_tolerance_is_one_of_the_loss_not_of_its_multiple",),
        False,
    ),
]
