"""Reports as tables and witnesses as stories, for a person at a terminal."""

import shlex
from typing import TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collude.cli.render.screen import folded, print_facts, print_folded, print_table
from collude.models.mechanism import Mechanism
from collude.models.results import Report, Verdict, Violation
from collude.models.story import profile_words, title
from collude.models.symmetric.mechanism import SymmetricMechanism

MOST_NAMES = 12
AnyMechanism: TypeAlias = Mechanism | SymmetricMechanism


def console() -> Console:
    """Stdout; wide enough for a table when it is not a terminal. What is printed is text: brackets in it style nothing."""
    out = Console(highlight=False, soft_wrap=True, markup=False)
    return out if out.is_terminal else Console(highlight=False, soft_wrap=True, markup=False, width=160)


def show_report(
    report: Report, mechanism: AnyMechanism, words: str, directory: str = "", witnesses: bool = False
) -> None:
    """Print the verdicts, then the violation that is told in the fewest words, then how to see it for oneself.

    Parameters
    ----------
    report : Report
        The verdicts.
    mechanism : Mechanism
        What was checked.
    words : str
        The command line that describes the mechanism, "" if it is not known.
    directory : str
        Of the run, "" if there is none.
    witnesses : bool
        Tell a violation of every axiom that is violated.
    """
    out = console()
    print_folded(out, f"{title(mechanism)}    [{report.accuracy}]", "bold")
    if report.verdicts:
        print_folded(out, coverage(report))
    out.print()
    print_table(out, _verdict_table(report))
    for reason in dict.fromkeys(report.left_out.values()):
        names = [name for name, why in report.left_out.items() if why == reason]
        listed = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} axioms of `collude list axioms`"
        print_folded(out, f"  not checked: {listed} ({reason})", "dim")
    violated = [verdict for verdict in report.verdicts if verdict.witness is not None]
    told = violated if witnesses else sorted(violated, key=_simplicity)[:1]
    for verdict in told:
        out.print()
        _tell(out, verdict, mechanism)
    if len(told) < len(violated):
        _point_at_others(out, told[0], violated)
    example = next((v.witness for v in told if is_certain(v.witness)), None)
    if report.share:
        out.print(f"share {report.share} is done; join it with the others: collude merge DIR ... --out DIR")
    elif not report.complete:
        out.print(f"{report.reason}; go on with: collude resume {directory}" if directory else report.reason)
    if example is not None and words:
        out.print()
        out.print(f"check it yourself: {explanation(words, mechanism, example)}")


def _simplicity(verdict: Verdict) -> tuple[bool, bool, int]:
    """A key that is small for the violation that tells most in the fewest words: somebody gains by a misreport."""
    witness = verdict.witness
    assert witness is not None
    gains = any(gain.strip("0") and not gain.startswith("-") for gain in witness.gains)
    return not is_certain(witness), not gains, sum(len(line.split()) for line in witness.lines())


def _point_at_others(out: Console, told: Verdict, violated: list[Verdict]) -> None:
    """What other axioms the same deviation violates, and how to see the rest."""
    same = [v.axiom for v in violated if v is not told and _deviation(v) == _deviation(told) is not None]
    if same:
        out.print("\n".join(folded(f"the same deviation violates {', '.join(same)}", out.width, "  ")))
    rest = len(violated) - 1 - len(same)
    if rest:
        axioms = "axiom is" if rest == 1 else "axioms are"
        out.print(f"  {rest} more {axioms} violated in other ways: --witnesses tells how", style="dim")


def _deviation(verdict: Verdict) -> tuple[object, ...] | None:
    witness = verdict.witness
    return None if witness is None or not witness.misreport else (witness.profile, witness.coalition, witness.misreport)


def whole_report(report: Report) -> str:
    """Say the answer in one line.

    Parameters
    ----------
    report : Report
        The verdicts.
    """
    violated = sum(verdict.holds is False for verdict in report.verdicts)
    ended = "" if report.complete else "; not everything was examined"
    if violated:
        return f"{violated} of {len(report)} axioms are violated{ended}"
    return f"no violation was found{ended}" if report.holds is None or ended else "every axiom that was checked holds"


def explanation(words: str, mechanism: AnyMechanism, witness: Violation) -> str:
    """Write the command that shows what a misreport brings.

    Parameters
    ----------
    words : str
        Those that describe the mechanism on the command line.
    mechanism : Mechanism
        What was checked.
    witness : Violation
        One with a misreport, at types that are known.
    """
    profiles = (witness.profile, _reported(witness))
    profile, misreport = (shlex.quote(profile_words(mechanism.environment, given)) for given in profiles)
    return f"collude explain {words} --profile {profile} --misreport {misreport}"


