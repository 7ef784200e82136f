"""Hashes of values, from which the digest of a set of mechanisms is formed: it depends on neither split nor order."""

import numpy as np

from collude.enumerate.searches.bits import pack
from collude.models.space import Cells, OutcomeSpace

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
LANES = (np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344))


def mixed(words: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser on an array."""
    words = words.astype(np.uint64, copy=True)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))


def outcome_keys(space: OutcomeSpace) -> np.ndarray:
    """(R,) uint64 from bundle numbers and exact transfers: the same outcome has the same key in every space."""
    shared = np.gcd(space.transfer, space.scale)
    parts = np.concatenate([space.bundle, space.transfer // shared, space.scale // shared], axis=1).astype(np.int64)
    key = np.zeros(space.outcomes, np.uint64)
    for column in parts.T:
        key = mixed((key ^ np.ascontiguousarray(column).view(np.uint64)) + GOLDEN)
    return key


def profile_keys(profiles: int) -> np.ndarray:
    """(P,) uint64."""
    return mixed((np.arange(1, profiles + 1, dtype=np.uint64)) * GOLDEN)


def value_hashes(space: OutcomeSpace, cells: Cells, words: np.ndarray, project: bool) -> tuple[np.ndarray, np.ndarray]:
    """(hashes (N, 2) of all values, kin): kin has, per value, the set of values with the same truthful utilities; it is
    empty unless `project`, in which case equal utilities also have equal hashes."""
    profiles, most = cells.option.shape
    numbers = profile_keys(profiles)[:, None]
    if project:
        key = np.zeros((profiles, most), np.uint64)
        for i in range(space.environment.agents):
            got = space.utility[i][space.type_indices[:, i][:, None], cells.option]
            shared = np.gcd(got, space.scale)
            for part in (got // shared, space.scale // shared):
                key = mixed((key ^ part.view(np.uint64)) + GOLDEN)
    else:
        key = outcome_keys(space)[cells.option]
    lanes = []
    for lane in LANES:
        each = mixed(mixed(key ^ lane) + numbers)
        if len(cells.values) == profiles:
            total = each[np.argsort(cells.variable)]
        else:
            total = np.zeros((len(cells.values), most), np.uint64)
            np.add.at(total, cells.variable, each)
        lanes.append(total)
    inside = np.arange(most) < cells.values[:, None]
    hashes = np.stack([lane[inside] for lane in lanes], axis=1)
    return np.ascontiguousarray(hashes), _kin(lanes, cells, words) if project else np.empty(0, np.uint64)


def _kin(lanes: list[np.ndarray], cells: Cells, words: np.ndarray) -> np.ndarray:
    """Per value the packed set of values of its variable with the same two hashes."""
    rows = []
    for x, count in enumerate(cells.values.tolist()):
        one, two = lanes[0][x, :count], lanes[1][x, :count]
        same = (one[:, None] == one[None, :]) & (two[:, None] == two[None, :])
        packed = pack(same)
        rows.append(packed[:, : int(words[x])].reshape(-1))
    return np.concatenate(rows)
