"""What a trade and an answer of a model come to in numbers, whoever keeps the numbers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from application.ports.telemetry import NO_LABELS


class TradeMetrics(ABC):
    """The two records that are made of simpler ones."""

    @abstractmethod
    def record_counter(
        self, name: str, amount: float = 1.0, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *amount* to a counter."""

    @abstractmethod
    def record_histogram(
        self, name: str, value: float, labels: Mapping[str, str] = NO_LABELS, trace: str = ""
    ) -> None:
        """Add *value* to a distribution."""

    def record_trade(
        self,
        symbol: str,
        pnl: float,
        outcome: str,
        size_usd: float,
        hold_duration_sec: float,
        trace: str = "",
    ) -> None:
        """Measure a trade that is closed: *pnl* in USD, net; *outcome* WIN, LOSS or BREAKEVEN."""
        labels = {"symbol": symbol, "outcome": outcome}
        self.record_counter("trades.outcomes", 1.0, labels, trace)
        self.record_histogram("trade.pnl_usd", pnl, trace=trace)
        self.record_histogram("trade.size_usd", size_usd, trace=trace)
        self.record_histogram("trade.hold_seconds", hold_duration_sec, trace=trace)

    def record_model_prediction(
        self,
        model_name: str,
        symbol: str,  # noqa: ARG002 - the client's own signature; a series a symbol is too many
        prediction: str,
        confidence: float,
    ) -> None:
        """Count an answer of a model: an action, and how sure it is, in [0, 1]."""
        self.record_counter("model.predictions", 1.0, {"model": model_name, "action": prediction})
        self.record_histogram("model.confidence", confidence, {"model": model_name})
