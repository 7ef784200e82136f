"""Mechanisms and outcome spaces as a JSON text and named arrays: what .npz files and run directories keep."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple, TypeVar

import msgspec
import numpy as np

from collude.models.documents import JsonObject, NamedValues
from collude.models.environment import AgentType, Environment, Prior
from collude.models.errors import InputError
from collude.models.files.document import invalid
from collude.models.lottery import Branch
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief, exact
from collude.models.space import Cells, OutcomeSpace

Arrays = dict[str, np.ndarray]


class ArchiveParts(NamedTuple):
    """What an archive keeps: plain JSON values, and arrays by name."""

    about: JsonObject
    arrays: Arrays


def mechanism_parts(mechanism: Mechanism) -> ArchiveParts:
    """Take a mechanism apart, so that `mechanism_from` and `environment_from` make the same one again.

    Parameters
    ----------
    mechanism
        Its values are among the parts: no name of an environment is needed to read it.

    Returns
    -------
    ArchiveParts
        With the arrays outcome (K_0, ..., K_{n-1}) int32, bundle (R, n) int32, transfer (R, n) int64, values_0, values_1, ...
    """
    about, arrays = _environment_parts(mechanism.environment)
    about |= {
        "name": mechanism.name,
        "notes": list(mechanism.notes),
        "transfer_scale": mechanism.scale,
        "tolerance": mechanism.tolerance,
    }
    if mechanism.lotteries:
        about["lotteries"] = [
            [[str(b.probability), list(b.bundles), [str(x) for x in b.transfers]] for b in draw]
            for draw in mechanism.lotteries
        ]
    shaped = mechanism.outcome.reshape(mechanism.environment.sizes)
    arrays |= {"outcome": shaped, "bundle": mechanism.bundle, "transfer": mechanism.transfer}
    return ArchiveParts(about, arrays)


def space_parts(space: OutcomeSpace) -> ArchiveParts:
    """Take an outcome space apart, so that `space_from` makes the same one again.

    Parameters
    ----------
    space
        With its environment and its cells, if profiles are decided together.

    Returns
    -------
    ArchiveParts
        With the arrays bundle (R, n) int32, transfer (R, n) int64, values_0, ..., and perhaps cell_variable, cell_option,
        cell_values.
    """
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
    return ArchiveParts(about, arrays)


def space_from(about: NamedValues, arrays: Mapping[str, np.ndarray]) -> OutcomeSpace:
    """The outcome space of `space_parts`.

    Parameters
    ----------
    about
        Its JSON object.
    arrays
        By name.

    Raises
    ------
    InputError
        If a key is missing or of another type.
    """
    cells = None
    if "cell_variable" in arrays:
        cells = Cells(arrays["cell_variable"], arrays["cell_option"], arrays["cell_values"])
    said = _convert(about, SpaceAbout)
    return OutcomeSpace(
        environment_from(about, arrays),
        said.title,
        arrays["bundle"],
        arrays["transfer"],
        said.transfer_scale,
        cells,
        None if said.grid is None else tuple(exact(x, "a transfer of the grid") for x in said.grid),
        tuple(said.notes),
    )


class PriorAbout(msgspec.Struct, forbid_unknown_fields=True):
    """A prior as plain values: weights per agent, or per profile."""

    independent: list[list[str | int]] | None = None
    joint: list[str | int] | None = None


class EnvironmentAbout(msgspec.Struct):
    """What an archive says about the environment, beside the arrays of values."""

    kind: str = "table"
    labels: list[str | int] | None = None
    supplier: list[bool] = []
    supply: list[int] | None = None
    exactly: bool = False
    public: bool = False
    ordinal: bool = False
    alternatives: list[str] = []
    bundles: list[list[list[int]]] | None = None
    types: list[list[object]] | None = None
    scale: Annotated[int, msgspec.Meta(ge=1)] = 1
    prior: PriorAbout | None = None
    mixtures: list[list[list[tuple[int, str | int]]]] = []


class MechanismAbout(EnvironmentAbout, forbid_unknown_fields=True):
    """What an archive says about a mechanism."""

    name: str = "mechanism"
    notes: list[str] = []
    transfer_scale: Annotated[int, msgspec.Meta(ge=1)] | None = None
    tolerance: Annotated[int, msgspec.Meta(ge=0)] = 0
    lotteries: list[list[tuple[str | int, list[int], list[str | int]]]] = []


class SpaceAbout(msgspec.Struct):
    """What an archive says about an outcome space, beside its environment."""

    title: str
    transfer_scale: Annotated[int, msgspec.Meta(ge=1)]
    grid: list[str | int] | None
    notes: list[str]


Said = TypeVar("Said", bound=msgspec.Struct)


def _convert(about: NamedValues, wanted: type[Said]) -> Said:
    try:
        return msgspec.convert(dict(about), wanted)
    except msgspec.ValidationError as error:
        raise InputError(f"about: {invalid(error)}") from None


def read_about(about: NamedValues) -> MechanismAbout:
    """What an archive says about a mechanism.

    Parameters
    ----------
    about
        Its JSON object.

    Raises
    ------
    InputError
        For unknown keys and for values of another type.
    """
    return _convert(about, MechanismAbout)


def mechanism_from(about: NamedValues, arrays: Mapping[str, np.ndarray], environment: Environment) -> Mechanism:
    """The mechanism of `mechanism_parts`.

    Parameters
    ----------
    about
        Its JSON object.
    arrays
        outcome, bundle and transfer; other integer types are converted, which copies them.
    environment
        Of `environment_from`.

    Raises
    ------
    InputError
        With the name of the key or array, for anything of another type: nothing is cut or guessed.
    """
    said = _convert({key: about[key] for key in about if key in MechanismAbout.__struct_fields__}, MechanismAbout)
    return Mechanism(
        environment=environment,
        name=said.name,
        outcome=as_type(arrays["outcome"].reshape(-1), np.int32, "outcome"),
        bundle=as_type(arrays["bundle"], np.int32, "bundle"),
        transfer=as_type(arrays["transfer"], np.int64, "transfer"),
        scale=environment.scale if said.transfer_scale is None else said.transfer_scale,
        tolerance=said.tolerance,
        notes=tuple(said.notes),
        lotteries=tuple(
            tuple(
                Branch(exact(chance, "a probability"), tuple(held), tuple(exact(x, "a transfer") for x in money))
                for chance, held, money in draw
            )
            for draw in said.lotteries
        ),
    )


def as_type(array: np.ndarray, dtype: type[np.int32] | type[np.int64], name: str) -> np.ndarray:
    """An integer array in another integer type; the same array if it has that type.

    Parameters
    ----------
    array
        Of integers.
    dtype
        np.int32 or np.int64.
    name
        Of the array, for the message of an error.

    Raises
    ------
    InputError
        If a number does not fit.
    """
    if array.dtype == dtype:
        return array
    for number in (int(array.min()), int(array.max())) if array.size else ():
        if not np.iinfo(dtype).min <= number <= np.iinfo(dtype).max:
            raise InputError(
                f"the array {name!r} has the number {number}, which does not fit into {np.dtype(dtype).name}"
            )
    return array.astype(dtype)


def _environment_parts(env: Environment) -> ArchiveParts:
    about: JsonObject = {
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
    if env.has_lotteries:
        about["mixtures"] = [[[[b, str(p)] for b, p in mixture] for mixture in row] for row in env.mixtures]
    return ArchiveParts(about, {f"values_{i}": table for i, table in enumerate(env.values)})


def environment_from(about: NamedValues, arrays: Mapping[str, np.ndarray]) -> Environment:
    """The environment of an archive.

    Parameters
    ----------
    about
        Its JSON object; what it leaves out is taken by default.
    arrays
        values_0, values_1, ..., (K_i, B_i) ints.

    Raises
    ------
    InputError
        If there are no values, if they are not integer tables, or if `about` has values of another type.
    """
    values: list[np.ndarray] = []
    while f"values_{len(values)}" in arrays:
        values.append(np.asarray(arrays[f"values_{len(values)}"]))
    if not values:
        raise InputError("the arrays values_0, values_1, ... are missing; add them or name an environment")
    if any(table.ndim != 2 or table.dtype.kind not in "iu" for table in values):
        raise InputError("values_0, values_1, ... must be integer arrays (types, bundles)")
    said = _convert(about, EnvironmentAbout)
    types = said.types or [list(range(len(table))) for table in values]
    bundles = said.bundles or [[[b] for b in range(table.shape[1])] for table in values]
    return Environment(
        family=said.kind,
        labels=tuple(str(x) for x in (range(len(values)) if said.labels is None else said.labels)),
        types=tuple(tuple(_read(one_type, f"types[{i}]") for one_type in row) for i, row in enumerate(types)),
        bundles=tuple(tuple(tuple(bundle) for bundle in row) for row in bundles),
        values=tuple(as_type(table, np.int64, f"values_{i}") for i, table in enumerate(values)),
        scale=said.scale,
        supplier=tuple(said.supplier),
        supply=None if said.supply is None else tuple(said.supply),
        exactly=said.exactly,
        public=said.public,
        ordinal=said.ordinal,
        alternatives=tuple(said.alternatives),
        prior=_read_prior(said.prior),
        mixtures=tuple(
            tuple(tuple((b, exact(chance, "a probability")) for b, chance in mixture) for mixture in row)
            for row in said.mixtures
        ),
    )


def _written(one_type: AgentType) -> object:
    """A type as JSON: a whole number of an order stays one, a rational becomes text, a vector or an order a list."""
    if isinstance(one_type, tuple):
        return [_written(x) for x in one_type]
    return one_type if isinstance(one_type, int) else str(one_type)


def _read(one_type: object, where: str) -> AgentType:
    """The type that was written; text that is no number stays a label. InputError for floats, booleans and tables."""
    if isinstance(one_type, list):
        return tuple(_read(x, where) for x in one_type)
    if isinstance(one_type, int) and not isinstance(one_type, bool):
        return one_type
    if not isinstance(one_type, str):
        raise InputError(
            f"about: {where} has the type {brief(one_type)}; types are whole numbers, text or lists of them"
        )
    try:
        return exact(one_type)
    except InputError:
        return one_type


def _written_prior(prior: Prior | None) -> JsonObject | None:
    if prior is None:
        return None
    if prior.independent is not None:
        return {"independent": [[str(x) for x in row] for row in prior.independent]}
    return {"joint": [str(x) for x in prior.joint or ()]}


def _read_prior(said: PriorAbout | None) -> Prior | None:
    if said is None:
        return None
    weights = None if said.joint is None else tuple(exact(x, "a weight") for x in said.joint)
    rows = None if said.independent is None else tuple(tuple(exact(x, "a weight") for x in r) for r in said.independent)
    return Prior(independent=rows, joint=weights)
