"""`collude explain`: one profile and one misreport, what every agent gets, so that a witness can be checked by hand."""

from typing import TYPE_CHECKING, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import MechanismWords, builder, json_option, mechanism_options
from collude.cli.progress import progress_bar

if TYPE_CHECKING:
    from collude.models.environment import Environment
    from collude.models.mechanism import Mechanism, Profile


@click.command("explain")
@mechanism_options
@click.option("--profile", metavar="V,V,...", help="True types of all agents, in values; vectors as 1,2;1,3.")
@click.option("--misreport", metavar="V,V,...", help="Reported types of all agents (default: the truth).")
@click.option("--profile-index", metavar="K,K,...", help="True types, numbered from 0 in the grid's order.")
@click.option("--misreport-index", metavar="K,K,...", help="Reported types, numbered from 0.")
@json_option
def command(
    profile: str | None,
    misreport: str | None,
    profile_index: str | None,
    misreport_index: str | None,
    as_json: bool,
    **given: Unpack[MechanismWords],
) -> int:
    """Show what every agent gets at --profile, and what if --misreport is reported instead.

    With --prior: also what the coalition that misreports expects before it knows the others' types.

    \b
    Examples:
      collude explain second-price --agents 3 --values 0:4 --profile 0,4,4 --misreport 0,0,1
      collude explain vcg-procurement --agents 2 --costs 1:3 --units 2 --param target=2 --profile "1,2;1,3"
    """
    from collude.models.story import title

    _require_one_form(profile, profile_index, misreport, misreport_index)
    with progress_bar() as progress:
        mechanism = builder(**given)(progress)
    truth = _profile(mechanism.environment, profile, profile_index, "--profile")
    told = misreport is not None or misreport_index is not None
    report = _profile(mechanism.environment, misreport, misreport_index, "--misreport") if told else truth
    rows = _rows(mechanism, truth, report)
    members = [i for i, pair in enumerate(zip(truth, report, strict=True)) if pair[0] != pair[1]] or list(
        range(len(truth))
    )
    expected = None
    if mechanism.environment.prior is not None:
        from collude.enumerate.analyses.expected_value import expected_value

        expected = expected_value(mechanism, members, [truth[i] for i in members], [report[i] for i in members])
    if as_json:
        print_json(
            {
                "mechanism": mechanism.name,
                "profile": list(truth),
                "misreport": list(report) if told else None,
                "types": [row["type"] for row in rows],
                "reported": [row["reports"] for row in rows],
                "agents": rows,
                "expected": None if expected is None else expected.to_dict(),
            }
        )
        return 0
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_folded, print_table

    out = console()
    print_folded(out, title(mechanism))
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in rows[0]:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row.values())
    print_table(out, table)
    if expected is not None:
        who = ", ".join(mechanism.environment.labels[i] for i in members)
        then = f", {expected.report} by this report" if told else ""
        out.print(
            f"{who} expect{'s' if len(members) == 1 else ''} {expected.truth} by the truth{then}, others' types unknown"
        )
    return 0


def _rows(mechanism: "Mechanism", truth: "Profile", report: "Profile") -> list[dict[str, str]]:
    """What each agent gets from the truth and from the report."""
    from collude.models.mechanism import show_type
    from collude.models.numbers import show
    from collude.models.story import tell

    before, after = mechanism.outcome_at(truth), mechanism.outcome_at(report)
    rows = []
    for i, label in enumerate(mechanism.environment.labels):
        types = mechanism.environment.types[i]
        gain = mechanism.utility(i, truth[i], after) - mechanism.utility(i, truth[i], before)
        rows.append(
            {
                "agent": label,
                "type": show_type(types[truth[i]]),
                "reports": show_type(types[report[i]]),
                "truthful": tell(mechanism, i, truth[i], before),
                "then": tell(mechanism, i, truth[i], after),
                "gain": show(gain, mechanism.scale),
            }
        )
    return rows


def _require_one_form(*given: str | None) -> None:
    """Raise InputError unless the truth is given in one form, and what is reported in at most one."""
    from collude.models.errors import InputError

    profile, profile_index, misreport, misreport_index = given
    if (profile is None) == (profile_index is None):
        raise InputError("give the true types, either in values (--profile) or in numbers (--profile-index)")
    if misreport is not None and misreport_index is not None:
        raise InputError("give the reported types either in values (--misreport) or in numbers (--misreport-index)")


def _profile(environment: "Environment", values: str | None, numbers: str | None, option: str) -> tuple[int, ...]:
    """Type indices from values, or from numbers."""
    from collude.models.errors import InputError
    from collude.models.story import read_profile

    if values is not None:
        return read_profile(environment, values, option)
    sizes, option = environment.sizes, f"{option}-index"
    try:
        type_indices = tuple(int(part) for part in (numbers or "").split(","))
    except ValueError:
        raise InputError(f"{option} {numbers!r} is not a list of type numbers; write for instance 0,4,4") from None
    if len(type_indices) != len(sizes) or any(not 0 <= k < size for k, size in zip(type_indices, sizes, strict=True)):
        listing = " ".join(f"0..{size - 1}" for size in sizes)
        raise InputError(f"{option} {numbers!r} must have one type number per agent, within {listing}")
    return type_indices
