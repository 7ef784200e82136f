"""Search problem: a user's own list of outcomes in any environment."""

from collections.abc import Mapping, Sequence

from collude.enumerate.problems.registry import problem
from collude.models.errors import InputError
from collude.models.files.spec import build_environment
from collude.models.numbers import brief, exact, whole
from collude.models.space import OutcomeSpace, listed_space


@problem("list", "one of the listed outcomes, bundles and transfers, in any environment")
def listed(environment: object, outcomes: object) -> OutcomeSpace:
    """Lay out a search over a user's own list of outcomes, in any environment.

    Parameters
    ----------
    environment : mapping
        `kind` and the parameters of that environment.
    outcomes : sequence of mapping
        Each with `bundles`, the number of each agent's bundle (or one number, the alternative, in a public choice), and
        `transfers`, money received (none: no money).

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        If something is missing, unknown or out of range.

    Examples
    --------
    >>> listed({"kind": "voting", "agents": 2, "alternatives": 2}, [{"bundles": 0}, {"bundles": 1}]).outcomes
    2
    """
    if not isinstance(environment, Mapping) or "kind" not in environment:
        raise InputError('the problem list needs environment = { kind = "auction", ... }')
    given = dict(environment)
    env = build_environment(given.pop("kind"), given)
    rows = []
    if not isinstance(outcomes, Sequence) or isinstance(outcomes, str):
        raise InputError("the problem list needs outcomes, a list of { bundles = [...], transfers = [...] }")
    for entry in outcomes:
        if not isinstance(entry, Mapping) or set(entry) - {"bundles", "transfers"} or "bundles" not in entry:
            raise InputError(f"an outcome has bundles and transfers and nothing else, not {brief(entry)}")
        bundles = _whole(entry["bundles"])
        if env.public and len(bundles) == 1:
            bundles = bundles * env.agents
        for i, b in enumerate(bundles[: env.agents]):
            if not 0 <= b < len(env.bundles[i]):
                raise InputError(f"agent {env.labels[i]} has no bundle number {b}; take 0 to {len(env.bundles[i]) - 1}")
        money = entry.get("transfers", [0] * env.agents)
        if not isinstance(money, Sequence) or isinstance(money, str):
            raise InputError(f"transfers must be a list with one number per agent, not {brief(money)}")
        transfers = [exact(t, "a transfer") for t in money]
        rows.append((bundles, tuple(transfers)))
    return listed_space(env, "list", rows)


def _whole(given: object) -> tuple[int, ...]:
    values = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return tuple(whole(value, "a bundle number") for value in values)
