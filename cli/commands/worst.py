"""`collude worst`: the most profitable deals over all coalitions, and what they cost the designer."""

from typing import TYPE_CHECKING, Unpack

import click

from collude.cli.again import command_again
from collude.cli.answer import print_json
from collude.cli.options import MechanismWords, builder, jobs_option, json_option, mechanism_options, reproduction
from collude.cli.progress import announce, progress_bar

if TYPE_CHECKING:
    from rich.table import Table

    from collude.enumerate.analyses.deal_triples import DealTriples
    from collude.enumerate.analyses.worst import Deal, DealReport
    from collude.models.mechanism import Mechanism


class DealWords(MechanismWords):
    """Everything else that is given to `collude worst`."""

    page: str | None
    triples: bool


@click.command("worst")
@mechanism_options
@click.option(
    "--top", type=click.IntRange(0), default=10, show_default=True, metavar="K", help="How many deals to show."
)
@click.option("--by-size", is_flag=True, help="Also the largest gain for each size of coalition.")
@click.option("--triples", is_flag=True, help="Also count all deals (profile, coalition, joint report) one by one.")
@click.option("--money-only", is_flag=True, help="Members pay one another, but goods stay where they are.")
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Only coalitions of at most M agents.")
@click.option(
    "--picture", metavar="FILE", help="Draw each coalition's largest gain at each profile (.png, .svg or .pdf)."
)
@click.option("--report", "page", metavar="FILE.html", help="Also write one page with all deals shown and the picture.")
@jobs_option
@json_option
def command(
    top: int,
    by_size: bool,
    money_only: bool,
    max_coalition: int | None,
    picture: str | None,
    jobs: int | None,
    as_json: bool,
    **given: Unpack[DealWords],
) -> int:
    """List the most profitable deals of all coalitions: a joint misreport, then goods and money divided anew.

    Every profile and coalition counts once, with its best joint misreport and division. The exit status is 1 if there is
    a profitable deal.

    \b
    Examples:
      collude worst vcg-procurement --agents 3 --costs 1:3 --units 2 --param target=2 --top 3
      collude worst second-price --agents 3 --values 0:4 --triples
      collude worst second-price --agents 4 --values 0:5 --by-size --picture deals.png --report deals.html
    """
    from collude.enumerate.analyses.worst import worst

    page = given["page"]
    _require_files(picture, page)
    build = builder(**given)
    announce()
    with progress_bar() as progress:
        mechanism = build(progress)
        found = worst(
            mechanism, top=top, goods=not money_only, max_coalition=max_coalition, jobs=jobs, progress=progress
        )
    if picture is not None:
        from collude.cli.render.pictures import write_picture

        write_picture(found.plot, picture)
    if page is not None:
        from collude.cli.render.result_pages import write_result

        write_result(found, page, command=command_again(click.get_current_context()))
    counted = None
    if given["triples"]:
        from collude.enumerate.analyses.deal_triples import deal_triples

        with progress_bar() as progress:
            counted = deal_triples(
                mechanism, goods=not money_only, max_coalition=max_coalition, jobs=jobs, progress=progress
            )
    if as_json:
        print_json({**found.to_dict(), **({} if counted is None else {"deal_triples": counted.to_dict()})})
    else:
        _show(found, mechanism, by_size, reproduction(given))
        if counted is not None:
            _show_triples(counted)
    return 1 if found.violations else 0


def _require_files(picture: str | None, page: str | None) -> None:
    """Raise InputError unless the picture and the page that are asked for can be written."""
    from collude.cli.render.page import require_page
    from collude.cli.render.pictures import require_picture

    if picture is not None:
        require_picture(picture)
    if page is not None:
        require_page(page)


def _show(found: "DealReport", mechanism: "Mechanism", by_size: bool, words: str) -> None:
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_folded, print_table
    from collude.models.story import title

    out = console()
    print_folded(out, f"{title(mechanism)}    [{'exact' if found.exact else 'numerical'}]", "bold")
    covered = f"{found.profiles:,} profiles · {len(found.coalitions):,} coalitions"
    spent = f"{found.seconds - found.compiling:.2f} s"
    if found.compiling >= 0.5:
        spent += f" (compiling {found.compiling:.1f} s)"
    print_folded(out, f"{covered} · {found.joint_misreports:,} joint misreports with every division, in {spent}")
    out.print()
    if not found.violations:
        limit = f" {found.bound}" if found.bound else ""
        out.print(f"no coalition has a profitable deal: {found.axiom} holds{limit}")
        return
    out.print(f"{found.violations:,} (profile, coalition) pairs have a profitable deal; the worst:")
    labels = mechanism.environment.labels
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in ("coalition", "true types", "they report", "they trade", "gain", "designer pays more", "and loses"):
        table.add_column(heading)
    for deal in found.deals:
        table.add_row(*_row(deal, labels))
    print_table(out, table)
    if by_size:
        out.print()
        print_table(out, _size_table(found, labels))
    if found.deals:
        out.print()
        out.print(f"see the first: {_explained(found.deals[0], mechanism, words)}")


def _show_triples(counted: "DealTriples") -> None:
    """How many deals there are, one by one."""
    click.echo()
    click.echo(
        f"{counted.triples:,} (profile, coalition, joint report) triples have a profitable deal, {counted.truthful:,} after "
        f"truthful reports; {counted.largest:,} gain {counted.gain}"
    )
    for row in counted.sizes:
        click.echo(
            f"  coalitions of {row.members}: {row.triples:,}, {row.truthful:,} after truthful reports, "
            f"{row.largest:,} with the largest gain"
        )


def _explained(deal: "Deal", mechanism: "Mechanism", words: str) -> str:
    """The command that shows what the misreport of a deal brings."""
    import shlex

    from collude.models.story import profile_words

    told = list(deal.profile)
    for i, k in zip(deal.coalition, deal.misreport, strict=True):
        told[i] = k
    profile, misreport = (
        shlex.quote(profile_words(mechanism.environment, given)) for given in (deal.profile, tuple(told))
    )
    return f"collude explain {words} --profile {profile} --misreport {misreport}"


def _row(deal: "Deal", labels: tuple[str, ...]) -> list[str]:
    said = " ".join(deal.reported[i] for i in deal.coalition)
    lost = " ".join(str(x) for x in deal.lost) if any(deal.lost) else "nothing"
    return [
        "{" + ", ".join(labels[i] for i in deal.coalition) + "}",
        " ".join(deal.types),
        "the truth" if deal.types == deal.reported else said,
        "\n".join([*deal.reallocation, *deal.payments]),
        " + ".join(deal.gains) if len(deal.gains) <= 3 else f"{len(deal.gains)} x {deal.gains[0]}",
        deal.extra_payment,
        lost,
    ]


def _size_table(found: "DealReport", labels: tuple[str, ...]) -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in ("coalitions of", "with a profitable deal", "largest gain", "made by"):
        table.add_column(heading)
    for size in found.sizes:
        who = "{" + ", ".join(labels[i] for i in size.coalition) + "}" if size.coalition else "nobody"
        table.add_row(str(size.members), f"{size.violations:,} of {size.possible:,} pairs", size.largest, who)
    return table
