"""The writer to a venue, with a clock in hand: how long each request takes."""

from adapters.telemetry.timer import MetricsTimer
from application.ports.telemetry import Telemetry
from application.ports.venue import Reply, VenueWriter
from domain.execution.messages import CancelOrder, PlaceEntry, PlaceExit


class TimedWriter:
    """Satisfies `VenueWriter`."""

    def __init__(self, writer: VenueWriter, telemetry: Telemetry) -> None:
        """Write by *writer*, and measure to *telemetry*."""
        self._writer = writer
        self._placing = MetricsTimer("execution.order_place", telemetry)
        self._canceling = MetricsTimer("execution.order_cancel", telemetry)

    async def place(self, order: PlaceEntry | PlaceExit) -> Reply:
        """Send an order."""
        async with self._placing:
            return await self._writer.place(order)

    async def cancel(self, cancel: CancelOrder) -> Reply:
        """Send a cancel."""
        async with self._canceling:
            return await self._writer.cancel(cancel)


_: type[VenueWriter] = TimedWriter
