"""For every reason to refuse an entry: what happens to a desk, and which entry it then refuses.

A table. The desk holds BTC at 100 and has lost once with ETH today; what it is asked for is ETH, on
the side on which it holds BTC.
"""

from collections.abc import Callable
from math import nan
from typing import Any, Final, NamedTuple

from domain.ai.prediction import Prediction
from domain.decision.messages import (
    Candidate,
    DirectiveIssued,
    HealthChanged,
    IntegrityLost,
    LatchRead,
    PolicyAdopted,
    PolicyStoreLost,
    SessionOpened,
)
from domain.execution.messages import AccountRead, Deposited, StreamTurned
from domain.governance.directive import Directive, DirectiveMode, Health
from domain.governance.policy import Policy
from domain.market.messages import Bulletin, DataFault, PredictedFunding, Regime
from domain.risk.emergency_stop import Cause, Latch, RiskMode
from domain.risk.verdict import Objection
from domain.shared.enums import Action, RunMode, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted, ticks

MODE: Final = RunMode.TESTNET
# What one loss with ETH must not refuse by itself; positions are left after two hours.
OPEN_MINDED: Final[dict[str, Any]] = {
    "cooldown_minutes": 0,
    "losses_in_row_max": 99,
    "round_trips_per_day_max": 99,
    "holding_minutes_max": 120,
}
LOW_LADDER: Final[dict[str, Any]] = {
    "drawdown_cautious": 0.0002,
    "drawdown_protective": 0.0004,
    "drawdown_emergency": 0.0006,
    "drawdown_hysteresis": 0.00005,
}


Happens = Callable[[Rig, Side], object]


class Denial(NamedTuple):
    """What happens to the desk, and the entry that it then refuses."""

    happens: Happens
    wish: Callable[[Side], Candidate]


def base() -> Policy:
    """Return the policy under which the desk got where it is."""
    return a_policy(**OPEN_MINDED)


def wanted(side: Side, symbol: str = ETH, price: str = "100", **changes: Any) -> Candidate:  # noqa: ANN401
    """Return a wish to enter *symbol* on *side*."""
    action = Action.BUY if side is Side.BUY else Action.SELL
    return a_candidate(action, symbol, price, **{"source": MODE, **changes})


def asking(**changes: Any) -> Denial:  # noqa: ANN401 - fields of a candidate
    """Return a denial of an entry that is bad in itself."""
    return Denial(nothing, lambda side: wanted(side, **changes))


def adopting(wish: Callable[[Side], Candidate] = wanted, **changes: Any) -> Denial:  # noqa: ANN401
    """Return a denial by another policy."""
    policy = a_policy(**(OPEN_MINDED | {"version": 2} | changes))
    return Denial(lambda rig, _: rig.hears(PolicyAdopted(rig.now, policy, "ann", "test")), wish)


def ordering(**directive: Any) -> Denial:  # noqa: ANN401 - fields of a directive
    """Return a denial by supervision."""
    issued = Directive(**directive)
    return Denial(lambda rig, _: rig.hears(DirectiveIssued(rig.now, issued, "hfos")), wanted)


def latching(mode: RiskMode, *latched: Cause) -> Happens:
    """Return what happens when the latch says *mode*."""
    return lambda rig, _: rig.hears(
        LatchRead(rig.now, Latch(9, mode, (Cause.DRAWDOWN,), latched, rig.now, 0.0, 0.0))
    )


def costing(rate: float) -> Happens:
    """Return what happens when whoever holds ETH as we hold BTC will pay *rate*."""
    return lambda rig, side: rig.advances(
        0, {BTC: 100.0}, bulletin=Bulletin((PredictedFunding(ETH, rate * side.sign, 1 << 62),))
    )


def nothing(_rig: Rig, _side: Side) -> None:
    """Let nothing happen: the entry is bad in itself."""


def among(side: Side, agreeing: int, holding: int) -> Candidate:
    """Return a wish of so many voters, beside so many who would rather wait."""
    wish = wanted(side)
    others = tuple(Prediction(f"other{n}", Action.HOLD, 0.8) for n in range(holding))
    return wish._replace(votes=(*wish.votes[:agreeing], *others))


def all_to_both(*parts: Happens) -> Happens:
    """Return what happens when all of *parts* do."""

    def happens(rig: Rig, side: Side) -> None:
        for part in parts:
            part(rig, side)

    return happens


