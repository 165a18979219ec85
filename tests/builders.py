"""Small builders of values: an instrument, a quote, a candidate, each with round numbers."""

from decimal import Decimal
from typing import Any, Final

from domain.ai.prediction import Prediction
from domain.decision.messages import Candidate
from domain.governance.policy import Policy
from domain.market.instrument import Instrument, MaintenanceTier
from domain.market.messages import Bulletin, DataFault, PredictedFunding, Quote, Regime
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, RunMode

D: Final = Decimal
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
# Six in the morning, UTC: no test meets midnight unless it means to.
START_MS: Final = 19_675 * 24 * HOUR_MS + 6 * HOUR_MS
BTC: Final = "BTCUSDT"
ETH: Final = "ETHUSDT"


def a_policy(**changes: Any) -> Policy:  # noqa: ANN401 - any field of any type
    """Return the default policy with *changes*."""
    return Policy(**changes)


def an_instrument(symbol: str = BTC, **changes: Any) -> Instrument:  # noqa: ANN401 - as above
    """Return an instrument of round numbers: tick 0.01, step 0.001, at least 5 USD."""
    fields: dict[str, Any] = {
        "tick": D("0.01"),
        "step": D("0.001"),
        "quantity_min": D("0.001"),
        "quantity_max": D(1_000_000),
        "notional_min": D(5),
        "price_band": D("0.1"),
        "maker_fee": D("0.0002"),
        "taker_fee": D("0.0004"),
        "leverage_max": 50,
        "tiers": (MaintenanceTier(ZERO, D("0.004"), ZERO),),
    }
    return Instrument(symbol=symbol, **(fields | changes))


def a_quote(
    symbol: str = BTC,
    price: str = "100",
    *,
    atr: float = 0.01,
    regime: Regime = Regime.RANGE,
    spread: float = 0.0001,
    fault: DataFault | None = None,
    source: RunMode = RunMode.BACKTEST,
) -> Quote:
    """Return a quote without faults in a calm range."""
    return Quote(symbol, D(price), atr, regime, spread, fault, source)


def votes(action: Action = Action.BUY, confidence: float = 0.8, count: int = 4) -> tuple[Any, ...]:
    """Return *count* voters who agree."""
    return tuple(Prediction(f"voter{n}", action, confidence) for n in range(count))


def a_candidate(
    action: Action = Action.BUY,
    symbol: str = BTC,
    price: str = "100",
    *,
    confidence: float = 0.8,
    stop: str | None = None,
    target: str | None = None,
    **quote: Any,  # noqa: ANN401 - what `a_quote` takes
) -> Candidate:
    """Return a symbol about which four voters agree."""
    return Candidate(
        a_quote(symbol, price, **quote),
        votes(action, confidence),
        None if stop is None else D(stop),
        None if target is None else D(target),
    )


def free_funding(*symbols: str) -> Bulletin:
    """Return the news that holding *symbols* costs nothing, for good."""
    return Bulletin(tuple(PredictedFunding(symbol, 0.0, 1 << 62) for symbol in symbols))
