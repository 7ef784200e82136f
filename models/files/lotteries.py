"""Mechanisms whose outcomes may be lotteries, from the outcomes of all profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collude.models.environment import Environment
from collude.models.errors import placed
from collude.models.lottery import NOTE, Branch, Draw, draw_of, expected_transfers, numbers_of, with_mixtures
from collude.models.mechanism import Mechanism
from collude.models.numbers import common_scale, scaled, scaled_array


def sure(bundles: tuple[int, ...], transfers: tuple[Fraction, ...]) -> Draw:
    """A lottery with one branch.

    Parameters
    ----------
    bundles
        Bundle numbers, one per agent.
    transfers
        Money that each agent receives.
    """
    return (Branch(Fraction(1), bundles, transfers),)


@dataclass(frozen=True)
class LotteryTable:
    """Outcomes that may be lotteries, as a mechanism keeps them; see the fields of `Mechanism`."""

    environment: Environment
    bundle: np.ndarray
    transfer: np.ndarray
    scale: int
    tolerance: int
    lotteries: tuple[Draw, ...]


def lottery_table(
    environment: Environment, name: str, draws: Sequence[Draw], tolerance: Fraction | None = None
) -> LotteryTable:
    """The outcomes of a mechanism whose outcomes may be lotteries, as the mechanism keeps them.

    Parameters
    ----------
    environment, name, draws, tolerance
        As of `lottery_mechanism`, which says what is raised.
    """
    with placed(name):
        checked = [draw_of(draw) for draw in draws]
    mixed = any(len(draw) > 1 for draw in checked)
    env = with_mixtures(environment, checked) if mixed else environment
    money = [expected_transfers(draw) for draw in checked]
    numbers = [x for row in money for x in row] + ([tolerance] if tolerance else [])
    scale = common_scale([Fraction(1, env.scale), *numbers])
    return LotteryTable(
        env,
        np.array([numbers_of(env, draw) for draw in checked], np.int32).reshape(len(checked), -1),
        np.array([scaled_array(row, scale, "a transfer") for row in money], np.int64).reshape(len(checked), -1),
        scale,
        scaled(tolerance, scale) if tolerance else 0,
        tuple(draw if len(draw) > 1 else () for draw in checked) if mixed else (),
    )


def lottery_mechanism(
    environment: Environment,
    name: str,
    outcome: np.ndarray,
    draws: Sequence[Draw],
    tolerance: Fraction | None = None,
    notes: tuple[str, ...] = (),
) -> Mechanism:
    """A mechanism from outcome numbers and the lotteries that they stand for.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    name
        What verdicts call the mechanism.
    outcome
        (P,) int32, C order.
    draws
        One branch for a sure outcome.
    tolerance
        Gains up to it count as none; None for exact numbers.
    notes
        What a reader of a verdict has to know.

    Returns
    -------
    Mechanism
        Utilities and transfers of a lottery are its exact expectations, at one common scale.

    Raises
    ------
    InputError
        If a lottery's probabilities are not positive with sum 1 or it gives goods that do not exist.
    SizeError
        If the scale leaves int64.
    """
    table = lottery_table(environment, name, draws, tolerance)
    return Mechanism(
        environment=table.environment,
        name=name,
        outcome=outcome,
        bundle=table.bundle,
        transfer=table.transfer,
        scale=table.scale,
        tolerance=table.tolerance,
        notes=(*notes, NOTE) if table.lotteries else notes,
        lotteries=table.lotteries,
    )
