"""Answers of a search for a person at a terminal: the answer first, then how it was found and what backs it up."""

import shlex
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

import click
from rich.text import Text

from collude.cli.render.report import console
from collude.enumerate.families.lemmas import LemmaReport
from collude.enumerate.listings.breaking import BreakingTypes
from collude.enumerate.listings.listing import fits_into_file
from collude.enumerate.searches.result import SHOWN, SearchResult
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.numbers import big
from collude.models.process.amounts import short
from collude.models.story import holding, money, tell

MOST_PROFILES, MOST_SCANNED = 16, 100_000
MOST_OUTCOMES, MOST_NAMED = 8, 4


def show_found(found: SearchResult, out: str = "") -> None:
    """Print the answer of a search, how it was found and what backs it up.

    Parameters
    ----------
    found : SearchResult
        The answer.
    out : str
        Its run directory, "" if there is none.
    """
    screen = console()
    cubes = f" · {found.cubes} cubes" if found.cubes > 1 else ""
    screen.print(
        f"{found.profiles:,} profiles · {found.outcomes:,} outcomes · {short(found.options)} mechanisms · "
        f"{found.pairs:,} pairs of profiles{cubes}"
    )
    screen.print(Text(headline(found), style="bold"))
    for line in families(found):
        screen.print(f"  {line}")
    for line in backing(found, out):
        screen.print(f"  {line}", style="dim")
    if found.mode == "all" and found.complete and found.exists:
        for line in first_ones(found):
            screen.print(f"  {line}")
        if out and "files" in found.evidence:
            screen.print(f"check one of them: collude check {shlex.quote(f'{out}#1')}")
        elif not out and not fits_into_file(found.count or 0, found.profiles):
            screen.print("keep one of them: --export 1 FILE.csv; they are too many for a run directory")
        elif not out:
            screen.print("keep them: --out RUN, then collude check RUN#1; or --export 1 FILE.csv")
    elif found.first is not None and found.first.environment.profiles <= MOST_PROFILES:
        screen.print("one of them:" if (found.count or 2) > 1 else "it is:")
        for line in story(found.first):
            screen.print(f"  {line}")
    elif found.exists and found.mode in ("exists", "count"):
        screen.print("see the first ones: --mode all", style="dim")
    compiling = f" (compiling {found.compiling:.1f} s)" if found.compiling >= 0.5 else ""
    screen.print(f"{found.nodes:,} nodes, {found.seconds - found.compiling:.2f} s{compiling}", style="dim")
    if out and not found.complete and not found.share:
        screen.print(f"go on with: collude resume {out}")


def headline(found: SearchResult) -> str:
    """Say the answer of a search in one line.

    Parameters
    ----------
    found : SearchResult
        The answer.
    """
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
    return f"{grouped(found.count)} {verb} with {what}, exhaustive"


def grouped(number: int) -> str:
    """Write a whole number in groups of three digits; its size if it is too long to be written.

    Parameters
    ----------
    number : int
        At least 0.

    Examples
    --------
    >>> grouped(1234567)
    '1,234,567'
    """
    text = big(number)
    return f"{number:,}" if text.isdigit() else text


def backing(found: SearchResult, out: str = "") -> list[str]:
    """Say what the answer of a search rests on, line by line.

    Parameters
    ----------
    found : SearchResult
        The answer.
    out : str
        Its run directory, "" if there is none.
    """
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
    if found.mode == "all" and out and found.complete and found.exists and "files" not in found.evidence:
        lines.append(f"{grouped(found.count or 0)} mechanisms are too many for a file; the first ten were checked")
    for path in found.evidence.get("files", ()):
        lines.append(f"written: {path}")
    if found.digest:
        lines.append(f"digest {found.digest}")
    return lines


def families(found: SearchResult) -> list[str]:
    """Say how many mechanisms are in each family, and tell those in none, line by line.

    Parameters
    ----------
    found : SearchResult
        The answer.
    """
    sorted_ = found.families
    if sorted_ is None:
        return []
    lines = [f"{count:>6}  {sorted_.titles[name]}" for name, count in sorted_.counts.items()]
    lines.append(f"{len(sorted_.numbers):>6}  in no family" + (", extras:" if sorted_.numbers else ""))
    for number, mechanism in zip(sorted_.numbers, islice(sorted_.extras(), SHOWN), strict=False):
        lines += [f"        {line}" for line in in_words(number + 1, mechanism)]
    rest = len(sorted_.numbers) - SHOWN
    return [*lines, f"        and {grouped(rest)} more"] if rest > 0 else lines


