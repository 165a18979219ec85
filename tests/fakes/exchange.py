"""An exchange that remembers what it was handed, and can be out of reach."""

from application.errors import VenueUnavailable
from application.ports.exchange import Exchange, Listener
from domain.execution.messages import Report, VenueCommand


class FakeExchange:
    """Takes every command into `sent`. `failures_left` counts the sends that will fail first."""

    def __init__(self) -> None:
        self.sent: list[VenueCommand] = []
        self.tried: list[VenueCommand] = []
        self.failures_left = 0
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def send(self, command: VenueCommand) -> None:
        self.tried.append(command)
        if self.failures_left:
            self.failures_left -= 1
            raise VenueUnavailable("the line is cut")
        self.sent.append(command)

    def reports(self, report: Report) -> None:
        """Tell every listener *report*."""
        for listener in self._listeners:
            listener(report)


_: type[Exchange] = FakeExchange
