"""Numbers about the run. Nothing here may block, raise, or slow trading down."""

from collections.abc import Mapping
from typing import Protocol

NO_LABELS: Mapping[str, str] = {}


class Telemetry(Protocol):
    """Aggregates in process. Names without the namespace, e.g. `trades.executed`.

    *trace* is that of the decision that a value comes from, empty for none.
    """

    def record_counter(
        self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *amount* to a counter."""

    def record_gauge(self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS) -> None:
        """Set a gauge."""

    def record_histogram(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *value* to a distribution over fixed buckets."""

    def record_summary(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        """Add *value* to a distribution of which the quantiles of late are kept."""

    def record_trade(  # noqa: PLR0913, RUF100 - the client's own signature
        self,
        symbol: str,
        pnl: float,
        outcome: str,
        size_usd: float,
        hold_duration_sec: float,
        trace: str = "",
    ) -> None:
        """Measure a trade that is closed: *pnl* in USD, net; *outcome* WIN, LOSS or BREAKEVEN."""

    def record_model_prediction(
        self, model_name: str, symbol: str, prediction: str, confidence: float
    ) -> None:
        """Count an answer of a model: an action, and how sure it is, in [0, 1]."""

    def exposition(self, accept: str = "") -> str:
        """Return all metrics in the text format that the header *accept* asks for."""
