"""Which axiom implies which, on every mechanism with exact numbers for which both have a meaning."""

from collections.abc import Iterable

from collude.models.pictures.axiom_order import Implication

STEPS = (
    Implication("reallocation-proof", "side-payment-collusion-proof", "a deal may leave the goods where they are"),
    Implication(
        "side-payment-collusion-proof", "group-strategy-proof", "where nobody loses and somebody gains, the sum rises"
    ),
    Implication("side-payment-collusion-proof", "bribe-proof", "briber and bribed are a coalition of two"),
    Implication("side-payment-collusion-proof", "coalition-proof", "what rises nowhere does not rise in expectation"),
    Implication("bribe-proof", "strategy-proof", "a single misreport that pays is counted as a bribe"),
    Implication("group-strategy-proof", "pairwise-strategy-proof", "pairs are coalitions"),
    Implication(
        "group-strategy-proof", "weakly-group-strategy-proof", "where all gain, nobody loses and somebody gains"
    ),
    Implication(
        "group-strategy-proof", "self-enforcing-group-strategy-proof", "the latter looks at some joint misreports only"
    ),
    Implication("group-strategy-proof", "collusion-proof", "all agents together are a coalition"),
    Implication("collusion-proof", "double-crossing-proof", "the latter looks at some joint misreports only"),
    Implication("pairwise-strategy-proof", "strategy-proof", "single agents are among them"),
    Implication(
        "weakly-group-strategy-proof", "strategy-proof", "a single agent who gains is a coalition all of whom gain"
    ),
    Implication("self-enforcing-group-strategy-proof", "strategy-proof", "an agent's best misreport is his best reply"),
    Implication("strategy-proof", "bayesian-incentive-compatible", "what gains nowhere does not gain in expectation"),
    Implication("coalition-proof", "bayesian-incentive-compatible", "single agents are coalitions"),
    Implication(
        "coalition-proof", "decentralised-coalition-proof", "a coalition that pools its types can follow any maps"
    ),
    Implication(
        "individually-rational", "interim-individually-rational", "what is never negative is not expected to be"
    ),
    Implication("interim-individually-rational", "ex-ante-individually-rational", "an expectation over his own types"),
    Implication("budget-balanced", "no-deficit", "a sum of 0 is not above 0"),
    Implication("budget-balanced", "ex-ante-budget-balanced", "the expectation of 0 is 0"),
    Implication("no-positive-transfers", "no-deficit", "a sum of what is not above 0"),
    Implication("trivial", "anonymous", "one constant is swapped with itself"),
    Implication("trivial", "utility-independent", "a constant depends on nothing"),
    Implication("anonymous", "symmetric", "where types are equal, a swap changes nothing"),
    Implication("envy-free", "symmetric", "equal types envy unless they are equally well off"),
    Implication("symmetric", "weakly-symmetric", "all agents with the same type are pairs with the same type"),
    Implication("pareto-efficient", "unanimous", "what is best for everybody dominates what is not"),
)


def implications_among(names: Iterable[str]) -> tuple[Implication, ...]:
    """Find which of some axioms imply which others, without what follows from the rest.

    Parameters
    ----------
    names : iterable of str
        Axioms; those of which nothing is known are ignored.

    Returns
    -------
    tuple of Implication
        A step that skips axioms which are not among the names has the reasons of all its steps.

    Examples
    --------
    >>> [(step.stronger, step.weaker) for step in implications_among(["strategy-proof", "reallocation-proof"])]
    [('reallocation-proof', 'strategy-proof')]
    """
    wanted = list(dict.fromkeys(names))
    weaker: dict[str, list[Implication]] = {}
    for step in STEPS:
        weaker.setdefault(step.stronger, []).append(step)
    reached: dict[str, dict[str, str]] = {}
    for name in wanted:
        found, queue = {name: ""}, [name]
        while queue:
            current = queue.pop(0)
            for step in weaker.get(current, ()):
                if step.weaker not in found:
                    found[step.weaker] = "; ".join(filter(None, (found[current], step.reason)))
                    queue.append(step.weaker)
        reached[name] = {other: why for other, why in found.items() if other != name and other in wanted}
    return tuple(
        Implication(name, other, why)
        for name in wanted
        for other, why in reached[name].items()
        if not any(other in reached[between] for between in reached[name])
    )
