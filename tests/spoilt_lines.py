"""Command lines of every command that are right, and how they and their files are spoilt: words that are swapped, repeated,
left out or replaced by hostile ones, and files with spoilt keys, numbers and bytes."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
from spoilt import DOCUMENTS, SEARCHES, spoilt, spoilt_bytes

import collude as co
from collude.cli.main import COMMANDS, collude
from collude.models.files.npz import write_npz
from collude.models.files.tables import write_csv

LINES = tuple(
    line.split()
    for line in """
check second-price --agents 2 --values 0:2
check posted-price --agents 2 --values 0:2 --param price=1 --axiom group-strategy-proof,symmetric
check vcg-procurement --agents 2 --costs 1:2 --units 1 --param target=1 --axiom strategy-proof
check plurality --agents 2 --alternatives 3 --axiom onto,strategy-proof --count triples
check second-price --agents 4 --values 0:2 --param ties=even --symmetric --axiom strategy-proof
check agv --environment airline --prior uniform --axiom coalition-proof
check t.csv --axiom strategy-proof
check t.csv --environment auction --agents 2 --values 0,1/2,3 --axiom strategy-proof
check a.npz --axiom group-strategy-proof
check s.toml --axiom strategy-proof
check rule.py:rule --environment auction --agents 2 --values 0:2 --allow-code --axiom strategy-proof
check R#2 --axiom strategy-proof
check second-price --agents 2 --values 0:2 --axiom strategy-proof --out NEW --chunks 4
explain second-price --agents 2 --values 0:2 --profile 1,2 --misreport 0,2
explain R#1 --profile-index 0,1
explain t.csv --profile 0,3
worst vcg-procurement --agents 2 --costs 1:2 --units 1 --param target=1 --top 2
worst second-price --agents 2 --values 0:2 --by-size --money-only
plan second-price --agents 3 --values 0:4 --axiom strategy-proof
plan s.toml
search voting --agents 2 --alternatives 2 --require strategy-proof --mode count
search auction --agents 2 --values 0:1 --transfers=-1:0 --require strategy-proof,symmetric --mode all --classify
search f.toml
search voting --agents 2 --alternatives 2 --require strategy-proof --mode all --out NEW --chunks 4
search auction --agents 2 --values 0:1 --transfers=-1:0 --require strategy-proof --mode best --objective revenue
search assignment --agents 2 --objects 2 --require strategy-proof --export 1 x.csv
search voting --agents 2 --alternatives 2 --require strategy-proof,onto,non-dictatorial --prove
atlas voting --agents 2 --alternatives 2 --axioms strategy-proof,onto
sweep top-value --agents 2 --values 0,2,5 --vary price=1:3 --axiom group-strategy-proof
sweep auction --agents 2 --values 0,1 --transfers=-1:0 --vary gap=1:2 --require strategy-proof
manipulability borda --voters 3:5 --no-sizes
transfers airline --rule shapley
transfers public-good --agents 2 --values 0:2 --cost 1 --rule dominant --balanced
equilibria agv --environment airline --prior uniform --partition 0+1,2
equilibria shapley --environment airline --prior uniform --sign 0+1 --agree A,B=A,A
guarantees shapley --environment airline --prior uniform --partition 0+1,2
trade --objects 2 --seller 0,11 --buyer 1,12 --good 1/2,1/2 --prove
contract c.toml
screen g.toml
figure two-price --points 5 --csv x.csv
shapley A=0 B=2 C=0 A+B=8 A+C=4 B+C=2 A+B+C=10
list mechanisms
list axioms --json
list problems --json
resume R
status R --json
verify R --cached --sample 0
merge R --out NEW
""".strip().splitlines()
)
WORDS = (
    "", " ", "0", "1", "2", "-1", "3/2", "1/0", "0.5", "1e3", "1e99999999999", "-1e-400", "inf", "nan", "9" * 30,
    "9" * 5000, "0:1", "0:2", "2:0", "0:1:0", "0:2:-1", "0-2", "[0,1]", "0,1", "0,0", ",", ",,", "0,,1", "1;2",
    "1,2;1,3", ";", "0:9999999999999", "x", "é", "\x00", "\n", "a\nb", "'", '"', "#", "#1", "R#0", "R#-1", "R#x",
    "R#99", "R#", "##", ".", "..", "/", "-", "--", "=", "a=", "=b", "a=b=c", "@", "~", "*", "%s", "{}", "$HOME",
    "True", "none", "uniform", "joint:1", "joint:", "1/2,1/2", "1/2,1/2;1/4,3/4", "strategy-proof", "strategy-prof",
    "strategy-proof,", "coalition-strategy-proof=2", "quantity-target=x", "budget-balanced=3", "second-price",
    "second_price", "auction", "voting", "count", "coalitions", "missing.csv", "missing.toml", "t.csv", "a.npz",
    "s.toml", "rule.py:rule", "rule.py:none", "rule.py", "bad.py:rule", "odd.py:rule", "NEW", "R", "x.png", "x.html",
    "no/x.csv", "1/2", "2/1", "1/1", "0/0", "500MB", "1KB", "-5GB", "serial", "threads", "0+1", "0+0", "price=1",
    "price=", "target=9", "vectorised=true", "f.csv", "5 x.csv",
)  # fmt: skip
RULES = {
    "rule.py": "def rule(reports):\n    return (0, [0, 0]) if reports[0] >= reports[1] else (1, [0, -1])\n",
    "bad.py": "def rule(reports):\n    raise ValueError('two\\nlines')\n",
    "odd.py": "def rule(reports):\n    return 'nothing'\n",
}
EXAMPLES = {"c.toml": "side-contracts.toml", "g.toml": "screening.toml"}


@dataclass
class SpoiltLines:
    """A stream of spoilt command lines in a folder whose files it spoils as well.

    Parameters
    ----------
    folder : Path
        Where the files are.
    examples : Path
        The folder of the examples that come with the product.
    seed : int
        The same lines and files for the same seed.
    """

    folder: Path
    examples: Path
    seed: int
    good: dict[str, bytes] = field(init=False)
    options: Mapping[str, tuple[tuple[str, bool], ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        mechanism = co.second_price(co.auction(agents=2, values=["0", "1/2", "3"]))
        with (self.folder / "t.csv").open("w", newline="", encoding="utf-8") as lines:
            write_csv(mechanism, lines)
        write_npz(mechanism, self.folder / "a.npz")
        self.good = {name: (self.folder / name).read_bytes() for name in ("t.csv", "a.npz")}
        self.good |= {name: text.encode() for name, text in RULES.items()}
        self.good |= {name: (self.examples / source).read_bytes() for name, source in EXAMPLES.items()}
        self.options = {name: options_of(name) for name in COMMANDS}
        self.put_right()

    def put_right(self) -> None:
        """All files as they should be."""
        for name, data in self.good.items():
            (self.folder / name).write_bytes(data)
        (self.folder / "s.toml").write_text(DOCUMENTS[0])
        (self.folder / "f.toml").write_text(SEARCHES[0])

    def next_line(self) -> list[str]:
        """Words of the next command line; its files are spoilt every third time."""
        rng = self.rng
        words = list(rng.choice(LINES))
        files = [name for name in self.good if any(name in word for word in words)]
        self.put_right()
        if rng.random() < 0.5 and any(word in ("s.toml", "f.toml") for word in words):
            for name, texts in (("s.toml", DOCUMENTS), ("f.toml", SEARCHES)):
                (self.folder / name).write_text(spoilt(rng, rng.choice(texts)), encoding="utf-8")
        elif rng.random() < 0.5 and files:
            name = rng.choice(files)
            changed = spoilt_bytes(rng, self.good[name])
            if name.endswith(".toml"):
                changed = spoilt(rng, self.good[name].decode()).encode()
            elif name.endswith(".py"):
                changed = self.good[name][: rng.randrange(len(self.good[name]))]
            (self.folder / name).write_bytes(changed)
            if rng.random() < 0.7:
                return words
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
            words = self.change(words)
        return words

    def change(self, words: list[str]) -> list[str]:
        """The words with one more change."""
        rng = self.rng
        action = rng.randrange(8)
        place = rng.randrange(1, len(words)) if len(words) > 1 else 0
        options = self.options.get(words[0], ())
        if action <= 2 and place:
            words[place] = rng.choice(WORDS)
        elif action <= 4 and options:
            name, takes = rng.choice(options)
            words += [name, rng.choice(WORDS)] if takes else [name]
        elif action == 5 and place:
            words.pop(place)
        elif action == 6 and place:
            words.insert(place, words[rng.randrange(1, len(words))])
        elif action == 7:
            cut = rng.randrange(len(words[place]) + 1)
            words[place] = (
                words[place][:cut] + rng.choice(("", "-", ",", ":", "=", "0", "x", "\x00")) + words[place][cut + 1 :]
            )
        return words


def options_of(name: str) -> tuple[tuple[str, bool], ...]:
    """The options of a command, each with whether it takes a value."""
    command = collude.get_command(click.Context(collude), name)
    assert command is not None
    return tuple(
        (word, not option.is_flag)
        for option in command.params
        if isinstance(option, click.Option)
        for word in option.opts
    )
