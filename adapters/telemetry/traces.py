"""Decisions as traces: one tree of spans a decision, by the OpenTelemetry API.

The root is the decision, a child each gate that was asked; if it became a trade, the entry's way
and the time it was held are children, too. Times are those of the events. Where nobody had set up
an SDK by the time this was made, it costs nothing.
"""

from collections.abc import Mapping
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import ProxyTracerProvider, Span, Status, StatusCode

from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    Said,
    SignalSkipped,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
)
from domain.decision.messages import Heard
from domain.risk.verdict import Check

_NS_PER_MS: Final = 1_000_000
_REMEMBERED_MAX: Final = 1_000
_NAME: Final = "quantum_trader"
Attributes = Mapping[str, str | int | float | bool]


class DecisionTraces:
    """A projection: told of every decision."""

    def __init__(self) -> None:
        """Look whether anybody listens."""
        self._listens = not isinstance(trace.get_tracer_provider(), ProxyTracerProvider)
        # Decisions that may have more to tell, the oldest first: their context, and when they were.
        self._known: dict[str, tuple[Context, int]] = {}

    def __call__(self, _heard: Heard, said: tuple[Said, ...]) -> None:
        """Tell of what was *said* where somebody listens."""
        if not self._listens:
            return
        for fact in said:
            match fact:
                case SignalSkipped() | EntryRefused() | EntryApproved():
                    self._decided(fact)
                case TradeExecuted():
                    self._later("execution", fact.trade_id, fact.at_ms, {
                        "size_usd": float(fact.size_usd), "price": float(fact.price),
                    })  # fmt: skip
                case TradeAborted():
                    self._later("execution", fact.trade_id, fact.at_ms, {"reason": fact.reason})
                    self._known.pop(fact.trade_id, None)
                case TradeClosed():
                    self._later("trade", fact.trade_id, fact.at_ms, {
                        "net_pnl_usd": float(fact.net_pnl), "reason": fact.reason,
                    })  # fmt: skip
                    self._known.pop(fact.trade_id, None)
                case _:
                    continue

    def _decided(self, fact: SignalSkipped | EntryRefused | EntryApproved) -> None:
        at_ns = fact.at_ms * _NS_PER_MS
        tracer = trace.get_tracer(_NAME)
        root = tracer.start_span("decision", Context(), start_time=at_ns, attributes=_about(fact))
        context = trace.set_span_in_context(root, Context())
        for check in () if isinstance(fact, SignalSkipped) else fact.checks:
            gate = tracer.start_span(
                f"gate.{check.gate}", context, start_time=at_ns, attributes=_of(check)
            )
            gate.end(at_ns)
        if isinstance(fact, EntryApproved):
            self._known[fact.trace] = (context, at_ns)
            if len(self._known) > _REMEMBERED_MAX:
                del self._known[next(iter(self._known))]
        root.end(at_ns)

    def _later(self, name: str, trade_id: str, at_ms: int, attributes: Attributes) -> None:
        """Tell of what came of a decision: from the last that was known of it until *at_ms*."""
        known = self._known.get(trade_id)
        if known is None:
            return
        context, since_ns = known
        at_ns = at_ms * _NS_PER_MS
        span: Span = trace.get_tracer(_NAME).start_span(
            name, context, start_time=since_ns, attributes=dict(attributes)
        )
        if name == "execution" and "reason" in attributes:
            span.set_status(Status(StatusCode.ERROR, str(attributes["reason"])))
        span.end(at_ns)
        self._known[trade_id] = (context, at_ns)


def _about(fact: SignalSkipped | EntryRefused | EntryApproved) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = {
        "quantum_trader.trace": fact.trace,
        "symbol": fact.symbol,
        "verdict": _VERDICTS[type(fact)],
    }
    match fact:
        case SignalSkipped():
            told["reason"] = fact.reason
        case EntryRefused():
            told["objections"] = ",".join(str(one) for one in fact.objections)
            told["policy_version"] = fact.policy_version
        case EntryApproved():
            told["notional_usd"] = float(fact.notional)
            told["policy_version"] = fact.policy_version
    return told


_VERDICTS: Final = {
    SignalSkipped: "skipped",
    EntryRefused: "refused",
    EntryApproved: "approved",
}


def _of(check: Check) -> dict[str, str | float]:
    objection = "" if check.objection is None else check.objection.value
    return {
        "factor": float(check.factor),
        "value": float(check.value),
        "limit": float(check.limit),
        "objection": objection,
    }
