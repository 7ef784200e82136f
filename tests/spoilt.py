"""Descriptions, tables and archives that are right, and how they are spoilt for tests that must refuse them."""

import random

DOCUMENTS = (
    'mechanism = "second-price"\nname = "mine"\n[environment]\nagents = 2\nvalues = [0, 0.5, "3/2"]\n'
    'labels = ["a", "b"]\nwithhold = true\nprior = [["1/3", "1/3", "1/3"], ["1/2", "1/4", "1/4"]]\n'
    "[parameters]\nreserve = 0.25\n",
    'mechanism = "posted-price"\ntolerance = "1/100"\n[environment]\nkind = "auction"\nagents = 2\nvalues = "0:3"\n'
    "prior = 'uniform'\n[parameters]\nprice = 1.5\naccept_equal = false\n",
    'mechanism = "vcg-choice"\n[environment]\nkind = "choice"\nalternatives = ["north", "south"]\n'
    "payoffs = [[[0, 1], [2, 0]], [[0, 1], [1, 0]]]\n",
    'mechanism = "vcg-trade"\n[environment]\nkind = "trade"\ncosts = [[1, 3], [2, 2]]\nvalues = [[2, 4]]\n'
    "bundles = [[0, 0], [1, 0], [1, 1]]\n",
    'mechanism = "vcg-procurement"\n[environment]\nagents = 2\ncosts = "1:3"\nunits = 2\n[parameters]\ntarget = 2\n',
    'mechanism = "plurality"\n[environment]\nagents = 2\nalternatives = 3\npreferences = "single-peaked"\n',
    'table = "t.csv"\n[environment]\nkind = "auction"\nagents = 2\nvalues = "0:1"\n',
    'mechanism = "agv"\n[environment]\nkind = "public-good"\nagents = 2\nvalues = [0, 3]\ncost = 2\nprior = "uniform"\n',
)
SEARCHES = (
    'problem = "auction"\nrequire = ["strategy-proof", "symmetric"]\nmode = "count"\n[parameters]\nagents = 2\n'
    'values = [0, 1]\ntransfers = "-1:0"\n',
    'problem = "list"\n[parameters]\nenvironment = { kind = "auction", agents = 2, values = [0, 1] }\n'
    "outcomes = [{ bundles = [0, 0] }, { bundles = [1, 0], transfers = [-1, 0] }]\n",
    'problem = "voting"\nchunks = 4\nmax_seconds = 1.5\n[parameters]\nagents = 2\nalternatives = 2\n',
)
HOSTILE = (
    "true", "false", "5", "-1", "0", "2.5", "-0.0", "1e3", "1e99999999999999999999", "-1e400", "inf", "-nan", "''", '""',
    '"x"', '"auction"', '"0:2"', '"0-4"', '"1/0"', '"1,500"', '"uniform"', '"joint:1"', "[]", "[[]]", "[1, [2]]", "{}",
    "{a = 1}", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "9" * 500, "-" + "9" * 5000, "0x" + "f" * 600, "0o7", "0b1",
    "0." + "3" * 500, '"' + "9" * 5000 + '"', '"\\u0000"', '"' + "a" * 5000 + '"', "[" * 50 + "]" * 50, "'''\nx'''", "[true]",
    '["a", 1]', "[inf]", "2_000", "+1", "[1e-200]", "9223372036854775807", "[9223372036854775807]", "4611686018427387904",
    "[[0, 1], [1, 0]]", '[["1/2", "1/2"]]', '{independent = 1}',
)  # fmt: skip
KEYS = (
    "mechanism", "table", "name", "environment", "parameters", "tolerance", "kind", "agents", "values", "labels", "prior",
    "costs", "units", "bundles", "payoffs", "alternatives", "problem", "require", "a.b", '"x y"', "a" * 300, "9" * 500,
)  # fmt: skip


def spoilt(rng: random.Random, text: str) -> str:
    """The text with one to three changes: a value, a key, a line, some characters."""
    for _ in range(rng.randint(1, 3)):
        lines = text.split("\n")
        place = rng.randrange(len(lines))
        action = rng.randrange(6)
        key, sign, _ = lines[place].partition(" = ")
        if action <= 1 and sign:
            lines[place] = f"{key} = {rng.choice(HOSTILE)}"
        elif action == 2:
            lines.insert(place, f"{rng.choice(KEYS)} = {rng.choice(HOSTILE)}")
        elif action == 3 and sign:
            lines[place] = lines[place].replace(key, rng.choice(KEYS), 1)
        elif action == 4:
            lines.pop(place)
        text = "\n".join(lines)
        if action == 5 and text:
            at = rng.randrange(len(text))
            change = rng.choice(
                ["", "[", "]", '"', "'", "=", ".", ",", "{", "}", "#", "\n", "0", "9", "-", "e", "\\", "\x00", "é"]
            )
            text = text[:at] + change + text[at + rng.randint(0, 2) :]
    return text


def spoilt_bytes(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some changed, taken out or put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(changed))
        action = rng.randrange(4)
        if action == 0:
            changed[place] = rng.randrange(256)
        elif action == 1:
            del changed[place : place + rng.randint(1, 8)]
        elif action == 2:
            changed[place:place] = rng.choice(
                [b",", b";", b'"', b"\n", b"9" * 70, b"1/2", b"\x00", b"\xff", b"()", b"e9"]
            )
        else:
            changed = changed[: max(1, place)] if rng.random() < 0.1 else changed
    return bytes(changed)
