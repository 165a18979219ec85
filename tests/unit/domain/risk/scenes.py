"""A proposal that no gate objects to, in a scene where all is well; tests spoil one thing each."""

from decimal import Decimal
from typing import Any

from domain.ai.ensemble import Opinion
from domain.governance.policy import Policy
from domain.market.messages import Measures, PredictedFunding, Quote
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.advanced_risk import Held, MeasureBook, indexed
from domain.risk.emergency_stop import EmergencyStop
from domain.risk.verdict import Proposal, Scene
from domain.shared.enums import Action, RunMode, Side
from tests.builders import BTC, ETH, HOUR_MS, START_MS, D, a_quote, an_instrument

DAY = START_MS // (24 * HOUR_MS)


def an_opinion(confidence: float = 0.8, agreement: float = 1.0, voters: int = 4) -> Opinion:
    """Return the opinion of voters who want to buy."""
    return Opinion(Action.BUY, agreement, confidence, voters, round(voters * agreement))


def a_proposal(
    *,
    side: Side = Side.BUY,
    quote: Quote | None = None,
    opinion: Opinion | None = None,
    notional: str | Decimal = "400",
    stop: str = "0.02",
    reward: str = "0.04",
    costs: str = "0.0012",
) -> Proposal:
    """Return a purchase of 400 USD with a stop at 2 % and a reward of 4 %."""
    return Proposal(
        "BTCUSDT-1",
        side,
        quote or a_quote(),
        opinion or an_opinion(),
        D(notional),
        D(stop),
        D(reward),
        D(costs),
    )


def a_scene(policy: Policy | None = None, **changes: Any) -> Scene:  # noqa: ANN401 - any field
    """Return a flat desk of 10,000 USD, with *changes*."""
    calm = Scene(
        START_MS,
        RunMode.BACKTEST,
        policy or Policy(),
        an_instrument(),
        EmergencyStop(),
        EquityWatch(10_000.0, 10_000.0, DAY, 10_000.0),
        SymbolRecord(),
        symbol_busy=False,
        slots_used=0,
        gross=0.0,
        net=0.0,
        symbol_notional=0.0,
        open_risk=0.0,
        margin_used=0.0,
        recent_entries=0,
        funding=a_funding(),
    )
    return calm._replace(**changes)


def a_funding(
    rate: float = 0.0001, symbol: str = BTC, until_ms: int = START_MS + 2 * HOUR_MS
) -> PredictedFunding:
    """Return the rate predicted for the settlement at eight o'clock, two hours ahead."""
    return PredictedFunding(symbol, rate, until_ms)


def held(symbol: str = ETH, side: Side = Side.BUY, notional: float = 400.0) -> Held:
    """Return a position that is open."""
    return Held(symbol, side, notional)


def a_book(
    rho: float = 0.9, moves: tuple[float, ...] = (0.01, -0.01), **betas: float
) -> MeasureBook:
    """Return measures of BTC and ETH: correlated by *rho*, and of the same returns *moves*."""
    return indexed(
        Measures(0, ((BTC, moves), (ETH, moves)), ((BTC, ETH, rho),), tuple(betas.items()))
    )
