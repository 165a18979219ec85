"""The settings of the export to OpenTelemetry."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class OtelSection(BaseModel):
    """`exporter`: `files` writes traces.jsonl and metrics.jsonl into the run, `otlp` sends.

    Where to, the variables of OpenTelemetry itself say (OTEL_EXPORTER_OTLP_ENDPOINT).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    exporter: Literal["", "files", "otlp"] = ""