def entering(rig: Rig, side: Side) -> Rig:
    """Let an entry of ETH be on its way."""
    return rig.wants(wanted(side), minutes=0)


def entered_and_gone(rig: Rig, side: Side) -> object:
    """Let an entry of ETH come to nothing."""
    return entering(rig, side).cancels(Leg.ENTRY, symbol=ETH)


def poor(rig: Rig, _: Side) -> object:
    """Let nine tenths of the money be withdrawn."""
    return rig.hears(Deposited(rig.now, D(-9000)))


def feeling(health: Health) -> Happens:
    """Return what happens when the system is as well as *health*."""
    return lambda rig, _: rig.hears(HealthChanged(rig.now, health, ()))


def unknown_for_long(rig: Rig, _: Side) -> object:
    """Let nobody know for more than a minute how well the system is."""
    rig.hears(HealthChanged(rig.now, Health.UNKNOWN, ()))
    return ticks(rig, 60_001)


def expiring(rig: Rig, _: Side) -> object:
    """Let the policy expire."""
    policy = a_policy(version=2, expires_ms=rig.now + 1, **OPEN_MINDED)
    return ticks(rig.hears(PolicyAdopted(rig.now, policy, "ann", "test")), 1)


def differing(rig: Rig, _: Side) -> object:
    """Let the venue hold something else than the book for more than half a minute."""
    rig.answers = False
    rig.hears(AccountRead(rig.now, ((ETH, D(1)),), ()))
    ticks(rig, 30_001)
    rig.answers = True
    return rig.hears(rig.account())


def cut_off(rig: Rig, _: Side) -> object:
    """Put a wire between desk and venue on which no stream has come up yet."""
    policy = rig.state.oversight.governance.stored
    instruments = rig.state.instruments
    return rig.hears(SessionOpened(rig.now, MODE, 2, policy, instruments, remote=True))


def foreign(rig: Rig, side: Side) -> object:
    """Let an order of another hand rest on ETH, at a venue beyond a wire that is well known."""
    cut_off(rig, side)
    rig.hears(StreamTurned(rig.now, up=True, reason="connected"))
    told = rig.account()
    return rig.hears(told._replace(orders=(*told.orders, ("web_1", ETH))))


def lost_store(after_ms: int) -> Happens:
    """Return what happens when the policy store is lost for so long."""
    return lambda rig, _: rig.hears(PolicyStoreLost(rig.now, rig.now - after_ms, "down"))


# The one that a signal cannot bring about, and why. Its own tests are those of the governor.
UNREACHABLE: Final = {
    Objection.GOVERNOR_VETO: "the last word contradicts the gates only when one of them is broken",
}

