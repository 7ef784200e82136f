"""Under which terms a coalition may sign a side contract: switches that change the answer, each stated."""

from dataclasses import dataclass
from fractions import Fraction

from collude.models.errors import InputError
from collude.models.files.html import shown


@shown
@dataclass(frozen=True)
class SideContractTerms:
    """What a side contract may do, and which deviations from it count.

    Parameters
    ----------
    read
        "report" (default): a payment is read at the reported types, so it can make the truth worthwhile. "truth": it is
        read at the true types even after a lie, as the definition was printed; payments then cancel out of every
        incentive constraint.
    depends
        "coalition" (default): a payment may depend on the reports of the members only. "everything": also on the types
        of outsiders, which adds bets under different priors and lotteries that extract rents under correlation.
    payments
        False if members cannot pay each other.
    bound
        The largest payment, in units of money, that a member may receive or make; None for no bound.
    obedience
        True if, moreover, no member may gain by another action after the side device has spoken.
    incentives
        "bayesian" (default): a member who lies obeys afterwards. "communication": he may both lie and then disobey.
    reports
        "heard" (default): members report types that occur. "all": also types of probability 0, where the device is free.
        The answer is the same, since the device may treat such a report as one that occurs; the program is larger.

    Raises
    ------
    InputError
        If a switch has another value, or the bound is negative.

    References
    ----------
    Giraud and Rochon (2001), Definitions 4 to 8 and the appendix.

    Examples
    --------
    >>> from collude.models.contracts.library import mutual_favours
    >>> from collude.programs.contracts.improvement import improvement
    >>> improvement(mutual_favours(), (0, 1), SideContractTerms(payments=False)).exists
    True
    """

    read: str = "report"
    depends: str = "coalition"
    payments: bool = True
    bound: Fraction | None = None
    obedience: bool = False
    incentives: str = "bayesian"
    reports: str = "heard"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("read", ("report", "truth")),
            ("depends", ("coalition", "everything")),
            ("incentives", ("bayesian", "communication")),
            ("reports", ("heard", "all")),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(f"{name} is {' or '.join(allowed)}, not {getattr(self, name)!r}")
        if self.bound is not None and self.bound < 0:
            raise InputError(f"the bound on payments is at least 0, not {self.bound}")
