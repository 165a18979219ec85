"""Numbers about the run. Nothing here may block, raise, or slow trading down."""

from collections.abc import Mapping
from typing import Protocol

NO_LABELS: Mapping[str, str] = {}


class Telemetry(Protocol):
    """Aggregates in process. Names without the namespace, e.g. `trades.executed`."""

    def record_counter(
        self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        """Add *amount* to a counter."""

    def record_gauge(self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS) -> None:
        """Set a gauge."""

    def record_histogram(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        """Add *value* to a distribution."""

    def exposition(self) -> str:
        """Return all metrics in the Prometheus text format."""
