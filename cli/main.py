"""The `collude` command. Subcommands are imported when they are called, so that `--help` answers at once."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import NamedTuple

import click

MOST_SAID = 1000
LISTED = ("mechanisms", "axioms", "environments", "problems", "rules")
COMMANDS = {
    "check": ("collude.cli.commands.check", "Check a mechanism against every coalition and every joint misreport."),
    "explain": ("collude.cli.commands.explain", "Show what every agent gets from the truth and from one misreport."),
    "worst": (
        "collude.cli.commands.worst",
        "List the most profitable deals of all coalitions, and their cost to the designer.",
    ),
    "figure": ("collude.cli.papers.figure", "Draw a figure of the literature and write its numbers."),
    "plan": ("collude.cli.commands.plan", "Sizes, memory and expected time of a check, before anything is allocated."),
    "manipulability": (
        "collude.cli.commands.manipulability",
        "Count the elections that coalitions of voters can manipulate, exactly.",
    ),
    "search": (
        "collude.cli.commands.search",
        "Enumerate every mechanism with given axioms, or prove that there is none.",
    ),
    "atlas": ("collude.cli.commands.atlas", "Which sets of axioms go together on a problem, and which clash."),
    "sweep": ("collude.cli.commands.sweep", "How an answer moves with one or two parameters."),
    "transfers": (
        "collude.cli.papers.transfers",
        "Transfers of a public choice (AGV, VCG, Shapley, least squares, dominant) and their properties.",
    ),
    "equilibria": (
        "collude.cli.papers.equilibria",
        "All pure equilibria when agents play in given coalitions, or may sign a side contract.",
    ),
    "guarantees": (
        "collude.cli.papers.guarantees",
        "What every coalition is sure of by the truth, whatever the others report.",
    ),
    "shapley": ("collude.cli.papers.shapley", "The Shapley value of a game of your own."),
    "trade": ("collude.cli.papers.trade", "The optimal mechanism for bilateral trade of N objects."),
    "contract": (
        "collude.cli.papers.contract",
        "Which coalitions gain by a side contract once a contract has told everybody what to do.",
    ),
    "screen": ("collude.cli.papers.screen", "A seller who screens buyers, and what side contracts bring them."),
    "resume": ("collude.cli.commands.runs", "Go on with a run that was stopped or killed."),
    "status": ("collude.cli.commands.runs", "How far a run is."),
    "merge": ("collude.cli.commands.runs", "Join the shares of a run."),
    "verify": ("collude.cli.commands.runs", "Check a run directory, and solve a sample of it again."),
    "list": ("collude.cli.commands.list", "List mechanisms, axioms, environments, search problems or voting rules."),
}


class Lazy(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import the module of a command."""
        if name not in COMMANDS:
            return None
        module = import_module(COMMANDS[name][0])
        command: click.Command = getattr(module, "command", None) or getattr(module, name)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """One line per command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with the nearest command in the message."""
        import difflib

        if arguments and arguments[0] not in COMMANDS:
            word = arguments[0]
            close = difflib.get_close_matches(word, COMMANDS, n=1)
            hint = (
                f"; write collude list {word}" if word in LISTED else f"; the nearest is {close[0]!r}" if close else ""
            )
            raise click.UsageError(f"no command is called {word!r}{hint} (collude --help)")
        return super().resolve_command(context, arguments)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="collude", message="%(prog)s %(version)s")
def collude() -> None:
    """Try every coalition, every joint misreport and every reallocation against a finite mechanism.

    Begin with: collude check second-price --agents 3 --values 0:4

    Exit status: 0 every axiom holds, 1 some axiom is violated, 2 bad input, 3 incomplete (the run ended early, or larger
    coalitions were left out), 4 internal disagreement.
    """


def run() -> int:
    """Run the command of this process; returns the exit status."""
    if os.environ.get("_COLLUDE_COMPLETE"):
        collude._main_shell_completion({}, "collude", "_COLLUDE_COMPLETE")
    if any("\0" in word for word in sys.argv):
        raise click.UsageError("an argument has a NUL character, which no name of a file or of anything else has")
    with collude.make_context("collude", sys.argv[1:]) as context:
        status = collude.invoke(context)
    sys.stdout.flush()
    return status if isinstance(status, int) else 0


class Ending(NamedTuple):
    """How a command ends: what to say in one line, and the exit status."""

    said: str
    status: int


def stopped(error: BaseException | None) -> str:
    """What a stop says, though another one came while it was being said.

    Parameters
    ----------
    error : BaseException, optional
        The stop.

    Returns
    -------
    str
    """
    while error is not None:
        if isinstance(error, KeyboardInterrupt) and str(error):  # else it hit something that was being tried
            return str(error)
        error = error.__cause__ or error.__context__
    return "stopped"


def not_done(error: OSError) -> Ending:
    """How a command ends to which the system refused something: a file, or else the output.

    Parameters
    ----------
    error : OSError
        What the system said.

    Returns
    -------
    Ending
    """
    reason = error.strerror or type(error).__name__
    if error.filename:
        return Ending(f"{error.filename}: {reason}", 2)
    return Ending(f"the output cannot be written: {reason}", 3)


def interrupt(_signal: int, _frame: object) -> None:
    """Stop as Ctrl-C does, once: what is being put in order meanwhile is not stopped again.

    Raises
    ------
    KeyboardInterrupt
        Always.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def outcome_of(run_command: Callable[[], int]) -> Ending:
    """How a command ends; only a bug shows where it is.

    Parameters
    ----------
    run_command : callable
        Runs the command and returns its exit status.

    Returns
    -------
    Ending
    """
    from collude.models.errors import ColludeError

    try:
        return Ending("", run_command())
    except click.exceptions.Exit as stop:
        return Ending("", stop.exit_code)
    except (click.Abort, KeyboardInterrupt, EOFError) as stop:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        exec("")  # after a stop within generated text `python -m` would end by the signal; this makes it forget
        return Ending(stopped(stop), 3)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Ending("", 2)
    except click.ClickException as error:
        return Ending(error.format_message(), 2)
    except ColludeError as error:
        return Ending(str(error), error.status)
    except MemoryError:
        return Ending("not enough memory; use a smaller grid (collude plan tells what fits)", 2)
    except (BrokenPipeError, SystemExit):  # nobody reads the answer, which some libraries say by leaving
        return Ending("", 3)
    except OSError as error:
        return not_done(error)
    except Exception:
        import traceback

        traceback.print_exc()
        return Ending("this is a bug in collude; please report it with the lines above", 4)


def main() -> None:
    """Run the command; errors take one line on stderr. Exit status 0 or 1 means that a verdict was delivered."""
    unheard = sys.stdout is None
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we began
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, interrupt)
    unsaid = Ending("the output is closed; the answer cannot be said", 3)
    line, status = unsaid if unheard else outcome_of(run)
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if status in (0, 1):
            line, status = ("", 3) if isinstance(error, BrokenPipeError) else not_done(error)
    try:
        if line:
            text = "".join(each if each.isprintable() else " " for each in line)
            text = " ".join(text.split())
            click.echo(f"collude: {text if len(text) <= MOST_SAID else text[:MOST_SAID] + ' ...'}", err=True)
        sys.stderr.flush()
    except OSError:  # nobody hears it; the status says it
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(status)


if __name__ == "__main__":
    main()
