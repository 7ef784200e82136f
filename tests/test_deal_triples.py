"""Profitable deals one by one: against the definition, the numbers of the procurement chapter, the command."""

import pytest
from commands import answer, refused, run
from conversion import plain
from drawn_goods import KINDS, draw, gain_of
from oracle import reallocation as oracle

import collude as co

BOTH = 2


@pytest.mark.parametrize("kind", KINDS)
def test_deals_one_by_one(kind: str) -> None:
    seen = {"truthful": 0, "ties": 0, "none": 0, "bounded": 0}
    for seed in range(12):
        mechanism = draw(seed, kind)
        for goods in (True, False):
            for largest in (None, 2):
                found = co.deal_triples(mechanism, goods=goods, max_coalition=largest, jobs=1 + seed % BOTH)
                every = [
                    (profile, members, report, gain)
                    for profile, members, report, gain in oracle.deals(
                        plain(mechanism), gain_of(mechanism, goods), largest
                    )
                    if gain > 0
                ]
                most = max((gain for *_, gain in every), default=0)
                assert found.gain == most
                for row in found.sizes:
                    mine = [deal for deal in every if len(deal[1]) == row.members]
                    truthful = [d for d in mine if d[2] == tuple(d[0][i] for i in d[1])]
                    top = [d for d in mine if d[3] == most]
                    assert (row.triples, row.truthful, row.largest) == (len(mine), len(truthful), len(top))
                assert found.triples == len(every)
                seen["truthful"] += found.truthful > 0
                seen["ties"] += found.largest > 1
                seen["none"] += not every
                seen["bounded"] += largest == BOTH and bool(every)
    assert min(seen["truthful"], seen["ties"], seen["bounded"]) >= BOTH


def test_the_published_counts() -> None:
    """Audits of the procurement chapter: triples and the largest gain; how many attain it is our own count."""
    env = co.environment("procurement", agents=2, costs=[1, 2, 3], units=2)
    vcg = co.mechanism("vcg-procurement", env, target=2)
    found = co.deal_triples(vcg)
    assert (found.triples, found.gain) == (24, 2)
    assert found.truthful == sum(
        gain > 0 and report == tuple(profile[i] for i in members)
        for profile, members, report, gain in oracle.deals(plain(vcg), gain_of(vcg, True))
    )


def test_the_command() -> None:
    words = ("worst", "second-price", "--agents", "2", "--values", "0:2")
    found = answer(*words, "--triples", "--json", status=1)["deal_triples"]
    assert (found["triples"], found["truthful"], found["largest"], found["largest_gain"]) == (23, 0, 5, "2")
    assert [row["members"] for row in found["sizes"]] == [1, 2]
    told = run(*words, "--triples").stdout
    assert (
        "23 (profile, coalition, joint report) triples have a profitable deal, 0 after truthful reports; 5 gain 2"
        in told
    )
    assert "deal_triples" not in answer(*words, "--json", status=1)
    assert "--money-only" in refused("worst", "agv", "--environment", "airline", "--prior", "uniform", "--triples")
