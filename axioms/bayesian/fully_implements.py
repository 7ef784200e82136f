"""Full implementation: every pure equilibrium is efficient, not only the truthful one."""

from collections.abc import Sequence

from collude.axioms.core.base import Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.expectations import ExpectationAxiom, known_types
from collude.axioms.core.games import Game, confirm
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, show_type


@axiom
class FullyImplements(ExpectationAxiom):
    """Violated by a pure Bayesian equilibrium, every agent playing for himself, that loses welfare at some profile of
    positive probability. `collude equilibria` answers for agents who play in coalitions."""

    name = "fully-implements"
    definition = "every pure Bayesian equilibrium is efficient"
    independent = True
    unit = "equilibria"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes exact numbers."""
        return super().reason_not_applicable(mechanism) or (
            "" if mechanism.exact else "best answers need exact numbers, not floats"
        )

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Count inefficient equilibria, and note the one with the least surplus."""
        del block
        game = _game(work.mechanism)
        bad = [found for found in game.equilibria() if not found.efficient]
        worst = min(bad, key=lambda found: (found.surplus, found.strategies), default=None)
        return BlockResult() if worst is None else BlockResult(len(bad), worst.strategies)

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The strategies, and the surplus that they lead to."""
        mechanism = work.mechanism
        env, game = mechanism.environment, _game(mechanism)
        found, truth = game.judge(key), game.judge(tuple(tuple(range(size)) for size in env.sizes))
        lines = [
            f"agent {env.labels[i]} reports "
            + ", ".join(f"{show_type(env.types[i][r])} if {show_type(env.types[i][k])}" for k, r in enumerate(strategy))
            for i, strategy in enumerate(key)
        ]
        details = {
            "strategies": [list(strategy) for strategy in key],
            "agreement": lines,
            "expected surplus": f"{found.surplus}, with the truth {truth.surplus}",
        }
        amount = (truth.surplus - found.surplus) * mechanism.scale
        return Witness(known_types(env.agents, (), ()), tuple(range(env.agents)), None, (amount,), details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """That it is an equilibrium and inefficient is found out with fractions."""
        strategies = [tuple(strategy) for strategy in witness.details["strategies"]]
        return confirm(mechanism, _singles(mechanism), strategies) == (True, False)


def _singles(mechanism: Mechanism) -> tuple[tuple[int, ...], ...]:
    return tuple((i,) for i in range(mechanism.environment.agents))


def _game(mechanism: Mechanism) -> Game:
    return Game(mechanism, _singles(mechanism))
