"""Outcomes in words: what an agent holds, what he pays or receives, and what that is worth to him."""

from collude.models.mechanism import Mechanism
from collude.models.numbers import show


def holding(mechanism: Mechanism, agent: int, outcome: int) -> str:
    """What the agent holds: wins / gets nothing, supplies 2, receives (1,0), alternative a1."""
    spread = mechanism.environment.spread(agent, int(mechanism.bundle[outcome, agent]))
    if len(spread) == 1:
        return _sure(mechanism, agent, spread[0][0])
    return ", ".join(f"{_sure(mechanism, agent, bundle)} with probability {chance}" for bundle, chance in spread)


def _sure(mechanism: Mechanism, agent: int, bundle: tuple[int, ...]) -> str:
    env = mechanism.environment
    if env.family == "lottery":
        return f"gets {env.alternatives[bundle[0]]}"
    if env.public:
        name = env.alternatives[bundle[0]] if env.alternatives else str(bundle[0])
        return f"sees {name}"
    if env.family == "auction":
        return "wins" if any(bundle) else "does not win"
    shown = str(bundle[0]) if len(bundle) == 1 else "(" + ",".join(map(str, bundle)) + ")"
    if not any(bundle):
        return "supplies nothing" if env.supplier[agent] else "receives nothing"
    return f"{'supplies' if env.supplier[agent] else 'receives'} {shown}"


def money(mechanism: Mechanism, agent: int, outcome: int) -> str:
    """pays 3, is paid 3/2, or "" for no money."""
    transfer = int(mechanism.transfer[outcome, agent])
    if transfer == 0:
        return ""
    amount = show(abs(transfer), mechanism.scale)
    expected = " in expectation" if mechanism.lotteries and mechanism.lotteries[outcome] else ""
    return f"pays {amount}{expected}" if transfer < 0 else f"is paid {amount}{expected}"


def tell(mechanism: Mechanism, agent: int, type_index: int, outcome: int) -> str:
    """For instance "wins, pays 4, utility 0"."""
    utility = show(mechanism.utility(agent, type_index, outcome), mechanism.scale)
    parts = [holding(mechanism, agent, outcome), money(mechanism, agent, outcome)]
    if mechanism.environment.ordinal:
        return f"{parts[0]} (rank {show(-mechanism.utility(agent, type_index, outcome), mechanism.scale)})"
    return ", ".join([*filter(None, parts), f"utility {utility}"])
