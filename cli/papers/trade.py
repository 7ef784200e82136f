"""`collude trade`: the optimal mechanism for bilateral trade of N objects, and its Pareto frontier."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import click

from collude.cli.answer import print_json
from collude.cli.options import json_option

if TYPE_CHECKING:
    from collude.models.trade.objects import ObjectTrade, ThresholdRule
    from collude.programs.trade.frontier import Frontier
    from collude.programs.trade.knapsack import TradeOptimum

Number = TypeVar("Number")


@click.command("trade")
@click.option("--objects", type=int, required=True, metavar="N", help="Number of objects.")
@click.option("--seller", required=True, metavar="LOW,HIGH", help="The seller's two values of an object: 0,11.")
@click.option("--buyer", required=True, metavar="LOW,HIGH", help="The buyer's two values of an object: 1,12.")
@click.option("--good", required=True, metavar="P,Q", help="Chances of the seller's low, the buyer's high value.")
@click.option("--alpha", default="1/2", show_default=True, metavar="X", help="The seller's weight, from 0 to 1.")
@click.option("--frontier", "whole", is_flag=True, help="List the vertices of the Pareto frontier.")
@click.option("--figure", "picture", metavar="FILE", help="Draw frontier and thresholds (.png, .svg or .pdf).")
@click.option("--prove", is_flag=True, help="Prove the optimum by a linear program (up to 8 objects).")
@click.option("--out", metavar="FILE", help="Write the mechanism (up to 3 objects) to .npz for collude check.")
@click.option(
    "--transfers",
    default="balanced",
    show_default=True,
    metavar="WORD",
    help="With --out: balanced at every profile, or own-report (balanced in expectation).",
)
@json_option
def command(
    objects: int,
    seller: str,
    buyer: str,
    good: str,
    alpha: str,
    whole: bool,
    picture: str | None,
    prove: bool,
    out: str | None,
    transfers: str,
    as_json: bool,
) -> int:
    """The mechanism that maximises X times the seller's and 1 - X times the buyer's expected utility in trade of N objects.

    Each side has one of two values for each object, independently; an object is good for a side that is eager to trade it.
    An object that is good for both is always traded, one bad for both never. All numbers are exact.

    \b
    Examples:
      collude trade --objects 3 --seller 0,11 --buyer 1,12 --good 1/2,1/2
      collude trade --objects 8 --seller 0,8 --buyer 4,12 --good 1/2,1/2 --alpha 2/3 --frontier --prove
      collude trade --objects 2 --seller 0,11 --buyer 1,12 --good 1/2,1/2 --out best.npz
    """
    from collude.cli.render.pictures import require_folder, require_picture
    from collude.models.errors import InputError
    from collude.models.trade.objects import ObjectTrade
    from collude.programs.trade.frontier import trade_frontier
    from collude.programs.trade.knapsack import optimal_trade

    if picture is not None:
        require_picture(picture)
    if out is not None:
        if not out.endswith(".npz"):
            raise InputError(f"{out} must end in .npz")
        require_folder(out)
    problem = ObjectTrade(objects, seller, buyer, good)  # type: ignore[arg-type]
    best = optimal_trade(problem, alpha)
    edge = trade_frontier(problem)
    proof = _proof(problem, best) if prove else None
    if out is not None:
        _write(best.rule, transfers, out)
    if picture is not None:
        from collude.cli.render.pictures import save
        from collude.cli.render.trade import draw_trade

        save(draw_trade(problem, edge), picture)
    if as_json:
        print_json(_answer(best, edge, proof))
    else:
        from collude.cli.render.trade import show_trade

        show_trade(best, edge if whole else None, proof)
    return 0


def _proof(problem: "ObjectTrade", best: "TradeOptimum") -> str:
    """The linear program that confirms the value; DisagreementError if it finds another one."""
    from collude.models.errors import DisagreementError
    from collude.programs.trade.full_program import MOST_FULL, full_optimum
    from collude.programs.trade.reduced_program import reduced_optimum

    full = problem.objects <= MOST_FULL
    found = (full_optimum if full else reduced_optimum)(problem, best.alpha)
    if not found.holds or found.value != best.value:
        raise DisagreementError(f"the knapsack has {best.value}, the linear program {found.value}; please report this")
    size = f"{found.program.variables} variables, {len(found.program.rows)} constraints"
    what = f"over all {2**problem.objects} types a side" if full else "over symmetric mechanisms"
    return f"a linear program {what} ({size}) has the same value, with multipliers checked in rationals"


def _write(rule: "ThresholdRule", transfers: str, out: str) -> None:
    from collude.cli.render.pictures import write_or_refuse
    from collude.models.files.npz import write_npz
    from collude.models.trade.direct import direct_trade
    from collude.models.trade.mechanism import trade_mechanism

    mechanism = trade_mechanism(direct_trade(rule, transfers), name="optimal-trade")
    write_or_refuse(out, lambda file: write_npz(mechanism, file))


def _answer(best: "TradeOptimum", edge: "Frontier", proof: str | None) -> dict[str, object]:
    """The JSON object; exact numbers are text."""
    seller, buyer = best.rule.utilities
    return {
        "objects": best.problem.objects,
        "alpha": str(best.alpha),
        "thresholds": _sides(best.rule.thresholds, int),
        "sigma": _sides(best.rule.sigma, str),
        "lump": _sides(best.rule.lump, str),
        "utilities": _sides((seller, buyer), str),
        "surplus": str(seller + buyer),
        "first_best": str(best.problem.first_best),
        "edge": [_sides(end.utilities, str) for end in dict.fromkeys(best.ends)],
        "frontier": [
            {**_sides(vertex.utilities, str), "alpha": None if vertex.alpha is None else str(vertex.alpha)}
            for vertex in edge.vertices
        ],
        "proof": proof,
    }


def _sides(pair: Iterable[Number], show: Callable[[Number], object]) -> dict[str, object]:
    seller, buyer = pair
    return {"seller": show(seller), "buyer": show(buyer)}
