"""Every objection can be reached, by spoiling one thing; what is unknown is never allowed."""

import math
from typing import Any, NamedTuple

import pytest

from domain.governance.directive import Directive, DirectiveMode
from domain.governance.orchestrator_policy import Level, Stance
from domain.governance.safety_policy import Permission
from domain.market.messages import DataFault, Regime
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.emergency_stop import Cause, EmergencyStop, RiskMode
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Objection, Proposal, Refused, Scene, judge
from domain.shared.enums import RunMode
from tests.builders import MINUTE_MS, START_MS, D, a_policy, a_quote, an_instrument
from tests.unit.domain.risk.scenes import (
    DAY,
    a_book,
    a_funding,
    a_proposal,
    a_scene,
    an_opinion,
    held,
)

pytestmark = pytest.mark.unit

NAN = math.nan
JUST_NOW = START_MS - MINUTE_MS


class Spoilt(NamedTuple):
    objection: Objection
    proposal: Proposal = a_proposal()
    scene: Scene = a_scene()


def watch(equity: float = 10_000.0, peak: float = 10_000.0, opened: float = 10_000.0) -> Any:  # noqa: ANN401 - a watch
    return EquityWatch(equity, peak, DAY, opened, highs=((DAY, 10_000.0),))


def record(**changes: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(
        a_policy(cooldown_minutes=0), record=SymbolRecord(day=DAY, closed_ms=JUST_NOW, **changes)
    )


def ordered(**changes: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(directive=Directive(**changes))


def streak(**policy: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(a_policy(**policy), watch=watch()._replace(streak=5))


SPOILT = {
    "emergency": Spoilt(
        Objection.EMERGENCY_STOP, scene=a_scene(stop=EmergencyStop(RiskMode.EMERGENCY))
    ),
    "halted": Spoilt(
        Objection.EMERGENCY_STOP, scene=a_scene(stop=EmergencyStop(latched=(Cause.OPERATOR,)))
    ),
    "no new trades": Spoilt(
        Objection.NEW_TRADES_OFF, scene=a_scene(a_policy(allow_new_trades=False))
    ),
    "expired": Spoilt(Objection.POLICY_EXPIRED, scene=a_scene(a_policy(expires_ms=START_MS))),
    "prices of elsewhere": Spoilt(
        Objection.WRONG_ENVIRONMENT, a_proposal(quote=a_quote(source=RunMode.TESTNET))
    ),
    "not reconciled": Spoilt(Objection.NOT_RECONCILED, scene=a_scene(synced=False)),
    "in doubt": Spoilt(Objection.QUARANTINED, scene=a_scene(quarantined=True)),
    "live desk, paper prices": Spoilt(
        Objection.WRONG_ENVIRONMENT, scene=a_scene(mode=RunMode.LIVE)
    ),
    **{
        f"data {fault}": Spoilt(Objection.DATA_FAULT, a_proposal(quote=a_quote(fault=fault)))
        for fault in DataFault
        if fault is not DataFault.WARM_UP
    },
    **{
        f"price {price}": Spoilt(Objection.DATA_FAULT, a_proposal(quote=a_quote(price=price)))
        for price in ("0", "-1", "NaN", "Infinity")
    },
    "warm-up": Spoilt(
        Objection.VOLATILITY_UNKNOWN, a_proposal(quote=a_quote(fault=DataFault.WARM_UP))
    ),
    "no volatility": Spoilt(Objection.VOLATILITY_UNKNOWN, a_proposal(quote=a_quote(atr=NAN))),
    "wide spread": Spoilt(Objection.SPREAD_TOO_WIDE, a_proposal(quote=a_quote(spread=0.006))),
    "unknown spread": Spoilt(Objection.SPREAD_TOO_WIDE, a_proposal(quote=a_quote(spread=NAN))),
    "symbol not listed": Spoilt(
        Objection.SYMBOL_NOT_ALLOWED, scene=a_scene(a_policy(symbols=("ETHUSDT",)))
    ),
    "two voters": Spoilt(Objection.NO_QUORUM, a_proposal(opinion=an_opinion(voters=2))),
    "little agreement": Spoilt(
        Objection.AGREEMENT_TOO_LOW, a_proposal(opinion=an_opinion(agreement=0.74))
    ),
    "unknown agreement": Spoilt(
        Objection.AGREEMENT_TOO_LOW, a_proposal(opinion=an_opinion()._replace(agreement=NAN))
    ),
    "little confidence": Spoilt(Objection.CONFIDENCE_TOO_LOW, a_proposal(opinion=an_opinion(0.44))),
    "unknown confidence": Spoilt(Objection.CONFIDENCE_TOO_LOW, a_proposal(opinion=an_opinion(NAN))),
    "confidence of the mode": Spoilt(
        Objection.CONFIDENCE_BELOW_MODE,
        a_proposal(opinion=an_opinion(0.74)),
        a_scene(stop=EmergencyStop(RiskMode.PROTECTIVE)),
    ),
    "illiquid": Spoilt(Objection.DIRECTIVE, a_proposal(quote=a_quote(regime=Regime.ILLIQUID))),
    "extreme": Spoilt(Objection.DIRECTIVE, a_proposal(quote=a_quote(atr=0.06))),
    "unwell": Spoilt(Objection.HEALTH, scene=a_scene(permission=Permission.NO_NEW_TRADES)),
    "critical": Spoilt(Objection.DIRECTIVE_CRITICAL, scene=ordered(mode=DirectiveMode.CRITICAL)),
    "others only": Spoilt(Objection.DIRECTIVE_SYMBOL, scene=ordered(symbols=("ETHUSDT",))),
    "fewer positions": Spoilt(Objection.DIRECTIVE_POSITIONS, scene=ordered(positions_max=0)),
    "more confidence": Spoilt(Objection.DIRECTIVE_CONFIDENCE, scene=ordered(confidence_min=0.9)),
    "stance": Spoilt(
        Objection.STANCE_CONFIDENCE,
        a_proposal(opinion=an_opinion(0.54)),
        a_scene(stance=Stance(Level.CAREFUL)),
    ),
    "suspended": Spoilt(Objection.SYMBOL_SUSPENDED, scene=record(losses_in_row=10)),
    "funding unknown": Spoilt(Objection.FUNDING_UNKNOWN, scene=a_scene(funding=None)),
    "funding dear": Spoilt(Objection.FUNDING_TOO_HIGH, scene=a_scene(funding=a_funding(0.0011))),
    "funding eats": Spoilt(
        Objection.FUNDING_EATS_EDGE,
        a_proposal(reward="0.03", opinion=an_opinion(0.45)),
        a_scene(funding=a_funding(0.001)),
    ),
    "correlated": Spoilt(Objection.CORRELATED, scene=a_scene(held=(held(notional=1200.0),))),
    "held the unknown": Spoilt(Objection.CORRELATED, scene=a_scene(held=(held(notional=NAN),))),
    "tail": Spoilt(Objection.VALUE_AT_RISK, scene=a_scene(measures=a_book(moves=(0.9, -0.9)))),
    "leaning": Spoilt(
        Objection.EFFECTIVE_EXPOSURE,
        scene=a_scene(
            measures=a_book(0.0, moves=(0.0001, -0.0001), BTCUSDT=1000.0), held=(held(),)
        ),
    ),
    "churn": Spoilt(Objection.ROUND_TRIPS_PER_DAY, scene=record(round_trips=4)),
    "three losses": Spoilt(Objection.LOSSES_IN_ROW, scene=record(losses_in_row=3)),
    "symbol lost": Spoilt(Objection.SYMBOL_DAILY_LOSS, scene=record(lost_usd=200.01)),
    "symbol lost the unknown": Spoilt(Objection.SYMBOL_DAILY_LOSS, scene=record(lost_usd=NAN)),
    "open": Spoilt(Objection.POSITION_OPEN, scene=a_scene(symbol_busy=True)),
    "cooldown": Spoilt(Objection.COOLDOWN, scene=a_scene(record=SymbolRecord(closed_ms=JUST_NOW))),
    "slots": Spoilt(Objection.SLOTS_USED, scene=a_scene(slots_used=10)),
    "gross": Spoilt(Objection.EXPOSURE, scene=a_scene(gross=50_000.0)),
    "net": Spoilt(Objection.EXPOSURE, scene=a_scene(net=40_000.0)),
    "symbol exposure": Spoilt(Objection.EXPOSURE, scene=a_scene(symbol_notional=10_000.0)),
    "unknown gross": Spoilt(Objection.EXPOSURE, scene=a_scene(gross=NAN)),
    "nothing wanted": Spoilt(Objection.EXPOSURE, a_proposal(notional="0")),
    "no equity": Spoilt(Objection.EXPOSURE, scene=a_scene(watch=watch(0.0, 0.0, 0.0))),
    "no equity for margin": Spoilt(Objection.MARGIN_USE, scene=a_scene(watch=watch(-5.0))),
    "unknown equity": Spoilt(Objection.MARGIN_USE, scene=a_scene(watch=watch(NAN))),
    "margin": Spoilt(Objection.MARGIN_USE, scene=a_scene(margin_used=4990.0)),
    "unknown margin": Spoilt(Objection.MARGIN_USE, scene=a_scene(margin_used=NAN)),
    "margin of a venue that lends little": Spoilt(
        Objection.MARGIN_USE,
        scene=a_scene(margin_used=4900.0, instrument=an_instrument(leverage_max=2)),
    ),
    "liquidation": Spoilt(
        Objection.LIQUIDATION_NEAR, a_proposal(stop="0.3"), a_scene(gross=20_000.0)
    ),
    "day lost": Spoilt(Objection.DAILY_LOSS, scene=a_scene(watch=watch(9500.0))),
    "drawdown": Spoilt(
        Objection.DRAWDOWN_BUDGET, scene=a_scene(watch=watch(9000.0, opened=9000.0))
    ),
    "unknown loss": Spoilt(Objection.DAILY_LOSS, scene=a_scene(watch=watch(NAN))),
    "unknown peak": Spoilt(Objection.DRAWDOWN_BUDGET, scene=a_scene(watch=watch(peak=NAN))),
    "unknown opening": Spoilt(Objection.DRAWDOWN_BUDGET, scene=a_scene(watch=watch(opened=NAN))),
    "unknown drawdown": Spoilt(
        Objection.DRAWDOWN_BUDGET, scene=a_scene(watch=watch()._replace(credit=NAN))
    ),
    "rolling": Spoilt(
        Objection.ROLLING_DRAWDOWN,
        scene=a_scene(watch=EquityWatch(8000.0, 8000.0, DAY, 8000.0, highs=((DAY - 3, 10_000.0),))),
    ),
    "open risk": Spoilt(Objection.OPEN_RISK, scene=a_scene(open_risk=600.0)),
    "unknown open risk": Spoilt(Objection.OPEN_RISK, scene=a_scene(open_risk=NAN)),
    "little reward": Spoilt(Objection.REWARD_RISK, a_proposal(reward="0.02")),
    "no edge": Spoilt(Objection.NO_EDGE, a_proposal(reward="0.03", opinion=an_opinion(0.4))),
    "unknown edge": Spoilt(Objection.NO_EDGE, a_proposal(opinion=an_opinion(NAN))),
    "flood": Spoilt(Objection.ORDER_RATE, scene=a_scene(recent_entries=30)),
    "too small for the venue": Spoilt(Objection.FILTER, a_proposal(notional="4.9")),
    "collar": Spoilt(
        Objection.PRICE_COLLAR, scene=a_scene(instrument=an_instrument(price_band=D("0.00001")))
    ),
    "nothing left": Spoilt(Objection.NO_SIZE, scene=streak(streak_size=D(0))),
    "broken proposal": Spoilt(Objection.GATE_FAILED, a_proposal(notional="sNaN")),
}


@pytest.mark.parametrize("case", SPOILT)
def test_one_thing_spoilt_is_one_objection_named(case: str) -> None:
    spoilt = SPOILT[case]
    verdict = judge(spoilt.proposal, spoilt.scene, PIPELINE)
    assert isinstance(verdict, Refused)
    assert spoilt.objection in verdict.objections
    assert all(c.factor == 0 for c in verdict.checks if c.objection is not None)


def test_every_objection_of_the_pipeline_is_reached_by_a_case_above() -> None:
    later = {Objection.TOO_SMALL, Objection.GOVERNOR_VETO}  # said by sizing and by the governor
    assert {s.objection for s in SPOILT.values()} == set(Objection) - later
