"""`collude explain`: one profile and one misreport, what every agent gets, so that a witness can be checked by hand."""

from typing import TYPE_CHECKING, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import MechanismWords, builder, json_option, mechanism_options
from collude.cli.progress import progress_bar

if TYPE_CHECKING:
    from collude.models.environment import Environment
    from collude.models.mechanism import Profile


class ExplainWords(MechanismWords):
    """Everything that is given to `collude explain` but the form of its answer."""

    profile: str | None
    misreport: str | None
    profile_index: str | None
    misreport_index: str | None


@click.command("explain")
@mechanism_options
@click.option("--profile", metavar="V,V,...", help="True types of all agents, in values; vectors as 1,2;1,3.")
@click.option("--misreport", metavar="V,V,...", help="Reported types of all agents (default: the truth).")
@click.option("--profile-index", metavar="K,K,...", help="True types, numbered from 0 in the grid's order.")
@click.option("--misreport-index", metavar="K,K,...", help="Reported types, numbered from 0.")
@click.option(
    "--picture", metavar="FILE", help="Also draw every agent's utility before and after (.png, .svg or .pdf)."
)
@json_option
def command(as_json: bool, picture: str | None, **given: Unpack[ExplainWords]) -> int:
    """Show what every agent gets at --profile, and what if --misreport is reported instead.

    With --prior: also what the coalition that misreports expects before it knows the others' types.

    \b
    Examples:
      collude explain second-price --agents 3 --values 0:4 --profile 0,4,4 --misreport 0,0,1
      collude explain vcg-procurement --agents 2 --costs 1:3 --units 2 --param target=2 --profile "1,2;1,3"
      collude explain first-price --agents 2 --values 0:4 --profile 4,1 --misreport 2,1 --picture gain.svg
    """
    from collude.cli.render.pictures import require_picture, write_picture
    from collude.enumerate.analyses.explanation import explain

    _require_one_form(given)
    if picture is not None:
        require_picture(picture)
    with progress_bar() as progress:
        mechanism = builder(**given)(progress)
    env = mechanism.environment
    truth = _profile(env, given["profile"], given["profile_index"], "--profile")
    report = _profile(env, given["misreport"], given["misreport_index"], "--misreport")
    assert truth is not None
    explanation = explain(mechanism, truth, report)
    if picture is not None:
        write_picture(explanation.plot, picture)
    if as_json:
        print_json(explanation.to_dict())
    else:
        from collude.cli.render.explanation import show_explanation

        show_explanation(explanation)
    return 0


def _require_one_form(given: ExplainWords) -> None:
    """Raise InputError unless the truth is given in one form, and what is reported in at most one."""
    from collude.models.errors import InputError

    if (given["profile"] is None) == (given["profile_index"] is None):
        raise InputError("give the true types, either in values (--profile) or in numbers (--profile-index)")
    if given["misreport"] is not None and given["misreport_index"] is not None:
        raise InputError("give the reported types either in values (--misreport) or in numbers (--misreport-index)")


def _profile(environment: "Environment", values: str | None, numbers: str | None, option: str) -> "Profile | None":
    """Type indices from values, or from numbers; None if neither is given."""
    from collude.models.errors import InputError
    from collude.models.story import read_profile, require_type_indices

    if values is not None:
        return read_profile(environment, values, option)
    if numbers is None:
        return None
    try:
        type_indices = tuple(int(part) for part in numbers.split(","))
    except ValueError:
        raise InputError(
            f"{option}-index {numbers!r} is not a list of type numbers; write for instance 0,4,4"
        ) from None
    return require_type_indices(environment, type_indices, f"{option}-index {numbers!r}")
