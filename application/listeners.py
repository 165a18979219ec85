"""Events for whoever listens at the moment: nothing is kept, nobody is waited for."""

from collections.abc import Callable
from typing import Final

from application.events.envelope import Envelope
from application.ports.event_bus import EventPublisher

# Prices by the bar: whoever wants a market's data asks the market.
_UNTOLD: Final = frozenset({"market.tick", "market.bar_closed"})


class Listeners:
    """Satisfies `EventPublisher`: hands each event to everyone who listens, at once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._listeners: list[Callable[[Envelope], None]] = []

    def listen(self, listener: Callable[[Envelope], None]) -> Callable[[], None]:
        """Hand every event to *listener*, who must not wait or raise; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wants(self, kind: str) -> bool:
        """Tell whether an event of *kind* would reach anybody."""
        return bool(self._listeners) and kind not in _UNTOLD

    def publish(self, envelope: Envelope) -> None:
        """Hand *envelope* to everyone."""
        for listener in tuple(self._listeners):
            listener(envelope)


_: type[EventPublisher] = Listeners
