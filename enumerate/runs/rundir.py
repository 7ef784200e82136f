"""Run directories: what a long run leaves on disk, so that it can be killed, resumed, split, joined and verified.

    manifest.json   what is asked, of which problem, by which code, cut into which chunks, and which share of them
    problem/        the mechanism or the outcome space: about.json and arrays, digests in the manifest
    cubes.jsonl     one line for each chunk that is done, with its own checksum, appended in one write
    result.json     the answer, once every chunk is done; the same bytes whatever the split and the machines

JSON and .npy only; nothing is ever unpickled. Every file but cubes.jsonl is written whole or not at all. A line counts
only if its bytes are exactly what they should be; damaged lines are set aside and their chunks done again.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter

import numpy as np

from collude.enumerate.runs.folder import (
    CUBES,
    RESULT,
    locked,
    not_written,
    resume_command,
)
from collude.enumerate.runs.schema import (
    JSON,
    Manifest,
    canonical,
    line_record,
    require_showable,
    strict,
)
from collude.models.errors import IncompleteError, InputError
from collude.models.files.whole import write_whole

LONGEST_MANIFEST = 1 << 28
SYNC_SECONDS = 0.5


def digest(value: object) -> str:
    """Work out the SHA-256 digest of bytes, or of a JSON value as `canonical` writes it.

    Parameters
    ----------
    value : bytes or JSON value
        What is digested.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(value)).hexdigest()


