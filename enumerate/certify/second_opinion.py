"""A second opinion on a search: the same problem for CP-SAT or a SAT solver, and proofs that none exists, checked."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from collude.axioms.core.base import Axiom
from collude.enumerate.certify.cnf import Encoding, at_most_one, encode
from collude.models.errors import DisagreementError, InputError
from collude.models.space import OutcomeSpace

MOST_SOLUTIONS = 100_000
SOLVER = "cadical195"
ENUMERATOR = "glucose4"


def second_opinion(space: OutcomeSpace, axioms: Sequence[Axiom], found: Any, task: Any, folder: Path) -> dict[str, Any]:
    """Evidence to add: {"confirmed": ...} and {"proof": ...}, the proof's files in `folder`. Raises DisagreementError if the
    answers differ."""
    made = encode(space, axioms)
    evidence: dict[str, Any] = {}
    if task.confirm:
        evidence["confirmed"] = confirm(made, found, task.confirm, bool(task.project))
    if task.prove:
        evidence["proof"] = prove(made, folder, space) if found.exists is False else None
    return evidence


def confirm(made: Encoding, found: Any, solver: str, projected: bool) -> dict[str, Any]:
    """Compare the count where there is one and it is small, else existence."""
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


def _need(module: str, extra: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        raise InputError(f"this needs the extra {extra}: pip install '.[{extra}]' in the project's folder") from None


def count_sat(made: Encoding, most: int | None = None) -> int:
    """Number of solutions by blocking clauses, at most `most`."""
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
    """Number of solutions by CP-SAT, one thread, all solutions enumerated; 1 or 0 if `most` is 1."""
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
    """The lines of a DIMACS CNF file, with comments that say what the literals mean."""
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


def prove(made: Encoding, folder: Path, space: OutcomeSpace | None = None) -> dict[str, Any]:
    """Write problem.cnf and problem.drat, and have the proof verified; raises DisagreementError if that fails."""
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
    """Whether a DRAT proof refutes a CNF file, by a checker that shares no code with the solver."""
    dratify = _need("dratify", "proof")
    try:
        formula = dratify.parse_dimacs(cnf.read_text(encoding="ascii"))
        result = dratify.check_proof(formula, drat.read_text(encoding="ascii"))
    except ValueError:
        return False
    return bool(result.ok)
