"""Every objection can be reached, by spoiling one thing; what is unknown is never allowed."""

import math
from typing import Any, NamedTuple

import pytest

from domain.governance.policy import ExitMode
from domain.market.messages import DataFault, Regime
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Approved, Objection, Proposal, Refused, Scene, judge
from domain.shared.enums import RunMode
from tests.builders import MINUTE_MS, START_MS, D, a_policy, a_quote, an_instrument
from tests.unit.domain.risk.scenes import DAY, a_proposal, a_scene, an_opinion

pytestmark = pytest.mark.unit

NAN = math.nan
JUST_NOW = START_MS - MINUTE_MS


class Spoilt(NamedTuple):
    objection: Objection
    proposal: Proposal = a_proposal()
    scene: Scene = a_scene()


def watch(equity: float = 10_000.0, peak: float = 10_000.0, opened: float = 10_000.0) -> Any:  # noqa: ANN401 - a watch
    return EquityWatch(equity, peak, DAY, opened)


def record(**changes: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(
        a_policy(cooldown_minutes=0), record=SymbolRecord(day=DAY, closed_ms=JUST_NOW, **changes)
    )


SPOILT = {
    "emergency": Spoilt(
        Objection.EMERGENCY_STOP, scene=a_scene(stop=EmergencyStop(RiskMode.EMERGENCY))
    ),
    "halted": Spoilt(Objection.EMERGENCY_STOP, scene=a_scene(stop=EmergencyStop(halted=True))),
    "no new trades": Spoilt(
        Objection.NEW_TRADES_OFF, scene=a_scene(a_policy(allow_new_trades=False))
    ),
    "prices of elsewhere": Spoilt(
        Objection.WRONG_ENVIRONMENT, a_proposal(quote=a_quote(source=RunMode.TESTNET))
    ),
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
    "unknown drawdown": Spoilt(Objection.DRAWDOWN_BUDGET, scene=a_scene(watch=watch(NAN))),
    "open risk": Spoilt(Objection.OPEN_RISK, scene=a_scene(open_risk=600.0)),
    "unknown open risk": Spoilt(Objection.OPEN_RISK, scene=a_scene(open_risk=NAN)),
    "little reward": Spoilt(Objection.REWARD_RISK, a_proposal(reward="0.02")),
    "no edge": Spoilt(Objection.NO_EDGE, a_proposal(reward="0.03", opinion=an_opinion(0.4))),
    "unknown edge": Spoilt(Objection.NO_EDGE, a_proposal(opinion=an_opinion(NAN))),
    "flood": Spoilt(Objection.ORDER_RATE, scene=a_scene(recent_entries=30)),
    "too small for the venue": Spoilt(Objection.FILTER, a_proposal(notional="4.9")),
    "broken proposal": Spoilt(Objection.GATE_FAILED, a_proposal(reward="NaN")),
}


def test_a_proposal_in_a_calm_scene_is_approved_whole() -> None:
    verdict = judge(a_proposal(), a_scene(), PIPELINE)
    assert isinstance(verdict, Approved)
    assert verdict.factor == 1
    assert [c.gate for c in verdict.checks] == [name for name, _ in PIPELINE]


@pytest.mark.parametrize("case", SPOILT)
def test_one_thing_spoilt_is_one_objection_named(case: str) -> None:
    spoilt = SPOILT[case]
    verdict = judge(spoilt.proposal, spoilt.scene, PIPELINE)
    assert isinstance(verdict, Refused)
    assert spoilt.objection in verdict.objections
    assert all(c.factor == 0 for c in verdict.checks if c.objection is not None)


def test_every_objection_of_the_pipeline_is_reached_by_a_case_above() -> None:
    later = {
        Objection.TOO_SMALL,
        Objection.PRICE_COLLAR,
    }  # sizing says the first, the venue's collar is the other
    assert {s.objection for s in SPOILT.values()} == set(Objection) - later


@pytest.mark.parametrize("field", ["gross", "net", "symbol_notional", "open_risk", "margin_used"])
def test_no_unknown_of_the_scene_is_ever_allowed(field: str) -> None:
    unknown: dict[str, Any] = {field: NAN}
    assert isinstance(judge(a_proposal(), a_scene()._replace(**unknown), PIPELINE), Refused)


def test_fixed_exits_need_no_volatility() -> None:
    scene = a_scene(a_policy(exits=ExitMode.FRACTION))
    for quote in (a_quote(fault=DataFault.WARM_UP), a_quote(atr=NAN)):
        assert isinstance(judge(a_proposal(quote=quote), scene, PIPELINE), Approved)


def test_churn_and_streaks_are_forgiven_after_the_pause() -> None:
    rested = START_MS - 240 * MINUTE_MS
    for spoilt in ({"round_trips": 4}, {"losses_in_row": 3}):
        scene = a_scene(record=SymbolRecord(DAY, **spoilt)._replace(closed_ms=rested))
        assert isinstance(judge(a_proposal(), scene, PIPELINE), Approved)


def test_what_a_symbol_lost_yesterday_is_yesterdays() -> None:
    scene = a_scene(record=SymbolRecord(DAY - 1, 9, 5000.0))
    assert isinstance(judge(a_proposal(), scene, PIPELINE), Approved)


@pytest.mark.parametrize(
    ("proposal", "scene", "factor"),
    [
        (a_proposal(notional="1000"), a_scene(), "0.5"),
        (a_proposal(), a_scene(gross=49_900.0), "0.25"),
        (a_proposal(), a_scene(open_risk=595.76), "0.5"),
        (a_proposal(quote=a_quote(regime=Regime.UNKNOWN)), a_scene(), "0.5"),
        (
            a_proposal(quote=a_quote(atr=0.04), opinion=an_opinion(0.7)),
            a_scene(),
            "0.5",
        ),
    ],
    ids=["position cap", "gross", "open risk", "unknown regime", "high volatility"],
)
def test_what_is_too_much_is_reduced_to_the_room_left(
    proposal: Proposal, scene: Scene, factor: str
) -> None:
    verdict = judge(proposal, scene, PIPELINE)
    assert isinstance(verdict, Approved)
    assert float(verdict.factor) == pytest.approx(float(factor))


def test_a_short_gives_room_to_a_desk_that_is_long() -> None:
    long = a_scene(net=39_900.0)
    assert isinstance(judge(a_proposal(), long, PIPELINE), Approved)
    short = judge(a_proposal(side=a_proposal().side.opposite), long, PIPELINE)
    assert isinstance(short, Approved)
    assert short.factor == 1


def test_a_reduction_loses_no_step_to_the_last_digit() -> None:
    wanted = a_proposal(notional=D(10_000) / 7)
    verdict = judge(wanted, a_scene(), PIPELINE)
    assert isinstance(verdict, Approved)
    assert verdict.factor * wanted.notional >= 500


@pytest.mark.parametrize("mode", RiskMode)
@pytest.mark.parametrize("gross", [0.0, 1_000.0])
def test_no_gate_fails_in_any_mode(mode: RiskMode, gross: float) -> None:
    scene = a_scene(stop=EmergencyStop(mode), gross=gross)

    verdict = judge(a_proposal(), scene, PIPELINE)

    objections = verdict.objections if isinstance(verdict, Refused) else ()
    assert Objection.GATE_FAILED not in objections
