"""How a command prints its one JSON object."""

import json
from collections.abc import Mapping
from importlib.metadata import version

import click

from collude.models.results import SCHEMA


def print_json(answer: Mapping[str, object]) -> None:
    """Print one JSON object on stdout, with the schema it follows and the version of the program in front.

    Parameters
    ----------
    answer : mapping of str to object
        Plain JSON values; exact numbers are text.
    """
    click.echo(json.dumps({"schema": SCHEMA, "version": version("collude"), **answer}, ensure_ascii=False))
