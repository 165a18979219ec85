"""What a trade is worth before it is made."""

from math import nan

from domain.risk.verdict import Proposal


def edge_r(confidence: float, proposal: Proposal, funding: float = 0.0) -> float:
    """Return the expected value in R, net of costs, if *confidence* is the chance of the targets.

    R is the distance to the stop plus the round trip. A win earns the mean target distance less
    costs, a loss costs one R; *funding*, a fraction of the price, is paid either way. NaN when
    there is no R to measure by.
    """
    risk = float(proposal.stop + proposal.costs)
    if not risk > 0.0:
        return nan
    win = float(proposal.reward - proposal.costs) / risk
    return confidence * win - (1.0 - confidence) - funding / risk
