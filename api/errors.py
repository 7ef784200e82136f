"""The family of errors under its public name; its home is `collude.models.errors`."""

from collude.models.errors import (
    ColludeError,
    DisagreementError,
    IncompleteError,
    InputError,
    NotApplicableError,
    SizeError,
)

__all__ = ["ColludeError", "DisagreementError", "IncompleteError", "InputError", "NotApplicableError", "SizeError"]
