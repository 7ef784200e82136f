"""Side contracts of buyers who collude: reduced program, plain program, epsilon interval; ratios in one run, one core.

    python benchmarks/screening.py [--quick] [--json]

Three buyers, 9 steps, two types: the dominant-strategy and the collusion-proof transfers of the example. Each answer
includes the check of its contract and multipliers from the definitions.
"""

import argparse

from common import Row, median, paired, show

from collude.models.screening.optimum import optimal_quantities
from collude.models.screening.problem import ScreeningProblem, screening_problem
from collude.models.screening.sale import Sale
from collude.models.screening.transfers import dominant_strategy_sale, two_type_collusion_proof_sale
from collude.programs.exact import solve
from collude.programs.screening.coalition import coalition_of
from collude.programs.screening.epsilon import epsilon_interval
from collude.programs.screening.optimum import side_contract
from collude.programs.screening.plain import PlainProgram
from collude.programs.screening.reduced import ReducedProgram
from collude.programs.screening.virtual import deviation_table

UTILITY = (0, 20, 36, 48, 56, 62, 66, 69, 71, 72)


def problem_of(buyers: int) -> ScreeningProblem:
    """The example with so many buyers."""
    return screening_problem(buyers, [5, 6], ["1/2", "1/2"], UTILITY, 68)


def programs(sale: Sale, runs: int) -> list[Row]:
    """The two programs, with and without the checks."""
    coalition = coalition_of(sale.mechanism)
    if side_contract(coalition).gain != side_contract(coalition, reduced=False).gain:
        raise SystemExit("the two programs differ")
    title = f"{sale.problem.buyers} buyers, {sale.name}: "

    def reduced() -> object:
        return solve(ReducedProgram(coalition_of(sale.mechanism)).program)

    def plain() -> object:
        return solve(PlainProgram(coalition_of(sale.mechanism)).program)

    mine, theirs = paired(reduced, plain, runs)
    detail = f"{theirs * 1e3:.0f} ms / {mine * 1e3:.1f} ms"
    rows = [Row(title + "plain program / reduced, built and solved exactly", theirs / mine, 10, detail=detail)]
    mine, theirs = paired(
        lambda: side_contract(coalition_of(sale.mechanism)),
        lambda: side_contract(coalition_of(sale.mechanism), reduced=False),
        runs,
    )
    detail = f"{theirs * 1e3:.0f} ms / {mine * 1e3:.1f} ms"
    return [*rows, Row(title + "the same with all checks", theirs / mine, detail=detail)]


def interval(sale: Sale, runs: int) -> list[Row]:
    """The epsilon interval, from nothing and for further payments of the same quantities."""
    title = f"{sale.problem.buyers} buyers, {sale.name}: "
    program = median(lambda: side_contract(coalition_of(sale.mechanism)), runs)
    plain = median(lambda: side_contract(coalition_of(sale.mechanism), reduced=False), runs)

    def afresh() -> object:
        deviation_table.cache_clear()
        return epsilon_interval(sale)

    first, again = median(afresh, 51), median(lambda: epsilon_interval(sale), 201)
    detail = f"{again * 1e6:.0f} us, {first * 1e6:.0f} us with its table"
    return [
        Row(title + "plain program / epsilon interval", plain / again, 100, detail=detail),
        Row(title + "plain program / epsilon interval with its table", plain / first, 100),
        Row(title + "reduced program / epsilon interval", program / again, detail=detail),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    runs = 3 if options.quick else 9
    problem = problem_of(3)
    quantity = optimal_quantities(problem).quantity
    rows: list[Row] = []
    for sale in (dominant_strategy_sale(problem, quantity), two_type_collusion_proof_sale(problem, quantity)):
        rows += programs(sale, runs)
    rows += interval(sale, runs)
    show("screening", rows, options.json)


if __name__ == "__main__":
    main()
