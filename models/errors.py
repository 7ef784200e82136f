"""The one family of errors. Every message says what to change; commands print it on one line and exit with `status`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class ColludeError(Exception):
    """Base of all errors that collude raises on purpose.

    Attributes
    ----------
    status : int
        The exit status of the command line.
    place : str
        The file, or the point of a grid, at which it happened; "" where nothing says. `placed` sets it.
    """

    status = 2
    place = ""

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.place}: {message}" if self.place else message

    def at(self, where: object) -> Self:
        """The same error, which says where it happened in front of what it said before; see `placed`."""
        self.place = f"{where}: {self.place}" if self.place else str(where)
        return self


class InputError(ColludeError):
    """A value, name, file or table that cannot be used as given."""


class SizeError(ColludeError):
    """A problem that does not fit: int64, the memory at hand, or a stated limit. Carries the number that is too large."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size

    def __reduce__(self) -> tuple[type["SizeError"], tuple[str, int], dict[str, object]]:
        """What it is made of again in another process: an exception is rebuilt from its message alone otherwise."""
        return type(self), (self.args[0], self.size), self.__dict__


class NotApplicableError(ColludeError):
    """An axiom that has no meaning for the mechanism at hand."""


class IncompleteError(ColludeError):
    """Work that ended before its answer was known. Nothing that was done is lost; the message says how to go on."""

    status = 3


class DisagreementError(ColludeError):
    """The fast answer and the re-check from the definition differ: a bug in collude, never in the input."""

    status = 4


@contextmanager
def placed(where: object) -> Iterator[None]:
    """Have the errors of a block say where they happened, in front of their message.

    The error stays the same object: its class, its data and its traceback are kept.

    Parameters
    ----------
    where : object
        The place as `str` shows it: a path, "at price=3".

    Raises
    ------
    ColludeError
        What the block raises, with the place; an outer place goes in front of an inner one.

    Examples
    --------
    >>> try:
    ...     with placed("bids.csv"), placed("line 3"):
    ...         raise InputError("the transfer is missing")
    ... except ColludeError as error:
    ...     print(error)
    bids.csv: line 3: the transfer is missing
    """
    try:
        yield
    except ColludeError as error:
        error.at(where)
        raise
