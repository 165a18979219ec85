"""Gate 6: symbol performance and anti-churn."""

from domain.market.bars import DAY_MS
from domain.monitoring.symbol_performance import is_suspended, is_weak, on_probation
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO

GATE = "symbol_performance"


def symbol_performance(_: Proposal, scene: Scene) -> Check:
    """Gate 6: the symbol has not churned, nor lost too often or too much; weak ones are halved."""
    policy, record = scene.policy, scene.record
    losses = float(record.losses_in_row)
    if is_suspended(record, scene.at_ms, policy):
        return Check(GATE, ZERO, Objection.SYMBOL_SUSPENDED, losses, float(policy.suspend_losses))
    tried = on_probation(record, policy)  # and served it: only a win ends it now
    paused = scene.at_ms - record.closed_ms < policy.churn_pause_minutes * 60_000
    if paused and not tried and record.losses_in_row >= policy.losses_in_row_max:
        return Check(GATE, ZERO, Objection.LOSSES_IN_ROW, losses, float(policy.losses_in_row_max))
    if record.day == scene.at_ms // DAY_MS:
        cap = policy.round_trips_per_day_max
        if paused and record.round_trips >= cap:
            return Check(
                GATE, ZERO, Objection.ROUND_TRIPS_PER_DAY, float(record.round_trips), float(cap)
            )
        lost, most = record.lost_usd, float(policy.symbol_daily_loss_max) * scene.watch.equity
        if not lost <= most:
            return Check(GATE, ZERO, Objection.SYMBOL_DAILY_LOSS, lost, most)
    factor = policy.weak_symbol_size if tried or is_weak(record, policy) else ONE
    return Check(GATE, factor, None, losses, float(policy.losses_in_row_max))
