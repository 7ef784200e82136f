"""Deliberate breaks in long runs: manifests, lines, damage, other people's folders, resuming, joining, verifying."""

FOREIGN = "tests/test_foreign_runs.py::"
ATTACKS = "tests/test_run_attacks.py::"
RUNS = "tests/test_runs.py::"
DAMAGE = "tests/test_run_damage.py::"
BATCHES = ("tests/test_batches.py",)
FOLDER = "enumerate/runs/"

BREAKS = [
    (
        FOLDER + "rundir.py",
        'if line.written(identity) == text + b"\\n" else None',
        "",
        (DAMAGE + "test_a_changed_digit_of_a_result_is_noticed",),
        True,
    ),
    (
        FOLDER + "rundir.py",
        ".result != line.result:\n                at_odds",
        ".result is None:\n                at_odds",
        (FOREIGN + "test_two_results_of_a_chunk_are_done_again",),
        False,
    ),
    (
        FOLDER + "rundir.py",
        "        if not same:\n",
        "        if same is None:\n",
        (FOREIGN + "test_a_directory_that_is_removed_is_noticed",),
        False,
    ),
    (
        FOLDER + "opening.py",
        "if found.get(name) != value:",
        "if not found.get(name):",
        (DAMAGE + "test_each_changed_number_of_the_problem_is_named",),
        True,
    ),
    (
        FOLDER + "folder.py",
        "if not stat.S_ISREG(about.st_mode):",
        "if stat.S_ISCHR(about.st_mode):",
        (FOREIGN + "test_links_are_refused",),
        False,
    ),
    (
        FOLDER + "schema.py",
        "if UNSHOWABLE.search(each):",
        "if not UNSHOWABLE:",
        (FOREIGN + "test_escape_sequences_are_refused",),
        False,
    ),
    (
        FOLDER + "schema.py",
        "if not 1 <= self.part[0] <= self.part[1]:",
        "if not 0 <= self.part[0]:",
        (FOREIGN + "test_manifests_of_other_types_are_refused",),
        False,
    ),
    (
        FOLDER + "manifest.py",
        "if run.identity != identity:",
        "if not identity:",
        (ATTACKS + "test_a_worker_that_stays_is_not_taken_in_by_an_old_name",),
        False,
    ),
    (
        FOLDER + "manifest.py",
        "if field in expected and identity[field] != expected[field]:",
        "if field == 'spec' and field in expected and identity[field] != expected[field]:",
        (DAMAGE + "test_another_run_is_refused_by_name",),
        True,
    ),
    (
        FOLDER + "commands.py",
        "if digest(beside) != digest(job.answer(results)):",
        "if not beside:",
        (DAMAGE + "test_verify_notices_what_does_not_follow",),
        True,
    ),
    (
        FOLDER + "commands.py",
        "    job.check_tiling()\n",
        "",
        ("tests/test_audit.py::test_a_cut_with_a_hole_is_noticed",),
        False,
    ),
    (
        FOLDER + "commands.py",
        "if found != canonical(line.result):",
        "if not found:",
        (DAMAGE + "test_a_wrong_chunk_is_caught_at_the_stated_rate",),
        True,
    ),
    (
        FOLDER + "commands.py",
        "            if chunk in owner:\n",
        "            if chunk in owner and not line:\n",
        (RUNS + "test_merge_refuses_overlaps_gaps_and_disagreement",),
        True,
    ),
    (
        FOLDER + "drive.py",
        "if perf_counter() > self.job.deadline:",
        "if self.job.deadline < 0:",
        (RUNS + "test_limits_end_a_run_as_incomplete",),
        True,
    ),
    (FOLDER + "batches.py", "self.waiting.extendleft(reversed(batch[len(reports) :]))", "pass", BATCHES, False),
    (
        FOLDER + "batches.py",
        "if self._deaths[self.waiting[0]] and (batch or self._out):",
        "if batch is None:",
        BATCHES,
        False,
    ),
    (FOLDER + "batches.py", "self._deaths[chunk] < MOST_DEATHS", "self._deaths[chunk] < 2", BATCHES, False),
    (
        FOLDER + "batches.py",
        "if perf_counter() - started > BATCH_SECONDS:",
        "if perf_counter() - started > 99:",
        BATCHES,
        False,
    ),
    (
        FOLDER + "time_left.py",
        "min(mean * factor, max(seconds))",
        "mean",
        ("tests/test_time_left.py", "-k", "range_holds"),
        False,
    ),
    (
        FOLDER + "commands.py",
        "rechecked = job.recheck(results)",
        "rechecked = 1",
        (DAMAGE + "test_verify_checks_each_mechanism_again",),
        True,
    ),
]
