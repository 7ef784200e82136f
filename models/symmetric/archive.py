"""Symmetric mechanisms as a JSON text and named arrays: what run directories keep."""

from collections.abc import Mapping
from fractions import Fraction

import msgspec
import numpy as np

from collude.models.errors import InputError
from collude.models.files.archive import ArchiveParts, as_type, environment_from, mechanism_parts
from collude.models.numbers import exact
from collude.models.symmetric.mechanism import SymmetricMechanism, lottery
from collude.models.symmetric.population import Population
from collude.models.symmetric.views import ListedProfiles


class SymmetricAbout(msgspec.Struct):
    """What an archive says about a symmetric mechanism, beside its agents. money : the probability and the transfer of each
    part of a share, as text "1/2;-3"."""

    agents: int
    name: str
    notes: list[str]
    money: list[str]


def symmetric_parts(mechanism: SymmetricMechanism) -> ArchiveParts:
    """What `symmetric_from` makes the same mechanism of again.

    Parameters
    ----------
    mechanism : SymmetricMechanism

    Returns
    -------
    ArchiveParts
        Plain JSON values; arrays share (M, K) int32, parts (P, 2) int64, the share and the bundle number of each part, and
        values_0, what each type gets from each bundle.
    """
    member = mechanism.population.member
    one = np.zeros((1, 1), np.int32)
    sketch = ListedProfiles(
        environment=member,
        name=mechanism.name,
        outcome=np.zeros(len(mechanism.population.types), np.int32),
        bundle=one,
        transfer=one.astype(np.int64),
        scale=member.scale,
        notes=mechanism.notes,
    )
    about, arrays = mechanism_parts(sketch)
    parts = [(r, b, f"{p};{t}") for r, share in enumerate(mechanism.shares) for p, b, t in share]
    about |= {"agents": mechanism.population.agents, "money": [text for _, _, text in parts]}
    pairs = np.array([(r, b) for r, b, _ in parts], np.int64).reshape(-1, 2)
    return ArchiveParts(about, {"values_0": arrays["values_0"], "share": mechanism.share, "parts": pairs})


def symmetric_from(about: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> SymmetricMechanism:
    """The mechanism of `symmetric_parts`.

    Parameters
    ----------
    about : mapping
        Plain JSON values.
    arrays : mapping
        Named arrays.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For anything that is no symmetric mechanism.
    """
    try:
        said = msgspec.convert({name: about.get(name) for name in SymmetricAbout.__struct_fields__}, SymmetricAbout)
    except msgspec.ValidationError as error:
        raise InputError(f"about: {error}") from None
    shares: list[list[tuple[Fraction, int, Fraction]]] = []
    parts = np.asarray(arrays["parts"]).reshape(-1, 2).tolist()
    for (r, b), text in zip(parts, said.money, strict=True):
        if r not in (len(shares) - 1, len(shares)):
            raise InputError("the shares of a symmetric mechanism must follow one another")
        if r == len(shares):
            shares.append([])
        chance, _, money = text.partition(";")
        shares[r].append((exact(chance, "a probability"), b, exact(money, "a transfer")))
    population = Population(said.agents, environment_from(about, arrays))
    share = np.array(as_type(np.asarray(arrays["share"]), np.int32, "share"))
    return SymmetricMechanism(population, said.name, share, tuple(map(lottery, shares)), tuple(said.notes))
