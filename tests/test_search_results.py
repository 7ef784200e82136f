"""What a search hands out: lists that are checked, numbered and lazy, counts that are products, kept on disk or not."""

import dataclasses
import json
import random
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import pytest
import search_oracle
from click.testing import CliRunner

import collude as co
from collude.axioms.core.registry import require
from collude.cli.main import collude
from collude.cli.render.search import first_ones
from collude.enumerate.listings import recheck
from collude.enumerate.listings.recheck import PlainTables, Recheck
from collude.enumerate.runs.commands import merge_shares, verify_run
from collude.enumerate.searches import search_job
from collude.enumerate.searches.cube_result import CubeResult, add_up
from collude.enumerate.searches.search import mechanism_of_run
from collude.kernels.search.residues import PRIME
from collude.models.errors import DisagreementError, InputError

NO_AXIOM = 3**36
LISTED = ["strategy-proof", "individually-rational"]


def small(**options: object) -> co.SearchResult:
    return co.search(co.auction(2, [0, 1]), transfers=range(-1, 1), require=LISTED, mode="all", **options)


def tables(mechanisms: list[co.Mechanism]) -> list[tuple[object, ...]]:
    return [tuple((o.bundles, o.transfers) for o in map(m.show_outcome, m.outcome.tolist())) for m in mechanisms]


def test_mechanisms_have_numbers() -> None:
    for result in (small(), small(chunks=20), co.search(co.auction(2, [0, 1]), transfers=range(-1, 1), require=LISTED)):
        every = tables(list(result))
        assert len(every) == result.count == 83
        assert [tables([result[number]])[0] for number in (0, 3, 82, -1)] == [every[n] for n in (0, 3, 82, 82)]
        for number in (83, -84):
            with pytest.raises(IndexError, match="no mechanism number"):
                result[number]


def test_a_result_cannot_be_changed() -> None:
    result = small()
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.count = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        result.evidence["rechecked"] = 0  # type: ignore[index]
    assert result.evidence["rechecked"] == result.count


def test_mechanisms_of_a_run_by_number(tmp_path: Path) -> None:
    result = small(out=str(tmp_path / "run"), chunks=20)
    every = tables(list(result))
    for number in (1, 4, 83):
        assert tables([mechanism_of_run(tmp_path / "run", number)]) == [every[number - 1]]
        assert tables([mechanism_of_run(tmp_path / "run" / "mechanisms.npy", number)]) == [every[number - 1]]
    for number in (0, 84):
        with pytest.raises(InputError, match="1 to 83"):
            mechanism_of_run(tmp_path / "run", number)
    rows = np.load(tmp_path / "run" / "mechanisms.npy")
    rows[0, 0] += 1
    np.save(tmp_path / "run" / "mechanisms.npy", rows)
    with pytest.raises(InputError, match="not what the run wrote"):
        mechanism_of_run(tmp_path / "run", 2)


@pytest.mark.slow
def test_a_product_is_kept_split_and_joined(tmp_path: Path) -> None:
    vote = co.voting(2, 3)
    for share in (1, 2):
        co.search(vote, require=["onto"], chunks=30, out=str(tmp_path / str(share)), part=(share, 2))
    joined = merge_shares([tmp_path / "1", tmp_path / "2"], tmp_path / "whole").answer
    plain = co.search(vote, require=["onto"])
    assert isinstance(joined, co.SearchResult)
    assert (joined.count, joined.digest) == (plain.count, plain.digest) == (NO_AXIOM - 3 * 2**36 + 3, plain.digest)
    assert verify_run(tmp_path / "whole", 1000).sampled == joined.cubes
    auction = co.search(co.auction(3, [0, 1]), transfers=range(-1, 2), out=str(tmp_path / "large"), chunks=9)
    assert auction.count == 108**8
    assert verify_run(tmp_path / "large", 1000).finished


@pytest.mark.slow
def test_too_many_to_write_are_counted(tmp_path: Path) -> None:
    result = co.search(co.voting(2, 3), mode="all", out=str(tmp_path), chunks=5)
    assert result.count == NO_AXIOM
    assert "files" not in result.evidence
    assert not (tmp_path / "mechanisms.npy").exists()
    assert len(result.some()) == 10
    assert verify_run(tmp_path, 100).finished
    with pytest.raises(InputError, match="lists no mechanisms"):
        mechanism_of_run(tmp_path, 1)
    with pytest.raises(InputError, match="at most 10,000,000"):
        co.search(co.voting(2, 3), mode="all", isomorphism=True)


def test_what_does_not_fit_into_memory_is_listed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tables(list(small()))
    monkeypatch.setattr(search_job, "MEMORY_BYTES", 100)
    result = small()
    assert result.listed is not None
    assert not result.listed.direct
    assert sorted(tables(list(result)), key=str) == sorted(whole, key=str)
    assert result.evidence["rechecked"] == 10


def test_counts_beyond_64_bits_survive_json() -> None:
    for solutions in (0, 5, 2**63 - 1, 2**63, 108**27, 3 ** (6**6)):
        result = CubeResult(solutions, 1, (3, 4), first=np.array([1, 0], np.int32))
        again = CubeResult.from_json(json.loads(json.dumps(result.to_json())))
        assert (again.solutions, again.digest) == (solutions, (3, 4))


