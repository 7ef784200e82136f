"""Plans in words: what a check or a search covers, needs and takes."""

import json
from typing import Any

import click


def show_plan(build: Any, name: str, max_coalition: int | None, jobs: int | None, as_json: bool) -> int:
    """Print what a check of a mechanism covers, needs and takes; 2 if it does not fit."""
    from collude.enumerate.checks.plan import plan

    found = plan(build, name, max_coalition=max_coalition, jobs=jobs)
    if as_json:
        click.echo(json.dumps(found.to_dict()))
        return 0 if found.fits else 2
    click.echo(
        f"{found.profiles:,} profiles · {found.coalitions:,} coalitions · {short(found.joint_misreports)} joint "
        f"misreports · {short(found.profile_pairs)} ordered pairs of profiles"
    )
    about = (
        f"at least {found.outcomes} outcomes, counted on a sample" if found.sampled else f"{found.outcomes} outcomes"
    )
    click.echo(
        f"table {size(found.table_bytes)}, lattice {size(found.lattice_bytes)} ({about}), expected "
        f"{duration(found.seconds)} on {found.jobs} thread{'s' if found.jobs > 1 else ''}"
    )
    needed = found.table_bytes + found.lattice_bytes
    return _show_room(found.fits, needed, found.free_bytes, f"Try {' or '.join(found.advice)}")


def show_search_plan(space: Any, names: Any, as_json: bool) -> int:
    """Print what a search covers and needs; 2 if it does not fit."""
    from collude.enumerate.searches.plan import plan_search

    found = plan_search(space, names)
    if as_json:
        click.echo(json.dumps(found.to_dict()))
        return 0 if found.fits else 2
    click.echo(
        f"{found.profiles:,} profiles · {found.outcomes:,} outcomes · {found.unknowns:,} unknowns · "
        f"{short(found.mechanisms)} mechanisms · {found.pairs:,} pairs of profiles to compare"
    )
    click.echo("the time depends on how much the axioms rule out; --out keeps what is done, --max-seconds stops")
    return _show_room(found.fits, found.mask_bytes, found.free_bytes, "Take fewer outcomes or types")


def _show_room(fits: bool, needed: int, free: int, advice: str) -> int:
    if fits:
        click.echo(f"fits: needs {size(needed)}, {size(free)} are free")
        return 0
    click.echo(f"does not fit: needs {size(needed)}, {size(free)} are free. {advice}")
    return 2


def short(number: int) -> str:
    """Small numbers in full, large ones as 2.4 x 10^18."""
    if number < 10**12:
        return f"{number:,}"
    if number.bit_length() > 1000:
        from collude.models.numbers import big

        return big(number) if number.bit_length() > 13_000 else f"about 10^{len(str(number)) - 1}"
    power = len(str(number)) - 1
    head = f"{number / 10**power:.1f}"
    return f"10^{power}" if head == "1.0" and number == 10**power else f"{head} x 10^{power}"


def size(count: int) -> str:
    """Bytes as kB, MB or GB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 1000:.1f} kB"


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
