"""Metrics and traces by the SDK of OpenTelemetry, which is an extra: `quantum-trader[otel]`.

They go to two files of the run as JSON, or to a collector by OTLP, in the background of the SDK;
what is left goes out at the close.
"""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from adapters.telemetry.catalogue import about
from adapters.telemetry.memory import LABELS, InMemoryTelemetry
from application.errors import BadInput
from application.ports.telemetry import NO_LABELS, Telemetry
from application.trade_metrics import TradeMetrics

FILES: Final = "files"
OTLP: Final = "otlp"
_EVERY_MS: Final = 5_000
_CLOSE_MS: Final = 5_000


class OtelTelemetry(TradeMetrics):
    """Satisfies `Telemetry`: records in memory, and to the instruments of a meter."""

    def __init__(self, memory: InMemoryTelemetry, meter: Any) -> None:  # noqa: ANN401 - an extra's
        """Record to both."""
        self._memory = memory
        self._meter = meter
        self._instruments: dict[str, Any] = {}

    def record_counter(
        self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *amount* to a counter."""
        self._memory.record_counter(name, amount, labels, trace)
        if amount >= 0:
            self._instrument(name, "counter").add(amount, _allowed(labels))

    def record_gauge(self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS) -> None:
        """Set a gauge."""
        self._memory.record_gauge(name, value, labels)
        self._instrument(name, "gauge").set(value, _allowed(labels))

    def record_histogram(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *value* to a distribution."""
        self._memory.record_histogram(name, value, labels, trace)
        self._instrument(name, "histogram").record(value, _allowed(labels))

    def record_summary(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        """Add *value* to a distribution; OpenTelemetry has no summaries, so it is a histogram."""
        self._memory.record_summary(name, value, labels)
        self._instrument(name, "histogram").record(value, _allowed(labels))

    def exposition(self, accept: str = "") -> str:
        """Return all metrics as they are in memory."""
        return self._memory.exposition(accept)

    def _instrument(self, name: str, kind: str) -> Any:  # noqa: ANN401 - an extra's
        found = self._instruments.get(name)
        if found is None:
            known = about(name)
            make = getattr(self._meter, f"create_{kind}")
            found = make(f"quantum_trader.{name}", unit=known.unit, description=known.help)
            self._instruments[name] = found
        return found


def _allowed(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name in LABELS}


_: type[Telemetry] = OtelTelemetry


class OtelExport:
    """The SDK, set up for this process."""

    def __init__(self, exporter: str, run_dir: Path, version: str) -> None:
        """Export by *exporter*, `files` in *run_dir* or `otlp`. Raises `BadInput` naming extras."""
        try:
            from opentelemetry import trace  # noqa: PLC0415 - an extra, and it takes a moment
            from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - see above
            from opentelemetry.sdk.metrics.export import (  # noqa: PLC0415 - see above
                PeriodicExportingMetricReader,
            )
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - see above
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - see above
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above
        except ImportError:
            raise BadInput(
                "otel.exporter: needs the SDK of OpenTelemetry; pip install quantum-trader[otel]"
            ) from None
        self._files: list[Any] = []
        spans, metrics = self._exporters(exporter, run_dir)
        resource = Resource.create({"service.name": "quantum-trader", "service.version": version})
        reader = PeriodicExportingMetricReader(metrics, export_interval_millis=_EVERY_MS)
        self.meters = MeterProvider([reader], resource, shutdown_on_exit=False)
        self.traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.traces.add_span_processor(BatchSpanProcessor(spans))
        trace.set_tracer_provider(self.traces)

    def telemetry(self, memory: InMemoryTelemetry) -> OtelTelemetry:
        """Return what records to *memory* and to the SDK."""
        return OtelTelemetry(memory, self.meters.get_meter("quantum_trader"))

    def close(self) -> None:
        """Let out what is left, within bounds."""
        self.traces.shutdown()
        self.meters.shutdown(_CLOSE_MS)
        for file in self._files:
            file.close()

    def _exporters(self, exporter: str, run_dir: Path) -> tuple[Any, Any]:
        if exporter == OTLP:
            return _otlp()
        from opentelemetry.sdk.metrics.export import (  # noqa: PLC0415 - an extra
            ConsoleMetricExporter,
        )
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415 - see above

        run_dir.mkdir(parents=True, exist_ok=True)
        for name in ("traces.jsonl", "metrics.jsonl"):
            self._files.append((run_dir / name).open("a", encoding="utf-8"))
        spans = ConsoleSpanExporter(out=self._files[0], formatter=lambda one: _line(one.to_json()))
        metrics = ConsoleMetricExporter(
            out=self._files[1], formatter=lambda one: _line(one.to_json())
        )
        return spans, metrics


def _line(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":")) + "\n"


def _otlp() -> tuple[Any, Any]:
    place = "opentelemetry.exporter.otlp.proto.http"
    try:
        spans = import_module(f"{place}.trace_exporter").OTLPSpanExporter
        metrics = import_module(f"{place}.metric_exporter").OTLPMetricExporter
    except ImportError:
        package = "opentelemetry-exporter-otlp-proto-http"
        raise BadInput(f"otel.exporter: otlp needs its exporter; pip install {package}") from None
    return spans(), metrics()
