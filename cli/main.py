"""The `collude` command. Subcommands are imported when they are called, so that `--help` answers at once."""

import signal
import sys
from contextlib import suppress
from importlib import import_module

import click

COMMANDS = {
    "check": ("collude.cli.check", "Check a mechanism against every coalition and every joint misreport."),
    "explain": ("collude.cli.explain", "Show what every agent gets from the truth and from one misreport."),
    "worst": ("collude.cli.worst", "List the most profitable deals of all coalitions, and their cost to the designer."),
    "figure": ("collude.cli.figure", "Draw a figure of the literature and write its numbers."),
    "plan": ("collude.cli.plan", "Sizes, memory and expected time of a check, before anything is allocated."),
    "search": ("collude.cli.search", "Enumerate every mechanism with given axioms, or prove that there is none."),
    "transfers": (
        "collude.cli.bayes",
        "Transfers of a public choice (AGV, VCG, Shapley, dominant) and their properties.",
    ),
    "equilibria": ("collude.cli.bayes", "All pure equilibria when agents play in given coalitions."),
    "resume": ("collude.cli.runs", "Go on with a run that was stopped or killed."),
    "status": ("collude.cli.runs", "How far a run is."),
    "merge": ("collude.cli.runs", "Join the shares of a run."),
    "verify": ("collude.cli.runs", "Check a run directory, and solve a sample of it again."),
    "list": ("collude.cli.list", "List mechanisms, axioms or environments."),
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
            close = difflib.get_close_matches(arguments[0], COMMANDS, n=1)
            hint = f"; the nearest is {close[0]!r}" if close else ""
            raise click.UsageError(f"no command is called {arguments[0]!r}{hint} (collude --help)")
        return super().resolve_command(context, arguments)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="collude", message="%(prog)s %(version)s")
def collude() -> None:
    """Try every coalition, every joint misreport and every reallocation against a finite mechanism.

    Exit status: 0 every axiom holds, 1 some axiom is violated, 2 bad input, 3 incomplete, 4 internal disagreement.
    """


def main() -> None:
    """Run the command; errors take one line on stderr."""
    from collude.errors import ColludeError

    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = collude.main(standalone_mode=False, prog_name="collude")
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        reason = str(stop.__cause__ or stop) or "stopped"
        click.echo(f"collude: {reason}", err=True)
        sys.exit(3)
    except click.ClickException as error:
        click.echo(f"collude: {error.format_message()}", err=True)
        sys.exit(2)
    except ColludeError as error:
        click.echo(f"collude: {' '.join(str(error).split())}", err=True)
        sys.exit(error.status)
    except MemoryError:
        click.echo("collude: not enough memory; use a smaller grid (collude plan tells what fits)", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(3)


if __name__ == "__main__":
    main()
