"""`collude shapley`: the Shapley value of a game of one's own."""

import click

from collude.cli.answer import print_json
from collude.cli.options import json_option


@click.command("shapley")
@click.argument("worths", nargs=-1, required=True, metavar="A+B=X...")
@json_option
def command(worths: tuple[str, ...], as_json: bool) -> int:
    """Share out the worth of all agents by the Shapley value: what each adds to those before him, on average over all orders.

    Every coalition of the agents that occur needs its worth, an exact number.

    \b
    Example:
      collude shapley A=0 B=2 C=0 A+B=8 A+C=4 B+C=2 A+B+C=10
    """
    from collude.enumerate.analyses.shapley import read_game, shapley_value

    found = shapley_value(read_game(worths))
    if as_json:
        print_json(found.to_dict())
        return 0
    for agent, share in zip(found.agents, found.shares, strict=True):
        click.echo(f"{agent}  {share}")
    return 0
