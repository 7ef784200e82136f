"""Mechanisms in NumPy .npz archives: every array is measured before it is read, and nothing is ever unpickled."""

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from collude.models.documents import JsonObject
from collude.models.environment import MOST_AGENTS, Environment
from collude.models.errors import ColludeError, InputError, SizeError, placed
from collude.models.files.archive import as_type, environment_from, mechanism_from, mechanism_parts, read_about
from collude.models.files.functions import assemble
from collude.models.files.returned import OutcomeRow, precision
from collude.models.files.tables import require_file
from collude.models.mechanism import Mechanism
from collude.models.numbers import big
from collude.models.process.memory import available_memory

LARGEST_ABOUT = 1 << 24
SPARE_OUTCOMES = 1 << 20
LARGEST_DENSE, DENSEST = 1 << 30, 100
NAMES = ("outcome", "bundle", "transfer", "about")


def write_npz(mechanism: Mechanism, path: Path | IO[bytes]) -> None:
    """Write a mechanism with its values as a .npz archive without pickles; `read_npz` reads it back.

    Parameters
    ----------
    mechanism
        With sure outcomes or lotteries.
    path
        Or an open binary file.
    """
    about, arrays = mechanism_parts(mechanism)
    np.savez_compressed(path, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)


def read_npz(path: Path, environment: Environment | None = None, tolerance: object = None) -> Mechanism:
    """The mechanism of a .npz archive.

    Parameters
    ----------
    path
        Has outcome (K_0, ..., K_{n-1}) ints; bundle (R, n) ints, numbers of bundles; transfer (R, n), ints times
        `transfer_scale`, or floats with a tolerance; values_0, values_1, ... (K_i, B_i) ints unless an environment is
        given; perhaps about, a JSON text.
    environment
        Takes the place of the values.
    tolerance
        Accept floats as transfers.

    Raises
    ------
    InputError
        For a damaged archive, a missing or unknown array or key, a wrong shape, a fraction where a whole number belongs.
    SizeError
        If what the archive declares does not fit into the memory at hand; nothing has been unpacked then.
    """
    require_file(path)
    try:
        with placed(path):
            with zipfile.ZipFile(path) as archive:
                headers = _headers(archive)
                _require_shapes(headers, environment)
                _require_density(headers, path)
                arrays = {name: _array(archive, name) for name in headers}
            about = _about(arrays.pop("about", None))
            return _mechanism(path.stem, arrays, about, environment, tolerance)
    except ColludeError:
        raise
    except zipfile.BadZipFile as error:
        raise InputError(f"{path} is no .npz archive, or damaged: {_short(error)}") from None
    except Exception as error:  # a damaged archive can make the libraries that unpack it fail in any way
        raise InputError(f"{path} is damaged: {_short(error)}") from None


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


