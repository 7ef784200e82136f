"""Jitted rules write into integer arrays, and Numba cuts a float that is written there: such a rule is refused."""

from numba import njit
from numba.core import ir, types

from collude.models.documents import UserFunction
from collude.models.errors import InputError

ARRAYS = (types.Array(types.int64, 1, "C"),) * 3


def require_whole_writes(rule: UserFunction, name: str) -> None:
    """Refuse a jitted rule that assigns a float to an entry of an integer array, where it would be cut.

    Parameters
    ----------
    rule
        A Numba function of (reports, bundles, transfers). Looked at is what Numba infers for the function itself, not for the
        functions that it calls. A rule that cannot be compiled is left to its first call.
    name
        Of the rule, for the message.

    Raises
    ------
    InputError
        With the line.
    """
    body = getattr(rule, "py_func", None)
    if body is None:
        return
    probe = njit(body)
    try:
        probe.compile(ARRAYS)
    except Exception:
        return
    for overload in probe.overloads.values():
        for statement, signature in overload.type_annotation.calltypes.items():
            if not isinstance(statement, (ir.SetItem, ir.StaticSetItem)) or signature is None:
                continue
            target, value = signature.args[0], signature.args[-1]
            value = getattr(value, "dtype", value)
            whole = isinstance(getattr(target, "dtype", None), types.Integer)
            if whole and isinstance(value, types.Float):
                raise InputError(
                    f"{name} writes a {value} into an array of integers (line {statement.loc.line}), where it would be "
                    "cut; write whole numbers, or use a vectorised rule with a tolerance"
                )
