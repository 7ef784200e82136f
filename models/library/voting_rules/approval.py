"""Rules for other ballots than strict orders, and rules with a default: approval, majority with a status quo, medians."""

from collections.abc import Sequence

import numpy as np

from collude.models.errors import InputError
from collude.models.library.price import whole_list
from collude.models.library.voting_rules.ballots import LOWEST, Ballots, ElectionRule, highest, totals
from collude.models.library.voting_rules.registry import voting_rule
from collude.models.numbers import Number, exact, guard


@voting_rule("approval", "each voter approves his best class of alternatives; ties to the lowest number")
def approval_rule(ballots: Ballots) -> ElectionRule:
    """Each voter approves all alternatives of his best class; most approvals win, of several the lowest number.

    Parameters
    ----------
    ballots
        With dichotomous preferences (preferences=dichotomous) a ballot says all that a voter cares for.
    """
    points = (ballots.rank == 0).astype(np.int64)
    return ElectionRule("approval", lambda counts: highest(totals(counts, points)), (LOWEST,))


@voting_rule("majority", "the alternative that more than a share of the voters put first, else the status quo")
def majority_rule(ballots: Ballots, *, status_quo: int = 0, share: Number = "1/2") -> ElectionRule:
    """The alternative that more than a share of all voters rank first wins; if there is none, the status quo stays.

    Parameters
    ----------
    ballots
        In a weak order the lowest-numbered best alternative is first.
    status_quo
        Number of an alternative.
    share
        At least 1/2 and below 1.

    Raises
    ------
    InputError
        For another share, or no such alternative.
    SizeError
        If the denominator of the share times the number of voters is beyond int64.
    """
    m, part = ballots.alternatives, exact(share, "the share")
    if not 0 <= status_quo < m:
        raise InputError(f"the status quo is one of the alternatives 0 to {m - 1}, not {status_quo}")
    if not 1 <= 2 * part < 2:
        raise InputError(f"the share of a majority is at least 1/2 and below 1, not {part}")
    points = (np.arange(m) == ballots.top(np.ones((m, 1), np.bool_))).astype(np.int64)

    def winners(counts: np.ndarray) -> np.ndarray:
        voters = counts.sum(axis=1, keepdims=True)
        guard(int(voters.max(initial=0)) * part.denominator, "the number of voters times the denominator of the share")
        wins = totals(counts, points) * part.denominator > part.numerator * voters
        return np.asarray(np.where(wins.any(axis=1), wins.argmax(axis=1), status_quo))

    return ElectionRule("majority", winners, (f"status quo {status_quo}", f"more than {part} of the voters are needed"))


@voting_rule("generalised-median", "the median of the agents' peaks and of fixed phantom votes", ordinary=False)
def generalised_median_rule(ballots: Ballots, *, phantoms: Sequence[int] = ()) -> ElectionRule:
    """The median of all peaks and of fixed phantom votes on the line 0 < 1 < ... < m - 1.

    Parameters
    ----------
    ballots
        Single-peaked.
    phantoms
        Numbers of alternatives; together with the peaks odd in number.

    Raises
    ------
    InputError
        For other preferences, or an even number of votes.
    """
    m = ballots.alternatives
    order = ballots.rank.argsort(axis=1)
    spread = [order[:, :r].max(axis=1) - order[:, :r].min(axis=1) == r - 1 for r in range(1, m + 1)]
    if not ballots.strict or not np.all(spread):
        raise InputError("generalised-median needs single-peaked preferences; use preferences=single-peaked")
    fixed = whole_list(phantoms, m, "the list of phantoms")
    peaks = (np.arange(m) == ballots.rank.argmin(axis=1)[:, None]).astype(np.int64)
    extra = np.array([sum(1 for x in fixed if x == a) for a in range(m)], np.int64)

    def winners(counts: np.ndarray) -> np.ndarray:
        points = totals(counts, peaks) + extra
        number = points.sum(axis=1)
        if (number % 2 == 0).any():
            voters = int(number[0]) - len(fixed)
            raise InputError(
                f"generalised-median has {voters} peaks and {len(fixed)} phantoms, an even number; add a phantom"
            )
        return np.asarray((2 * points.cumsum(axis=1) > number[:, None]).argmax(axis=1))

    return ElectionRule("generalised-median", winners, (f"phantoms {', '.join(map(str, fixed)) or 'none'}",))