def file_digest(path: Path) -> str:
    """Work out the SHA-256 digest of a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class Line:
    """One chunk that is done. where: the part of the problem that it is; result: what it gives; seconds: how long it took."""

    chunk: int
    where: object
    result: JSON
    seconds: float

    def written(self, identity: str) -> bytes:
        """The line with its checksum, which depends on the run: a line of another run does not pass."""
        head = canonical({"chunk": self.chunk, "result": self.result, "seconds": self.seconds})[:-1]
        where = b',"where":' + canonical(self.where) + b"}"
        checksum = hashlib.sha256(identity.encode() + head + where).hexdigest()[:32]
        return head + b',"sum":"' + checksum.encode() + b'"' + where + b"\n"


def _parsed(text: bytes, identity: str, command: str) -> Line | None:
    """The line that was written, None if a single byte of it is not as it was."""
    found = line_record(text, command)
    if found is None:
        return None
    line = Line(found.chunk, found.where, found.result, found.seconds)
    return line if line.written(identity) == text + b"\n" else None


@dataclass(eq=False)
class RunDirectory:
    """A run directory that exists.

    lines: the chunks that are done. notes: what was found damaged, for the reader.
    """

    path: Path
    manifest: Manifest
    lines: dict[int, Line] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _file: int = -1
    _synced: float = 0.0
    _folder: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        about = self.path.stat()
        self._folder = (about.st_dev, about.st_ino)

    @cached_property
    def identity(self) -> str:
        """Digest of what makes two runs shares of one: everything but which share it is."""
        return digest(self.manifest.identity())

    @property
    def mine(self) -> list[int]:
        """The chunks of this share."""
        part, parts = self.manifest.part
        return list(range(part - 1, self.manifest.split.chunks, parts))

    @property
    def left(self) -> list[int]:
        """The chunks of this share that are not done."""
        return [chunk for chunk in self.mine if chunk not in self.lines]

    @property
    def whole(self) -> bool:
        """True if the share is all of the run."""
        return self.manifest.part == (1, 1)

    def require_same_folder(self) -> None:
        """Raise IncompleteError if the directory was removed or replaced since it was opened: what another run has made
        there is none of ours."""
        try:
            about = self.path.stat()
            same = (about.st_dev, about.st_ino) == self._folder
            if same and self._file >= 0:
                same = os.path.samestat(os.fstat(self._file), os.lstat(self.path / CUBES))
        except FileNotFoundError:
            same = False
        if not same:
            raise IncompleteError(f"{self.path} was removed or replaced while the run was going on; begin again")

    def append(self, lines: Sequence[Line]) -> None:
        """Add lines in one write.

        Parameters
        ----------
        lines : sequence of Line
            Of chunks that are done.

        Raises
        ------
        IncompleteError
            If the disk does not take them, and then no half of one is left, or if the directory is no longer the one that
            was opened.
        """
        text = b"".join(line.written(self.identity) for line in lines)
        if not text:
            return
        try:
            if self._file < 0:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                self._file = os.open(self.path / CUBES, flags, 0o644)
            self.require_same_folder()
            size = os.fstat(self._file).st_size
            try:
                written = os.write(self._file, text)
                while written < len(text):  # what is in the way says so on the second try
                    written += os.write(self._file, text[written:])
                if perf_counter() - self._synced > SYNC_SECONDS:  # a kill loses nothing, a power cut half a second
                    os.fsync(self._file)
                    self._synced = perf_counter()
            except OSError:
                os.ftruncate(self._file, size)
                raise
        except OSError as error:
            raise IncompleteError(not_written(self.path, error)) from None
        self.lines.update((line.chunk, line) for line in lines)

    def close(self) -> None:
        """Close the file of lines, forced to disk."""
        if self._file >= 0:
            try:
                os.fsync(self._file)
            except OSError as error:
                raise IncompleteError(not_written(self.path, error)) from None
            finally:
                os.close(self._file)
                self._file = -1

    def read_result(self) -> JSON | None:
        """The answer, None if there is none yet; InputError if the file is damaged."""
        path = self.path / RESULT
        if not path.exists():
            return None
        found = read_strict(path)
        if found is None or found.get("digest") != digest(found.get("answer")):
            raise InputError(f"{path} is damaged; move it away, then: {resume_command(self.path)}")
        answer: JSON = found["answer"]
        expected = {"spec": self.manifest.spec, "problem": digest(self.manifest.problem)}
        require_showable(answer, str(path))
        if not isinstance(answer, dict) or any(answer.get(name) != value for name, value in expected.items()):
            raise InputError(f"{path} is the result of another run; move it away, then: {resume_command(self.path)}")
        return answer

    def write_result(self, answer: JSON) -> None:
        """Write the answer; IncompleteError if the disk does not take it, or the directory is another one."""
        self.require_same_folder()
        self._write(RESULT, canonical({"answer": answer, "digest": digest(answer)}) + b"\n")

    def _write(self, name: str, text: bytes) -> None:
        try:
            write_whole(self.path / name, lambda file: file.write(text))
        except OSError as error:
            raise IncompleteError(not_written(self.path, error)) from None

    def read_lines(self, repair: bool) -> None:
        """Read what is done; two lines of one chunk that disagree are both damaged.

        Parameters
        ----------
        repair : bool
            Keep a damaged file under another name and go on with its intact lines.
        """
        path = self.path / CUBES
        text = path.read_bytes() if path.exists() else b""
        rows = text.split(b"\n")
        count, command = self.manifest.split.chunks, self.manifest.command
        parsed = [_parsed(row, self.identity, command) for row in rows[:-1]]
        wrong = sum(line is None for line in parsed) + (rows[-1] != b"")
        self.lines = {}
        at_odds: set[int] = set()
        for line in parsed:
            if line is None or line.chunk >= count:
                continue
            if self.lines.setdefault(line.chunk, line).result != line.result:
                at_odds.add(line.chunk)
        for chunk in at_odds:  # two runs at once where nothing can be locked: both are done again
            del self.lines[chunk]
        wrong += len(at_odds)
        if not wrong:
            return
        self.notes.append(f"{CUBES} has {wrong} damaged line{'s' if wrong > 1 else ''}")
        if repair:
            kept = _spare(path)
            intact = b"".join(line.written(self.identity) for line in self.lines.values())
            try:
                _keep(path, kept)
                write_whole(path, lambda file: file.write(intact))
            except OSError as error:
                kept.unlink(missing_ok=True)
                raise IncompleteError(not_written(self.path, error)) from None
            self.notes[-1] += f": done again, the damaged file is kept as {kept.name}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else works in this directory meanwhile; InputError if somebody does."""
        with locked(self.path):
            try:
                yield
            finally:
                self.close()


def _keep(path: Path, spare: Path) -> None:
    """Copy a damaged file, so that it is there under one name at any moment."""
    shutil.copyfile(path, spare)


def _spare(path: Path) -> Path:
    """A name that is not taken, for a damaged file."""
    number = 1
    while (spare := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return spare


def read_strict(path: Path) -> JSON | None:
    """Read a JSON object from a file whose bytes are exactly what `canonical` writes.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict or None
        None if they are anything else, or too many.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return None if path.stat().st_size > LONGEST_MANIFEST else strict(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def problem_digests(about: JSON, arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Work out the digest of each file of a problem.

    Parameters
    ----------
    about : dict
        Its text.
    arrays : mapping of str to ndarray
        Its arrays; type, shape and bytes count.

    Returns
    -------
    dict of str to str
        By name, "about" among them.
    """
    found = {"about": digest(about)}
    for name, array in arrays.items():
        head = canonical([array.dtype.str, list(array.shape)])
        hashed = hashlib.sha256(head)
        hashed.update(np.ascontiguousarray(array).data)
        found[name] = hashed.hexdigest()
    return found
