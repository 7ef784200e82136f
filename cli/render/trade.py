"""Optimal trade in words and pictures."""

from fractions import Fraction
from typing import TYPE_CHECKING

from collude.models.trade.objects import SIDES, ObjectTrade, ThresholdRule
from collude.programs.trade.frontier import Frontier
from collude.programs.trade.knapsack import TradeOptimum

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def both_forms(number: Fraction) -> str:
    """Write an exact number with its decimal value; a long one in decimals only.

    Parameters
    ----------
    number : Fraction
        Any.

    Examples
    --------
    >>> both_forms(Fraction(13, 37)), both_forms(Fraction(3)), both_forms(Fraction(1, 3**90))
    ('13/37 (0.351351351)', '3', '1.14574264e-43')
    """
    if number.denominator == 1:
        return str(number)
    decimal = f"{float(number):.9g}"
    text = str(number)
    return f"{text} ({decimal})" if len(text) <= 40 else decimal


def describe_side(rule: ThresholdRule, side: int) -> str:
    """Say what a side is allowed to trade, in one sentence.

    Parameters
    ----------
    rule : ThresholdRule
        Of the mechanism.
    side : int
        0 for the seller, 1 for the buyer.

    Examples
    --------
    >>> rule = ThresholdRule(ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")), (0, -1), ("3/5", 0), (0, 0))
    >>> describe_side(rule, 1)
    'the buyer trades every object that is bad for him and good for the seller'
    >>> describe_side(rule, 0)
    'the seller trades an object that is bad for him and good for the buyer with probability 3/5 (0.6) if he has 0 good ones, \
never if he has fewer, surely if he has more'
    """
    name, other = SIDES[side], SIDES[1 - side]
    threshold, sigma = rule.thresholds[side], rule.sigma[side]
    if threshold < 0:
        return f"the {name} trades every object that is bad for him and good for the {other}"
    what = f"the {name} trades an object that is bad for him and good for the {other}"
    if sigma == 0:
        return f"{what} if he has more than {threshold} good ones"
    chance = both_forms(sigma)
    return f"{what} with probability {chance} if he has {threshold} good ones, never if he has fewer, surely if he has more"


def show_trade(best: TradeOptimum, edge: Frontier | None, proof: str | None) -> None:
    """Print the mechanism, the utilities and, if asked for, the vertices of the frontier.

    Parameters
    ----------
    best : TradeOptimum
        The optimum.
    edge : Frontier or None
        The frontier.
    proof : str or None
        What a proof says.
    """
    from rich.table import Table
    from rich.text import Text

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table

    out = console()
    out.print(Text(title_of(best.problem), style="bold"))
    out.print(f"weights {best.alpha} for the seller, {1 - best.alpha} for the buyer    (exact)")
    out.print()
    out.print("objects good for both are always traded, objects bad for both never")
    for side, name in enumerate(SIDES):
        out.print(describe_side(best.rule, side))
        if best.rule.lump[side]:
            out.print(f"the {name} gets {both_forms(best.rule.lump[side])} whatever his type")
    for side, m in best.free:
        out.print(f"tie: the {SIDES[side]}'s mu at {m} good objects costs no budget and is taken as 1")
    out.print()
    seller, buyer = best.rule.utilities
    first = best.problem.first_best
    out.print(f"utilities    seller {both_forms(seller)}, buyer {both_forms(buyer)}")
    out.print(
        f"surplus      {both_forms(seller + buyer)}, per object {float((seller + buyer) / best.problem.objects):.12f}"
    )
    out.print(f"first best   {both_forms(first)}, {'attained' if first == seller + buyer else 'not attained'}")
    if best.ends[0] != best.ends[1]:
        ends = " to ".join(f"({', '.join(map(both_forms, end.utilities))})" for end in best.ends)
        out.print(f"at these weights every point of an edge is optimal; the middle is shown: {ends}")
    if proof is not None:
        out.print(f"proof        {proof}")
    if edge is None:
        return
    out.print()
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in ("seller", "buyer", "thresholds", "seller's weight up to the next"):
        table.add_column(heading)
    for vertex in edge.vertices:
        shown = ", ".join(map(str, vertex.rule.thresholds))
        alpha = "" if vertex.alpha is None else both_forms(vertex.alpha)
        table.add_row(*map(both_forms, vertex.utilities), shown, alpha)
    print_table(out, table)


def title_of(problem: ObjectTrade) -> str:
    """Say the parameters of a problem in one line.

    Parameters
    ----------
    problem : ObjectTrade
        The problem.
    """
    seller, buyer = (" or ".join(map(str, values)) for values in (problem.seller, problem.buyer))
    q_s, q_b = problem.good
    count = f"{problem.objects} objects" if problem.objects > 1 else "1 object"
    return f"trade of {count}, seller's value {seller}, buyer's {buyer}, good with probability {q_s} and {q_b}"


def draw_trade(problem: ObjectTrade, edge: Frontier) -> "Figure":
    """Draw the frontier per object with that of one object, and beside it the thresholds along the frontier.

    Parameters
    ----------
    problem : ObjectTrade
        The problem.
    edge : Frontier
        Its frontier.

    Raises
    ------
    InputError
        If matplotlib is missing.

    Notes
    -----
    The second panel shows M + 1 - sigma of both sides: how many good objects a side must have before it may trade its
    bad ones.
    """
    from collude.cli.render.pictures import new_figure
    from collude.programs.trade.frontier import trade_frontier

    figure = new_figure(11, 5)
    left, right = figure.subplots(1, 2)
    one = trade_frontier(ObjectTrade(1, problem.seller, problem.buyer, problem.good))
    for shown, count, style in ((edge, problem.objects, "-"), (one, 1, "--")):
        points = [tuple(float(u / count) for u in vertex.utilities) for vertex in shown.vertices]
        label = f"{count} objects" if count > 1 else "1 object, replicated"
        left.plot(*zip(*points, strict=True), style, marker="." if count <= 30 else None, label=label)
    first = float(problem.first_best / problem.objects)
    left.plot([0, first], [first, 0], color="0.7", linewidth=0.8, label="first best")
    left.set(xlabel="seller's utility per object", ylabel="buyer's utility per object", title="Pareto frontier")
    left.legend()
    rules = [vertex.rule for vertex in edge.vertices]
    limits = [[float(rule.thresholds[side] + 1 - rule.sigma[side]) for rule in rules] for side in (0, 1)]
    right.plot(*limits, marker="." if problem.objects <= 30 else None)
    right.set(xlabel="seller: good objects needed", ylabel="buyer: good objects needed", title="Limits to trade")
    figure.suptitle(title_of(problem), fontsize=9)
    return figure
