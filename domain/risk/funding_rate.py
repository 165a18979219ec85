"""Gate 7: the funding rate, predicted for the next settlement.

A positive rate is paid by longs to shorts, so `side.sign * rate` is what we pay. Rates of different
intervals are compared as 8-hour equivalents. Settlements fall on multiples of the symbol's own
interval, counted from midnight UTC.
"""

from enum import StrEnum
from math import isfinite
from typing import Final

from domain.governance.policy import Policy
from domain.market.messages import PredictedFunding
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.risk.worth import edge_r
from domain.shared.amounts import ONE, ZERO
from domain.shared.enums import Side

GATE = "funding_rate"
_HOUR_MS: Final = 3_600_000
_USUAL_HOURS: Final = 8


class FundingVerdict(StrEnum):
    """What the funding of an open position asks for before its next settlement."""

    NOTHING = "nothing"
    WARN = "warn"
    LEAVE = "leave"


def paid_per_8h(side: Side, rate: float, interval_hours: int) -> float:
    """Return what *side* pays per 8 hours, a fraction of notional; negative when it is paid.

    *rate* is that of one settlement, every *interval_hours*. NaN when any of it is unknown.
    """
    if interval_hours <= 0:
        return float("nan")
    return side.sign * rate * _USUAL_HOURS / interval_hours


def settlements(at_ms: int, minutes: int, interval_hours: int) -> int:
    """Return how many settlements fall within *minutes* after *at_ms*."""
    interval_ms = interval_hours * _HOUR_MS
    return (at_ms + minutes * 60_000) // interval_ms - at_ms // interval_ms


def expected_cost(proposal: Proposal, scene: Scene) -> float | None:
    """Return the funding that will be paid while the trade is held, a fraction of the price.

    0 when we are paid, since a prediction may turn; None when the rate is unknown or too old.
    """
    funding, hours = scene.funding, scene.instrument.funding_interval_hours
    if funding is None or hours <= 0 or not isfinite(funding.rate):
        return None
    if funding.symbol != proposal.quote.symbol or scene.at_ms > funding.until_ms:
        return None
    paid = max(proposal.side.sign * funding.rate, 0.0)
    return paid * settlements(scene.at_ms, scene.policy.funding_holding_minutes, hours)


def funding_rate(proposal: Proposal, scene: Scene) -> Check:
    """Gate 7: funding is known, is not dear, and leaves most of the expected edge to us."""
    policy, funding = scene.policy, scene.funding
    cost = expected_cost(proposal, scene)
    if funding is None or cost is None:
        return Check(GATE, ZERO, Objection.FUNDING_UNKNOWN, 0.0, policy.funding_rate_max)
    rate = paid_per_8h(proposal.side, funding.rate, scene.instrument.funding_interval_hours)
    if not rate <= policy.funding_rate_max:
        return Check(GATE, ZERO, Objection.FUNDING_TOO_HIGH, rate, policy.funding_rate_max)
    if cost > 0.0:
        edge = edge_r(proposal.opinion.confidence, proposal)
        bearable = policy.funding_edge_share * edge * float(proposal.stop + proposal.costs)
        if not cost <= bearable:
            return Check(GATE, ZERO, Objection.FUNDING_EATS_EDGE, cost, bearable)
    return Check(GATE, ONE, None, rate, policy.funding_rate_max)


def open_position_verdict(
    side: Side, funding: PredictedFunding | None, interval_hours: int, policy: Policy
) -> FundingVerdict:
    """Return what to do with an open position of *side* when *funding* is predicted for it.

    A rate that is not known asks for nothing: there is no figure to leave a position for.
    """
    rate = 0.0 if funding is None else paid_per_8h(side, funding.rate, interval_hours)
    if rate > policy.funding_rate_max:
        return FundingVerdict.LEAVE
    return FundingVerdict.WARN if rate > policy.funding_rate_warn else FundingVerdict.NOTHING
