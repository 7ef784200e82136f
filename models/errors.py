"""The one family of errors. Every message says what to change; commands print it on one line and exit with `status`."""


class ColludeError(Exception):
    """Base of all errors that collude raises on purpose. `status` is the exit status of the command line."""

    status = 2


class InputError(ColludeError):
    """A value, name, file or table that cannot be used as given."""


class SizeError(ColludeError):
    """A problem that does not fit: int64, the memory at hand, or a stated limit. Carries the number that is too large."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class NotApplicableError(ColludeError):
    """An axiom that has no meaning for the mechanism at hand."""


class IncompleteError(ColludeError):
    """Work that ended before its answer was known. Nothing that was done is lost; the message says how to go on."""

    status = 3


class DisagreementError(ColludeError):
    """The fast answer and the re-check from the definition differ: a bug in collude, never in the input."""

    status = 4
