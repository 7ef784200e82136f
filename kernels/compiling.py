"""How long Numba has compiled in this process, so that nobody takes compiling for work."""

from time import perf_counter

from numba.core import event


class _Clock(event.Listener):  # type: ignore[misc]
    """Adds up the time between the start and the end of the outermost compilations; Numba runs one at a time."""

    def __init__(self) -> None:
        self.depth = 0
        self.started = 0.0
        self.seconds = 0.0

    def on_start(self, event: event.Event) -> None:
        """A compilation starts, perhaps within another one."""
        del event
        if self.depth == 0:
            self.started = perf_counter()
        self.depth += 1

    def on_end(self, event: event.Event) -> None:
        """A compilation ends."""
        del event
        self.depth -= 1
        if self.depth == 0:
            self.seconds += perf_counter() - self.started


_CLOCK = _Clock()
event.register("numba:compile", _CLOCK)


def compiled_seconds() -> float:
    """Seconds that Numba has compiled in this process so far; loading a cached kernel counts as nothing.

    Returns
    -------
    float

    Examples
    --------
    >>> compiled_seconds() >= 0
    True
    """
    return _CLOCK.seconds


def is_compiling() -> bool:
    """Say whether Numba compiles something just now.

    Returns
    -------
    bool
        True while a compilation is going on in this process, in whatever thread.

    Examples
    --------
    >>> is_compiling()
    False
    """
    return _CLOCK.depth > 0


class Stopwatch:
    """Seconds since it was made, compiling told apart.

    Parameters
    ----------
    started : float, optional
        A time of `perf_counter` from which to count instead; then all compiling of this process is counted.

    Examples
    --------
    >>> clock = Stopwatch()
    >>> clock.working >= 0 and clock.compiling == 0
    True
    """

    def __init__(self, started: float | None = None) -> None:
        self._started = perf_counter() if started is None else started
        self._compiled = compiled_seconds() if started is None else 0.0

    @property
    def compiling(self) -> float:
        """Seconds of compiling since then."""
        return compiled_seconds() - self._compiled

    @property
    def working(self) -> float:
        """Seconds since then without compiling."""
        return max(0.0, perf_counter() - self._started - self.compiling)
