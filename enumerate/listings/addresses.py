"""Mechanisms by address: RUN#3 is the third mechanism that a search has listed in its run directory RUN."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path

from collude.enumerate.listings.listing import MECHANISMS
from collude.enumerate.runs.folder import MANIFEST
from collude.enumerate.searches.search import mechanism_of_run
from collude.models.beliefs import read_prior
from collude.models.draft import DeferredDraft, Draft
from collude.models.environment import Environment, require_environment
from collude.models.errors import InputError
from collude.models.files import spec
from collude.models.files.code import load_function
from collude.models.files.functions import from_function
from collude.models.files.npz import read_npz, write_npz
from collude.models.files.tables import read_csv, write_csv
from collude.models.files.whole import write_whole
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief
from collude.models.registry import MECHANISMS as NAMES
from collude.models.registry import arguments, find_mechanism
from collude.models.registry import load as load_names

TABLES = (".csv", ".npz")


def target_draft(
    target: str,
    environment: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    *,
    allow_code: bool = False,
    tolerance: object = None,
) -> Draft:
    """The mechanism that a text stands for, not yet built: RUN#3 of a search, or what `collude.models.files.spec.draft` takes.

    Parameters
    ----------
    target
        RUN#3 or RUN/mechanisms.npy#3, numbered from 1; else a name, a path to .toml, .csv or .npz, or FILE.py:FUNCTION.
    environment, parameters, allow_code, tolerance
        As `draft` takes them; of a listed mechanism only the prior can be changed, under "prior".

    Raises
    ------
    ColludeError
        With one line, for anything that cannot be used.
    """
    address = _address(target)
    if address is None:
        return spec.draft(target, environment, parameters, allow_code=allow_code, tolerance=tolerance)
    given = {**(environment or {}), **(parameters or {})}
    prior = given.pop("prior", None)
    if given:
        key = brief(next(iter(given)))
        raise InputError(f"{target} has its own environment and takes no parameter {key}; leave out the options")
    mechanism = mechanism_of_run(*address)
    if prior is not None:
        env = mechanism.environment
        mechanism = replace(mechanism, environment=replace(env, prior=read_prior(prior, env.sizes)))
    return DeferredDraft(mechanism.environment, mechanism.name, lambda: mechanism)


def load_mechanism(
    target: str | Path,
    environment: Environment | None = None,
    *,
    parameters: Mapping[str, object] | None = None,
    allow_code: bool = False,
    tolerance: object = None,
) -> Mechanism:
    """Load a mechanism from where it is kept: a result of a search, a table, a description, a function in a file.

    Parameters
    ----------
    target
        RUN#3, the third mechanism that a search with the mode all has listed in the folder RUN; TABLE.csv or TABLE.npz;
        SPEC.toml; FILE.py:FUNCTION; or the name of a mechanism.
    environment
        Of a table, a function or a name; a table without one is taken as it stands, runs and descriptions have their own.
    parameters
        Of a function or a name.
    allow_code
        FILE.py:FUNCTION runs code of the file and needs True.
    tolerance
        Accept floats as transfers; gains up to it count as none.

    Raises
    ------
    InputError
        For what is not there, or cannot be read; it says what to change.

    Examples
    --------
    >>> import collude as co
    >>> co.load("posted-price", co.auction(agents=2, values=range(3)), parameters={"price": 1}).name
    'posted-price'
    """
    text = str(target)
    if parameters is not None and not (
        isinstance(parameters, Mapping) and all(isinstance(key, str) for key in parameters)
    ):
        raise InputError(f"the parameters are a dictionary such as {{'price': 1}}, not {brief(parameters)}")
    if environment is None:
        return target_draft(text, None, parameters, allow_code=allow_code, tolerance=tolerance).build()
    require_environment(environment)
    if ".py:" in text:
        rule = load_function(text, allow_code)
        return from_function(environment, rule, tolerance=tolerance, parameters=parameters)
    suffix = Path(text).suffix.lower()
    if suffix in TABLES:
        if parameters:
            raise InputError(f"{text} is a table and takes no parameter {brief(next(iter(parameters)))}")
        return (read_csv if suffix == ".csv" else read_npz)(Path(text), environment, tolerance)
    if suffix == ".toml" or _address(text) is not None:
        raise InputError(f"{text} has its own environment; leave out the other one")
    entry = find_mechanism(text)
    return entry.draft(environment, arguments(entry, parameters or {})).build()


def _address(target: str) -> tuple[Path, int] | None:
    """(run directory, number) of RUN#3; None for what is no address. InputError for a run without a number."""
    place, sign, number = target.rpartition("#")
    if sign and place and ".py:" not in target and Path(place).suffix.lower() not in (*TABLES, ".toml"):
        if not number.isdecimal() or len(number) > 18:
            raise InputError(f"{brief(target)} has no number behind the #; write for instance {place}#1")
        return Path(place), int(number)
    load_names()
    if Path(target).name == MECHANISMS or (
        target not in NAMES and len(target) < 4096 and _has(Path(target), MECHANISMS)
    ):
        raise InputError(f"{target} lists many mechanisms; say which one: {target}#1")
    if target not in NAMES and len(target) < 4096 and _has(Path(target), MANIFEST):
        raise InputError(
            f"{target} is a run, not a mechanism: collude status {target}; of mechanisms listed, {target}#1"
        )
    return None


def _has(folder: Path, name: str) -> bool:
    """Whether there is such a file in a folder."""
    try:
        return (folder / name).is_file()
    except (OSError, ValueError):
        return False


def require_table_name(path: Path) -> None:
    """Refuse a path that does not end as a table of a mechanism does.

    Parameters
    ----------
    path
        Of a file.

    Raises
    ------
    InputError
        Unless it ends in .csv or .npz.
    """
    if path.suffix.lower() not in TABLES:
        raise InputError(f"{brief(str(path))} is no name for a table; end it in .csv or .npz")


def export(mechanism: Mechanism, path: Path) -> None:
    """Write a mechanism as .csv or .npz, whichever the path names; `target_draft` reads it back.

    Parameters
    ----------
    mechanism
        What is written.
    path
        Of the file. Only .npz keeps the environment; next to a .csv it has to be named again.

    Raises
    ------
    InputError
        For a path that ends otherwise.
    """
    require_table_name(path)
    if path.suffix.lower() == ".npz":
        write_whole(path, partial(write_npz, mechanism))
        return

    text = StringIO()
    write_csv(mechanism, text)
    write_whole(path, lambda file: file.write(text.getvalue().encode()))
