"""An audit of proofs that none exists: the files are those that were written, about this problem, and they refute it."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from collude.axioms.core.base import Axiom
from collude.enumerate.certify.cnf import encode
from collude.enumerate.certify.second_opinion import dimacs, verified
from collude.models.errors import DisagreementError, InputError
from collude.models.space import OutcomeSpace

FILES = {"cnf": "problem.cnf", "drat": "problem.drat"}


def proof_digests(folder: Path) -> dict[str, str]:
    """Digest the clauses and the proof that a run has left.

    Parameters
    ----------
    folder : Path
        Where they are.

    Returns
    -------
    dict of str to str
        SHA-256 of `cnf` and `drat`, as hexadecimal digits.

    Raises
    ------
    InputError
        If one is gone.
    """
    found = {}
    for name, file in FILES.items():
        try:
            found[name] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(f"{folder / file} cannot be read: {error.strerror}") from None
    return found


def require_proof(space: OutcomeSpace, axioms: Sequence[Axiom], folder: Path, digests: Mapping[str, str]) -> None:
    """Check the proof that a run has left.

    Parameters
    ----------
    space : OutcomeSpace
        Of the search.
    axioms : sequence of Axiom
        That it required.
    folder : Path
        Where the clauses and the proof are.
    digests : mapping of str to str
        What the run's result says of both files.

    Raises
    ------
    InputError
        If a file is gone, or is not what was written.
    DisagreementError
        If the clauses are not those of this problem, or the proof does not refute them.
    """
    found = proof_digests(folder)
    for name, file in FILES.items():
        if found[name] != digests.get(name):
            raise InputError(f"{folder / file} is not what the run has written; collude resume {folder}")
    text = "\n".join(dimacs(encode(space, axioms), space)) + "\n"
    if hashlib.sha256(text.encode("ascii")).hexdigest() != found["cnf"]:
        raise DisagreementError(f"{folder / FILES['cnf']} is not about the problem of this run")
    if not verified(folder / FILES["cnf"], folder / FILES["drat"]):
        raise DisagreementError(f"the proof in {folder / FILES['drat']} does not verify")
