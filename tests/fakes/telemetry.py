"""Telemetry that remembers every call."""

from collections import Counter
from collections.abc import Mapping

from application.ports.telemetry import NO_LABELS, Telemetry
from application.trade_metrics import TradeMetrics

Series = tuple[str, tuple[tuple[str, str], ...]]


class FakeTelemetry(TradeMetrics):
    """Counters are summed, gauges last, histograms listed; each by name and sorted labels."""

    def __init__(self) -> None:
        self.counters: Counter[Series] = Counter()
        self.gauges: dict[Series, float] = {}
        self.histograms: dict[Series, list[float]] = {}
        self.summaries: dict[Series, list[float]] = {}
        self.traces: list[tuple[str, str]] = []

    def record_counter(
        self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        if trace:
            self.traces.append((name, trace))
        self.counters[_series(name, labels)] += int(amount)

    def record_gauge(self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS) -> None:
        self.gauges[_series(name, labels)] = value

    def record_histogram(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        if trace:
            self.traces.append((name, trace))
        self.histograms.setdefault(_series(name, labels), []).append(value)

    def record_summary(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        self.summaries.setdefault(_series(name, labels), []).append(value)

    def exposition(self, accept: str = "") -> str:  # noqa: ARG002 - nothing is shown
        return ""

    def counted(self, name: str, **labels: str) -> int:
        """Return what the counter stands at."""
        return self.counters[_series(name, labels)]

    def gauge(self, name: str, **labels: str) -> float:
        """Return what the gauge was set to last."""
        return self.gauges[_series(name, labels)]

    def values(self, name: str, **labels: str) -> list[float]:
        """Return everything added to the distribution."""
        return self.histograms.get(_series(name, labels), [])


def _series(name: str, labels: Mapping[str, str]) -> Series:
    return name, tuple(sorted((key, str(value)) for key, value in labels.items()))


_: type[Telemetry] = FakeTelemetry
