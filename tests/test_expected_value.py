"""What a coalition expects at one report, and equilibria of all partitions: against the definition, and one by one."""

import random
from fractions import Fraction
from itertools import product

import pytest
from commands import answer, run

import collude as co
from collude.enumerate.analyses.equilibria import all_equilibria, partitions_of
from collude.enumerate.analyses.expected_value import expected_value
from collude.models.library.expected_externality import agv
from collude.models.library.public_choices import airline

Weights = dict[tuple[int, ...], Fraction]


def drawn_chances(rng: random.Random, sizes: tuple[int, ...], joint: bool) -> tuple[Weights, str]:
    """A prior by profile, and as the command line writes it; some types, or profiles, may never occur."""
    if joint:
        raw = [rng.choice([0, 1, 2, 5]) for _ in product(*map(range, sizes))]
        raw[rng.randrange(len(raw))] += 1
        listed = [Fraction(x, sum(raw)) for x in raw]
        return dict(zip(product(*map(range, sizes)), listed, strict=True)), "joint:" + ",".join(map(str, listed))
    rows = []
    for size in sizes:
        raw = [rng.choice([0, 1, 3]) for _ in range(size)]
        raw[rng.randrange(size)] += 1
        rows.append([Fraction(x, sum(raw)) for x in raw])
    chances = {}
    for profile in product(*map(range, sizes)):
        chances[profile] = Fraction(1)
        for row, k in zip(rows, profile, strict=True):
            chances[profile] *= row[k]
    return chances, ";".join(",".join(map(str, row)) for row in rows)


def test_expected_values_follow_from_the_definition() -> None:
    rng = random.Random(8)
    seen = {"joint": 0, "independent": 0, "never": 0, "lies pay": 0, "one": 0, "several": 0}
    while min(seen.values()) < 10:
        n = rng.choice([2, 3])
        sizes = (rng.choice([2, 3]) if n == 2 else 2,) * n
        grid = sorted({Fraction(rng.randint(0, 6), rng.choice([1, 2])) for _ in range(sizes[0] - 1)} | {Fraction(9)})
        values, sizes = [grid] * n, (len(grid),) * n
        joint = rng.random() < 0.5
        chances, _ = drawn_chances(rng, sizes, joint)
        flat = tuple(chances[profile] for profile in product(*map(range, sizes)))
        env = co.auction(n, grid, prior=co.Prior(joint=flat))
        winner = {profile: rng.randrange(-1, n) for profile in chances}
        money = {profile: [Fraction(rng.randint(-4, 4), 2) for _ in range(n)] for profile in chances}

        def rule(reports, values=values, winner=winner, money=money):  # type: ignore[no-untyped-def]
            point = tuple(row.index(report) for row, report in zip(values, reports, strict=True))
            return winner[point], money[point]

        mechanism = co.from_function(env, rule)
        members = rng.sample(range(n), rng.randint(1, n))
        types = [rng.randrange(sizes[i]) for i in members]
        reports = [rng.randrange(sizes[i]) for i in members]
        here = {p: c for p, c in chances.items() if all(p[i] == k for i, k in zip(members, types, strict=True))}
        whole = sum(here.values())
        if not whole:
            with pytest.raises(co.NotApplicableError, match="never occur"):
                expected_value(mechanism, members, types, reports)
            seen["never"] += 1
            continue
        wanted = []
        for lie in (False, True):
            total = Fraction(0)
            for profile, chance in here.items():
                said = list(profile)
                for i, k in zip(members, reports, strict=True):
                    said[i] = k if lie else said[i]
                for i in members:
                    own = values[i][profile[i]] if winner[tuple(said)] == i else 0
                    total += chance * (own + money[tuple(said)][i])
            wanted.append(total / whole)
        found = expected_value(mechanism, members, types, reports)
        assert [found.truth, found.report] == wanted
        seen["joint" if joint else "independent"] += 1
        seen["lies pay"] += found.report > found.truth
        seen["one" if len(members) == 1 else "several"] += 1


def test_what_cannot_be_expected_is_said() -> None:
    mechanism = co.second_price(co.auction(2, [0, 1]))
    with pytest.raises(co.NotApplicableError, match="without a prior"):
        expected_value(mechanism, [0], [0], [1])
    known = co.second_price(co.auction(2, [0, 1], prior=co.uniform((2, 2))))
    for members, types, reports in (([], [], []), ([2], [0], [0]), ([0], [2], [0]), ([0], [0], [-1])):
        with pytest.raises(co.InputError, match="agents or types"):
            expected_value(known, members, types, reports)


def test_explain_says_what_a_coalition_expects() -> None:
    words = ["explain", "second-price", "--agents", "2", "--values", "0:2", "--prior", "uniform", "--profile", "2,2"]
    found = answer(*words, "--misreport", "2,0", "--json")
    assert found["expected"] == {"members": [1], "truth": "1", "report": "0"}
    done = run(*words, "--misreport", "0,0")
    assert "expect 0 by the truth, 4/3" not in done.stdout
    assert "0, 1 expect 0 by the truth, 2 by this report" in " ".join(done.stdout.split())
    assert "expect 0 by the truth, others' types unknown" in " ".join(run(*words).stdout.split())
    assert answer(*words[:6], "--profile", "2,2", "--json")["expected"] is None


def test_all_partitions_are_each_one_of_them() -> None:
    mechanism = agv(airline(3, prior=co.uniform((2, 2, 2))))
    found = all_equilibria(mechanism)
    assert [one.partition for one in found] == partitions_of(3)
    for one in found:
        alone = co.equilibria(mechanism, one.partition)
        assert (one.found, one.truth) == (alone.found, alone.truth)
    assert [len(partitions_of(n)) for n in range(1, 9)] == [1, 2, 5, 15, 52, 203, 877, 4140]
    for blocks in partitions_of(5):
        assert sorted(i for block in blocks for i in block) == list(range(5))
    with pytest.raises(co.SizeError, match="at most 8 agents"):
        all_equilibria(co.second_price(co.auction(9, [0, 1])))


def test_all_partitions_on_the_command_line() -> None:
    words = ["equilibria", "agv", "--environment", "airline", "--prior", "uniform", "--partition", "all"]
    found = answer(*words, "--json", status=1)
    assert [one["partition"] for one in found["partitions"]] == [[list(b) for b in p] for p in partitions_of(3)]
    assert found["inefficient"] == sum(one["inefficient"] for one in found["partitions"]) == 14
    done = run(*words)
    assert done.returncode == 1
    assert len(done.stdout.strip().splitlines()) == 8
    for word in ("who plays together", "smallest surplus", "the truth yields"):
        assert word in done.stdout
