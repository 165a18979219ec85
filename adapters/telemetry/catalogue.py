"""Every metric of the daemon: its unit, what it says, and where its buckets end.

The unit ends the exposed name unless the name says it already. A name that is not listed here is
exposed all the same, as seconds where it is a distribution: what a timer of somebody else measures.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
LONG_SECONDS: Final = (60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0, 86_400.0, 604_800.0)
USD: Final = (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 1e5, 1e6)
SIGNED_USD: Final = (-1e3, -100.0, -50.0, -10.0, -1.0, 0.0, 1.0, 10.0, 50.0, 100.0, 1e3)
R: Final = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)
SHARES: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


class About(NamedTuple):
    """What one metric is about. `unit`: a base unit, empty for a plain number."""

    help: str
    unit: str = ""
    buckets: tuple[float, ...] = SECONDS


# fmt: off
CATALOGUE: Final[Mapping[str, About]] = {
    "alerts.letters": About("Letters of alerts to webhooks, by what became of them."),
    "api.refused": About("Requests to the operator's interface that were refused, by status."),
    "audit.checkpoint_age": About("Since the audit trail was signed last.", "seconds"),
    "audit.records": About("Records that the audit trail holds."),
    "balance.adjustments": About("Times that the balance was made the venue's."),
    "build": About("The version at work and the digest of its settings; always 1.", "info"),
    "clock.offset": About("How far the clock is from the venue's, and has moved.", "seconds"),
    "directives.adopted": About("Directives of supervision adopted, by mode."),
    "disk.free": About("Free space where the run is written.", "bytes"),
    "disk.free_share": About("Free share of the disk where the run is written.", "ratio"),
    "drawdown": About("Fall of equity from its peak.", "ratio"),
    "equity": About("Wallet and unrealised PnL at the last marks.", "usd"),
    "ess.activations": About("Activations of the emergency stop, by trigger."),
    "ess.closes_refused": About("Closes that the venue refused in an emergency."),
    "ess.flat_seconds": About("From activation to the proof of flat.", "seconds", LONG_SECONDS),
    "ess.halted": About("1 while only an operator can end the emergency."),
    "ess.mode": About("The emergency stop: 0 NORMAL, 1 CAUTIOUS, 2 PROTECTIVE, 3 EMERGENCY."),
    "ess.recoveries": About("Rungs climbed back, by the mode reached."),
    "execution.order_place": About("From handing an order to the venue to its answer.", "seconds"),
    "execution.order_cancel": About("From asking the venue to cancel to its answer.", "seconds"),
    "exposure.used": About("Gross notional, open or under way, over its limit.", "ratio"),
    "feed.age": About("Since the last news of the market.", "seconds"),
    "fills.unexpected": About("Fills of no order that the desk knew to be live."),
    "gates.last_pass_age": About("Since the gates let an entry by.", "seconds"),
    "gates.refused_since_pass": About("Proposals refused since the gates let one by."),
    "gates.starved": About("1 while too long nothing passes the gates, or is proposed."),
    "health": About("Health as the desk has it: 0 HEALTHY, 1 UNKNOWN, 2 DEGRADED, 3 CRITICAL."),
    "health.figure": About("What the monitor sees of a part, in that part's own unit."),
    "health.part": About("Health of a part: 0 HEALTHY, 1 UNKNOWN, 2 DEGRADED, 3 CRITICAL."),
    "inbox.waiting": About("Events that wait to be heard."),
    "latency.execution": About("From the decision to the complete entry.", "seconds"),
    "loop.lag": About("By how much a short pause of the event loop took longer.", "seconds"),
    "loop.lag_worst": About("The greatest lag of the last ten seconds.", "seconds"),
    "market.regime_changes": About("Confirmed changes of regime, by symbol."),
    "model.confidence": About("Confidence of each answer of a model.", "ratio", SHARES),
    "model.predictions": About("Answers of models, by action."),
    "operator.actions": About("What operators did."),
    "order.doubt_seconds": About("How long an order was in doubt.", "seconds", LONG_SECONDS),
    "order.unknown_age": About("Age of the oldest order in doubt; 0: none is.", "seconds"),
    "orders.in_doubt": About("Orders whose outcome nobody knew, by symbol."),
    "orders.outcomes": About("Writes to the venue, by what became of them."),
    "orders.placed": About("Entries decided on, by symbol."),
    "orders.refused": About("Orders that the venue refused, by code."),
    "orders.unmapped_codes": About("Answers with a code that the table of outcomes does not have."),
    "policy.age": About("Since the policy store answered last.", "seconds"),
    "policy.changes": About("Changes of the policy that governs."),
    "policy.fallback": About("1 while the policy store is lost and another policy governs."),
    "policy.rung": About("The outage ladder of the policy store: 0 is its own word."),
    "policy.version": About("The version of the policy that governs."),
    "positions.adjusted": About("Times that the book was made to say what the venue says."),
    "positions.adopted": About("Positions of another hand that the desk took over."),
    "positions.differing": About("Symbols of which venue and book differ now."),
    "positions.findings": About("What the position monitor found, by code."),
    "positions.mismatches": About("Times that venue and book differed, by symbol."),
    "positions.open": About("Trades that are filled and not yet closed."),
    "positions.unprotected_age": About("Since a held position lacks a stop.", "seconds"),
    "rate_budget.remaining": About("What is left of the venue's limits, by window.", "ratio"),
    "risk.alerts": About("Alerts of risk, by code."),
    "risk.blocks": About("Objections to entries, by the gate that raised them."),
    "risk.gate_failures": About("Gates that raised instead of judging."),
    "sessions.stopped": About("Times that the desk stopped in good order."),
    "sessions.started": About("Times that the desk opened, by run mode."),
    "shadow.closed": About("Paper trades of the shadow book that ended."),
    "shadow.credit_usd": About("What the shadow book adds to the ladder's equity.", "usd"),
    "shadow.opened": About("Entries taken on paper, by symbol."),
    "signals.skipped": About("Signals that came to no proposal, by reason."),
    "stops.placed": About("Stops that the venue holds, by symbol."),
    "telemetry.faults": About("What was not recorded as it was given, by reason."),
    "trade.hold_seconds": About("How long a trade was held.", "seconds", LONG_SECONDS),
    "trade.net_r": About("Net PnL of a trade over its first risk.", "", R),
    "trade.pnl_usd": About("Net PnL of a trade.", "usd", SIGNED_USD),
    "trade.size_usd": About("Size of a trade at its entry.", "usd", USD),
    "trade.slippage": About("Entry price against that of the decision; positive: worse.", "ratio"),
    "trades.aborted": About("Entries that ended without a fill, by reason."),
    "trades.closed": About("Trades closed, by reason and outcome."),
    "trades.executed": About("Trades whose entry is complete, by symbol."),
    "trades.outcomes": About("Trades closed, by symbol and outcome."),
    "venue.synced": About("Times that venue and desk came to agree."),
}
# fmt: on
EVERYTHING_ELSE: Final = About("")


def about(name: str) -> About:
    """Return what is known of *name*."""
    return CATALOGUE.get(name, EVERYTHING_ELSE)
