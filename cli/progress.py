"""Progress on stderr: a bar with rate and expected end at a terminal, else one line a minute; nothing if quiet."""

import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

import click

Report = Callable[[str, int, int], None]
EVERY_SECONDS = 60.0


class progress_bar:  # noqa: N801
    """A context manager that yields a callback (what, done, of how many), or None if `quiet`."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    def __enter__(self) -> Report | None:
        self.bar: Any = None
        self.started = self.said = monotonic()
        self.first: int | None = None
        if self.quiet:
            return None
        if not sys.stderr.isatty():
            return self._line
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task("", rate="")
        return self._update

    def _rate(self, done: int) -> float:
        """Chunks a second since the first report; what a resumed run had done before does not count."""
        if self.first is None:
            self.first = done - 1
        return (done - self.first) / max(monotonic() - self.started, 1e-6)

    def _update(self, name: str, done: int, total: int) -> None:
        self.bar.update(self.task, description=name, completed=done, total=total, rate=f"{self._rate(done):.3g}/s")

    def _line(self, name: str, done: int, total: int) -> None:
        rate = self._rate(done)
        if monotonic() - self.said >= EVERY_SECONDS:
            self.said = monotonic()
            left = (total - done) / rate
            click.echo(f"collude: {name}: {done} of {total} chunks, {rate:.3g}/s, {left:.0f} s left", err=True)

    def __exit__(self, *_error: object) -> None:
        if self.bar is not None:
            self.bar.stop()
