"""Pictures: matplotlib on demand, whole files only."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from collude.models.errors import InputError
from collude.models.files.whole import write_whole

SUFFIXES = (".png", ".svg", ".pdf")


def new_figure(width: float, height: float) -> Any:
    """An empty figure; InputError that names the extra if matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(
            "pictures need matplotlib; install it with: pip install '.[figures]' in the project's folder"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


def require_picture(path: str) -> None:
    """InputError unless a picture can be written to `path`; called before anything long is computed."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} must end in {', '.join(SUFFIXES)}")
    require_folder(path)
    new_figure(1, 1)


def require_folder(path: str) -> None:
    """InputError unless the folder of `path` exists."""
    if not Path(path).absolute().parent.is_dir():
        raise InputError(f"{path}: there is no such folder")


def write_or_refuse(path: str, write: Callable[[IO[bytes]], object]) -> None:
    """Write a whole file; InputError in one line if that cannot be done."""
    try:
        write_whole(Path(path), write)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def save(figure: Any, path: str) -> None:
    """Write a figure as PNG, SVG or PDF, by the suffix."""
    suffix = Path(path).suffix.lower()[1:]
    write_or_refuse(path, lambda file: figure.savefig(file, format=suffix, dpi=150))


def heat_map(worst: Any, labels: tuple[str, ...], path: str) -> None:
    """Coalitions, by size, against the profiles in order; colour: the largest gain."""
    rows = len(worst.coalitions)
    figure = new_figure(9, min(12, 2.2 + 0.28 * rows))
    axes = figure.add_subplot()
    image = axes.imshow(
        worst.heat, aspect="auto", interpolation="nearest", cmap="magma_r", extent=(0, worst.profiles, rows, 0), vmin=0
    )
    step = -(-rows // 40)
    shown = range(0, rows, step)
    names = ["{" + ", ".join(labels[i] for i in worst.coalitions[x]) + "}" for x in shown]
    axes.set_yticks([x + 0.5 for x in shown], names, fontsize=7)
    for x in range(1, rows):
        if len(worst.coalitions[x]) != len(worst.coalitions[x - 1]):
            axes.axhline(x, color="0.6", linewidth=0.8)
    axes.set_xlabel("true profile, in the order of the grid")
    axes.set_ylabel("coalition, by size")
    axes.set_title(f"{worst.mechanism}: largest gain from a deal")
    figure.colorbar(image, ax=axes, label="gain of the coalition")
    save(figure, path)
