"""Every cause of the emergency stop ends as its class says, and not before."""

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest

from domain.decision.messages import (
    DirectiveIssued,
    HealthChanged,
    IntegrityLost,
    OperatorHalted,
    OperatorReleased,
)
from domain.execution.messages import AccountRead, Deposited, OrderRejected
from domain.governance.directive import Directive, DirectiveMode, Health
from domain.market.messages import Bulletin, FeedTurn, Jolt
from domain.risk.emergency_stop import CLEARS, EMERGENCY, Cause, Clears
from domain.shared.enums import RunMode
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import LADDER, modes

pytestmark = pytest.mark.unit

DWELL: Final = 30
DAYS: Final = 3 * 24 * 60
WITH_REAL_ORDERS: Final = (RunMode.TESTNET, RunMode.LIVE)
CALM: Final = a_policy(daily_loss_max=1.0, cooldown_minutes=0, losses_in_row_max=99)


def left(rig: Rig, price: str) -> Rig:
    """Let the venue close BTC at *price* and say so."""
    rig.accepts_all()
    if BTC in rig.state.book.positions:
        rig.fills(Leg.EXIT, price)
    return rig.obeys()


def fallen(_: RunMode) -> Rig:
    return Rig(a_policy(**LADDER)).opens().advances(1, {BTC: 79.0})


def below_the_floor(_: RunMode) -> Rig:
    policy = a_policy(**(LADDER | {"capital_floor": 0.01}))
    return Rig(policy).opens().advances(1, {BTC: 79.0})


def bad_day(_: RunMode) -> Rig:
    return Rig(a_policy(daily_loss_max=0.005)).opens().advances(1, {BTC: 89.0})


def stormy(_: RunMode) -> Rig:
    rig = Rig(a_policy(stop_outs_max=1, cooldown_minutes=0, losses_in_row_max=99))
    for _n in range(2):
        rig.wants(a_candidate()).fills(Leg.ENTRY, "100").accepts(Leg.STOP)
        rig.fills(Leg.STOP, "98").obeys()
    return rig


def jolted(_: RunMode) -> Rig:
    news = Bulletin(jolts=(Jolt(BTC, 0.08, 0.0),))
    return Rig(CALM).opens().advances(1, {BTC: 99.0}, bulletin=news)


def near_liquidation(_: RunMode) -> Rig:
    rig = Rig(CALM).opens()
    return rig.hears(Deposited(rig.now, D("-9985")))


def silent(_: RunMode) -> Rig:
    rig = Rig(CALM).opens()
    news = Bulletin(feeds=(FeedTurn(BTC, stale=True, fresh_ms=rig.now),))
    return rig.advances(5, {BTC: 100.0}, bulletin=news)


def refused(mode: RunMode) -> Rig:
    rig = Rig(CALM, mode=mode)
    for _n in range(5):
        rig.wants(a_candidate(source=mode))
        name = rig.live(Leg.ENTRY).client_id
        rig.hears(OrderRejected(rig.now, name, BTC, "margin"))
    return rig


def differing(mode: RunMode) -> Rig:
    rig = Rig(CALM, mode=mode, answers=False)
    rig.hears(AccountRead(rig.now, ((ETH, D(1)),), ()))
    rig.advances(0.51).hears(AccountRead(rig.now, (), ()))
    rig.answers = True
    return rig


def unwell(_: RunMode) -> Rig:
    rig = Rig(CALM).opens()
    return rig.hears(HealthChanged(rig.now, Health.CRITICAL, ("disk",)))


def corrupt(_: RunMode) -> Rig:
    rig = Rig(CALM).opens()
    return rig.hears(IntegrityLost(rig.now, "the seal of the audit"))


def halted(_: RunMode) -> Rig:
    rig = Rig(CALM).opens()
    return rig.hears(OperatorHalted(rig.now, "ann", "x"))


def nothing(rig: Rig) -> None:
    """Do nothing: time alone ends it, or it never ends."""


def fresh(rig: Rig) -> None:
    rig.advances(1, bulletin=Bulletin(feeds=(FeedTurn(BTC, stale=False, fresh_ms=rig.now),)))


def well(rig: Rig) -> None:
    rig.hears(HealthChanged(rig.now, Health.HEALTHY, ()))


def agreeing(rig: Rig) -> None:
    rig.hears(AccountRead(rig.now, (), ()))


class Story(NamedTuple):
    """How a cause begins, at which price its position is left, and what ends its condition."""

    cause: Cause
    begins: Callable[[RunMode], Rig]
    ends: Callable[[Rig], None] = nothing
    exit_price: str = "100"


