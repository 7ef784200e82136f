"""Mechanisms that a search found, as files that a check reads."""

import json
from collections.abc import Mapping
from pathlib import Path

from collude.enumerate.listings.addresses import export
from collude.enumerate.listings.classify import FamilyReport
from collude.enumerate.maps.axes import in_text
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.files.whole import write_whole
from collude.models.registry import find_environment

MOST_FILES = 1000


def write_extras(
    families: FamilyReport, folder: str, parameters: Mapping[str, object] | None = None, *, table: str = "csv"
) -> list[str]:
    """Write the extras of a search, each as a table extra-NUMBER.csv or .npz, numbered as in its list, from 1 on.

    Parameters
    ----------
    families
        What `classify` found.
    folder
        Made if it is not there.
    parameters
        Of the problem: then extra-NUMBER.toml goes with each .csv and says which environment it is for, so that a check
        knows values and costs.
    table
        "csv", or "npz", which keeps the environment by itself.

    Returns
    -------
    list of str
        The paths for `collude check`.

    Raises
    ------
    InputError
        If there are more than a thousand, the folder cannot be written, or for another kind of table.
    """
    if table not in ("csv", "npz"):
        raise InputError(f"extras are written as csv or npz, not as {table}")
    if len(families.numbers) > MOST_FILES:
        raise InputError(f"{len(families.numbers)} extras are more than {MOST_FILES} files; require more")
    described = None if parameters is None or table == "npz" else _described(families.space.environment, parameters)
    paths = []
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for number, mechanism in zip(families.numbers, families.extras(), strict=True):
            path = Path(folder) / f"extra-{number + 1}.{table}"
            export(mechanism, path)
            if described is not None:
                _write(path.with_suffix(".toml"), f'table = "{path.name}"\n\n[environment]\n{described}')
            paths.append(str(path if described is None else path.with_suffix(".toml")))
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from None
    return paths


def _write(path: Path, text: str) -> None:
    write_whole(path, lambda file: file.write(text.encode()))


def _described(environment: Environment, parameters: Mapping[str, object]) -> str:
    """The environment of a problem as lines of TOML."""
    family, own = environment.family, parameters.get("environment")
    types: dict[str, object] = {}
    if isinstance(own, Mapping):
        given = {key: value for key, value in own.items() if key != "kind"}
    else:
        known = {*find_environment(family).parameters, "prior"}
        given = {key: value for key, value in parameters.items() if key in known and value is not None}
        if family == "trade" and "costs" not in given:
            types = _types_of_trade(environment)
            given = {key: value for key, value in given.items() if key == "prior"}
    lines = [f'kind = "{family}"', *(f"{key} = {json.dumps(rows)}" for key, rows in types.items())]
    for key, value in given.items():
        plain = value if isinstance(value, (bool, int)) else in_text(value)
        lines.append(f"{key} = {json.dumps(plain)}")
    return "\n".join(lines) + "\n"


def _types_of_trade(environment: Environment) -> dict[str, object]:
    """The types of a trade, made from a grid of marginals, one by one, and the bundles that they are about."""
    sides = {"costs": environment.types[0], "values": environment.types[1]}
    types = {
        key: [[str(x) for x in each] if isinstance(each, tuple) else [str(each)] for each in rows]
        for key, rows in sides.items()
    }
    return {**types, "bundles": [list(bundle) for bundle in environment.bundles[0]]}
