"""Progress on stderr after a second: a bar at a terminal, elsewhere a line now and then; nothing if quiet."""

import sys
from collections.abc import Callable
from itertools import chain, count
from threading import Event, Thread
from time import monotonic
from typing import Any

import click

Report = Callable[[str, int, int], None]
PREPARING = "preparing"
FIRST_SECONDS = 1.0
LINE_SECONDS = (FIRST_SECONDS, 10.0, 60.0)  # when a line is said where there is no terminal; after that every minute


class progress_bar:  # noqa: N801
    """A context manager that yields a callback (what, done, of how many), or None if `quiet`."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    def __enter__(self) -> Report | None:
        self.bar: Any = None
        self.started = self.began = self.reported = monotonic()
        self.work, self.before = "", 0
        self.last: tuple[str, int, int, float] | None = None
        self.over, self.counted = Event(), False
        if self.quiet:
            return None
        if not sys.stderr.isatty():
            Thread(target=self._speak, daemon=True).start()
            return self._note
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task(self._phase(), total=None, rate="")
        Thread(target=self._show, daemon=True).start()
        return self._update

    def _rate(self, name: str, done: int) -> float:
        """Steps a second of this work since its first report; what a resumed run had done before does not count."""
        work, now = name.partition(" (")[0], monotonic()
        if work != self.work:
            self.work, self.before, self.began = work, max(0, done - 1), self.reported
        self.reported = now
        return (done - self.before) / max(now - self.began, 1e-6)

    def _update(self, name: str, done: int, total: int) -> None:
        self.counted = True
        rate = self._rate(name, done)
        self.bar.update(
            self.task,
            description=name,
            completed=done,
            total=total,
            rate=f"{rate:.3g}/s{_left(name, total - done, rate)}",
        )

    @staticmethod
    def _phase() -> str:
        """What is done while there is nothing to count yet."""
        compiling = getattr(sys.modules.get("collude.kernels.compiling"), "is_compiling", None)  # imported late
        return "compiling kernels" if compiling is not None and compiling() else PREPARING

    def _show(self) -> None:
        """The bar after a second; what takes less needs none."""
        if self.over.wait(FIRST_SECONDS):
            return
        self.bar.start()
        while not self.counted and not self.over.wait(FIRST_SECONDS / 4):
            self.bar.update(self.task, description=self._phase())

    def _note(self, name: str, done: int, total: int) -> None:
        self.last = (name, done, total, self._rate(name, done))

    def _speak(self) -> None:
        """One line after a second, after ten, and then one a minute, also while there is nothing to count yet."""
        moments = chain(LINE_SECONDS, count(2 * LINE_SECONDS[-1], LINE_SECONDS[-1]))
        while not self.over.wait(self.started + next(moments) - monotonic()):
            click.echo(f"collude: {self._line()}", err=True)

    def _line(self) -> str:
        if self.last is None or self._phase() != PREPARING:
            return f"{self._phase()}, {monotonic() - self.started:.0f} s so far"
        name, done, total, rate = self.last
        if done >= total:
            return f"{name}: done, {monotonic() - self.started:.0f} s so far"
        steps = "steps" if name.startswith("building") else "chunks"
        speed = f", {rate:.3g}/s" if rate > 0 else ""
        return f"{name}: {done} of {total} {steps}{speed}{_left(name, total - done, rate)}"

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        if self.bar is not None:
            self.bar.stop()


def _left(name: str, steps: int, rate: float) -> str:
    """How long the rest takes at this rate; "" where the name says it already."""
    if name.endswith(" left)") or rate <= 0:
        return ""
    return f", about {steps / rate:.0f} s left if the others are like these"


def announce() -> bool:
    """Say that kernels are being compiled if the cache is empty, so that the first run does not look stuck; True if so."""
    from collude.enumerate.checks.warm import nothing_compiled

    first = nothing_compiled()
    if first:
        click.echo("collude: first run, compiling kernels (once; up to half a minute)", err=True)
    return first