def test_a_batch_is_checked_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table of tiny problems: the plain forms in a batch say what the axioms say of each mechanism."""
    monkeypatch.setattr(recheck, "FEWEST_ONE_BY_ONE", 0)
    rng, seen = random.Random(12), {True: 0, False: 0}
    for number in range(30):
        space, names = search_oracle.random_problem(rng, number)
        axioms = require(names, space)
        plain = PlainTables(space, axioms)
        right = search_oracle.brute_force(space, names)
        expected = {tuple(table[p] for p in sorted(table)) for table in right}
        outcomes = search_oracle.outcomes(space)
        for _ in range(30):
            row = np.array([rng.randrange(space.outcomes) for _ in range(space.environment.profiles)], np.int32)
            holds = tuple(outcomes[o] for o in row.tolist()) in expected
            seen[holds] += 1
            if holds:
                plain.require(row[None, :])
                assert Recheck(space, axioms).check(row[None, :]) == 1
            else:
                with pytest.raises(DisagreementError):
                    plain.require(np.stack([row, row]))
    assert seen[True] >= 20
    assert seen[False] >= 200


def test_most_of_a_listing_is_checked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,282 mechanisms: few one by one, as building one takes as long as hundreds in a batch; the others in few batches."""
    monkeypatch.setattr(recheck, "PAIR_SECONDS", 0.0)
    monkeypatch.setattr(recheck, "ENTRY_SECONDS", 0.0)
    env, axioms = co.auction(2, [0, 1, 2]), ["strategy-proof", "individually-rational", "no-deficit"]
    space = co.outcome_space(env, [-1, 0, 1])
    batches: list[int] = []
    in_a_batch = PlainTables.require

    def noted(tables: PlainTables, outcomes: np.ndarray) -> None:
        batches.append(len(outcomes))
        in_a_batch(tables, outcomes)

    monkeypatch.setattr(PlainTables, "require", noted)
    result = co.search(space, require=axioms, mode="all", jobs=1)
    assert result.evidence["rechecked"] == result.count
    assert (result.count or 0) > 2000
    assert sum(batches) >= (result.count or 0) - 2 * recheck.FEWEST_ONE_BY_ONE
    assert len(batches) < 200


def test_the_first_ten_are_shown() -> None:
    answer = CliRunner().invoke(
        collude, ["search", "voting", "--agents", "2", "--alternatives", "3", "--mode", "all", "--quiet"]
    )
    lines = answer.output.splitlines()
    assert "150,094,635,296,999,121 mechanisms exist with no axiom" in answer.output
    assert sum(line.strip().startswith(f"{number}. ") for line in lines for number in range(1, 11)) == 10
    assert any("150,094,635,296,999,111 more" in line for line in lines)
    assert first_ones(small())[0] == "1. everywhere: 0 does not win; 1 does not win"


def test_the_best_adds_up_over_parts() -> None:
    prior = co.Prior(independent=((Fraction(1, 4), Fraction(3, 4)),) * 2)
    env = co.auction(2, [0, 2], prior=prior)
    best = co.search(env, transfers=range(-3, 1), require=["individually-rational"], mode="best", objective="revenue")
    assert Fraction(best.best or 0) == 2 * (1 - Fraction(1, 16))
    split_up = co.search(
        env, transfers=range(-3, 1), require=["individually-rational"], mode="best", objective="revenue", chunks=12
    )
    assert split_up.best == best.best


def test_the_mechanism_that_is_shown_is_a_best_one() -> None:
    cubes = [CubeResult(1, 2, (3, 4), best=best, first=np.array([best], np.int32)) for best in (2, 5, 4, 5)]
    nothing = CubeResult(0, 1, (0, 0))
    totals = add_up([nothing, *cubes], 2, complete=True, counted=False)
    assert totals.first is not None
    assert (totals.best, totals.first.tolist(), totals.exists) == (Fraction(5, 2), [5], True)


WORD = (1 << 64) - 1
LANES = (0x243F6A8885A308D3, 0x13198A2E03707344)
GOLDEN = 0x9E3779B97F4A7C15


def mixed(word: int) -> int:
    """The finaliser of SplitMix64."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        word = (word ^ (word >> shift)) * factor & WORD
    return word ^ (word >> 31)


def key_of(parts: list[int], profile: int, lane: int) -> int:
    """The key of a profile with what is chosen there, as plain ints."""
    key = 0
    for part in parts:
        key = mixed(((key ^ (part & WORD)) + GOLDEN) & WORD)
    return mixed((mixed(key ^ lane) + mixed((profile + 1) * GOLDEN & WORD)) & WORD) % (PRIME - 1) + 1


@pytest.mark.parametrize("project", ["", "utility"])
def test_digests_are_sums_of_products_of_keys(project: str) -> None:
    """Bundle numbers, numerators and denominators make the key of an outcome; those of each utility, where it is projected."""
    env, axioms = co.auction(2, [0, 1]), ["strategy-proof", "individually-rational"]
    listed = co.search(env, transfers=["-1/2", 0, "1/3"], require=axioms, mode="all")
    sums: dict[tuple[tuple[int, ...], ...], tuple[int, ...]] = {}
    for found in listed:
        parts = []
        for profile in product(range(2), repeat=2):
            o = found.outcome_at(profile)
            if project:
                gets = [Fraction(found.utility(i, profile[i], o), found.scale) for i in range(2)]
                parts.append(tuple(x for amount in gets for x in (amount.numerator, amount.denominator)))
            else:
                money = [found.money_of(o, i) for i in range(2)]
                numbers = [x.numerator for x in money], [x.denominator for x in money]
                parts.append((*found.bundle[o].tolist(), *numbers[0], *numbers[1]))
        keys = [[key_of(list(part), p, lane) for p, part in enumerate(parts)] for lane in LANES]
        sums[tuple(parts)] = tuple(prod(row) % PRIME for row in keys)
    assert len(sums) >= 20
    wanted = "".join(f"{sum(row[lane] for row in sums.values()) % PRIME:016x}" for lane in (0, 1))
    assert co.search(env, transfers=["-1/2", 0, "1/3"], require=axioms, project=project).digest == wanted
