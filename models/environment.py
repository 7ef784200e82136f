"""Environments: labelled agents, their finite types, what each type is worth at each bundle, an optional prior."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import NamedTuple, TypeAlias, TypedDict, Unpack

import numpy as np

from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.numbers import brief, common_scale, exact, guard, scaled_array
from collude.models.reading.priors import Prior as Prior
from collude.models.reading.priors import checked_prior

Bundle = tuple[int, ...]
Mixture = tuple[tuple[int, Fraction], ...]
AgentType: TypeAlias = "int | Fraction | str | tuple[AgentType, ...]"  # a number, a word, a vector, an order
MOST_AGENTS = 30
MOST_OUTCOMES, FEW_ALLOCATIONS = 1 << 20, 1 << 10


class BundleChance(NamedTuple):
    """A bundle and the probability with which a lottery gives it."""

    bundle: Bundle
    probability: Fraction


@shown
@dataclass(frozen=True, eq=False)
class Environment:
    """A finite environment with private values.

    labels: one per agent. types: per agent the types as given (numbers, cost or value vectors, preference orders).
    bundles: per agent the bundles that he can hold, integer vectors, all of one length; position 0 is "nothing" in
    environments with goods. values: per agent an int64 array (K_i, B_i), `scale` times what type k gets from bundle b;
    the cost of a supplier is negative. supplier: agents whose bundle counts as given up, not received. supply: what
    there is of each good, None if unlimited. exactly: all of it must be allotted. public: one alternative for all, the
    bundles are numbered alternatives. ordinal: values are ranks, sums of them mean nothing. mixtures: per agent the
    lotteries over his bundles, as (bundle number, probability), that outcomes may give him; mixture m has bundle number
    B_i + m, and its expected values are column B_i + m of `values`.
    """

    family: str
    labels: tuple[str, ...]
    types: tuple[tuple[AgentType, ...], ...]
    bundles: tuple[tuple[Bundle, ...], ...]
    values: tuple[np.ndarray, ...]
    scale: int = 1
    supplier: tuple[bool, ...] = ()
    supply: Bundle | None = None
    exactly: bool = False
    public: bool = False
    ordinal: bool = False
    alternatives: tuple[str, ...] = ()
    prior: Prior | None = field(default=None)
    mixtures: tuple[tuple[Mixture, ...], ...] = ()

    def __repr__(self) -> str:
        return f"Environment({', '.join([self.family, *population(self)])})"

    def __post_init__(self) -> None:
        n = len(self.labels)
        if n == 0:
            raise InputError("an environment needs at least one agent")
        if n > MOST_AGENTS:
            raise InputError(f"{n} agents have more than 10^9 coalitions; at most {MOST_AGENTS} agents are taken")
        if len(set(self.labels)) != n:
            raise InputError("two agents have the same label; labels must differ")
        if not self.supplier:
            object.__setattr__(self, "supplier", (False,) * n)
        if not n == len(self.types) == len(self.bundles) == len(self.values) == len(self.supplier):
            raise InputError(f"labels, types, bundles and values must have one entry per agent ({n})")
        if not self.mixtures:
            object.__setattr__(self, "mixtures", ((),) * n)
        for i, (label, types, bundles, values) in enumerate(
            zip(self.labels, self.types, self.bundles, self.values, strict=True)
        ):
            if not types:
                raise InputError(f"agent {label} has no type; give at least one")
            if len(set(types)) != len(types):
                raise InputError(f"agent {label} has the same type twice")
            if len({len(bundle) for bundle in bundles}) != 1 or len(set(bundles)) != len(bundles):
                raise InputError(f"the bundles of agent {label} must be different and of one length")
            held = len(bundles) + len(self.mixtures[i])
            if values.shape != (len(types), held) or values.dtype != np.int64:
                raise InputError(
                    f"agent {label}: values have shape {values.shape}, but there are {len(types)} types and "
                    f"{held} bundles"
                )
            self._check_mixtures(i)
        self._check_goods()
        guard(2 * sum(self.largest), "the sum of the values")
        if self.prior is not None:
            object.__setattr__(self, "prior", checked_prior(self.prior, self.sizes))

    def _check_goods(self) -> None:
        """Bundles, supply and alternatives must be about the same goods."""
        goods = {len(bundle) for bundles in self.bundles for bundle in bundles}
        if len(goods) != 1:
            raise InputError("the bundles of all agents must be vectors of the same length, one number per good")
        if self.supply is not None and len(self.supply) not in goods:
            raise InputError(f"the supply has {len(self.supply)} numbers, but bundles have {max(goods)} goods")
        if self.public and len(set(self.bundles)) > 1:
            raise InputError("in a public choice all agents must have the same list of alternatives")
        if self.public and self.alternatives and len(self.alternatives) != len(self.bundles[0]):
            raise InputError(f"{len(self.alternatives)} alternatives are named, but there are {len(self.bundles[0])}")

    def _check_mixtures(self, agent: int) -> None:
        """Raise InputError unless every mixture is a lottery over bundles and is valued at its expectation."""
        values, sure = self.values[agent], len(self.bundles[agent])
        for m, mixture in enumerate(self.mixtures[agent]):
            chances = [chance for _, chance in mixture]
            if any(chance <= 0 for chance in chances) or sum(chances) != 1 or len(chances) < 2:
                raise InputError(
                    f"agent {self.labels[agent]}: the probabilities of a lottery must be positive and sum to 1"
                )
            if any(not 0 <= b < sure for b, _ in mixture):
                raise InputError(f"agent {self.labels[agent]}: a lottery gives a bundle that he cannot hold")
            for row in values.tolist():
                if row[sure + m] != sum(chance * row[b] for b, chance in mixture):
                    raise InputError(f"agent {self.labels[agent]}: a lottery is not valued at its expectation")

    @property
    def agents(self) -> int:
        """Number of agents n."""
        return len(self.labels)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of types of each agent."""
        return tuple(len(types) for types in self.types)

    @cached_property
    def largest(self) -> tuple[int, ...]:
        """The largest absolute value of each agent, scaled."""
        return tuple(_largest(values) for values in self.values)

    @cached_property
    def profiles(self) -> int:
        """Number of profiles P, an exact int."""
        return prod(self.sizes)

    def numeric_types(self, agent: int) -> tuple[Fraction, ...]:
        """An agent's types as numbers. InputError if they are vectors, orders or words."""
        return tuple(exact(one_type, f"a type of agent {self.labels[agent]}") for one_type in self.types[agent])

    @cached_property
    def goods(self) -> list[np.ndarray]:
        """Per agent the bundles as an int64 array (B_i, number of goods), with the sign of what is received."""
        return [
            np.array(bundles, np.int64) * (-1 if supplier else 1)
            for bundles, supplier in zip(self.bundles, self.supplier, strict=True)
        ]

    @cached_property
    def few_allocations(self) -> np.ndarray:
        """What `allocations` gives, kept where it is small: a search asks for it each time."""
        return _tried_allocations(self)

    @cached_property
    def interchangeable(self) -> tuple[tuple[int, int], ...]:
        """The pairs of agents with the same types, bundles and values."""
        return tuple(
            (i, j)
            for i, j in combinations(range(self.agents), 2)
            if self.types[i] == self.types[j]
            and self.bundles[i] == self.bundles[j]
            and self.supplier[i] == self.supplier[j]
            and np.array_equal(self.values[i], self.values[j])
        )

    @property
    def has_lotteries(self) -> bool:
        """True if outcomes may give an agent a lottery over bundles."""
        return any(self.mixtures)

    def spread(self, agent: int, bundle: int) -> tuple[BundleChance, ...]:
        """The bundles that a bundle number stands for, with their probabilities; one with 1 unless it is a mixture."""
        bundles = self.bundles[agent]
        if bundle < len(bundles):
            return (BundleChance(bundles[bundle], Fraction(1)),)
        return tuple(BundleChance(bundles[b], p) for b, p in self.mixtures[agent][bundle - len(bundles)])

    def gets(self, agent: int, *, received: bool = False) -> np.ndarray:
        """For each bundle number, mixtures included, a bool: goods change hands (received: he receives some) with a
        positive probability."""
        goods = self.goods[agent]
        sure = np.asarray((goods > 0 if received else goods != 0).any(axis=1)).tolist()
        mixed = [any(sure[b] for b, _ in mixture) for mixture in self.mixtures[agent]]
        return np.array([*sure, *mixed], np.bool_)

    @cached_property
    def indices(self) -> tuple[dict[Bundle, int], ...]:
        """Per agent the position of each bundle."""
        return tuple({bundle: b for b, bundle in enumerate(bundles)} for bundles in self.bundles)

    def value(self, agent: int, type_index: int, bundle: int) -> Fraction:
        """What type number `type_index` of an agent gets from his bundle number `bundle`."""
        return Fraction(int(self.values[agent][type_index, bundle]), self.scale)

    def infeasible(self, bundle: np.ndarray) -> np.ndarray:
        """For bundle numbers (R, n), a bool array (R,): True where goods are given that do not exist. Rows with a mixture are
        False: their lotteries are checked branch by branch."""
        if self.public:
            return np.asarray((bundle != bundle[:, :1]).any(axis=1))
        result = np.zeros(len(bundle), np.bool_)
        if self.supply is None:
            return result
        if self.has_lotteries:
            sure = (bundle < np.array([len(bundles) for bundles in self.bundles])).all(axis=1)
            result[sure] = self._exceeds(bundle[sure], self.supply)
            return result
        return self._exceeds(bundle, self.supply)

    def _exceeds(self, bundle: np.ndarray, supply: Bundle) -> np.ndarray:
        """For sure bundles (R, n) whether they give something that does not exist, (R,) bool."""
        total = np.zeros((len(bundle), len(supply)), np.int64)
        for i, goods in enumerate(self.goods):
            total += goods.take(bundle[:, i], axis=0)
        wrong = np.zeros(len(bundle), np.bool_)
        for units, limit in zip(total.T, supply, strict=True):
            wrong |= units != limit if self.exactly else units > limit
        return wrong


