"""Gate 10: correlation and concentration, of what is held together with what is wanted."""

from decimal import Decimal

from domain.risk.advanced_risk import (
    NO_MEASURES,
    Held,
    cluster_of,
    effective_exposure,
    lost_at_stops,
    tail_of,
)
from domain.risk.limits import share_of, wanted_usd
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO

GATE = "correlation"


def correlation(proposal: Proposal, scene: Scene) -> Check:
    """Gate 10: a cluster, the tail, and the exposure to the market keep to their caps.

    An entry that moves with what is held is reduced to the room its cluster has left; the two
    other caps hold for what that leaves.
    """
    policy, equity = scene.policy, scene.watch.equity
    wanted, factor = wanted_usd(proposal, scene), ONE
    symbol, side = proposal.quote.symbol, proposal.side
    book = scene.measures or NO_MEASURES
    cluster = cluster_of(symbol, side, scene.held, book, policy.correlation_max)
    seen, cap = 0.0, float(policy.cluster_exposure_max) * equity
    if not all(h.notional >= 0.0 for h in scene.held):  # less than nothing, or unknown
        return Check(GATE, ZERO, Objection.CORRELATED, seen, cap)
    if cluster:
        seen = sum(h.notional for h in cluster) + wanted
        room = cap - sum(h.notional for h in cluster)
        if not (room > 0.0 and wanted > 0.0):
            return Check(GATE, ZERO, Objection.CORRELATED, seen, cap)
        if wanted > room:
            factor, wanted = share_of(room, Decimal(wanted)), room
    entry = Held(symbol, side, wanted)
    risk, most = (
        value_at_risk(entry, float(proposal.stop), scene),
        policy.value_at_risk_max * equity,
    )
    if not risk <= most:
        return Check(GATE, ZERO, Objection.VALUE_AT_RISK, risk, most)
    exposed = abs(effective_exposure((*scene.held, entry), book))
    widest = float(policy.effective_exposure_max) * equity
    if not exposed <= widest:
        return Check(GATE, ZERO, Objection.EFFECTIVE_EXPOSURE, exposed, widest)
    return Check(GATE, factor, None, seen, cap) if cluster else Check(GATE, ONE, None, risk, most)


def value_at_risk(entry: Held, stop: float, scene: Scene) -> float:
    """Return the 99 % value at risk in USD of a day, of what is held and *entry* together.

    What has no scenarios loses its stop for certain: *entry* the distance *stop* (a fraction), the
    others the greatest that the policy allows.
    """
    book, policy = scene.measures or NO_MEASURES, scene.policy
    unknown = lost_at_stops(scene.held, book, float(max(policy.stop_max, policy.stop_fraction)))
    return (
        tail_of((*scene.held, entry), book).value_at_risk
        + unknown
        + lost_at_stops((entry,), book, stop)
    )
