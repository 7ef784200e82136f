"""An atlas of axioms for a person: the minimal clashes and the maximal possible sets."""

import click

from collude.enumerate.maps.atlas import Atlas


def show_atlas(made: Atlas) -> None:
    """Print what clashes and what goes together, in whole names, one axiom a line where there are many.

    Parameters
    ----------
    made : Atlas
        Which sets of axioms are possible.
    """
    base = f", always with {', '.join(made.base)}" if made.base else ""
    click.echo(f"{made.title}: {len(made.axioms)} axioms{base}")
    click.echo(
        f"{len(made.status)} sets decided by {made.searches} search{'es' if made.searches != 1 else ''} in "
        f"{made.seconds:.2f} s"
        + (f", {made.further} more to count and to confirm" if made.further else "")
        + ("" if made.complete else "; some were stopped")
    )
    click.echo("")
    click.echo(
        "minimal clashes (no mechanism has all of these)" if made.clashes else "no clash: all axioms go together"
    )
    for clash in made.clashes:
        evidence = f"    [confirmed by {clash.confirmed}]" if clash.confirmed else ""
        _show_set("x", clash.axioms, evidence)
    if made.possibilities:
        click.echo("")
        click.echo("maximal possible sets (a mechanism has all of these, none has one more)")
    for possibility in made.possibilities:
        count = "" if possibility.count is None else f"    {possibility.count:,} mechanism"
        _show_set("o", possibility.axioms, count + ("s" if count and possibility.count != 1 else ""))


def _show_set(mark: str, axioms: tuple[str, ...], note: str) -> None:
    text = " + ".join(axioms) or "(no axiom beside the base)"
    if len(text) + len(note) <= 76:
        click.echo(f"  {mark} {text}{note}")
        return
    click.echo(f"  {mark} {axioms[0]}{note}")
    for name in axioms[1:]:
        click.echo(f"    + {name}")
