"""Mechanisms and outcome spaces as a JSON text and named arrays: what .npz files and run directories keep."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from collude.models.environment import Environment, Prior
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import exact
from collude.models.space import Cells, OutcomeSpace

Arrays = dict[str, np.ndarray]
About = dict[str, Any]


def mechanism_parts(mechanism: Mechanism) -> tuple[About, Arrays]:
    """(plain JSON values, arrays) from which `mechanism_from` makes the same mechanism again."""
    about, arrays = _environment_parts(mechanism.environment)
    about |= {
        "name": mechanism.name,
        "notes": list(mechanism.notes),
        "transfer_scale": mechanism.scale,
        "tolerance": mechanism.tolerance,
    }
    shaped = mechanism.outcome.reshape(mechanism.environment.sizes)
    return about, {**arrays, "outcome": shaped, "bundle": mechanism.bundle, "transfer": mechanism.transfer}


def space_parts(space: OutcomeSpace) -> tuple[About, Arrays]:
    """(plain JSON values, arrays) from which `space_from` makes the same outcome space again."""
    about, arrays = _environment_parts(space.environment)
    about |= {
        "title": space.title,
        "notes": list(space.notes),
        "transfer_scale": space.scale,
        "grid": None if space.grid is None else [str(x) for x in space.grid],
    }
    arrays |= {"bundle": space.bundle, "transfer": space.transfer}
    if space.cells is not None:
        cells = space.cells
        arrays |= {"cell_variable": cells.variable, "cell_option": cells.option, "cell_values": cells.values}
    return about, arrays


def space_from(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> OutcomeSpace:
    """The outcome space of `space_parts`."""
    cells = None
    if "cell_variable" in arrays:
        cells = Cells(arrays["cell_variable"], arrays["cell_option"], arrays["cell_values"])
    grid = about["grid"]
    return OutcomeSpace(
        environment_from(about, arrays),
        about["title"],
        arrays["bundle"],
        arrays["transfer"],
        about["transfer_scale"],
        cells,
        None if grid is None else tuple(Fraction(x) for x in grid),
        tuple(about["notes"]),
    )


def mechanism_from(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], environment: Environment) -> Mechanism:
    """The mechanism of `mechanism_parts`; arrays of other integer types are converted, which copies them."""
    return Mechanism(
        environment=environment,
        name=str(about.get("name", "mechanism")),
        outcome=as_type(arrays["outcome"].reshape(-1), np.int32, "outcome"),
        bundle=as_type(arrays["bundle"], np.int32, "bundle"),
        transfer=as_type(arrays["transfer"], np.int64, "transfer"),
        scale=int(about.get("transfer_scale", environment.scale)),
        tolerance=int(about.get("tolerance", 0)),
        notes=tuple(str(x) for x in about.get("notes", ())),
    )


def as_type(array: np.ndarray, dtype: type[np.signedinteger[Any]], name: str) -> np.ndarray:
    """An integer array in another integer type, the same array if it has that type; InputError if a number does not fit."""
    if array.dtype == dtype:
        return array
    for number in (int(array.min()), int(array.max())) if array.size else ():
        if not np.iinfo(dtype).min <= number <= np.iinfo(dtype).max:
            raise InputError(
                f"the array {name!r} has the number {number}, which does not fit into {np.dtype(dtype).name}"
            )
    return array.astype(dtype)


def _environment_parts(env: Environment) -> tuple[About, Arrays]:
    about = {
        "kind": env.family,
        "labels": list(env.labels),
        "supplier": list(env.supplier),
        "supply": None if env.supply is None else list(env.supply),
        "exactly": env.exactly,
        "public": env.public,
        "ordinal": env.ordinal,
        "alternatives": list(env.alternatives),
        "bundles": [[list(bundle) for bundle in bundles] for bundles in env.bundles],
        "types": [[_written(one_type) for one_type in types] for types in env.types],
        "scale": env.scale,
        "prior": _written_prior(env.prior),
    }
    return about, {f"values_{i}": table for i, table in enumerate(env.values)}


def environment_from(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Environment:
    """The environment of an archive: arrays values_0, values_1, ... and what `about` says; the rest by default.

    Raises InputError if there are no values or they are not integer tables.
    """
    values: list[np.ndarray] = []
    while f"values_{len(values)}" in arrays:
        values.append(np.asarray(arrays[f"values_{len(values)}"]))
    if not values:
        raise InputError("the arrays values_0, values_1, ... are missing; add them or name an environment")
    if any(table.ndim != 2 or not np.issubdtype(table.dtype, np.integer) for table in values):
        raise InputError("values_0, values_1, ... must be integer arrays (types, bundles)")
    n = len(values)
    types = about.get("types") or [list(range(len(table))) for table in values]
    supply = about.get("supply")
    return Environment(
        family=str(about.get("kind", "table")),
        labels=tuple(str(x) for x in about.get("labels", range(n))),
        types=tuple(tuple(_read(one_type) for one_type in row) for row in types),
        bundles=tuple(
            tuple(tuple(int(x) for x in bundle) for bundle in row)
            for row in about.get("bundles") or [[(b,) for b in range(table.shape[1])] for table in values]
        ),
        values=tuple(as_type(table, np.int64, f"values_{i}") for i, table in enumerate(values)),
        scale=int(about.get("scale", 1)),
        supplier=tuple(bool(x) for x in about.get("supplier", ())),
        supply=None if supply is None else tuple(int(x) for x in supply),
        exactly=bool(about.get("exactly", False)),
        public=bool(about.get("public", False)),
        ordinal=bool(about.get("ordinal", False)),
        alternatives=tuple(str(x) for x in about.get("alternatives", ())),
        prior=_read_prior(about.get("prior")),
    )


def _written(one_type: Any) -> Any:
    """A type as JSON: a whole number of an order stays one, a rational becomes text, a vector or an order a list."""
    if isinstance(one_type, tuple):
        return [_written(x) for x in one_type]
    return one_type if isinstance(one_type, int) else str(one_type)


def _read(one_type: Any) -> Any:
    """The type that was written; text that is no number stays a label."""
    if isinstance(one_type, list):
        return tuple(_read(x) for x in one_type)
    if isinstance(one_type, int):
        return one_type
    try:
        return exact(one_type)
    except InputError:
        return str(one_type)


def _written_prior(prior: Prior | None) -> Any:
    if prior is None:
        return None
    if prior.independent is not None:
        return {"independent": [[str(x) for x in row] for row in prior.independent]}
    return {"joint": [str(x) for x in prior.joint or ()]}


def _read_prior(given: Any) -> Prior | None:
    if not isinstance(given, dict):
        return None
    if "independent" in given:
        return Prior(independent=tuple(tuple(exact(x, "a weight") for x in row) for row in given["independent"]))
    return Prior(joint=tuple(exact(x, "a weight") for x in given["joint"]))
