"""What a shell offers at a Tab: names of mechanisms, problems, environments and axioms, and files."""

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Completions = list[CompletionItem]


Completer = Callable[[click.Context, click.Parameter, str], Completions]


def complete_words(*words: str) -> Completer:
    """Make what completes an option that takes one of some words.

    Parameters
    ----------
    words : str
        Those it takes.

    Returns
    -------
    callable
        For `shell_complete` of an option.
    """
    return lambda _context, _parameter, typed: _names(words, typed)


def _names(known: Iterable[str], typed: str, files: bool = False) -> Completions:
    found = [CompletionItem(name) for name in known if name.startswith(typed)]
    return found + ([CompletionItem(typed, type="file")] if files and not found else [])


def complete_mechanism(_context: click.Context, _parameter: click.Parameter, typed: str) -> Completions:
    """Names of mechanisms; a file where none fits.

    Parameters
    ----------
    typed : str
        What stands there so far.

    Returns
    -------
    list of CompletionItem
    """
    from collude.models.registry import MECHANISMS, load

    load()
    return _names(MECHANISMS, typed, files=True)


def complete_environment(_context: click.Context, _parameter: click.Parameter, typed: str) -> Completions:
    """Names of environments.

    Parameters
    ----------
    typed : str
        What stands there so far.

    Returns
    -------
    list of CompletionItem
    """
    from collude.models.registry import ENVIRONMENTS, load

    load()
    return _names(ENVIRONMENTS, typed)


def complete_problem(_context: click.Context, _parameter: click.Parameter, typed: str) -> Completions:
    """Names of search problems; a file where none fits.

    Parameters
    ----------
    typed : str
        What stands there so far.

    Returns
    -------
    list of CompletionItem
    """
    from collude.enumerate.problems.registry import load_problems
    from collude.models.registry import ENVIRONMENTS, load

    load()
    return _names(sorted({*ENVIRONMENTS, *load_problems()}), typed, files=True)


def complete_axiom(_context: click.Context, _parameter: click.Parameter, typed: str) -> Completions:
    """Names of axioms, also behind others and a comma.

    Parameters
    ----------
    typed : str
        What stands there so far.

    Returns
    -------
    list of CompletionItem
    """
    from collude.axioms.core.registry import load_axioms

    before, comma, last = typed.rpartition(",")
    return [CompletionItem(before + comma + name) for name in load_axioms() if name.startswith(last)]
