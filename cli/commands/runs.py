"""`collude resume`, `status`, `merge` and `verify`: what can be done with run directories."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import json_option
from collude.cli.progress import progress_bar
from collude.cli.running import RunWords, run_options, running_of

if TYPE_CHECKING:
    from collude.enumerate.runs.jobs import Answer, Job


class Folder(click.Path):
    """A path that is not empty."""

    def convert(
        self, value: str | PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | PathLike[str]:
        """Refuse what an unset variable leaves."""
        if value == "":
            self.fail("it is empty; name a folder", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = Folder(path_type=Path)
DIRECTORY = click.argument("directory", metavar="DIR", type=FOLDER)


def show_answer(job: "Job", answer: "Answer", as_json: bool, directory: str) -> int:
    """Print what a run answers, as its own command would.

    Parameters
    ----------
    job : Job
        What was asked.
    answer : Answer
        Its answer, or how far it came.
    as_json : bool
        One JSON object instead of words.
    directory : str
        The run directory, to be named in hints.

    Returns
    -------
    int
        The exit status.
    """
    from collude.enumerate.checks.check_job import CheckJob
    from collude.enumerate.maps.points import Sweep
    from collude.enumerate.searches.result import SearchResult
    from collude.enumerate.symmetric.check_job import SymmetricCheckJob
    from collude.enumerate.symmetric.manipulability import Manipulability
    from collude.models.results import Report

    if as_json:
        print_json(answer.to_dict())
    elif isinstance(job, (CheckJob, SymmetricCheckJob)) and isinstance(answer, Report):
        from collude.cli.render.report import show_report

        show_report(answer, job.mechanism, "", directory)
    elif isinstance(answer, Manipulability):
        from collude.cli.render.manipulability import show_manipulability

        show_manipulability(answer, directory)
    elif isinstance(answer, Sweep):
        from collude.cli.render.sweep import show_sweep

        show_sweep(answer, directory)
    elif isinstance(answer, SearchResult):
        from collude.cli.render.search import show_found

        show_found(answer, directory)
    return answer.status


@click.command("resume")
@DIRECTORY
@run_options
@json_option
def resume(directory: Path, as_json: bool, **given: Unpack[RunWords]) -> int:
    """Go on with the run in DIR, with any back end and number of workers; the answer is the same.

    \b
    Example:
      collude resume run --jobs 2
    """
    from collude.cli.progress import announce
    from collude.enumerate.runs.commands import resume_run

    with progress_bar(given["quiet"]) as progress:
        running = running_of(given, progress)
        announce()
        found = resume_run(directory, running)
    for note in found.notes:
        click.echo(f"collude: {directory}: {note}", err=True)
    return show_answer(found.job, found.answer, as_json, str(directory))


@click.command("status")
@DIRECTORY
@json_option
def status(directory: Path, as_json: bool) -> int:
    """How far the run in DIR is, and what one worker would need for the rest.

    \b
    Example:
      collude status run
    """
    from collude.enumerate.runs.commands import run_status
    from collude.models.process.amounts import duration

    found = run_status(directory)
    if as_json:
        print_json(found.to_dict())
        return 0
    asked = ", ".join(found.spec.get("require") or found.spec.get("axioms") or ["no axiom"])
    share = "" if found.share == "1/1" else f", share {found.share}"
    click.echo(f"{found.command}{share}: {asked}")
    rest = "" if found.left_seconds is None else f", about {duration(found.left_seconds)} of work left"
    if found.left_low is not None and found.left_high is not None:
        low, high = duration(found.left_low), duration(found.left_high)
        rest = rest if low == high else f", {low} to {high} of work left"
    rest += f", {found.so_far}" if found.so_far else ""
    state = "finished" if found.finished else f"{found.chunks - found.done} left{rest}"
    click.echo(f"{found.done} of {found.chunks} chunks done in {duration(found.seconds)} of work; {state}")
    for note in found.notes:
        click.echo(note)
    return 0


@click.command("merge")
@click.argument("shares", nargs=-1, metavar="DIR...", type=FOLDER)
@click.option("--out", required=True, metavar="DIR", type=FOLDER, help="Where the whole run goes.")
@json_option
def merge(shares: tuple[Path, ...], out: Path, as_json: bool) -> int:
    """Join the shares of one run (made with --part I/N) into a whole one.

    \b
    Example:
      collude merge share-1 share-2 share-3 --out run
    """
    from collude.enumerate.runs.commands import merge_shares

    found = merge_shares(shares, out)
    return show_answer(found.job, found.answer, as_json, str(out))


@click.command("verify")
@DIRECTORY
@click.option(
    "--sample", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Chunks solved again."
)
@click.option("--seed", type=int, metavar="S", help="Which chunks are chosen (default: others each time).")
@click.option("--cached", is_flag=True, help="Solve them with kernels compiled before, not compiled anew (some 20 s).")
@json_option
def verify(directory: Path, sample: int, seed: int | None, cached: bool, as_json: bool) -> int:
    """Check the run in DIR: checksums, that the chunks tile the problem, every witness and mechanism, the result, and a
    random sample of chunks solved again in another process.

    \b
    Example:
      collude verify run --sample 20
    """
    from collude.enumerate.runs.commands import verify_run

    found = verify_run(directory, sample, seed, not cached)
    if as_json:
        print_json(found.to_dict())
        return 0
    click.echo(
        f"{found.chunks} chunks intact, the cut tiles the whole problem; {found.rechecked} witnesses and mechanisms hold up; "
        + ("the result follows from the chunks" if found.finished else "there is no result yet")
    )
    again = f"{found.sampled} chunk{'s' * (found.sampled != 1)} solved again, the same"
    click.echo(f"{again}: one wrong chunk would be noticed with probability {found.chance:.0%}")
    return 0
