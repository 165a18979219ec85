"""Metrics kept in memory: counters, gauges and distributions with fixed buckets.

Nothing here raises or grows without bound: a label outside the list is dropped, a series beyond
the bound of its metric is folded into one, a number that is none is left out; each is counted
under `telemetry.faults`, by reason.
"""

from bisect import bisect_left
from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Final

from adapters.telemetry.catalogue import about
from adapters.telemetry.metric import Distribution, Exemplar, Kind, Metric, Number, Spread
from adapters.telemetry.prometheus import accepts_open, exposition
from application.ports.telemetry import NO_LABELS, Telemetry
from application.trade_metrics import TradeMetrics

# fmt: off
LABELS: Final = frozenset({
    "symbol", "trigger", "blocker", "model", "action", "side", "reason", "mode", "outcome", "part",
    "type", "window", "version", "config",
})
# fmt: on
_VALUE_LENGTH_MAX: Final = 128
SERIES_MAX: Final = 1000
FAULTS: Final = "telemetry.faults"


class Fault(StrEnum):
    """Why something was not recorded as it was given."""

    LABEL = "label"
    SERIES = "series"
    NUMBER = "number"
    KIND = "kind"


Key = tuple[object, ...]


class InMemoryTelemetry(TradeMetrics):
    """Satisfies `Telemetry`. One thread records; another may read the exposition."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}
        self._counters: dict[Key, Number] = {}
        self._gauges: dict[Key, Number] = {}
        self._distributions: dict[Key, Distribution] = {}
        self._spreads: dict[Key, Spread] = {}

    def record_counter(
        self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *amount*, which is not negative, to a counter."""
        if not 0.0 <= amount < float("inf"):
            self._fault(Fault.NUMBER)
            return
        key = (name, *labels.items()) if labels else (name,)
        cell = self._counters.get(key)
        if cell is None:
            cell = self._counters[key] = self._number_cell(name, Kind.COUNTER, labels)
        cell.value += amount
        if trace:
            cell.exemplar = Exemplar(trace, amount)

    def record_gauge(self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS) -> None:
        """Set a gauge. A value that is not finite is shown as it is."""
        key = (name, *labels.items()) if labels else (name,)
        cell = self._gauges.get(key)
        if cell is None:
            cell = self._gauges[key] = self._number_cell(name, Kind.GAUGE, labels)
        cell.value = value

    def record_histogram(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *value* to a distribution."""
        if not isfinite(value):
            self._fault(Fault.NUMBER)
            return
        key = (name, *labels.items()) if labels else (name,)
        cell = self._distributions.get(key)
        if cell is None:
            cell = self._distributions[key] = self._distribution(name, labels)
        at = bisect_left(cell.bounds, value)
        cell.counts[at] += 1
        cell.total += value
        if trace:
            cell.exemplars[at] = Exemplar(trace, value)

    def record_summary(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        """Add *value* to a distribution of which the quantiles of late are kept."""
        if not isfinite(value):
            self._fault(Fault.NUMBER)
            return
        key = (name, *labels.items()) if labels else (name,)
        cell = self._spreads.get(key)
        if cell is None:
            cell = self._spreads[key] = self._spread(name, labels)
        cell.count += 1
        cell.total += value
        cell.recent.append(value)

    def value(self, name: str, labels: Mapping[str, str] = NO_LABELS) -> float | None:
        """Return what a counter or gauge stands at, None when there is no such series."""
        metric = self._metrics.get(name)
        cell = metric.numbers.get(_series(labels)) if metric else None
        return cell.value if cell else None

    def exposition(self, accept: str = "") -> str:
        """Return all metrics: with exemplars where *accept* asks for OpenMetrics."""
        return exposition(list(self._metrics.values()), is_open=accepts_open(accept))

    def metrics(self) -> list[Metric]:
        """Return everything that is held, for who sends it elsewhere."""
        return list(self._metrics.values())

    def _number_cell(self, name: str, kind: Kind, labels: Mapping[str, str]) -> Number:
        metric = self._metric(name, kind)
        if metric is None:
            return Number()  # of another kind already: counted as a fault, shown nowhere
        series = self._admitted(labels, len(metric.numbers))
        return metric.numbers.setdefault(series, Number())

    def _distribution(self, name: str, labels: Mapping[str, str]) -> Distribution:
        metric = self._metric(name, Kind.HISTOGRAM)
        bounds = about(name).buckets
        if metric is None:
            return Distribution(bounds)
        series = self._admitted(labels, len(metric.distributions))
        return metric.distributions.setdefault(series, Distribution(bounds))

    def _spread(self, name: str, labels: Mapping[str, str]) -> Spread:
        metric = self._metric(name, Kind.SUMMARY)
        if metric is None:
            return Spread()
        series = self._admitted(labels, len(metric.spreads))
        return metric.spreads.setdefault(series, Spread())

    def _metric(self, name: str, kind: Kind) -> Metric | None:
        metric = self._metrics.setdefault(name, Metric(name, kind))
        if metric.kind is kind:
            return metric
        self._fault(Fault.KIND)
        return None

    def _admitted(self, labels: Mapping[str, str], known: int) -> tuple[tuple[str, str], ...]:
        if not LABELS.issuperset(labels):
            self._fault(Fault.LABEL)
            labels = {name: value for name, value in labels.items() if name in LABELS}
        if labels and known >= SERIES_MAX:
            self._fault(Fault.SERIES)
            return _series(dict.fromkeys(labels, "other"))
        return _series(labels)

    def _fault(self, fault: Fault) -> None:
        self.record_counter(FAULTS, 1.0, {"reason": fault.value})


def _series(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)[:_VALUE_LENGTH_MAX]) for name, value in labels.items()))


_: type[Telemetry] = InMemoryTelemetry