DENIALS: Final[dict[Objection, Denial]] = {
    Objection.EMERGENCY_STOP: Denial(lambda rig, _: halted(rig), wanted),
    Objection.NEW_TRADES_OFF: adopting(allow_new_trades=False),
    Objection.POLICY_EXPIRED: Denial(expiring, wanted),
    Objection.WRONG_ENVIRONMENT: asking(source=RunMode.PAPER),
    Objection.NOT_RECONCILED: Denial(cut_off, wanted),
    Objection.DATA_FAULT: asking(fault=DataFault.JUMP),
    Objection.VOLATILITY_UNKNOWN: asking(atr=nan),
    Objection.SPREAD_TOO_WIDE: asking(spread=0.02),
    Objection.SYMBOL_NOT_ALLOWED: adopting(symbols=(BTC,)),
    Objection.NO_QUORUM: Denial(nothing, lambda side: among(side, 2, 0)),
    Objection.AGREEMENT_TOO_LOW: Denial(nothing, lambda side: among(side, 3, 2)),
    Objection.CONFIDENCE_TOO_LOW: asking(confidence=0.44),
    Objection.CONFIDENCE_BELOW_MODE: Denial(
        latching(RiskMode.PROTECTIVE), lambda side: wanted(side, confidence=0.7)
    ),
    Objection.HEALTH: Denial(unknown_for_long, wanted),
    Objection.DIRECTIVE_CRITICAL: ordering(mode=DirectiveMode.CRITICAL),
    Objection.DIRECTIVE_SYMBOL: ordering(symbols=(BTC,)),
    Objection.DIRECTIVE_POSITIONS: ordering(positions_max=1),
    Objection.DIRECTIVE_CONFIDENCE: ordering(confidence_min=0.9),
    Objection.DIRECTIVE: ordering(size=D(0)),
    Objection.STANCE_CONFIDENCE: asking(regime=Regime.HIGH_VOLATILITY, confidence=0.54),
    Objection.SYMBOL_SUSPENDED: adopting(suspend_losses=1),
    Objection.ROUND_TRIPS_PER_DAY: adopting(round_trips_per_day_max=1),
    Objection.LOSSES_IN_ROW: adopting(losses_in_row_max=1),
    Objection.SYMBOL_DAILY_LOSS: adopting(symbol_daily_loss_max=D("0.0001")),
    Objection.FUNDING_UNKNOWN: Denial(costing(nan), wanted),
    Objection.FUNDING_TOO_HIGH: Denial(costing(0.002), wanted),
    Objection.FUNDING_EATS_EDGE: Denial(
        all_to_both(costing(0.0001), adopting(funding_edge_share=0.0).happens), wanted
    ),
    Objection.POSITION_OPEN: Denial(entering, lambda side: wanted(side.opposite)),
    Objection.QUARANTINED: Denial(foreign, wanted),
    Objection.COOLDOWN: adopting(cooldown_minutes=10_080),
    Objection.SLOTS_USED: adopting(positions_max=1),
    Objection.EXPOSURE: adopting(gross_exposure_max=D("0.001")),
    Objection.MARGIN_USE: adopting(margin_use_max=D("0.001")),
    Objection.LIQUIDATION_NEAR: Denial(
        all_to_both(poor, adopting(liquidation_stop_ratio=D(100)).happens), wanted
    ),
    Objection.CORRELATED: adopting(cluster_exposure_max=D("0.001")),
    Objection.VALUE_AT_RISK: adopting(value_at_risk_max=0.0001),
    Objection.EFFECTIVE_EXPOSURE: adopting(effective_exposure_max=D("0.001")),
    Objection.DAILY_LOSS: adopting(daily_loss_max=0.0001),
    Objection.DRAWDOWN_BUDGET: adopting(**LOW_LADDER),
    Objection.ROLLING_DRAWDOWN: adopting(rolling_drawdown_max=0.0001),
    Objection.OPEN_RISK: adopting(open_risk_max=D("0.0001")),
    Objection.NO_EDGE: adopting(edge_min_r=10.0),
    Objection.REWARD_RISK: adopting(reward_risk_min=D(100)),
    Objection.PRICE_COLLAR: adopting(
        lambda side: wanted(side, spread=0.004), price_collar=D("0.0001")
    ),
    Objection.ORDER_RATE: Denial(
        all_to_both(entered_and_gone, adopting(entries_per_minute_max=1).happens), wanted
    ),
    Objection.FILTER: adopting(
        position_usd_normal=D(4), position_usd_cautious=D(4), position_usd_protective=D(4)
    ),
    Objection.NO_SIZE: adopting(streak_losses=1, streak_size=D(0)),
    Objection.TOO_SMALL: ordering(size=D("0.005")),
    Objection.GATE_FAILED: asking(spread=D("0.0001")),  # a float, says its type
}

# What else may stand over a desk: each mode, health, rung of the outage, directive, latched cause.
STATES: Final[dict[str, Happens]] = {
    **{f"mode {mode.name}": latching(mode) for mode in RiskMode},
    **{f"health {health.name}": feeling(health) for health in Health},
    "store lost, known": lost_store(0),
    "store lost, conservative": lost_store(MINUTE_MS),
    "store lost, closed": lost_store(20 * MINUTE_MS),
    **{f"directive {mode}": ordering(mode=mode).happens for mode in DirectiveMode},
    "latched operator": lambda rig, _: halted(rig),
    "latched integrity": lambda rig, _: rig.hears(IntegrityLost(rig.now, "seal")),
    "latched floor": adopting(capital_floor=0.0006, **LOW_LADDER).happens,
    "latched execution": differing,
    "latched by policy": adopting(recovery_manual=True, daily_loss_max=0.0001).happens,
    "latch unreadable": lambda rig, _: rig.hears(LatchRead(rig.now, None)),
}