def show_lemmas(tested: Sequence[LemmaReport], spread: Fraction | None) -> None:
    """Print how many exceptions each lemma has, and the spread of utilities.

    Parameters
    ----------
    tested
        The lemmas that suppose no other axioms than the search.
    spread
        The largest utility less the smallest in one mechanism, None if there is no mechanism.
    """
    for each in tested:
        where = "" if each.first is None else f", the first is number {each.first + 1}"
        among = f"{each.exceptions} exception{'' if each.exceptions == 1 else 's'} among {grouped(each.mechanisms)}"
        click.echo(f"  lemma {each.name}, {each.claim}: {among}{where}")
    if not tested:
        click.echo("  no lemma supposes these axioms only")
    if spread is not None:
        click.echo(f"  largest utility less the smallest, in one mechanism: {spread}")


def show_breaking(found: Sequence[BreakingTypes]) -> None:
    """Print which types, added to the grid, break each mechanism in no family.

    Parameters
    ----------
    found : sequence of BreakingTypes
        One for each.
    """
    if found:
        click.echo("  added for all agents, which types leave no such mechanism on the wider grid:")
    for each in found:
        kinds = (("breaks", each.breaks), ("keeps", each.keeps), ("undecided", each.undecided))
        words = [f"{what} {'; '.join(types)}" for what, types in kinds if types]
        click.echo(f"    {each.number + 1}. {' · '.join(words)}")


def in_words(number: int, mechanism: Mechanism) -> list[str]:
    """Tell a mechanism by the profiles at which each outcome is chosen, line by line.

    Parameters
    ----------
    number : int
        In front of it.
    mechanism : Mechanism
        What is told.
    """
    profiles = list(islice(all_profiles(mechanism.environment), MOST_SCANNED))
    chosen: dict[int, list[str]] = {}
    for profile in profiles:
        chosen.setdefault(mechanism.outcome_at(profile), []).append(mechanism.describe(profile))
    rows = [f"{where(at, len(profiles))}: {outcome_words(mechanism, o)}" for o, at in chosen.items()]
    more = [f"and {len(rows) - MOST_OUTCOMES} outcomes more"] if len(rows) > MOST_OUTCOMES else []
    return [f"{number}. {rows[0]}", *(f"   {row}" for row in [*rows[1:MOST_OUTCOMES], *more])]


def first_ones(found: SearchResult) -> list[str]:
    """Tell the first mechanisms in words, each with its number, but those that were told as in no family.

    Parameters
    ----------
    found : SearchResult
        Of mode all.
    """
    told = () if found.families is None else found.families.numbers[:SHOWN]
    some = [(number, mechanism) for number, mechanism in enumerate(found.some()) if number not in told]
    lines = [line for number, mechanism in some for line in in_words(number + 1, mechanism)]
    rest = (found.count or 0) - min(found.count or 0, SHOWN)
    return [*lines, f"and {grouped(rest)} more"] if rest else lines


def where(profiles: list[str], of: int) -> str:
    """Say at which profiles, the first few by name.

    Parameters
    ----------
    profiles : list of str
        Their names.
    of : int
        How many profiles there are.

    Examples
    --------
    >>> where(["(0, 1)"], 4), where(["a", "b"], 2)
    ('at (0, 1)', 'everywhere')
    """
    if len(profiles) == of:
        return "everywhere"
    rest = len(profiles) - MOST_NAMED
    return f"at {', '.join(profiles[:MOST_NAMED])}" + (f" and {rest} more" if rest > 0 else "")


def outcome_words(mechanism: Mechanism, outcome: int) -> str:
    """Say who gets and pays what in an outcome; a public choice is told once.

    Parameters
    ----------
    mechanism : Mechanism
        Of the outcome.
    outcome : int
        Its number.
    """
    env = mechanism.environment
    paid = [money(mechanism, i, outcome) for i in range(env.agents)]
    if env.public:
        choice = holding(mechanism, 0, outcome).removeprefix("sees ")
        return "; ".join([choice, *(f"{env.labels[i]} {amount}" for i, amount in enumerate(paid) if amount)])
    held = [holding(mechanism, i, outcome) for i in range(env.agents)]
    return "; ".join(f"{env.labels[i]} {', '.join(filter(None, (what, paid[i])))}" for i, what in enumerate(held))


def story(mechanism: Mechanism) -> list[str]:
    """Tell a mechanism, one line for each profile.

    Parameters
    ----------
    mechanism : Mechanism
        One with few profiles.
    """
    env = mechanism.environment
    lines = []
    for profile in all_profiles(env):
        outcome = mechanism.outcome_at(profile)
        told = [f"{env.labels[i]} {tell(mechanism, i, k, outcome)}" for i, k in enumerate(profile)]
        lines.append(f"{mechanism.describe(profile)}: {'; '.join(told)}")
    return lines
