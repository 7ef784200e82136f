"""`collude screen`: a seller who screens buyers, and what the buyers gain by side contracts against each transfer scheme."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from collude.cli.answer import print_json
from collude.cli.options import json_option

if TYPE_CHECKING:
    from rich.console import Console

    from collude.enumerate.analyses.screening import SchemeReport, ScreeningReport
    from collude.models.screening.sale import Sale


@click.command("screen")
@click.argument("spec", metavar="SPEC.toml")
@click.option("--search", "step", metavar="STEP", help="Find all optimal transfers on a grid of money with this step.")
@click.option("--epsilon", metavar="E", help="Also the best profit if the coalition's epsilon is E, in [0, 1).")
@click.option("--tariffs", is_flag=True, help="Also the menu of two-part tariffs with the same outcome.")
@click.option("--figure", metavar="FILE", help="Draw the bound on the gain against epsilon (.png, .svg or .pdf).")
@click.option("--plain", is_flag=True, help="Solve the side contract's program without any reduction.")
@json_option
def command(
    spec: str, step: str | None, epsilon: str | None, tariffs: bool, figure: str | None, plain: bool, as_json: bool
) -> int:
    """The optimum of the screening problem in SPEC.toml, and what buyers gain by colluding against each transfer scheme.

    Buyers who do not know each other's valuations may sign a side contract: joint reports, resale, side payments. The
    schemes are dominant-strategy, collusion-proof and robust transfers, and those of the file. The exit status is 0 if an
    optimal scheme leaves a coalition no gain, 1 if none does.

    \b
    Examples:
      collude screen examples/screening.toml
      collude screen examples/screening.toml --search 1 --epsilon 0 --figure gain.png
    """
    from collude.cli.render.pictures import require_picture
    from collude.enumerate.analyses.screening import screen
    from collude.models.errors import InputError
    from collude.models.screening.spec import read_screening
    from collude.programs.screening.schemes import best_profit_at, search_schemes

    if figure is not None:
        require_picture(figure)
    given = read_screening(spec)
    problem = given.problem
    if figure is not None and problem.types != 2:
        raise InputError("the bound is drawn against one epsilon: leave out --figure unless there are two types")
    found = screen(
        given,
        reduced=not plain,
        tariffs=tariffs,
        search=None if step is None else search_schemes(problem, given.optimum.quantity, step),
        best=None if epsilon is None else best_profit_at(problem, epsilon),
    )
    if figure is not None:
        _draw(found, figure)
    if as_json:
        print_json(found.to_dict())
    else:
        _show(found)
    return 0 if found.weakly_collusion_proof else 1


def _draw(found: "ScreeningReport", path: str) -> None:
    from collude.cli.render.pictures import new_figure, save

    figure = new_figure(6.4, 4.2)
    axes = figure.add_subplot()
    top = 4 * max(float(one.optimum.gain) for one in found.schemes) or 1.0
    for one in found.schemes:
        points = [(float(e), float(bound)) for e, bound in one.curve]
        axes.plot(*zip(*points, strict=True), label=f"{one.sale.name}: gain {one.optimum.gain}")
    axes.set_ylim(-0.03 * top, top)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of information rent, epsilon")
    axes.set_ylabel("bound on the gain of side contracts")
    axes.set_title("What buyers gain by colluding: the lowest point")
    axes.legend()
    save(figure, path)


def _show(found: "ScreeningReport") -> None:
    from rich.table import Table
    from rich.text import Text

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table

    out, problem = console(), found.problem
    out.print(Text(f"{problem.buyers} buyers, valuations {_words(problem.valuations)}", style="bold"))
    out.print(f"virtual valuations   {_words(problem.virtual_valuations)}")
    if len(problem.pools) < problem.types:
        out.print(f"ironed to            {_words(problem.ironed_valuations)}")
    unique = {True: "the only optimum", False: "one of several optima", None: ""}[found.optimum.unique]
    out.print(f"optimal steps        {_quantities(found.optimum.quantity)}   profit {found.optimum.profit}   {unique}")
    out.print()
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in ("scheme", "verdict", "gain", "seller's profit then", "epsilon", "truth is", "pure equilibria"):
        table.add_column(heading)
    for one in found.schemes:
        proof = one.optimum.weakly_collusion_proof
        least, most = one.profits.least, one.profits.most
        table.add_row(
            one.sale.name,
            Text("weakly collusion-proof" if proof else "COLLUSION GAINS", style="green" if proof else "bold red"),
            str(one.optimum.gain),
            str(least) if least == most else f"{least} to {most}",
            "-" if one.epsilon is None else str(one.epsilon),
            _dominance(one),
            "-" if one.equilibria is None else str(len(one.equilibria.found)),
        )
    print_table(out, table)
    for one in found.schemes:
        _show_scheme(out, one)
    _show_extras(out, found)


def _show_scheme(out: "Console", one: "SchemeReport") -> None:
    sale = one.sale
    out.print()
    out.print(f"{sale.name}: what a buyer pays, by own report, for each of the others' reports", style="bold")
    for k, row in enumerate(sale.payment):
        out.print(f"  {sale.problem.valuations[k]}:  {_words(row)}   truthful payoff {sale.payoff(k)}")
    rooms = [room for room in one.rooms if tuple(sorted(room.profile)) == room.profile and room.both]
    for room in rooms:
        types = _words(sale.problem.valuations[k] for k in room.profile)
        out.print(
            f"  with full information {types} gain {room.both}: {room.manipulation} by reports, "
            f"{room.reallocation} by reallocation alone"
        )
    binding = [f"{_pair(sale, *key)}" for key, slack in one.slacks.items() if slack == 0 and key[0] != key[1]]
    failing = [f"{_pair(sale, *key)} by {-slack}" for key, slack in one.slacks.items() if slack < 0]
    if binding:
        out.print(f"  coalition incentive constraints that bind at virtual valuations: {', '.join(binding)}")
    if failing:
        out.print(f"  constraints that fail at virtual valuations: {', '.join(failing)}")


def _show_extras(out: "Console", found: "ScreeningReport") -> None:
    if found.costs:
        out.print()
        out.print("handing the low types more, truthful reports: expected gain, transaction cost", style="bold")
        for cost in found.costs[:12]:
            members = f", {cost.high_members} high" if found.problem.buyers > 2 else ""
            out.print(f"  {cost.moved} steps{members}: {cost.gain}, {cost.cost}")
    if found.tariffs is not None:
        tariffs = found.tariffs
        gain = "" if tariffs.gain is None else f"; a coalition gains {tariffs.gain}"
        out.print(
            f"two-part tariffs with price {tariffs.price} beyond the kink: alone gains {tariffs.choice_gain}{gain}"
        )
    if found.search is not None:
        search = found.search
        out.print(
            f"transfers in multiples of {search.step}: {len(search.collusion_proof)} optimal schemes are weakly "
            f"collusion-proof, {len(search.robust)} of them robust; {search.candidates} examined"
        )
    if found.best is not None:
        best = found.best
        shown = " or ".join(_quantities(quantity) for quantity in best.quantities[:4])
        out.print(f"best profit if epsilon is {best.epsilon}: {best.profit}, with steps {shown}")
    out.print(f"{found.seconds:.2f} s, all numbers exact")


def _words(numbers: Iterable[object]) -> str:
    return "  ".join(str(x) for x in numbers)


def _quantities(quantity: Sequence[Sequence[int]]) -> str:
    if all(len(set(row)) == 1 for row in quantity):
        return "  ".join(str(row[0]) for row in quantity)
    return " | ".join(" ".join(map(str, row)) for row in quantity)


def _dominance(one: "SchemeReport") -> str:
    if one.play is None:
        return "-"
    if all(one.play.strictly_dominant):
        return "strictly dominant"
    if all(min(row) >= 0 for row in one.play.margins):
        return "dominant, with ties"
    if one.play.iteratively_weakly_dominant:
        return "iteratively weakly dominant"
    lost = any(k not in row for k, row in enumerate(one.play.survivors))
    return "eliminated as dominated" if lost else "not dominant"


def _pair(sale: "Sale", truth: Iterable[int], report: Iterable[int]) -> str:
    names = [str(x) for x in sale.problem.valuations]
    return "-".join(["".join(["(", ",".join(names[k] for k in types), ")"]) for types in (truth, report)])
