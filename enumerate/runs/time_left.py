"""How long the rest of a run will take: a range, from chunks that are a fair sample of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, gcd, sqrt
from statistics import fmean, pstdev

FEWEST = 8
GOLDEN = 0.6180339887


@dataclass(frozen=True)
class TimeLeft:
    """How long the rest probably takes.

    low, high: seconds, a range that holds more than three times out of four, however unlike chunks are.
    """

    low: float
    high: float

    def __str__(self) -> str:
        low, high = _said(self.low), _said(self.high)
        return f"about {high} left" if low == high else f"{low} to {high} left"

    def scaled(self, factor: float) -> "TimeLeft":
        """The same in another unit, or with more workers."""
        return TimeLeft(self.low * factor, self.high * factor)


def _said(seconds: float) -> str:
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def time_left(seconds: Sequence[float], left: int) -> TimeLeft | None:
    """Estimate what the chunks that are left will take, in seconds of one worker.

    Chunks of a search differ much (a tenth of them may take two thirds of the time), so that a mean alone promises too much:
    the range is the mean times and divided by exp(2.5 c sqrt(1/k + 1/m)), k chunks done, m left, c their standard deviation
    over their mean, and no wider than if all that are left were like the cheapest, or the dearest, that is done.

    Parameters
    ----------
    seconds : sequence of float
        What each chunk took that is done.
    left : int
        How many chunks are left.

    Returns
    -------
    TimeLeft or None
        None while fewer than eight are done, unless nothing is left.
    """
    if not left:
        return TimeLeft(0.0, 0.0)
    mean = fmean(seconds) if len(seconds) >= FEWEST else 0.0
    if not mean:
        return None
    spread = max(pstdev(seconds) / mean, 0.05)
    factor = exp(2.5 * spread * sqrt(1 / len(seconds) + 1 / left))
    return TimeLeft(left * max(mean / factor, min(seconds)), left * min(mean * factor, max(seconds)))


def spread_out(chunks: Sequence[int]) -> list[int]:
    """Put chunks into an order in which those that come first are a fair sample: neighbours, which are alike, far apart.

    Parameters
    ----------
    chunks : sequence of int
        In their own order.

    Returns
    -------
    list of int
        Each of them once, in steps of about 0.618 of their number.
    """
    count = len(chunks)
    step = max(1, round(count * GOLDEN))
    while gcd(step, count) > 1:
        step += 1
    return [chunks[k * step % count] for k in range(count)]
