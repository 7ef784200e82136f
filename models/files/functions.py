"""Mechanisms from a Python function of the reports: plain, vectorised over NumPy arrays, or jitted by Numba."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from collude.kernels.apply import apply_rule
from collude.kernels.compiling import Stopwatch
from collude.models.documents import NamedValues, UserFunction
from collude.models.draft import SAMPLE, SAMPLE_SECONDS, Draft, Progress, RuleDraft, Sample, drawn_profiles, sketch
from collude.models.environment import Environment, require_environment
from collude.models.errors import ColludeError, InputError
from collude.models.files.jitted import require_whole_writes
from collude.models.files.lotteries import lottery_mechanism, lottery_table, sure
from collude.models.files.returned import (
    OutcomeRow,
    Precision,
    array_result,
    outcome_row,
    precision,
    require_held,
    scaled_transfers,
)
from collude.models.lottery import Branch, Draw, Lottery, draw_of
from collude.models.mechanism import Mechanism, Profile, Rule, all_profiles, require_room, show_type
from collude.models.numbers import brief, common_scale, exact, scaled

SLOW_SECONDS = 5.0
STEPS = 200


def from_function(
    environment: Environment,
    rule: UserFunction,
    *,
    name: str | None = None,
    vectorised: bool = False,
    reports: str = "values",
    tolerance: object = None,
    parameters: NamedValues | None = None,
    progress: Progress | None = None,
) -> Mechanism:
    """Build a mechanism by calling a function at every profile of reports.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    rule
        Plain: `rule(reports)` gets a tuple of types and returns (who gets what, transfers): in an auction the winner's
        number or None, in a public choice the alternative's number, else one bundle per agent; one number per agent, money
        received. Where chance decides, a `Lottery` of such pairs. Vectorised: gets an int64 array (agents, profiles) and
        returns winners or alternatives (profiles,), -1 for no winner, or bundle numbers (agents, profiles), and transfers
        (agents, profiles). Jitted, a Numba function of 3 arguments: `rule(reports, bundles, transfers)` writes bundle
        numbers and integer transfers in place.
    name
        What verdicts call the mechanism (default: the function's name).
    vectorised
        True for a vectorised rule; jitted rules are recognised.
    reports
        "values" hands over numeric types, whole numbers for arrays; "numbers" type indices from 0 (always for vector types
        and orders in arrays).
    tolerance
        Accept floats as transfers, rounded to a 64th of it; gains up to it count as none.
    parameters
        Further keyword arguments of the rule.
    progress
        Called with (what is done, steps done, steps in all).

    Returns
    -------
    Mechanism
        With `build_seconds`, how long the rule took; a plain rule that takes long is answered by a warning.

    Raises
    ------
    InputError
        For anything that would have to be bent, or a rule that fails; it names the reports and the line of its file.

    Examples
    --------
    >>> import collude as co
    >>> env = co.auction(agents=2, values=range(3))
    >>> co.from_function(env, lambda reports: (0, (-1, 0)), name="always 0 at 1").outcomes
    1
    """
    draft = function_draft(
        environment, rule, name=name, vectorised=vectorised, reports=reports, tolerance=tolerance, parameters=parameters
    )
    return _built(draft, progress)


def _built(draft: Draft, progress: Progress | None) -> Mechanism:
    if progress is not None and not callable(progress):
        raise InputError(f"progress is a function of (what, done, of how many), not {brief(progress)}")
    mechanism = draft.build(progress)
    if isinstance(draft, FunctionDraft) and mechanism.build_seconds > SLOW_SECONDS:
        warnings.warn(slow_rule(mechanism.name, mechanism.build_seconds), stacklevel=3)
    return mechanism


def slow_rule(name: str, seconds: float) -> str:
    """What to say after a plain rule took long.

    Parameters
    ----------
    name
        Of the rule.
    seconds
        How long it took.
    """
    return (
        f"{name} was called once for each profile, {seconds:.0f} s in all; a vectorised rule is often 100 times faster"
    )


def function_draft(
    environment: Environment,
    rule: UserFunction,
    *,
    name: str | None = None,
    vectorised: bool = False,
    reports: str = "values",
    tolerance: object = None,
    parameters: NamedValues | None = None,
) -> Draft:
    """The mechanism of `from_function`, not yet built.

    Parameters
    ----------
    environment, rule, name, vectorised, reports, tolerance, parameters
        As of `from_function`.

    Raises
    ------
    InputError
        If the rule is no function, or an option is none.
    """
    require_environment(environment)
    if not callable(rule):
        raise InputError(f"the rule must be a function of the reports, not {brief(rule)}")
    if reports not in ("values", "numbers"):
        raise InputError(f"reports are handed over as values or numbers, not {brief(reports)}")
    if parameters is not None and not (
        isinstance(parameters, Mapping) and all(isinstance(key, str) for key in parameters)
    ):
        raise InputError(f"the parameters of a rule are a dictionary such as {{'cost': 2}}, not {brief(parameters)}")
    title = name or str(getattr(rule, "__name__", "mechanism"))
    numbers = precision(tolerance)
    jitted = hasattr(rule, "py_func") and rule.py_func.__code__.co_argcount == 3
    if jitted and parameters:
        raise InputError(f"{title} is a jitted rule of three arrays and takes no parameter {next(iter(parameters))!r}")
    bound = partial(rule, **parameters) if parameters else rule
    if vectorised or hasattr(rule, "py_func"):
        return _array_draft(environment, bound, title, reports, numbers, jitted)
    return FunctionDraft(environment, title, bound, reports == "numbers", numbers)


@dataclass
class OutcomeList:
    """Outcomes numbered in the order in which they first occur; each is sure or a lottery."""

    numbers: dict[OutcomeRow | Draw, int] = field(default_factory=dict)

    def number(self, row: OutcomeRow | Draw) -> int:
        """The number of an outcome."""
        return self.numbers.setdefault(row, len(self.numbers))

    @property
    def rows(self) -> list[OutcomeRow]:
        """The outcomes by number; for outcomes that are all sure."""
        return [row for row in self.numbers if isinstance(row, OutcomeRow)]

    @property
    def draws(self) -> list[Draw]:
        """The outcomes by number, sure ones as lotteries with one branch; [] if all are sure."""
        if all(isinstance(row, OutcomeRow) for row in self.numbers):
            return []
        return [sure(*row) if isinstance(row, OutcomeRow) else row for row in self.numbers]


@dataclass(frozen=True, eq=False)
class FunctionDraft(Draft):
    """A mechanism by a plain rule, called once for each profile. by_index: hand over type indices, not types."""

    environment: Environment
    name: str
    rule: UserFunction
    by_index: bool
    numbers: Precision

    def build(self, progress: Progress | None = None) -> Mechanism:
        """Call the rule at every profile; see `Draft.build`."""
        env, clock, outcomes = self.environment, Stopwatch(), OutcomeList()
        require_room(env)
        outcome = np.empty(env.profiles, np.int32)
        step, what = max(1, env.profiles // STEPS), f"building {self.name}"
        for number, profile in enumerate(all_profiles(env)):
            outcome[number] = outcomes.number(self._outcome(profile))
            if progress is not None and (number + 1) % step == 0:
                if clock.working * env.profiles > SLOW_SECONDS * (number + 1):
                    what = f"building {self.name} (a vectorised rule is faster)"
                progress(what, (number + 1) // step, env.profiles // step)
        if outcomes.draws:
            built = lottery_mechanism(env, self.name, outcome, outcomes.draws, self.numbers.tolerance)
        else:
            built = assemble(env, self.name, outcome, outcomes.rows, self.numbers.tolerance)
        return replace(built, build_seconds=clock.working)

    def sample(self, profiles: int = SAMPLE, seconds: float = SAMPLE_SECONDS) -> Sample:
        """Call the rule at random profiles until the time is over; see `Draft.sample`."""
        env, started, outcomes, count = self.environment, perf_counter(), OutcomeList(), 0
        for profile in drawn_profiles(env, profiles).T.tolist():
            outcomes.number(self._outcome(tuple(profile)))
            count += 1
            if perf_counter() - started > seconds:
                break
        spent = perf_counter() - started
        if outcomes.draws:
            table = lottery_table(env, self.name, outcomes.draws, self.numbers.tolerance)
            stand_in = np.concatenate([table.bundle.astype(np.int64), table.transfer], axis=1)
            made = sketch(table.environment, self.name, stand_in, table.scale, tolerance=table.tolerance)
            return Sample(count, made, spent)
        scale = _common_scale(env, outcomes.rows, self.numbers.tolerance)
        rows = np.array([[*row.bundles, *(scaled(x, scale) for x in row.transfers)] for row in outcomes.rows], np.int64)
        tolerance = scaled(self.numbers.tolerance, scale) if self.numbers.tolerance else 0
        return Sample(count, sketch(env, self.name, rows, scale, tolerance=tolerance), spent)

    def _outcome(self, profile: Profile) -> OutcomeRow | Draw:
        env = self.environment
        reports = profile if self.by_index else tuple(types[k] for types, k in zip(env.types, profile, strict=True))
        try:
            result = self.rule(reports)
            return self._draw(result) if isinstance(result, Lottery) else outcome_row(env, result, self.numbers)
        except ColludeError as error:
            raise error.at(f"{self.name} at the reports {_shown(reports)}") from None
        except (Exception, SystemExit) as error:
            called = (
                isinstance(error, TypeError) and error.__traceback__ is not None and not error.__traceback__.tb_next
            )
            hint = "; a rule is called with one argument, the reports of all agents" if called else ""
            raise InputError(f"{self.name} failed at the reports {_shown(reports)}: {failure(error)}{hint}") from None

    def _draw(self, lottery: Lottery) -> OutcomeRow | Draw:
        """The branches of a lottery, whose probabilities are exact even where transfers have a tolerance."""
        branches = []
        for chance, held, money in lottery.chances:
            row = outcome_row(self.environment, (held, money), self.numbers)
            branches.append(Branch(exact(chance, "a probability"), row.bundles, row.transfers))
        draw = draw_of(branches)
        return OutcomeRow(draw[0].bundles, draw[0].transfers) if len(draw) == 1 else draw


def _shown(reports: Sequence[object]) -> str:
    return "(" + ", ".join(show_type(x) for x in reports) + ")"


def failure(error: BaseException) -> str:
    """What went wrong in a user's code, and at which line of which file of his.

    Parameters
    ----------
    error
        As it was raised.
    """
    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    own = next((file for file, _ in frames if Path(file).parent != Path(__file__).parent), "")
    line = next((line for file, line in reversed(frames) if file == own), 0)
    place = f" (line {line} of {Path(own).name})" if line else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{place}"


def assemble(
    environment: Environment,
    name: str,
    outcome: np.ndarray,
    outcomes: Sequence[OutcomeRow],
    tolerance: Fraction | None,
    notes: tuple[str, ...] = (),
) -> Mechanism:
    """A mechanism from outcome numbers and the outcomes that they stand for.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    name
        What verdicts call the mechanism.
    outcome
        (P,) int32, C order.
    outcomes
        Bundle numbers and transfers, rationals.
    tolerance
        Gains up to it count as none; None for exact numbers.
    notes
        What a reader of a verdict has to know.

    Raises
    ------
    SizeError
        If the common scale of the transfers leaves int64.
    """
    scale = _common_scale(environment, outcomes, tolerance)
    money = np.array([[scaled(x, scale) for x in row.transfers] for row in outcomes], np.int64)
    return Mechanism(
        environment=environment,
        name=name,
        outcome=outcome,
        bundle=np.array([row.bundles for row in outcomes], np.int32).reshape(len(outcomes), -1),
        transfer=money.reshape(len(outcomes), -1),
        scale=scale,
        tolerance=scaled(tolerance, scale) if tolerance else 0,
        notes=notes,
    )


def _common_scale(environment: Environment, outcomes: Sequence[OutcomeRow], tolerance: Fraction | None) -> int:
    numbers = [x for row in outcomes for x in row.transfers]
    return common_scale([Fraction(1, environment.scale), *numbers, *([tolerance] if tolerance else [])])


def _report_table(environment: Environment, reports: str) -> list[np.ndarray]:
    tables = []
    for label, types in zip(environment.labels, environment.types, strict=True):
        numbers = [one_type for one_type in types if not isinstance(one_type, (tuple, str))]
        if reports == "numbers" or len(numbers) < len(types):
            tables.append(np.arange(len(types), dtype=np.int64))
        elif all(x.denominator == 1 for x in numbers):
            tables.append(np.array([int(x) for x in numbers], np.int64))
        else:
            raise InputError(
                f"agent {label} has fractional types, which do not fit an int array; multiply the grid by the common "
                'denominator, or take reports="numbers"'
            )
    return tables


def _array_draft(
    environment: Environment, rule: UserFunction, name: str, reports: str, numbers: Precision, jitted: bool
) -> RuleDraft:
    allowed = numbers.tolerance
    unit = None if allowed is None else allowed / 64
    scale = common_scale([Fraction(1, environment.scale), *([unit, allowed] if unit and allowed else [])])
    tables = _report_table(environment, reports)
    if jitted:
        require_whole_writes(rule, name)
    call = _jitted_call(environment, rule) if jitted else _vectorised_call(environment, rule)

    def block(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        given = np.stack([table[row] for table, row in zip(tables, type_indices, strict=True)])
        try:
            bundles, transfers = call(given)
            return bundles, scaled_transfers(transfers, scale, unit)
        except ColludeError as error:
            raise error.at(name) from None
        except (Exception, SystemExit) as error:
            first, last = (_shown([x.item() for x in given[:, place]]) for place in (0, -1))
            raise InputError(f"{name} failed between the reports {first} and {last}: {failure(error)}") from None

    return RuleDraft(environment, name, block, scale, 0 if allowed is None else scaled(allowed, scale))


def _jitted_call(environment: Environment, rule: UserFunction) -> Rule:
    def call(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        reports = np.ascontiguousarray(given.T)
        bundles, transfers = np.zeros_like(reports), np.zeros_like(reports)
        apply_rule(rule, reports, bundles, transfers)
        require_held(environment, bundles.T)
        return bundles.T, transfers.T

    return call


def _vectorised_call(environment: Environment, rule: UserFunction) -> Rule:
    return lambda given: array_result(environment, rule(given), given.shape[1])