STORIES: Final = {
    "drawdown": Story(Cause.DRAWDOWN, fallen),
    "floor": Story(Cause.CAPITAL_FLOOR, below_the_floor),
    "day": Story(Cause.DAILY_LOSS, bad_day, exit_price="80"),
    "storm": Story(Cause.STOP_OUT_STORM, stormy),
    "flash": Story(Cause.FLASH_MOVE, jolted),
    "margin": Story(Cause.MARGIN, near_liquidation),
    "feed": Story(Cause.FEED, silent, fresh),
    "errors": Story(Cause.EXECUTION, refused),
    "difference": Story(Cause.EXECUTION, differing, agreeing),
    "health": Story(Cause.HEALTH, unwell, well),
    "integrity": Story(Cause.INTEGRITY, corrupt),
    "operator": Story(Cause.OPERATOR, halted),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_cause_begins_an_emergency_at_once(name: str) -> None:
    rig = STORIES[name].begins(RunMode.BACKTEST)
    assert rig.state.stop.mode is EMERGENCY
    assert STORIES[name].cause in rig.state.stop.causes


def of_class(*classes: Clears) -> list[str]:
    """Return the stories whose cause ends so."""
    return [name for name, story in STORIES.items() if CLEARS[story.cause] in classes]


@pytest.mark.parametrize("name", of_class(Clears.OPERATOR))
def test_what_only_an_operator_clears_no_time_clears(name: str) -> None:
    rig = left(STORIES[name].begins(RunMode.BACKTEST), "100").forget()
    rig.advances(DAYS).advances(DAYS)
    assert modes(rig) == []
    rig.hears(OperatorReleased(rig.now, "ann", "looked into")).advances(DWELL).advances(DWELL)
    assert modes(rig) == ["PROTECTIVE", "CAUTIOUS", "NORMAL"]


@pytest.mark.parametrize("name", of_class(Clears.CONDITION, Clears.LADDER, Clears.ACKNOWLEDGED))
def test_a_condition_that_ends_leaves_the_emergency_after_the_dwell(name: str) -> None:
    story = STORIES[name]
    rig = left(story.begins(RunMode.BACKTEST), story.exit_price).forget()
    story.ends(rig)
    rig.advances(15)  # windows of minutes are over
    calm_ms = rig.state.stop.calm_ms
    assert calm_ms is not None
    left_ms = calm_ms + DWELL * MINUTE_MS - rig.now
    rig.advances((left_ms - 1) / MINUTE_MS)
    assert modes(rig) == []
    rig.advances(1)
    assert modes(rig) == ["PROTECTIVE"]


@pytest.mark.parametrize("name", ["feed", "health"])
def test_a_condition_that_does_not_end_leaves_no_emergency(name: str) -> None:
    rig = STORIES[name].begins(RunMode.BACKTEST)
    if name == "health":  # a feed matters to what is held: it is over once that is closed
        rig = left(rig, "100")
    rig.forget().advances(DAYS)
    assert modes(rig) == []


def test_the_loss_of_a_day_is_that_of_the_day_to_its_end() -> None:
    rig = left(STORIES["day"].begins(RunMode.BACKTEST), "85").forget()
    rig.advances(17 * 60)  # 23:01
    assert modes(rig) == []
    rig.advances(60).advances(DWELL)
    assert modes(rig) == ["PROTECTIVE"]


@pytest.mark.parametrize("mode", RunMode)
@pytest.mark.parametrize("name", ["errors", "difference"])
def test_what_orders_did_wrong_needs_a_person_where_orders_are_real(
    name: str, mode: RunMode
) -> None:
    rig = STORIES[name].begins(mode).obeys()
    real = mode in WITH_REAL_ORDERS
    assert rig.state.stop.latched == ((Cause.EXECUTION,) if real else ())
    rig.forget().advances(15).advances(DAYS)
    assert modes(rig) == ([] if real else ["PROTECTIVE"])
    rig.hears(OperatorReleased(rig.now, "ann", "seen"))
    assert modes(rig) == ["PROTECTIVE"]


@pytest.mark.parametrize(
    ("mode", "way"),
    [
        (DirectiveMode.SAFE, ["CAUTIOUS", "NORMAL"]),
        (DirectiveMode.CRITICAL, ["PROTECTIVE", "CAUTIOUS", "NORMAL"]),
    ],
)
def test_a_directive_tightens_at_once_and_is_left_rung_by_rung(
    mode: DirectiveMode, way: list[str]
) -> None:
    rig = Rig(CALM).opens()
    rig.hears(DirectiveIssued(rig.now, Directive(mode), "hfos"))
    assert modes(rig) == way[:1]
    assert rig.exits(Leg.EXIT) == []
    rig.hears(DirectiveIssued(rig.now, Directive(), "hfos"))
    for _ in way:
        rig.advances(DWELL, {BTC: 100.0})
    assert modes(rig) == way
