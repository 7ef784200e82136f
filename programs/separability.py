"""Is the largest surplus a sum of functions of single types? Then truth can be made dominant for every coalition."""

from dataclasses import dataclass
from fractions import Fraction

from collude.models.environment import Environment
from collude.models.files.html import shown
from collude.models.library.expected_externality import truthful_payoffs
from collude.models.mechanism import Mechanism, Profile, all_profiles
from collude.programs.dominance import with_transfers


@shown
@dataclass(frozen=True)
class Separability:
    """Whether the largest surplus is a sum of functions of single types.

    Attributes
    ----------
    separable : bool
    parts : tuple of tuples of Fraction
        f_i by agent and type, in money, with W*(theta) = sum of f_i(theta_i); () if there are none.
    witness : tuple of int or None
        The first profile at which the sum fails.
    difference : Fraction
        What is left there, in money.
    mechanism : Mechanism or None
        With the balanced transfers x_i = f_i(theta_i) - U_i(theta), under which truth is dominant for every coalition.
    """

    separable: bool
    parts: tuple[tuple[Fraction, ...], ...]
    witness: Profile | None
    difference: Fraction
    mechanism: Mechanism | None


def separability(environment: Environment) -> Separability:
    """Whether the surplus of the efficient alternative is additively separable, exactly.

    The only candidate is f_i(k) = W*(k for i, first types of the others) less a share of W* at the first types.

    Parameters
    ----------
    environment : Environment
        A public choice with payoffs.

    Returns
    -------
    Separability

    Raises
    ------
    InputError
        For another environment.

    References
    ----------
    Safronov (2016), Proposition 4 and (12).

    Examples
    --------
    >>> import collude as co
    >>> separability(co.public_good(2, [0, 3], cost=2)).separable
    False
    """
    base, values = truthful_payoffs(environment)
    n = environment.agents
    surplus = {p: Fraction(int(values[:, base.number(p)].sum()), environment.scale) for p in all_profiles(environment)}
    first = (0,) * n
    parts = tuple(
        tuple(
            surplus[(*first[:i], k, *first[i + 1 :])] - surplus[first] * Fraction(n - 1, n)
            for k in range(environment.sizes[i])
        )
        for i in range(n)
    )
    for profile, whole in surplus.items():
        rest = whole - sum((parts[i][k] for i, k in enumerate(profile)), Fraction(0))
        if rest:
            return Separability(False, (), profile, rest, None)
    transfers = [
        parts[i][k] - Fraction(int(values[i, base.number(profile)]), environment.scale)
        for profile in surplus
        for i, k in enumerate(profile)
    ]
    return Separability(True, parts, None, Fraction(0), with_transfers(base, transfers, "separable"))
