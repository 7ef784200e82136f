"""The pages of searches, deals and mechanisms, and one function that writes the page of any answer."""

from html import escape
from pathlib import Path

from collude.cli.render.page import (
    PagePicture,
    folded_part,
    map_pictures,
    page,
    paragraph,
    pictures,
    report_page,
    require_page,
    write_text,
)
from collude.cli.render.search import backing, families, grouped, headline, in_words
from collude.enumerate.analyses.coalition_sizes import SizeReport
from collude.enumerate.analyses.worst import Deal, DealReport
from collude.enumerate.searches.result import SearchResult
from collude.models.errors import InputError
from collude.models.files.html import html_table
from collude.models.mechanism import Mechanism
from collude.models.pictures.deals import coalition_name
from collude.models.results import Report
from collude.models.story import title

MOST_DEALS = 200


def write_result(result: object, path: str | Path, *, mechanism: Mechanism | None = None, command: str = "") -> Path:
    """Write one self-contained page about an answer: what was found, witnesses that fold open, pictures, versions.

    Parameters
    ----------
    result : Report, SearchResult, DealReport, SizeReport or Mechanism
        What `co.check`, `co.search`, `co.worst`, `co.violations_by_size` or `co.mechanism` returns.
    path : str or path
        Where to, ending in .html. The file is there whole or not at all.
    mechanism : Mechanism, optional
        What was checked: of two agents maps are drawn, and violations are counted by the size of the coalition.
    command : str, optional
        How the answer is found again, as the page shall say.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    InputError
        For another kind of result or ending, and if the system refuses to write.

    Notes
    -----
    Pictures need matplotlib; without it the page says so. The page loads nothing from elsewhere and runs no program.
    """
    require_page(str(path))
    if isinstance(result, Report):
        text = report_page(result, mechanism, "", command)
    elif isinstance(result, SearchResult):
        text = search_page(result, command)
    elif isinstance(result, DealReport):
        text = deals_page(result, command)
    elif isinstance(result, SizeReport):
        shown = pictures([PagePicture("violations by the size of the coalition", result.plot)])
        text = page(result.mechanism, result.mechanism, [result._repr_html_(), shown], command)
    elif isinstance(result, Mechanism):
        text = page(result.name, title(result), [result._repr_html_(), pictures(map_pictures(result))], command)
    else:
        raise InputError(
            f"a page is about what check, search, worst, violations_by_size or mechanism return, not an object of the "
            f"type {type(result).__name__}"
        )
    write_text(str(path), text)
    return Path(path)


def search_page(found: SearchResult, command: str, out: str = "") -> str:
    """Return the page of a search.

    Parameters
    ----------
    found : SearchResult
        The answer.
    command : str
        The whole command line to run again, "" if there is none.
    out : str
        The run directory, "" if there is none.
    """
    facts = [
        ("profiles", f"{found.profiles:,}"),
        ("outcomes", f"{found.outcomes:,}"),
        ("mechanisms that single profiles leave", grouped(found.options)),
        ("nodes", f"{found.nodes:,}"),
        ("seconds", f"{found.seconds:.2f}"),
        ("mode", found.mode),
        ("complete", "yes" if found.complete else f"no: {found.reason or f'share {found.share}'}"),
    ]
    lines = [*families(found), *backing(found, out)]
    shown = found.some()
    parts = [
        f"<p><b>{escape(headline(found))}</b></p>",
        html_table((), facts),
        "".join(map(paragraph, lines)),
        "<h2>Mechanisms</h2>" if shown else "",
        *(_mechanism(number, each) for number, each in enumerate(shown, 1)),
    ]
    rest = (found.count or len(shown)) - len(shown)
    if rest > 0:
        parts.append(paragraph(f"and {grouped(rest)} more"))
    return page(found.title, f"{found.title}: search", parts, command)


def _mechanism(number: int, mechanism: Mechanism) -> str:
    words = "".join(map(paragraph, in_words(number, mechanism)[:1]))
    drawings = pictures(map_pictures(mechanism)[:2], "", f"mechanism{number}picture")
    return folded_part(f"mechanism {number}", words + mechanism._repr_html_() + drawings)


def deals_page(found: DealReport, command: str) -> str:
    """Return the page of the most profitable deals.

    Parameters
    ----------
    found : DealReport
        The deals.
    command : str
        The whole command line to run again, "" if there is none.
    """
    bound = f" {found.bound}" if found.bound else ""
    answer = f"{found.violations:,} (profile, coalition) pairs have a profitable deal{bound}"
    if not found.violations:
        answer = f"no coalition has a profitable deal: {found.axiom} holds{bound}"
    covered = f"{found.profiles:,} profiles, {len(found.coalitions):,} coalitions, {found.joint_misreports:,} joint misreports"
    sizes = [
        (
            size.members,
            f"{size.violations:,} of {size.possible:,}",
            size.largest,
            coalition_name(size.coalition, found.labels) if size.coalition else "nobody",
        )
        for size in found.sizes
    ]
    shown = found.deals[:MOST_DEALS]
    rest = found.violations - len(shown)
    parts = [
        paragraph(f"{covered}, with every division ({'exact' if found.exact else 'numerical'})"),
        f"<p><b>{escape(answer)}</b></p>",
        "<h2>By the size of the coalition</h2>",
        html_table(("members", "pairs with a profitable deal", "largest gain", "made by"), sizes),
        "<h2>Deals</h2>" if shown else "",
        *(_deal(deal, found.labels) for deal in shown),
        paragraph(f"and {rest:,} more, none more profitable; --top shows more") if rest > 0 else "",
        pictures([PagePicture(f"{found.mechanism}: largest gain from a deal", found.plot)]),
    ]
    return page(found.mechanism, f"{found.mechanism}: deals", parts, command)


def _deal(deal: Deal, labels: tuple[str, ...]) -> str:
    rows = [
        ("true types", ", ".join(deal.types)),
        ("they report", ", ".join(f"agent {labels[i]} says {deal.reported[i]}" for i in deal.coalition)),
        *(("they trade", line) for line in (*deal.reallocation, *deal.payments)),
        ("each gains", ", ".join(deal.gains)),
        ("the designer pays more", deal.extra_payment),
        ("and receives less", ", ".join(map(str, deal.lost)) if any(deal.lost) else "nothing"),
    ]
    who = coalition_name(deal.coalition, labels)
    return folded_part(f"{who} gains {deal.gain} at {', '.join(deal.types)}", html_table((), rows))
