"""Types for what people hand over by name and what files keep: JSON objects, values by name, functions of users."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

JsonObject: TypeAlias = dict[str, object]  # one object of a JSON text, or a table of a TOML file
NamedValues: TypeAlias = Mapping[str, object]  # parameters by name, as text or plain values, not yet looked at
UserFunction: TypeAlias = Callable[..., object]  # a rule in somebody's own file: what it takes and returns is checked
