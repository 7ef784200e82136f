"""What `check` and `plan` do on multisets of types: mechanisms that treat agents alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import click

from collude.cli.answer import print_json
from collude.cli.options import ENVIRONMENT, MechanismWords, parameters_of

if TYPE_CHECKING:
    from collude.enumerate.runs.drive import Running
    from collude.models.symmetric.mechanism import SymmetricMechanism


class MultisetTarget(NamedTuple):
    """What the options of a command describe. target : what the user names. environment, values : as given, the family of
    the environment under "kind"."""

    target: str
    environment: dict[str, object]
    values: dict[str, str]


def wants_symmetry(parameters: tuple[str, ...]) -> bool:
    """Whether the parameters name a tie rule that only mechanisms have that treat agents alike.

    Parameters
    ----------
    parameters : tuple of str
        KEY=VALUE texts.

    Returns
    -------
    bool
    """
    from collude.models.symmetric.spec import treats_alike

    return any(parameter.partition("=")[0] == "ties" for parameter in parameters) and treats_alike(
        parameters_of(parameters)
    )


def is_better_on_multisets(
    given: MechanismWords, axioms: Sequence[str], count: str = "none", first: bool = False
) -> bool:
    """Whether a command goes to multisets without being told to; see `collude.enumerate.symmetric.plan.is_worthwhile`.

    Parameters
    ----------
    given : dict
        The options that describe the mechanism.
    axioms : sequence of str
        Those that were asked for.
    count, first
        How violations are counted: what multisets cannot answer stays with the ordinary check.

    Returns
    -------
    bool
    """
    from collude.enumerate.symmetric.plan import is_worthwhile
    from collude.models.symmetric.registry import symmetric_names

    if count not in ("coalitions", "none") or first or given["tolerance"] is not None:
        return False
    target = given["mechanism"]
    if target not in symmetric_names() and not target.lower().endswith((".csv", ".npz")):
        return False
    return is_worthwhile(*described(given), axioms)


def described(given: MechanismWords) -> MultisetTarget:
    """The mechanism that the options of a command describe, parameters of its environment among them.

    Parameters
    ----------
    given : dict
        The options.

    Returns
    -------
    MultisetTarget
    """
    from collude.models.registry import find_environment
    from collude.models.symmetric.registry import symmetric_names

    environment = {key: value for key, value in given.items() if value is not None and key in ENVIRONMENT}
    family, target = given["family"], given["mechanism"]
    if family is not None:
        environment["kind"] = family
    values = parameters_of(given["parameters"])
    entry = symmetric_names().get(target)
    home = family or (entry.environment if entry is not None else None)
    known = find_environment(home).parameters if home else {}
    own = entry.parameters if entry is not None else {}
    for key in list(values):
        name = key.replace("-", "_")
        if name not in own and name in known and ".py:" not in target:
            environment[name] = values.pop(key)
    return MultisetTarget(target, environment, values)


def built(given: MechanismWords) -> SymmetricMechanism:
    """The symmetric mechanism that the options describe.

    Parameters
    ----------
    given : dict
        The options.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        If it does not treat agents alike, or cannot be built.
    """
    from collude.models.errors import InputError
    from collude.models.symmetric.spec import build_symmetric_target

    if given["tolerance"] is not None:
        raise InputError("mechanisms that treat agents alike are exact; leave out --tolerance")
    return build_symmetric_target(*described(given), allow_code=given["allow_code"])


@dataclass(frozen=True)
class Asked:
    """What is asked of a check. axioms : by name, none for all. count : the unit of counting. witnesses : whether every
    witness is told. chunks : into how many a run is cut."""

    axioms: list[str]
    count: str
    first: bool
    max_coalition: int | None
    witnesses: bool
    chunks: int | None


def check_alike(given: MechanismWords, asked: Asked, running: Running, dry_run: bool, as_json: bool) -> int:
    """Check on multisets of types and show the report.

    Parameters
    ----------
    given : dict
        The options that describe the mechanism.
    asked : Asked
    running : Running
        How it is run.
    dry_run : bool
        Only plan it.
    as_json : bool
        Print one JSON object.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    InputError
        For a unit of counting other than coalitions.
    """
    from collude.cli.progress import announce
    from collude.enumerate.symmetric.check import check_symmetric
    from collude.models.errors import InputError

    if asked.count not in ("coalitions", "none"):
        raise InputError(f"on multisets violations are counted by coalitions, not by {asked.count}")
    if dry_run:
        return plan_alike(given, asked.axioms, asked.max_coalition, running.jobs, as_json)
    announce()
    mechanism = built(given)
    report = check_symmetric(
        mechanism,
        asked.axioms or None,
        count=asked.count != "none" and not asked.first,
        max_coalition=asked.max_coalition,
        chunks=asked.chunks,
        running=running,
    )
    if as_json:
        print_json(report.to_dict())
    else:
        from collude.cli.render.report import show_report

        show_report(report, mechanism, "", running.out, asked.witnesses)
    return report.status


def plan_alike(
    given: MechanismWords, axioms: Sequence[str], max_coalition: int | None, jobs: int | None, as_json: bool
) -> int:
    """Plan a check on multisets of types and show the plan.

    Parameters
    ----------
    given : dict
        The options that describe the mechanism.
    axioms : sequence of str
        By name, none for all.
    max_coalition, jobs : int, optional
    as_json : bool
        Print one JSON object.

    Returns
    -------
    int
        0, or 2 if it does not fit.
    """
    from collude.enumerate.symmetric.plan import plan_symmetric
    from collude.models.process.amounts import bytes_in_words, duration

    found = plan_symmetric(*described(given), axioms=axioms, max_coalition=max_coalition, jobs=jobs)
    if as_json:
        print_json(found.to_dict())
        return 0 if found.fits else 2
    click.echo(
        f"{found.situations:,} multisets of types · {found.pairs:,} pairs with a coalition, in place of {found.profiles:,} "
        f"profiles and {found.coalitions:,} coalitions"
    )
    count = len(found.axiom_seconds)
    click.echo(
        f"expected {duration(found.seconds)} on {found.jobs} thread{'s' if found.jobs > 1 else ''} for {count} "
        f"axiom{'' if count == 1 else 's'}"
    )
    for axiom, reason in found.left_out.items():
        if "multisets would take" in reason:
            click.echo(f"left out: {axiom} ({reason})")
    room = f"needs {bytes_in_words(found.needed_bytes)}, {bytes_in_words(found.free_bytes)} are free"
    click.echo(f"{'fits' if found.fits else 'does not fit'}: {room}")
    return 0 if found.fits else 2
