"""Processes that come and go around one Redis, one disk and a wire that can be cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.redis_streams import PAUSE_MS, RedisBus
from application.events.envelope import Envelope
from application.ports.event_bus import MishapKind
from tests.builders import BTC, ETH
from tests.events import Witness, a_fact, an_alert
from tests.redis_server import HOST, PORT, redis_prefix
from tests.relay import Relay

KINDS = ("risk.alert", "market.regime.changed", "trade.execution_requested")
LOST, FOUND = MishapKind.BUS_LOST, MishapKind.BUS_FOUND


class Stage:
    """Processes that come and go around one Redis, one disk and one wire."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - a client of an extra
        prefix: str,
        relay: Relay,
        folder: Path,
    ) -> None:
        self.client = client
        self.prefix = prefix
        self.relay = relay
        self.folder = folder
        self.witness = Witness()
        self._buses: list[RedisBus] = []

    def process(self, *, telemetry: bool = False) -> RedisBus:
        """Return the bus of a new process, with the witness as its consumer."""
        witness = self.witness
        buffer = DiskBuffer(Folder(self.folder), witness.alarm, witness.clock)
        url = f"redis://{HOST}:{self.relay.port}/0"
        bus = RedisBus(
            url, buffer, witness.alarm, witness.clock, prefix=self.prefix, telemetry=telemetry
        )
        bus.subscribe(KINDS, witness, "witness")
        self._buses.append(bus)
        return bus

    def wait(self) -> None:
        """Let the pause after a failure go by."""
        self.witness.now_ms += PAUSE_MS

    def close(self) -> None:
        """End all processes."""
        for bus in self._buses:
            bus.close()


@contextmanager
def a_stage(folder: Path) -> Iterator[Stage]:
    """Yield a stage with its disk in *folder*; skips without a server."""
    with redis_prefix() as (client, prefix), Relay((HOST, PORT)) as relay:
        made = Stage(client, prefix, relay, folder / "buffer")
        yield made
        made.close()


def some(first: int, count: int) -> list[Envelope]:
    """Return facts and alerts of two symbols."""
    makes = (a_fact, an_alert)
    return [makes[n % 3 == 0](n, (BTC, ETH)[n % 2]) for n in range(first, first + count)]