@dataclass(frozen=True)
class Header:
    """What an archive declares about one array. size: bytes unpacked."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    size: int


def _headers(archive: zipfile.ZipFile) -> dict[str, Header]:
    """The headers of all arrays, of which only the first bytes are unpacked."""
    headers: dict[str, Header] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in headers:
            raise InputError(f"the array {name[:40]!r} is there twice")
        if name not in NAMES and not re.fullmatch(r"values_\d{1,4}", name):
            raise InputError(
                f"there is an array {name[:40]!r}, which has no meaning here; an archive has outcome, bundle, transfer, "
                "values_0, values_1, ... and about"
            )
        with archive.open(info) as member:
            version = np.lib.format.read_magic(member)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(member)
            start = member.tell()
        if dtype.kind not in ("U" if name == "about" else "iuf"):
            kind = "objects, which are never unpickled" if dtype.hasobject else str(dtype)
            raise InputError(f"the array {name!r} must hold {'a text' if name == 'about' else 'numbers'}, not {kind}")
        if start + prod(shape) * dtype.itemsize != info.file_size:
            raise InputError(f"the array {name!r} is damaged: its length is not what its shape {shape} needs")
        headers[name] = Header(tuple(int(x) for x in shape), dtype, info.file_size)
    return headers


def _require_shapes(headers: Mapping[str, Header], environment: Environment | None) -> None:
    """Refuse what does not belong together, or does not fit, before anything is unpacked."""
    for name in ("outcome", "bundle", "transfer"):
        if name not in headers:
            raise InputError(f"the array {name!r} is missing")
    if "about" in headers and (headers["about"].shape != () or headers["about"].size > LARGEST_ABOUT):
        raise InputError(f"'about' must be one text of at most {LARGEST_ABOUT} bytes")
    sizes = _sizes(headers) if environment is None else environment.sizes
    n, profiles = len(sizes), prod(sizes)
    for name in ("outcome", "bundle"):
        if headers[name].dtype.kind not in "iu":
            raise InputError(f"{name} must be an integer array, not one of {headers[name].dtype}")
    if headers["outcome"].shape not in (sizes, (profiles,)):
        raise InputError(f"outcome has shape {headers['outcome'].shape}, but the environment needs {sizes}")
    outcomes = headers["bundle"].shape[0] if headers["bundle"].shape else 0
    for name in ("bundle", "transfer"):
        if headers[name].shape != (outcomes, n):
            raise InputError(
                f"{name} has shape {headers[name].shape}; bundle and transfer must both be (outcomes, {n}), one column per agent"
            )
    if outcomes > profiles + SPARE_OUTCOMES:
        raise SizeError(f"{outcomes} outcomes are listed, but there are {profiles} profiles", outcomes)
    needed, free = sum(header.size for header in headers.values()) + 4 * profiles, available_memory()
    if needed > free:
        raise SizeError(f"its arrays need {big(needed)} bytes, but {free} are free; use fewer agents or types", needed)


def _require_density(headers: Mapping[str, Header], path: Path) -> None:
    """Refuse a small file that unpacks to gigabytes: compression that dense is rather an attack than a mechanism."""
    unpacked, packed = sum(header.size for header in headers.values()), path.stat().st_size
    if unpacked > LARGEST_DENSE and unpacked > DENSEST * packed:
        raise SizeError(
            f"its {packed} bytes unpack to {unpacked}; if that is meant, store it without compression (numpy.savez)",
            unpacked,
        )


def _sizes(headers: Mapping[str, Header]) -> tuple[int, ...]:
    """The number of types of each agent, from the arrays of values."""
    n = sum(name.startswith("values_") for name in headers)
    if any(f"values_{i}" not in headers for i in range(n)) or n == 0:
        raise InputError("the arrays values_0, values_1, ... must follow one another, or an environment must be named")
    if n > MOST_AGENTS:
        raise InputError(f"there are values for {n} agents; at most {MOST_AGENTS} are taken")
    for i in range(n):
        header = headers[f"values_{i}"]
        if len(header.shape) != 2 or header.dtype.kind not in "iu":
            raise InputError(f"values_{i} must be an integer array (types, bundles), not {header.shape} {header.dtype}")
    return tuple(headers[f"values_{i}"].shape[0] for i in range(n))


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    member = f"{name}.npy" if f"{name}.npy" in archive.namelist() else name
    with archive.open(member) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _about(array: np.ndarray | None) -> JsonObject:
    """What an archive says in words; {} if nothing."""
    if array is None:
        return {}
    try:
        about = json.loads(str(array))
    except ValueError as error:
        raise InputError(f"'about' is no JSON text: {_short(error)}") from None
    if not isinstance(about, dict):
        raise InputError("'about' must be a JSON object")
    read_about(about)
    return about


def _mechanism(
    name: str, arrays: dict[str, np.ndarray], about: JsonObject, environment: Environment | None, tolerance: object
) -> Mechanism:
    if environment is not None and about.get("lotteries"):
        raise InputError("an archive with lotteries has its own environment; leave out the options of another one")
    env = environment or environment_from(about, arrays)
    transfer, scale = arrays["transfer"], read_about(about).transfer_scale or env.scale
    if transfer.dtype.kind == "f" or tolerance is not None:
        numbers = precision(tolerance)
        bundles = as_type(arrays["bundle"], np.int32, "bundle").tolist()
        rows = [
            OutcomeRow(tuple(held), tuple(numbers.read(x, "a transfer") / scale for x in paid))
            for held, paid in zip(bundles, transfer.tolist(), strict=True)
        ]
        outcome = as_type(arrays["outcome"].ravel(), np.int32, "outcome")
        return assemble(env, name, outcome, rows, numbers.tolerance)
    return mechanism_from({"name": name, **about}, arrays, env)
