"""The options that describe a search problem, shared by the commands that search."""

from collections.abc import MutableMapping
from typing import NamedTuple

import click

from collude.cli.completion import complete_problem
from collude.cli.options import Command, parameters_of

PARAMETERS = (
    ("agents", "N", "Number of agents."),
    ("values", "GRID", "Values: 0:2 (inclusive), 0:9:3 or 0,1,3/2."),
    ("costs", "GRID", "Costs, in the same form; vectors as 1,2;1,3."),
    ("cost", "X", "Cost of a public good."),
    ("units", "R", "Units that an agent can supply or buy."),
    ("alternatives", "M", "Number of alternatives."),
    ("preferences", "KIND", "strict, weak or single-peaked orders."),
    ("objects", "M", "Number of objects to assign."),
    ("transfers", "GRID", "Transfers on offer, money received: --transfers=-3:3."),
    ("prices", "GRID", "Prices on offer in a trade."),
    ("allocations", "LIST", "Units and transfer of a supplier: 0,0;1,1;1,2."),
    ("uniform_price", "GRID", "One price for all suppliers from a grid."),
    ("ties", "RULE", "largest, smallest or any optimal quantity at that price."),
    ("prior", "P", "Of --objective: uniform (default); 1/3,2/3 for all; 1/2,1/2;1/4,3/4 each; joint:..."),
)


def problem_options(command: Command) -> Command:
    """The SPEC argument and the parameters of a problem.

    Parameters
    ----------
    command : callable
        The function of a command; `parameters_in` takes what it is given.

    Returns
    -------
    callable
    """
    for name, metavar, text in reversed(PARAMETERS):
        command = click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, help=text)(command)
    command = click.option("--no-withhold", is_flag=True, help="The seller of an auction cannot keep the good.")(
        command
    )
    command = click.option(
        "--prices-apart", is_flag=True, help="Uniform prices: equal outcomes at other prices count apart."
    )(command)
    command = click.option("--param", "more", multiple=True, metavar="KEY=VALUE", help="A parameter (repeatable).")(
        command
    )
    return click.argument("spec", shell_complete=complete_problem)(command)


class ProblemWords(NamedTuple):
    """What describes a problem, and what else was given.

    Attributes
    ----------
    parameters : dict of str to object
        Of the problem.
    options : dict of str to object
        Of the task, without those that say nothing.
    """

    parameters: dict[str, object]
    options: dict[str, object]


def parameters_in(given: MutableMapping[str, object]) -> ProblemWords:
    """Tell the parameters of a problem from the other options of a command.

    Parameters
    ----------
    given : mapping of str to object
        All options of the command; those of `problem_options` are taken out.

    Returns
    -------
    ProblemWords

    Raises
    ------
    InputError
        For a --param that is not of the form KEY=VALUE, or given twice.
    """
    parameters = {name: given.pop(name) for name, _, _ in PARAMETERS}
    parameters["withhold"] = False if given.pop("no_withhold") else None
    parameters["prices_apart"] = True if given.pop("prices_apart") else None
    more = given.pop("more")
    assert isinstance(more, tuple)
    parameters |= {key.replace("-", "_"): value for key, value in parameters_of(more).items()}
    kept = {name: value for name, value in parameters.items() if value is not None}
    return ProblemWords(kept, {name: value for name, value in given.items() if value not in (None, False, "", [])})
