"""The options that describe a search problem, shared by the commands that search."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from collude.cli.completion import complete_problem

Command = TypeVar("Command", bound=Callable[..., Any])
PARAMETERS = (
    ("agents", "N", "Number of agents."),
    ("values", "GRID", "Values: 0:2 (inclusive), 0:9:3 or 0,1,3/2."),
    ("costs", "GRID", "Costs, in the same form; vectors as 1,2;1,3."),
    ("units", "R", "Units that an agent can supply or buy."),
    ("alternatives", "M", "Number of alternatives."),
    ("preferences", "KIND", "strict, weak or single-peaked orders."),
    ("objects", "M", "Number of objects to assign."),
    ("transfers", "GRID", "Transfers on offer, money received: --transfers=-3:3."),
    ("prices", "GRID", "Prices on offer in a trade."),
    ("allocations", "LIST", "Units and transfer of a supplier: 0,0;1,1;1,2."),
    ("uniform_price", "GRID", "One price for all suppliers from a grid."),
    ("ties", "RULE", "largest, smallest or any optimal quantity at that price."),
)


def problem_options(command: Command) -> Command:
    """The SPEC argument and the parameters of a problem."""
    for name, metavar, text in reversed(PARAMETERS):
        command = click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, help=text)(command)
    command = click.option("--no-withhold", is_flag=True, help="The seller of an auction cannot keep the good.")(
        command
    )
    command = click.option("--prices-apart", is_flag=True, help="Count price functions, not outcome functions.")(
        command
    )
    command = click.option("--param", "more", multiple=True, metavar="KEY=VALUE", help="A parameter (repeatable).")(
        command
    )
    return click.argument("spec", shell_complete=complete_problem)(command)


def parameters_in(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters of the problem, options of the task), as far as they were given."""
    from collude.models.errors import InputError

    parameters: dict[str, Any] = {name: given.pop(name) for name, _, _ in PARAMETERS}
    parameters["withhold"] = False if given.pop("no_withhold") else None
    parameters["prices_apart"] = True if given.pop("prices_apart") else None
    for text in given.pop("more"):
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise InputError(f"--param {text} is not of the form KEY=VALUE")
        parameters[key.replace("-", "_")] = value
    kept = {name: value for name, value in parameters.items() if value is not None}
    return kept, {name: value for name, value in given.items() if value not in (None, False, "", [])}