def _largest(values: np.ndarray) -> int:
    """The largest absolute value, also of the least int64."""
    return max(abs(int(values.min())), abs(int(values.max()))) if values.size else 0


def show_type(one_type: object) -> str:
    """A type as text: a number, a vector in parentheses, an order of alternatives.

    Parameters
    ----------
    one_type
        As an environment has it.
    """
    if isinstance(one_type, tuple):
        return "(" + ",".join(show_type(x) for x in one_type) + ")"
    return str(one_type)


def population(environment: Environment) -> list[str]:
    """How many agents there are, and their types: "3 agents", "types 0 1 2".

    Parameters
    ----------
    environment
        Whose agents.
    """
    count = f"{environment.agents} agents" if environment.agents > 1 else "1 agent"
    if len(set(environment.types)) > 1:
        return [count, f"{' x '.join(map(str, environment.sizes))} types"]
    names = [show_type(one_type) for one_type in environment.types[0]]
    listed = " ".join(names) if len(names) <= 12 else f"{' '.join(names[:3])} ... {names[-1]} ({len(names)} types)"
    return [count, f"types {listed}"]


def require_environment(given: object) -> None:
    """Raise InputError, with what to write instead, for anything but an environment.

    Parameters
    ----------
    given
        What came in its place.
    """
    if not isinstance(given, Environment):
        hint = "; take its .environment" if hasattr(given, "environment") else ", such as co.auction(2, [0, 1])"
        raise InputError(f"an environment is needed, not {_what(given)}{hint}")


