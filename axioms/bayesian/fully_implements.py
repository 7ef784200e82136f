"""Full implementation: every pure equilibrium is efficient, not only the truthful one."""

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom, known_types
from collude.axioms.core.games import Game, is_equilibrium
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.mechanism import Mechanism, show_type


@axiom
class FullyImplements(ExpectationAxiom, WholeAxiom):
    """Every pure Bayesian equilibrium is efficient, not only the truthful one: full implementation.

    Violated by each pure equilibrium, every agent playing for himself, that loses welfare at some profile of positive
    probability. `collude equilibria` answers for agents who play in coalitions.

    References
    ----------
    Safronov (2016).

    Examples
    --------
    >>> import collude as co
    >>> good = co.public_good(3, [0, 2], cost=3, prior=co.uniform((2, 2, 2)))
    >>> co.check(co.mechanism("agv", good), ["fully-implements"])["fully-implements"].violations
    2
    """

    name = "fully-implements"
    definition = "every pure Bayesian equilibrium is efficient"
    independent = True
    unit = "equilibria"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes exact numbers, and a welfare that could have been larger."""
        return super().reason_not_applicable(mechanism) or (
            "" if mechanism.exact else "best answers need exact numbers, not floats"
        )

    def violations(self, mechanism: Mechanism) -> Violations:
        """All inefficient equilibria; shown is the one with the least surplus."""
        game = _game(mechanism)
        bad = [play for play in game.equilibria() if not play.efficient]
        if not bad:
            return Violations()
        worst = min(bad, key=lambda play: (play.surplus, play.strategies))
        env = mechanism.environment
        truth = game.judge(tuple(tuple(range(size)) for size in env.sizes))
        lines = [
            f"agent {env.labels[i]} reports "
            + ", ".join(f"{show_type(env.types[i][r])} if {show_type(env.types[i][k])}" for k, r in enumerate(strategy))
            for i, strategy in enumerate(worst.strategies)
        ]
        details = {
            "strategies": [list(strategy) for strategy in worst.strategies],
            "agreement": lines,
            "expected surplus": f"{worst.surplus}, with the truth {truth.surplus}",
        }
        amount = (truth.surplus - worst.surplus) * mechanism.scale
        witness = Witness(known_types(env.agents, (), ()), tuple(range(env.agents)), None, (amount,), details)
        return Violations(len(bad), witness)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """That it is an equilibrium and inefficient is found out with fractions."""
        strategies = [tuple(strategy) for strategy in witness.details["strategies"]]
        return is_equilibrium(mechanism, _singles(mechanism), strategies) == (True, False)


def _singles(mechanism: Mechanism) -> tuple[tuple[int, ...], ...]:
    return tuple((i,) for i in range(mechanism.environment.agents))


def _game(mechanism: Mechanism) -> Game:
    return Game(mechanism, _singles(mechanism))