def coverage(report: Report) -> str:
    """Say how much was examined, and where the time went.

    Parameters
    ----------
    report : Report
        At least one verdict.
    """
    widest = max(report.verdicts, key=lambda v: v.joint_misreports)
    covered = _counted(widest.profiles, "profile")
    if widest.coalitions:
        covered += (
            f" · {_counted(widest.coalitions, 'coalition')} · {_counted(widest.joint_misreports, 'joint misreport')}"
        )
    how = "all examined" if report.complete else "NOT all examined"
    most = max((v.bound.max_coalition or 0 for v in report.verdicts), default=0)
    if most and report.complete:
        how = f"coalitions of at most {most} examined"
    spent = [
        f"{what} {_seconds(seconds)}"
        for what, seconds in (("building the mechanism", report.time.building), ("compiling", report.time.compiling))
        if seconds >= 0.5
    ]
    return f"{covered}, {how} in {_seconds(report.time.examining)}" + (f" ({', '.join(spent)})" if spent else "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def is_certain(witness: Violation | None) -> bool:
    """Say whether `collude explain` can show a witness: everybody's type is known, and somebody misreports.

    Parameters
    ----------
    witness : Violation or None
        None: it cannot.
    """
    return witness is not None and bool(witness.misreport) and min(witness.profile) >= 0


def _reported(witness: Violation) -> tuple[int, ...]:
    type_indices = list(witness.profile)
    for agent, type_index in zip(witness.coalition, witness.misreport or (), strict=True):
        type_indices[agent] = type_index
    return tuple(type_indices)


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _verdict_table(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2), show_edge=False)
    table.add_column("axiom")
    table.add_column("verdict")
    table.add_column("violations")
    for verdict in report.verdicts:
        count = verdict.count
        if not verdict.holds_within_bound and verdict.bound:
            count = f"{count} {verdict.bound}".strip()
        style = "green" if verdict.holds_within_bound else "bold red"
        table.add_row(verdict.axiom, Text(verdict.answer, style=style), count)
    return table


def _tell(out: Console, verdict: Verdict, mechanism: AnyMechanism) -> None:
    witness = verdict.witness
    if witness is None:
        return
    labels = mechanism.environment.labels
    out.print(Text(f"{verdict.axiom} fails, for instance here:", style="bold"))
    meaning = _meaning(verdict.axiom)
    if meaning:
        out.print("\n".join(folded(f"it demands: {meaning}", out.width, "  ")), style="dim")
    rows: list[tuple[str, str]] = []
    if any(type_index >= 0 for type_index in witness.profile):
        types = "   ".join(f"agent {label}: {word}" for label, word in zip(labels, witness.types, strict=True))
        rows.append(("true types", types))
    who = "{" + ", ".join(labels[i] for i in witness.coalition) + "}   " if witness.coalition else ""
    if witness.misreport is None:
        if witness.gains:
            rows.append(("agents" if who else "violated", f"{who}by {', '.join(witness.gains)}"))
        for line in witness.story:
            rows.append(("", line))
        for key, value in witness.details.items():
            for line in _plain(value, mechanism):
                rows.append((key, line))
                key = ""
    else:
        said = ", ".join(f"agent {labels[i]} says {witness.reported[i]}" for i in witness.coalition)
        rows.append(("coalition", f"{who}{said}"))
        for member in witness.members:
            gain = f"gain {member.gain}"
            rows.append((f"agent {member.label}", f"truthful: {member.before}   now: {member.after}   {gain}"))
        for told in witness.deal():
            subject, _, sentence = told.partition(": ")
            rows.append((subject, sentence))
        for line in witness.story:
            rows.append(("", line))
    print_facts(out, rows)


def _meaning(axiom: str) -> str:
    """What an axiom demands, in one sentence."""
    from collude.axioms.core.registry import load_axioms

    known = load_axioms().get(axiom.partition("=")[0])
    return "" if known is None else known.definition


def _plain(value: object, mechanism: AnyMechanism) -> list[str]:
    """A fact about a witness in words, line by line; nothing for what only a program reads."""
    if isinstance(value, list):
        return value if all(isinstance(line, str) for line in value) else []
    if isinstance(mechanism, SymmetricMechanism) or not isinstance(value, tuple):
        return [str(value)]
    if value and isinstance(value[0], tuple):
        return ["  ".join(mechanism.describe(profile) for profile in value)]
    return [mechanism.describe(value)]
