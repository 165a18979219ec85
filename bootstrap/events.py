"""How events leave the desk: the bus, who listens from the start, and that all is joined."""

import time
from pathlib import Path

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.memory import MemoryBus
from adapters.event_bus.redis_streams import RedisBus
from application.engine import Engine
from application.events.registry import DESK
from application.ports.notifier import Notifier
from application.projections.events import EventsProjection
from application.subscribers import MishapPager, connect, default_subscriptions
from bootstrap.sections import Stores
from domain.decision.facts import Said
from domain.decision.messages import Heard
from domain.shared.enums import RunMode


def bus_of(
    stores: Stores, run_dir: Path, notifier: Notifier, engine: Engine
) -> MemoryBus | RedisBus:
    """Return the bus that is named, or one in process. Raises `BadInput`.

    With Redis, events that cannot be published are kept in the run's directory until they can.
    """
    url = stores.bus.reveal()
    alarm = MishapPager(notifier)
    if not url:
        return MemoryBus(alarm, lambda: engine.state.at_ms)
    buffer = DiskBuffer(Folder(run_dir / "events"), alarm, _utc_ms)
    return RedisBus(url, buffer, alarm, _utc_ms)


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


class Publisher:
    """Joins the desk to the bus: what it says is published, and somebody hears what is serious."""

    def __init__(
        self,
        bus: MemoryBus | RedisBus,
        engine: Engine,
        notifier: Notifier,
        mode: RunMode,
        run_id: str,
    ) -> None:
        """Publish what *engine* says from now on.

        Raises `BadInput` listing every type that is subscribed to and produced by nobody, and
        every safety event that nobody would hear.
        """
        self._bus = bus
        connect(bus, default_subscriptions(notifier), (DESK,))
        engine.project(EventsProjection(bus, mode, lambda: engine.sequence, run=run_id))
        engine.watch(_nothing, self._deliver)

    def _deliver(self) -> None:
        self._bus.deliver()

    def close(self) -> None:
        """Deliver what still waits, and let go of the bus."""
        self._bus.deliver()
        if isinstance(self._bus, RedisBus):
            self._bus.close()


def _nothing(_heard: Heard, _said: tuple[Said, ...]) -> None:
    """Watch without a wish: the bus is fed by its projection."""
