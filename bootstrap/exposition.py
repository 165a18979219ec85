"""The metrics as a file of the run, for who collects files instead of asking."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from adapters.reporting.files import replacing
from application.errors import StoreUnavailable
from application.ports.telemetry import Telemetry
from bootstrap.aside import aside
from domain.decision.messages import Heard

_EXPOSED_S: Final = 5.0


class Exposition:
    """Writes the metrics to a file every few seconds."""

    def __init__(self, telemetry: Telemetry, path: Path) -> None:
        """Write those of *telemetry* to *path*."""
        self._telemetry = telemetry
        self._path = path

    def write(self) -> None:
        """Write them now, if they can be: whoever reads them sees when they are old."""
        with suppress(StoreUnavailable), replacing(self._path) as path:
            path.write_text(self._telemetry.exposition(), "utf-8")

    async def run(self, hear: Callable[[Heard], None]) -> None:  # noqa: ARG002 - the port's
        """Write until cancelled; it says nothing."""
        await self.beside()

    async def beside(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(_EXPOSED_S)
            await aside(self.write)
