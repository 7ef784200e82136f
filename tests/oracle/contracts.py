"""Side contracts by brute force, straight from the definitions: itertools, ints, Fractions."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm


@dataclass
class PlainGame:
    """sizes: types per agent. acts: actions per agent. pay(actions, types): one number per agent. beliefs: per agent a
    probability for every type profile. told(types): what the contract recommends, {actions: probability}."""

    sizes: tuple
    acts: tuple
    pay: object
    beliefs: list
    told: object
    money: object = None

    def worlds(self):
        """(types, recommended actions, probability of these given the types)."""
        for types in product(*(range(size) for size in self.sizes)):
            for actions, chance in self.told(types).items():
                if chance:
                    yield types, actions, Fraction(chance)


def expected(game, agent, believes, outcome):
    """(sum of probability times outcome(types, actions), sum of probability) over worlds that `believes` admits."""
    total = weight = Fraction(0)
    for types, actions, chance in game.worlds():
        p = Fraction(game.beliefs[agent][types]) * chance
        if p and believes(types, actions):
            total += p * outcome(types, actions)
            weight += p
    return total, weight


def lie_gains(game):
    """{(agent, type, report): gain of the lie, obeying afterwards}."""
    found = {}
    for i, size in enumerate(game.sizes):
        for k, r in product(range(size), repeat=2):
            if k != r:
                honest, weight = report_value(game, i, k, k, None)
                lie, _ = report_value(game, i, k, r, None)
                if weight:
                    found[i, k, r] = (lie - honest) / weight
    return found


def double_gains(game):
    """{(agent, type, report): best gain over all maps from recommendations to actions, every map tried}."""
    found = {}
    for i, size in enumerate(game.sizes):
        for k, r in product(range(size), repeat=2):
            honest, weight = report_value(game, i, k, k, None)
            if weight:
                maps = product(range(game.acts[i]), repeat=game.acts[i])
                found[i, k, r] = max(report_value(game, i, k, r, plan)[0] - honest for plan in maps) / weight
    return found


def report_value(game, agent, k, r, plan):
    total = weight = Fraction(0)
    for types in product(*(range(size) for size in game.sizes)):
        p = Fraction(game.beliefs[agent][types])
        if types[agent] != k or not p:
            continue
        weight += p
        said = tuple(r if i == agent else t for i, t in enumerate(types))
        if game.money:
            total += p * game.money(said)[agent]
        for actions, chance in game.told(said).items():
            done = list(actions)
            if plan:
                done[agent] = plan[actions[agent]]
            total += p * chance * game.pay(tuple(done), types)[agent]
    return total, weight


def knows(game, coalition):
    """Per member the (type, recommended action) pairs that can occur, and the joint ones."""
    pairs = [set() for _ in coalition]
    joint = set()
    for types, actions, chance in game.worlds():
        if any(game.beliefs[i][types] * chance for i in range(len(game.sizes))):
            told = tuple((types[i], actions[i]) for i in coalition)
            joint.add(told)
            for row, pair in zip(pairs, told, strict=True):
                row.add(pair)
    return [sorted(row) for row in pairs], sorted(joint)


def reachable(game, coalition):
    """Joint reports that are true or one lie away from the truth."""
    pairs, joint = knows(game, coalition)
    found = set(joint)
    for told in joint:
        for m, row in enumerate(pairs):
            found |= {(*told[:m], pair, *told[m + 1 :]) for pair in row}
    return sorted(found)


def side_value(game, coalition, side, member, truth, report, plan=None):
    """Prior-weighted payoff of a member who knows `truth` and reports `report`; side[reports] = (lottery, payments)."""
    agent = coalition[member]

    def outcome(types, actions):
        said = [(types[i], actions[i]) for i in coalition]
        said[member] = report
        lottery, payments = side[tuple(said)]
        total = Fraction(payments[member])
        for chosen, chance in lottery.items():
            played = list(actions)
            for i, action in zip(coalition, chosen, strict=True):
                played[i] = action
            if plan is not None:
                played[agent] = plan[chosen[member]]
            total += chance * game.pay(tuple(played), types)[agent]
        return total

    return expected(game, agent, lambda t, a: (t[agent], a[agent]) == truth, outcome)[0]


def probability(game, agent, truth):
    return expected(game, agent, lambda t, a: (t[agent], a[agent]) == truth, lambda *_: 0)[1]


def quo_value(game, agent, truth):
    return expected(game, agent, lambda t, a: (t[agent], a[agent]) == truth, lambda t, a: game.pay(a, t)[agent])[0]


def improvement_gain(game, coalition, side, obey=False, double=False):
    """Total gain if the side contract is an improvement, else None."""
    pairs, _ = knows(game, coalition)
    for lottery, payments in side.values():
        if sum(payments) != 0 or sum(lottery.values()) != 1 or min(lottery.values()) < 0:
            return None
    total = Fraction(0)
    for m, agent in enumerate(coalition):
        for truth in pairs[m]:
            if not probability(game, agent, truth):
                continue
            value = side_value(game, coalition, side, m, truth, truth)
            plans = list(product(range(game.acts[agent]), repeat=game.acts[agent]))
            for report in pairs[m]:
                tried = plans if double or (obey and report == truth) else [None]
                for plan in tried:
                    if side_value(game, coalition, side, m, truth, report, plan) > value:
                        return None
            gain = value - quo_value(game, agent, truth)
            if gain < 0:
                return None
            total += gain
    return total if total > 0 else None


def best_pair_contract(game, coalition, grid, obey=False):
    """The largest gain of a pair over deterministic devices with payments from a grid; 0 if there is no improvement.

    The recommendations may depend on own types only, so that every member's (type, action) pair is given by his type.
    """
    reports = reachable(game, coalition)
    pairs, _ = knows(game, coalition)
    joint = list(product(*(range(game.acts[i]) for i in coalition)))
    cells = cell_values(game, coalition, joint)
    quo = [{truth: quo_value(game, i, truth) for truth in row} for i, row in zip(coalition, pairs, strict=True)]
    unit = lcm(*(x.denominator for x in cells.values()), *(x.denominator for row in quo for x in row.values()))
    cells = {key: int(x * unit) for key, x in cells.items()}
    quo = [{truth: int(x * unit) for truth, x in row.items()} for row in quo]
    best, tried = 0, 0
    for device in product(range(len(joint)), repeat=len(reports)):
        chosen = dict(zip(reports, (joint[x] for x in device), strict=True))
        if obey and not obedient(game, coalition, pairs, cells, chosen):
            continue
        value = {
            (m, truth, said): sum(cells[m, truth, other, chosen[ordered(m, said, other)]] for other in pairs[1 - m])
            for m in (0, 1)
            for truth in pairs[m]
            for said in pairs[m]
        }
        for money in product(grid, repeat=len(reports)):
            tried += 1
            paid = dict(zip(reports, money, strict=True))
            best = max(best, total_with_money(pairs, cells, value, quo, paid))
    return Fraction(best, unit), tried


def ordered(m, own, other):
    return (own, other) if m == 0 else (other, own)


def cell_values(game, coalition, joint):
    """{(member, own pair, other's pair, joint actions): prior-weighted payoff} and the weight under None."""
    cells = {}
    pairs, _ = knows(game, coalition)
    for m, agent in enumerate(coalition):
        for own, other in product(pairs[m], pairs[1 - m]):
            told = ordered(m, own, other)

            def here(types, actions, told=told):
                return tuple((types[i], actions[i]) for i in coalition) == told

            for chosen in joint:

                def outcome(types, actions, chosen=chosen, agent=agent):
                    played = list(actions)
                    for i, action in zip(coalition, chosen, strict=True):
                        played[i] = action
                    return game.pay(tuple(played), types)[agent]

                cells[m, own, other, chosen], weight = expected(game, agent, here, outcome)
                cells[m, own, other, None] = weight
    return cells


def obedient(game, coalition, pairs, cells, chosen):
    for m, agent in enumerate(coalition):
        for own in pairs[m]:
            for told, done in product(range(game.acts[agent]), repeat=2):
                gain = 0
                for other in pairs[1 - m]:
                    actions = chosen[ordered(m, own, other)]
                    if actions[m] == told:
                        instead = (*actions[:m], done, *actions[m + 1 :])
                        gain += cells[m, own, other, instead] - cells[m, own, other, actions]
                if gain > 0:
                    return False
    return True


def total_with_money(pairs, cells, value, quo, paid):
    total = 0
    for m in (0, 1):
        sign = 1 if m == 0 else -1
        for truth in pairs[m]:
            at = {
                said: value[m, truth, said]
                + sum(sign * cells[m, truth, other, None] * paid[ordered(m, said, other)] for other in pairs[1 - m])
                for said in pairs[m]
            }
            if max(at.values()) > at[truth] or at[truth] < quo[m][truth]:
                return 0
            total += at[truth] - quo[m][truth]
    return total


def market(actions, granted, no_short):
    """What everybody ends up with: actions are (prices, {partner: asked}, shown); plain lists, goods and money."""
    n, goods = len(actions), len(actions[0][0])
    claims = []
    for i in range(n):
        cost, claim = Fraction(0), list(actions[i][2])
        for j in range(n):
            if j != i:
                for h in range(goods):
                    net = actions[i][1][j][h] - actions[j][1][i][h]
                    cost += actions[j][0][h] * net
                    claim[h] += net
        lost = cost > granted[i] or (no_short and min(claim) < 0)
        claims.append([Fraction(0)] * goods if lost else claim)
    columns = []
    for h in range(goods):
        column, total = [claim[h] for claim in claims], sum(action[2][h] for action in actions)
        columns.append(nearest(column, total))
    return [list(row) for row in zip(*columns, strict=True)]


def nearest(claims, total):
    """The nearest point with no negative entry and sum at most total: every set of positive entries is tried."""
    best = None
    for keep in product((False, True), repeat=len(claims)):
        kept = [i for i, yes in enumerate(keep) if yes]
        for full in (False, True):
            loss = (sum(claims[i] for i in kept) - total) / Fraction(len(kept)) if full and kept else Fraction(0)
            point = [claims[i] - loss if keep[i] else Fraction(0) for i in range(len(claims))]
            if min(point) >= 0 and sum(point) <= total:
                distance = sum((x - c) ** 2 for x, c in zip(point, claims, strict=True))
                if best is None or distance < best[0]:
                    best = (distance, point)
    return best[1]
