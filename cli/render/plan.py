"""Plans in words: what a check or a search covers, needs and takes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

import click

from collude.cli.answer import print_json
from collude.models.process.amounts import bytes_in_words, duration, short

if TYPE_CHECKING:
    from collude.models.draft import Draft
    from collude.models.mechanism import Mechanism
    from collude.models.space import OutcomeSpace


class PlanWords(TypedDict, total=False):
    """What a check is asked, as in `collude.check`."""

    axioms: list[str] | None
    count: str
    max_coalition: int | None
    jobs: int | None


def show_plan(described: "Draft | Mechanism", name: str, asked: PlanWords, as_json: bool, picture: str = "") -> int:
    """Print what a check of a mechanism, built or not, covers, needs and takes; return 2 if it does not fit, else 0.

    Parameters
    ----------
    described : Draft or Mechanism
        The mechanism.
    name : str
        What it is called.
    asked : PlanWords
        As in `collude.check`.
    as_json : bool
        Print one JSON object.
    picture : str
        Where to draw how the check grows, "" for nowhere.
    """
    from collude.enumerate.checks.plan import plan

    planned = plan(described, name, **asked)
    if picture:
        from collude.cli.render.pictures import write_picture

        write_picture(planned.plot, picture)
    if as_json:
        print_json(planned.to_dict())
        return 0 if planned.fits else 2
    click.echo(
        f"{short(planned.profiles)} profiles · {short(planned.coalitions)} coalitions · {short(planned.joint_misreports)} joint "
        f"misreports · {short(planned.profile_pairs)} ordered pairs of profiles"
    )
    about = f"{planned.outcomes} outcomes"
    built = duration(planned.building_seconds)
    if not planned.sampled_profiles:
        about, built = "if there is one outcome; they are known when the mechanism is built", "an unknown time"
    elif planned.sampled:
        about = f"at least {planned.outcomes} outcomes, estimated from {planned.sampled_profiles:,} profiles"
    click.echo(
        f"table {bytes_in_words(planned.table_bytes)}, lattice {bytes_in_words(planned.lattice_bytes)} ({about})"
    )
    threads = f"{planned.jobs} thread{'s' if planned.jobs > 1 else ''}"
    count = len(planned.axiom_seconds)
    click.echo(
        f"expected {duration(planned.seconds)} on {threads}: building the mechanism {built}, "
        f"examining {count} axiom{'' if count == 1 else 's'} {duration(sum(planned.axiom_seconds.values()))}"
    )
    longest = sorted(planned.axiom_seconds.items(), key=lambda item: -item[1])[:3]
    if count > 1 and longest[0][1] >= 1:
        listed = ", ".join(f"{axiom} {duration(seconds)}" for axiom, seconds in longest if seconds >= 1)
        click.echo(f"of which {listed}")
    _show_left_out(planned.left_out)
    needed = planned.table_bytes + planned.lattice_bytes
    return _show_room(planned.fits, needed, planned.free_bytes, f"Try {' or '.join(planned.advice)}")


def _show_left_out(left_out: Mapping[str, str]) -> None:
    """Print which axioms are left out as too slow or too large."""
    slow, large = {}, {}
    for axiom, reason in left_out.items():
        if reason.startswith("would take"):
            slow[axiom] = reason.removeprefix("would take ").partition(" on one core")[0]
        elif reason.startswith(("needs", "too large")):
            large[axiom] = reason
    if slow:
        listed = ", ".join(f"{axiom} ({seconds})" for axiom, seconds in slow.items())
        click.echo(f"left out unless asked for with --axiom, as too slow on one core: {listed}")
    for axiom, reason in large.items():
        click.echo(f"left out: {axiom} ({reason})")


def show_search_plan(space: "OutcomeSpace", names: Sequence[str], as_json: bool) -> int:
    """Print what a search covers and needs; return 2 if it does not fit, else 0.

    Parameters
    ----------
    space : OutcomeSpace
        What is searched.
    names : sequence of str
        The axioms.
    as_json : bool
        Print one JSON object.
    """
    from collude.enumerate.searches.plan import plan_search

    found = plan_search(space, names)
    if as_json:
        print_json(found.to_dict())
        return 0 if found.fits else 2
    click.echo(
        f"{short(found.profiles)} profiles · {found.outcomes:,} outcomes · {short(found.unknowns)} unknowns · "
        f"{short(found.mechanisms)} mechanisms · {short(found.pairs)} pairs of profiles to compare"
    )
    click.echo("the time depends on how much the axioms rule out; --out keeps what is done, --max-seconds stops")
    return _show_room(found.fits, found.mask_bytes, found.free_bytes, "Take fewer outcomes or types")


def _show_room(fits: bool, needed: int, free: int, advice: str) -> int:
    if fits:
        click.echo(f"fits: needs {bytes_in_words(needed)}, {bytes_in_words(free)} are free")
        return 0
    click.echo(f"does not fit: needs {bytes_in_words(needed)}, {bytes_in_words(free)} are free. {advice}")
    return 2
