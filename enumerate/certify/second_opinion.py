"""A second opinion on a search: the same problem for CP-SAT or a SAT solver, and proofs that none exists, checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import ModuleType

from collude.axioms.core.base import Axiom
from collude.enumerate.certify.cnf import Encoding, at_most_one, encode
from collude.enumerate.searches.result import SearchResult
from collude.models.errors import DisagreementError, InputError
from collude.models.space import OutcomeSpace

MOST_SOLUTIONS = 100_000
SOLVER = "cadical195"
ENUMERATOR = "glucose4"


@dataclass(frozen=True)
class Backing:
    """What else is asked about the answer of a search.

    Parameters
    ----------
    solver : str
        "cpsat" or "sat", which confirms the answer; "" for none.
    prove : bool
        Whether to prove, with a proof that is checked, that no mechanism exists if the search found none.
    projected : bool
        Whether the search counts mechanisms with the same truthful utilities as one: then only existence is confirmed.
    folder : Path
        Where the proof goes.
    """

    solver: str
    prove: bool
    projected: bool
    folder: Path


def second_opinion(
    space: OutcomeSpace, axioms: Sequence[Axiom], found: SearchResult, backing: Backing
) -> dict[str, object]:
    """Ask programs that share nothing with the search whether its answer is right.

    Parameters
    ----------
    space : OutcomeSpace
        Of the search.
    axioms : sequence of Axiom
        That it required.
    found : SearchResult
        What it answers.
    backing : Backing
        What is asked.

    Returns
    -------
    dict
        `confirmed` and `proof`, as far as they were asked for.

    Raises
    ------
    DisagreementError
        If the answers differ, or a proof does not verify.
    InputError
        If a solver is not installed, or an axiom has no plain form.
    """
    made = encode(space, axioms)
    evidence: dict[str, object] = {}
    if backing.solver:
        evidence["confirmed"] = confirm(made, found, backing.solver, backing.projected)
    if backing.prove:
        evidence["proof"] = prove(made, backing.folder, space) if found.exists is False else None
    return evidence


def confirm(made: Encoding, found: SearchResult, solver: str, projected: bool) -> dict[str, object]:
    """Compare the answer of a search with that of a solver: the count where there is one and it is small, else existence.

    Parameters
    ----------
    made : Encoding
        The search as clauses.
    found : SearchResult
        What the search answers.
    solver : str
        "cpsat" or "sat".
    projected : bool
        Whether the search counts mechanisms with the same truthful utilities as one: then only existence is compared.

    Returns
    -------
    dict
        `solver`, `answer` (text) and `seconds`.

    Raises
    ------
    DisagreementError
        If the answers differ.
    """
    started = perf_counter()
    counted = found.count is not None and not projected and found.count <= MOST_SOLUTIONS
    count = (count_sat if solver == "sat" else count_cpsat)(made, None if counted else 1)
    expected = found.count if counted else int(bool(found.exists))
    if found.exists is not None and count != expected:
        raise DisagreementError(f"the search counts {expected}, {solver} counts {count}; please report this as a bug")
    answer = f"{count} mechanisms" if counted else "one exists" if count else "none exists"
    return {
        "solver": "CP-SAT" if solver == "cpsat" else ENUMERATOR,
        "answer": answer,
        "seconds": perf_counter() - started,
    }


def _need(module: str, extra: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        raise InputError(f"this needs the extra {extra}: pip install '.[{extra}]' in the project's folder") from None


def count_sat(made: Encoding, most: int | None = None) -> int:
    """Count the solutions of a search with a SAT solver, by clauses that block what was found.

    Parameters
    ----------
    made : Encoding
        The search as clauses.
    most : int, optional
        Stop at so many.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If python-sat is not installed.

    Examples
    --------
    >>> from collude.axioms.core.registry import require
    >>> from collude.models.library.environments import voting
    >>> from collude.models.space import outcome_space
    >>> space = outcome_space(voting(2, 3))
    >>> count_sat(encode(space, require(["strategy-proof"], space)))
    17
    """
    pysat = _need("pysat.solvers", "sat")
    if any(not clause for clause in made.clauses):
        return 0
    count = 0
    with pysat.Solver(name=ENUMERATOR, bootstrap_with=[*made.clauses, *at_most_one(made)]) as solver:
        choices = [literal for choice in made.choices for literal in choice]
        while (most is None or count < most) and solver.solve():
            count += 1
            model = solver.get_model()
            solver.add_clause([-literal for literal in choices if model[literal - 1] > 0])
    return count


def count_cpsat(made: Encoding, most: int | None = None) -> int:
    """Count the solutions of a search with CP-SAT, one thread, all solutions enumerated.

    Parameters
    ----------
    made : Encoding
        The search as clauses.
    most : int, optional
        1 asks only whether there is one.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If OR-Tools is not installed.
    DisagreementError
        If CP-SAT stops without an answer.
    """
    cp_model = _need("ortools.sat.python.cp_model", "cpsat")
    if any(not clause for clause in made.clauses):
        return 0
    model = cp_model.CpModel()
    booleans = [None, *(model.new_bool_var("") for _ in range(made.top))]
    negated = [None, *(boolean.negated() for boolean in booleans[1:])]
    for choice in made.choices:
        model.add_exactly_one(booleans[literal] for literal in choice)
    for clause in made.clauses[len(made.choices) :]:
        model.add_bool_or([booleans[x] if x > 0 else negated[-x] for x in clause])

    class Counter(cp_model.CpSolverSolutionCallback):  # type: ignore[misc,name-defined]
        """Counts."""

        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def on_solution_callback(self) -> None:
            """One more."""
            self.count += 1

    solver, counter = cp_model.CpSolver(), Counter()
    solver.parameters.num_workers = 1
    solver.parameters.enumerate_all_solutions = most is None
    status = solver.solve(model, counter)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.INFEASIBLE):
        raise DisagreementError(f"CP-SAT stopped with status {solver.status_name(status)}")
    return counter.count if most is None else min(counter.count, most)


def dimacs(made: Encoding, space: OutcomeSpace | None = None) -> Iterator[str]:
    """Write clauses as the lines of a DIMACS CNF file, with comments that say what the literals mean.

    Parameters
    ----------
    made : Encoding
        The search as clauses.
    space : OutcomeSpace, optional
        For the comments.

    Yields
    ------
    str
        A line without its end.

    Examples
    --------
    >>> import numpy as np
    >>> list(dimacs(Encoding(first=[1], values=[np.array([0, 1])], clauses=[[1, 2]], top=2)))[2:]
    ['p cnf 2 2', '1 2 0', '-1 -2 0']
    """
    clauses = [*made.clauses, *at_most_one(made)]
    if any(not clause for clause in clauses):
        clauses = [clause for clause in clauses if clause] + [[made.top + 1], [-made.top - 1]]
    yield "c made by collude; literal FIRST + j of a variable stands for its value VALUES[j]"
    if space is not None:
        yield f"c {space.title}: {len(space.type_indices)} profiles in C order, {space.outcomes} outcomes"
    for x, (first, values) in enumerate(zip(made.first, made.values, strict=True)):
        yield f"c variable {x} first {first} values {' '.join(map(str, values.tolist()))}"
    top = max((abs(x) for clause in clauses for x in clause), default=0)
    yield f"p cnf {top} {len(clauses)}"
    for clause in clauses:
        yield " ".join(map(str, [*clause, 0]))


def prove(made: Encoding, folder: Path, space: OutcomeSpace | None = None) -> dict[str, object]:
    """Prove that a search has no solution: write the clauses and a proof that refutes them, and have it verified.

    Parameters
    ----------
    made : Encoding
        The search as clauses.
    folder : Path
        Where problem.cnf and problem.drat go.
    space : OutcomeSpace, optional
        For the comments.

    Returns
    -------
    dict
        `cnf` and `drat` (paths), `solver`, `checker` and `steps`.

    Raises
    ------
    DisagreementError
        If the solver finds a mechanism, or the proof does not verify.
    """
    pysat = _need("pysat.solvers", "proof")
    lines = list(dimacs(made, space))
    clauses = [[int(x) for x in line.split()[:-1]] for line in lines if line[0] not in "cp"]
    with pysat.Solver(name=SOLVER, bootstrap_with=clauses, with_proof=True) as solver:
        if solver.solve():
            raise DisagreementError(
                "the search found nothing, but the SAT solver finds a mechanism; please report this"
            )
        proof = [str(line) for line in solver.get_proof() or ()]
    folder.mkdir(parents=True, exist_ok=True)
    cnf, drat = folder / "problem.cnf", folder / "problem.drat"
    cnf.write_text("\n".join(lines) + "\n", encoding="ascii")
    drat.write_text("\n".join(proof) + "\n", encoding="ascii")
    if not verified(cnf, drat):
        raise DisagreementError(f"the proof in {drat} does not verify; please report this as a bug")
    return {"cnf": str(cnf), "drat": str(drat), "solver": SOLVER, "checker": "dratify", "steps": len(proof)}


def verified(cnf: Path, drat: Path) -> bool:
    """Have a DRAT proof checked by a program that shares no code with the solver.

    Parameters
    ----------
    cnf, drat : Path
        The clauses, and the proof.

    Returns
    -------
    bool
        Whether the proof refutes the clauses.

    Raises
    ------
    InputError
        If dratify is not installed.
    """
    dratify = _need("dratify", "proof")
    try:
        formula = dratify.parse_dimacs(cnf.read_text(encoding="ascii"))
        result = dratify.check_proof(formula, drat.read_text(encoding="ascii"))
    except ValueError:
        return False
    return bool(result.ok)
