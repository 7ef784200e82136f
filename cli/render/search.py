"""Answers of a search for a person at a terminal: the answer first, then how it was found and what backs it up."""

from rich.text import Text

from collude.cli.render.plan import short
from collude.cli.render.report import console
from collude.enumerate.searches.result import SearchResult
from collude.models.mechanism import Mechanism

MOST_PROFILES = 16


def show_found(found: SearchResult, out: str = "") -> None:
    """Print a search; out: its run directory."""
    screen = console()
    cubes = f" · {found.cubes} cubes" if found.cubes > 1 else ""
    screen.print(
        f"{found.profiles:,} profiles · {found.outcomes:,} outcomes · {short(found.options)} mechanisms · "
        f"{found.pairs:,} pairs of profiles{cubes}"
    )
    screen.print(Text(headline(found), style="bold"))
    for name, count in (found.classes or {}).items():
        screen.print(f"  {count:>6}  {name}")
    for line in backing(found):
        screen.print(f"  {line}", style="dim")
    if found.first is not None and found.first.environment.profiles <= MOST_PROFILES:
        screen.print("one of them:" if (found.count or 2) > 1 else "it is:")
        for line in story(found.first):
            screen.print(f"  {line}")
    screen.print(f"{found.nodes:,} nodes, {found.seconds:.2f} s", style="dim")
    if out and not found.complete and not found.share:
        screen.print(f"go on with: collude resume {out}")


def headline(found: SearchResult) -> str:
    """The answer in one line."""
    what = ", ".join(found.require) or "no axiom"
    if found.share:
        return f"share {found.share} is done; join it with the others: collude merge DIR ... --out DIR"
    if found.exists is None:
        why = found.reason or "stopped"
        return f"not known: {why} before a mechanism with {what} was found or excluded"
    if not found.exists:
        return f"none exists with {what}, exhaustive"
    if found.mode == "best":
        rest = "exhaustive" if found.complete else f"best so far, incomplete: {found.reason}"
        return f"the best mechanism with {what} has the expected objective {found.best}, {rest}"
    if found.count is None:
        rest = "" if found.complete else f"; {found.reason or 'stopped'} before all were counted"
        return f"a mechanism exists with {what}{rest}"
    verb = "mechanism exists" if found.count == 1 else "mechanisms exist"
    return f"{found.count:,} {verb} with {what}, exhaustive"


def backing(found: SearchResult) -> list[str]:
    """What the answer rests on."""
    lines = list(found.notes)
    window = found.evidence.get("window")
    if window:
        low, high = window["transfers"]
        wide = "..".join(window.get("wider_transfers", ()))
        if window["saturated"]:
            lines.append(f"saturated: transfers {wide} give the same count")
        elif window["saturated"] is False and wide:
            lines.append(f"NOT saturated: with transfers {wide} there are {window['wider_count']:,}; widen --transfers")
        elif window["saturated"] is False:
            lines.append(f"NOT saturated: transfers at the ends of {low}..{high} are used; widen --transfers")
        elif wide:
            lines.append(f"transfers {wide} give the same count; a grid that spans the values was not tried")
        else:
            lines.append(f"no transfer at the ends of {low}..{high} is used; a wider grid was not tried")
    alike = found.evidence.get("isomorphism")
    if alike:
        sizes = ", ".join(f"{count} of {size}" for size, count in alike["sizes"].items())
        lines.append(f"{alike['classes']} up to the names of agents and alternatives (classes by size: {sizes})")
    confirmed = found.evidence.get("confirmed")
    if confirmed:
        lines.append(f"confirmed by {confirmed['solver']}: {confirmed['answer']} in {confirmed['seconds']:.2f} s")
    proof = found.evidence.get("proof")
    if proof:
        lines.append(f"proof: {proof['cnf']} and {proof['drat']}, verified by {proof['checker']}")
    for path in found.evidence.get("files", ()):
        lines.append(f"written: {path}")
    if found.digest:
        lines.append(f"digest {found.digest}")
    return lines


def story(mechanism: Mechanism) -> list[str]:
    """One line per profile."""
    from collude.models.mechanism import all_profiles
    from collude.models.story import tell

    env = mechanism.environment
    lines = []
    for profile in all_profiles(env):
        outcome = mechanism.outcome_at(profile)
        told = [f"{env.labels[i]} {tell(mechanism, i, k, outcome)}" for i, k in enumerate(profile)]
        lines.append(f"{mechanism.describe(profile)}: {'; '.join(told)}")
    return lines
