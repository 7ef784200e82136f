"""Who is meant where contracts are about single types: keys of the tables that say what types expect, gain or pay."""

from typing import NamedTuple


class AgentTypeIndex(NamedTuple):
    """One type of one agent: the agent's number and the type index."""

    agent: int
    type_index: int


class AgentLie(NamedTuple):
    """One type of one agent, and the type index that he reports instead."""

    agent: int
    type_index: int
    report: int
