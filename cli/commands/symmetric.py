"""What `check` and `plan` do with --symmetric: mechanisms that treat agents alike, on multisets of types."""

from typing import Any

import click

from collude.cli.answer import print_json
from collude.cli.options import ENVIRONMENT, parameters_of

NOT_HERE = ("out", "part", "scheduler", "max_seconds", "max_memory")


def wants_symmetry(parameters: tuple[str, ...]) -> bool:
    """Whether the parameters name a tie rule that only mechanisms have that treat agents alike."""
    from collude.models.symmetric.spec import treats_alike

    return any(parameter.partition("=")[0] == "ties" for parameter in parameters) and treats_alike(
        parameters_of(parameters)
    )


def described(given: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, str]]:
    """(target, environment, parameters) from the options of a command."""
    from collude.models.registry import find_environment
    from collude.models.symmetric.registry import symmetric_names

    environment = {key: value for key, value in given.items() if value is not None and key in ENVIRONMENT}
    family, target = given.get("family"), str(given["mechanism"])
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
    return target, environment, values


def built(given: dict[str, Any]) -> Any:
    """The symmetric mechanism that the options describe."""
    from collude.models.errors import InputError
    from collude.models.symmetric.spec import build_symmetric_target

    if given.get("tolerance") is not None:
        raise InputError("mechanisms that treat agents alike are exact; leave out --tolerance")
    target, environment, values = described(given)
    return build_symmetric_target(target, environment, values, allow_code=bool(given.get("allow_code")))


def check_alike(
    given: dict[str, Any], axioms: list[str], running: Any, options: dict[str, Any], dry_run: bool, as_json: bool
) -> int:
    """`collude check --symmetric`."""
    from collude.cli.progress import announce
    from collude.enumerate.symmetric.check import check_symmetric
    from collude.models.errors import InputError

    if running.needs_driver or options["chunks"] is not None:
        raise InputError("a check on multisets is one run; leave out run directories, back ends, chunks and limits")
    if options["count"] not in ("coalitions", "none"):
        raise InputError(f"on multisets violations are counted by coalitions, not by {options['count']}")
    if dry_run:
        return plan_alike(given, options["max_coalition"], running.jobs, as_json)
    announce()
    mechanism = built(given)
    report = check_symmetric(
        mechanism,
        axioms or None,
        count=options["count"] != "none" and not options["first"],
        max_coalition=options["max_coalition"],
        jobs=running.jobs,
        progress=running.progress,
    )
    if as_json:
        print_json(report.to_dict())
    else:
        from collude.cli.render.report import show_report

        show_report(report, mechanism, "", witnesses=options["witnesses"])
    return report.status


def plan_alike(given: dict[str, Any], max_coalition: int | None, jobs: int | None, as_json: bool) -> int:
    """`collude plan --symmetric`, and `--dry-run`: 2 if it does not fit."""
    from collude.cli.render.plan import duration, size
    from collude.enumerate.symmetric.plan import plan_symmetric

    target, environment, values = described(given)
    found = plan_symmetric(target, environment, values, max_coalition=max_coalition, jobs=jobs)
    if as_json:
        print_json(found.to_dict())
        return 0 if found.fits else 2
    click.echo(
        f"{found.situations:,} multisets of types · {found.pairs:,} pairs with a coalition, in place of {found.profiles:,} "
        f"profiles and {found.coalitions:,} coalitions"
    )
    click.echo(f"expected {duration(found.seconds)} on {found.jobs} thread{'s' if found.jobs > 1 else ''}")
    click.echo(
        f"{'fits' if found.fits else 'does not fit'}: needs {size(found.needed_bytes)}, {size(found.free_bytes)} are free"
    )
    return 0 if found.fits else 2
