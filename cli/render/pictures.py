"""Pictures as files: refused before anything is computed where they cannot be written, and written whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from collude.models.errors import InputError
from collude.models.files.whole import write_whole
from collude.models.pictures.style import Sheet, drawn, picture_bytes
from collude.models.pictures.style import new_figure as new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")


def require_picture(path: str) -> None:
    """Check, before anything long is computed, that a picture can be written.

    Parameters
    ----------
    path : str
        Where to.

    Raises
    ------
    InputError
        For another ending than .png, .svg or .pdf, a folder that does not exist, and without matplotlib.
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} must end in {', '.join(SUFFIXES)}")
    require_folder(path)
    new_figure(1, 1)


def require_folder(path: str) -> None:
    """Check that the folder of a file exists.

    Parameters
    ----------
    path : str
        Of the file.

    Raises
    ------
    InputError
        If it does not.
    """
    if not Path(path).absolute().parent.is_dir():
        raise InputError(f"{path}: there is no such folder")


def write_or_refuse(path: str, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : str
        Where to.
    write : function of an open file
        Fills it.

    Raises
    ------
    InputError
        In one line, if the system refuses.
    """
    try:
        write_whole(Path(path), write)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def save(figure: "Figure", path: str) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of the path.

    Parameters
    ----------
    figure : matplotlib figure
        What to write.
    path : str
        Where to.

    Raises
    ------
    InputError
        If the system refuses.
    """
    content = picture_bytes(figure, Path(path).suffix.lower()[1:])
    write_or_refuse(path, lambda file: file.write(content))


def write_picture(plot: Callable[[Sheet], object], path: str) -> None:
    """Draw a picture and write it as PNG, SVG or PDF, by the ending of the path.

    Parameters
    ----------
    plot : function of a sheet
        Draws it, for instance the method `plot` of a result.
    path : str
        Where to.

    Raises
    ------
    InputError
        If the system refuses.
    """
    save(drawn(plot), path)
