"""What was heard and said, as events for everybody beyond the desk.

Rule 1: an event that nobody wants is never made.
Rule 2: ids are those of the journal, so whoever replays it tells the same events again.
"""

from collections.abc import Callable
from typing import Final

from application.events import trade_payloads as t
from application.events.envelope import Envelope, event_id, heard_id
from application.events.payloads import Payload
from application.events.registry import DESK, EVENTS
from application.events.telling import EVENTS_OF, told
from application.events.told import finite
from application.ports.event_bus import EventPublisher
from domain.decision.facts import Said
from domain.decision.messages import Candidate, Heard, MarketAdvanced
from domain.execution.messages import OrderFilled
from domain.shared.enums import RunMode
from domain.shared.identity import trace_id

_TICK: Final = "market.tick"
_BAR: Final = "market.bar_closed"
_SIGNAL: Final = "signal.generated"
_FILL: Final = "position.updated"


class EventsProjection:
    """Publishes each decision. Raises what the bus raises."""

    def __init__(
        self,
        bus: EventPublisher,
        mode: RunMode,
        sequence: Callable[[], int],
        run: str | None = None,
    ) -> None:
        """Tell *bus* everything.

        *sequence* gives the number of the event being told of in its journal. *run* names the
        run in every id, where several share a bus; by default it is the mode.
        """
        self._bus = bus
        self._wants = bus.wants
        self._sequence = sequence
        self._run = run or mode.value
        self._producer = f"{DESK}:{mode.value}"
        self._of_market: Final = {
            _TICK: self._ticks,
            _BAR: self._bars,
            _SIGNAL: self._signals,
        }

    def __call__(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Publish what was *heard*, as far as it concerns others, and what was *said* on it."""
        wants = self._wants
        if isinstance(heard, MarketAdvanced):
            for kind, publish in self._of_market.items():
                if wants(kind):
                    publish(heard)
        elif isinstance(heard, OrderFilled) and wants(_FILL):
            _, order_id, symbol, side, quantity, price, *_ = heard
            moved = t.PositionMoved(symbol, side.value, quantity, price, order_id)
            self._publish(_FILL, heard.at_ms, moved, symbol)
        for index, fact in enumerate(said):
            kinds = EVENTS_OF.get(type(fact), ())
            if any(map(wants, kinds)):
                self._tell(index, fact, heard)

    def _tell(self, index: int, fact: Said, heard: Heard) -> None:
        """Publish the event of *fact* and those that follow from it, as far as they are wanted."""
        about = told(fact, heard)
        if about is None:
            return
        cause = ""
        for kind, payload in about.events:
            if self._wants(kind):
                self._publish(kind, fact.at_ms, payload, about.key, about.trace, cause, index)
            cause = cause or event_id(self._heard_id(), kind, index)

    def _ticks(self, heard: MarketAdvanced) -> None:
        for index, (symbol, price) in enumerate(heard.marks):
            tick = t.Ticked(symbol, finite(price))
            self._publish(_TICK, heard.at_ms, tick, symbol, index=index)

    def _bars(self, heard: MarketAdvanced) -> None:
        for index, candidate in enumerate(heard.candidates):
            symbol, price, atr, regime, spread, fault = candidate.quote[:6]
            bar = t.BarClosed(
                symbol,
                price,
                finite(atr),
                finite(spread),
                regime.value,
                None if fault is None else fault.value,
            )
            trace = trace_id(symbol, heard.at_ms)
            self._publish(_BAR, heard.at_ms, bar, symbol, trace, index=index)

    def _signals(self, heard: MarketAdvanced) -> None:
        for index, candidate in enumerate(heard.candidates):
            symbol = candidate.quote.symbol
            trace = trace_id(symbol, heard.at_ms)
            signal = _signal(candidate)
            self._publish(_SIGNAL, heard.at_ms, signal, symbol, trace, index=index)

    def _publish(
        self,
        kind: str,
        at_ms: int,
        payload: Payload,
        key: str,
        trace: str = "",
        cause: str = "",
        index: int = 0,
    ) -> None:
        heard = self._heard_id()
        self._bus.publish(
            Envelope(
                event_id(heard, kind, index),
                kind,
                EVENTS[kind].version,
                at_ms,
                trace or heard,
                cause or heard,
                self._producer,
                key,
                payload,
            )
        )

    def _heard_id(self) -> str:
        return heard_id(self._run, self._sequence())


def _signal(candidate: Candidate) -> Payload:
    votes = candidate.votes
    return t.SignalGenerated(
        candidate.quote.symbol,
        candidate.quote.price,
        tuple(vote.model for vote in votes),
        tuple(vote.action.value for vote in votes),
        tuple(finite(vote.confidence) for vote in votes),
    )