def _what(given: object) -> str:
    if isinstance(given, (str, int, float, type(None))):
        return brief(given)
    return f"an object of the type {type(given).__name__}"


def allocations(environment: Environment) -> np.ndarray:
    """All ways to give each agent a bundle so that no goods are given that do not exist.

    Parameters
    ----------
    environment
        Its supply says which ways are feasible.

    Returns
    -------
    ndarray
        (m, n) int32 bundle numbers.

    Raises
    ------
    SizeError
        If there are more than 2^20 ways before the supply is looked at.
    """
    sizes = [len(bundles) for bundles in environment.bundles]
    if environment.public:
        return np.asarray(np.repeat(np.arange(sizes[0], dtype=np.int32)[:, None], environment.agents, axis=1))
    count = prod(sizes)
    if count > MOST_OUTCOMES:
        raise SizeError(f"there are {count} ways to give bundles to agents; at most {MOST_OUTCOMES} are tried", count)
    return environment.few_allocations.copy() if count <= FEW_ALLOCATIONS else _tried_allocations(environment)


def _tried_allocations(environment: Environment) -> np.ndarray:
    ways = list(product(*(range(len(bundles)) for bundles in environment.bundles)))
    rows = np.array(ways, np.int32).reshape(len(ways), environment.agents)
    return np.asarray(rows[~environment.infeasible(rows)])


def agent_labels(agents: int) -> tuple[str, ...]:
    """The names that agents have by default: "0", "1", ...

    Parameters
    ----------
    agents
        How many.

    Raises
    ------
    InputError
        If there is none.
    """
    if agents < 1:
        raise InputError(f"{agents} agents; give at least 1")
    return tuple(str(i) for i in range(agents))


class EnvironmentFacts(TypedDict, total=False):
    """The fields of `Environment` that `from_values` takes as they are."""

    labels: tuple[str, ...]
    supplier: tuple[bool, ...]
    supply: Bundle | None
    exactly: bool
    public: bool
    ordinal: bool
    alternatives: tuple[str, ...]
    prior: Prior | None


def from_values(
    family: str,
    types: Sequence[Sequence[AgentType]],
    bundles: Sequence[Sequence[Bundle]],
    values: Sequence[Sequence[Sequence[Fraction]]],
    **facts: Unpack[EnvironmentFacts],
) -> Environment:
    """An environment from exact rational values, which are scaled to int64.

    Parameters
    ----------
    family
        What kind of environment it is, such as "auction".
    types
        Per agent.
    bundles
        Per agent the integer vectors that he can hold.
    values
        values[i][k][b]: what type k of agent i gets from bundle b, in money; the cost of a supplier is negative.
    facts
        The other fields of `Environment`; labels are "0", "1", ... by default.

    Raises
    ------
    InputError
        If the parts do not fit together.
    SizeError
        If the scaled values leave int64.

    Examples
    --------
    >>> from_values("goods", [[1, 2]], [[(0,), (1,)]], [[[Fraction(0), Fraction(1, 2)], [Fraction(0), Fraction(2)]]]).scale
    2
    """
    flat = [x for table in values for row in table for x in row]
    scale = common_scale(flat)
    arrays = tuple(
        scaled_array([x for row in table for x in row], scale, "a value").reshape(len(table), -1) for table in values
    )
    facts["labels"] = facts.get("labels") or agent_labels(len(types))
    return Environment(
        family=family,
        types=tuple(tuple(x) for x in types),
        bundles=tuple(tuple(x) for x in bundles),
        values=arrays,
        scale=scale,
        **facts,
    )
