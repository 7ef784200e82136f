"""The collusion-proofness principle: a mechanism followed by a side contract is itself a mechanism that can be examined."""

from fractions import Fraction

from collude.programs.screening.coalition import GrandCoalition, Option
from collude.programs.screening.contract import SideContract, evaluate_contract


def compose(coalition: GrandCoalition, contract: SideContract) -> GrandCoalition:
    """The mechanism that plays a side contract by itself: agents report, and get what the contract would have got them.

    Its options are the profiles of reports. Where the contract draws lots over quantities, so do the options: a third party then
    chooses a reallocation for each total that is drawn. Composed with a best side contract, a mechanism leaves nothing to
    gain, and the agents what the contract gave them.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 5.
    """
    options = []
    for p, profile in enumerate(coalition.profiles):
        totals: dict[tuple[int, ...], Fraction] = {}
        transfers = [-paid for paid in contract.payments[p]]
        for choice in contract.choices[p]:
            total = coalition.total_of(choice.allocation)
            totals[total] = totals.get(total, Fraction(0)) + choice.weight
            for i, t in enumerate(coalition.options[choice.option].transfers):
                transfers[i] += choice.weight * t
        lottery = tuple((weight, total) for total, weight in sorted(totals.items()) if weight)
        options.append(Option(lottery, tuple(transfers), str(profile)))
    payoffs = evaluate_contract(coalition, contract).payoffs
    return GrandCoalition(coalition.values, coalition.codes, coalition.prior, tuple(options), payoffs)
