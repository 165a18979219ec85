"""Every cause of the emergency stop: all is well just short of its limit, and not at it."""

from collections.abc import Callable
from math import nan
from typing import Final, NamedTuple

import pytest

from domain.decision.danger import danger_equity, danger_in, is_calm
from domain.decision.messages import (
    DirectiveIssued,
    HealthChanged,
    IntegrityLost,
    OperatorHalted,
)
from domain.decision.state import State
from domain.execution.messages import AccountRead
from domain.governance.directive import Directive, DirectiveMode, Health
from domain.market.instrument import MaintenanceTier
from domain.market.messages import Bulletin, FeedTurn, Jolt
from domain.monitoring.drawdown import EquityWatch
from domain.portfolio.book import Exposure
from domain.risk.emergency_stop import CAUTIOUS, EMERGENCY, NORMAL, PROTECTIVE, Cause, RiskMode
from domain.shared.amounts import ZERO
from tests.builders import BTC, ETH, MINUTE_MS, START_MS, D, a_policy, an_instrument
from tests.rig import Rig

pytestmark = pytest.mark.unit

DAY: Final = START_MS // (24 * 60 * MINUTE_MS)
POLICY: Final = a_policy()


def flat() -> State:
    """Return a desk of 10,000 USD that holds nothing."""
    return Rig().state


def holding() -> State:
    """Return a desk that is long 5 BTC at 100, protected."""
    return Rig().opens().state


def lost(fraction: float, credit: float = 0.0, opened: float | None = None) -> State:
    """Return a desk whose equity lies *fraction* below its peak; the day began at *opened*."""
    equity = 10_000.0 * (1.0 - fraction)
    watch = EquityWatch(equity, 10_000.0, DAY, equity if opened is None else opened, credit)
    return flat()._replace(watch=watch)


def stopped_out(times: int, minutes_ago: float) -> State:
    """Return a desk that was stopped out so often, so long ago."""
    state = flat()
    return state._replace(stop_outs=(state.at_ms - int(minutes_ago * MINUTE_MS),) * times)


def jolted(fall: float, rise: float, symbol: str = BTC) -> State:
    """Return a long desk after a move of *symbol* in the flash window."""
    news = Bulletin(jolts=(Jolt(symbol, fall, rise),))
    return Rig().opens().advances(1, {BTC: 100.0}, bulletin=news).state


def flashed(fraction: float, state: State) -> State:
    """Return *state* after it lost *fraction* of equity within the flash window."""
    high = state.watch.equity / (1.0 - fraction)
    return state._replace(watch=state.watch._replace(recent=((state.at_ms, high),)))


def margined(above: float, rate: str = "0.004") -> State:
    """Return a long desk with equity so far above what endangers the margin."""
    state = holding()
    tiers = (MaintenanceTier(ZERO, D(rate), ZERO),)
    state = state._replace(instruments={BTC: an_instrument(tiers=tiers)})
    base = danger_equity(state, 1.0) - 500.0 + above
    return state._replace(exposure=Exposure(base, state.exposure.held))


def silent(symbol: str) -> State:
    """Return a long desk that hears nothing of *symbol* any more."""
    rig = Rig().opens()
    news = Bulletin(feeds=(FeedTurn(symbol, stale=True, fresh_ms=rig.now - 5 * MINUTE_MS),))
    return rig.advances(1, {BTC: 100.0}, bulletin=news).state


def erring(times: int, minutes_ago: float) -> State:
    """Return a desk of which the venue refused so many orders, so long ago."""
    state = flat()
    errors = (state.at_ms - int(minutes_ago * MINUTE_MS),) * times
    return state._replace(oversight=state.oversight._replace(errors=errors))


def differing(for_ms: int) -> State:
    """Return a desk whose venue and book have differed for so long."""
    rig = Rig(answers=False).hears(AccountRead(START_MS, ((ETH, D(1)),), ()))
    return rig.state._replace(at_ms=START_MS + for_ms)


def unwell(health: Health, for_ms: int = 0) -> State:
    """Return a desk of that health for so long."""
    state = Rig().hears(HealthChanged(START_MS, health, ("a test",))).state
    return state._replace(at_ms=START_MS + for_ms)


def directed(mode: DirectiveMode) -> State:
    """Return a desk under a directive of *mode*."""
    return Rig().hears(DirectiveIssued(START_MS, Directive(mode), "hfos")).state


class Edge(NamedTuple):
    """One limit of a cause: a state just short of it, one that meets it, what that calls for."""

    cause: Cause
    short: Callable[[], State]
    meets: Callable[[], State]
    calls_for: RiskMode = EMERGENCY


EDGES: Final = {
    "cautious": Edge(Cause.DRAWDOWN, lambda: lost(0.01999), lambda: lost(0.02), CAUTIOUS),
    "protective": Edge(Cause.DRAWDOWN, lambda: lost(0.01999), lambda: lost(0.04), PROTECTIVE),
    "emergency": Edge(Cause.DRAWDOWN, lambda: lost(0.01999), lambda: lost(0.10)),
    "drawdown unknown": Edge(Cause.DRAWDOWN, lambda: lost(0.0), lambda: lost(0.0, nan)),
    # Paper has earned the ladder back: the floor is of real money all the same.
    "floor": Edge(Cause.CAPITAL_FLOOR, lambda: lost(0.1999, 1999.0), lambda: lost(0.20001, 2000.1)),
    "day": Edge(
        Cause.DAILY_LOSS,
        lambda: lost(0.04999, 499.9, 10_000.0),
        lambda: lost(0.05, 500.0, 10_000.0),
    ),
    "storm": Edge(Cause.STOP_OUT_STORM, lambda: stopped_out(10, 1), lambda: stopped_out(11, 1)),
    "storm long ago": Edge(
        Cause.STOP_OUT_STORM, lambda: stopped_out(11, 15), lambda: stopped_out(11, 14.99)
    ),
    "flash move": Edge(Cause.FLASH_MOVE, lambda: jolted(0.0799, 0.5), lambda: jolted(0.08, 0.0)),
    "flash move of another": Edge(
        Cause.FLASH_MOVE, lambda: jolted(0.9, 0.9, ETH), lambda: jolted(0.9, 0.9)
    ),
    "flash loss": Edge(
        Cause.FLASH_MOVE,
        lambda: flashed(0.0499, holding()),
        lambda: flashed(0.0501, holding()),
    ),
    "flash loss of the flat": Edge(
        Cause.FLASH_MOVE, lambda: flashed(0.5, flat()), lambda: flashed(0.5, holding())
    ),
    "liquidation": Edge(Cause.MARGIN, lambda: margined(0.001), lambda: margined(0.0)),
    "margin ratio": Edge(
        Cause.MARGIN, lambda: margined(0.001, "0.9"), lambda: margined(0.0, "0.9")
    ),
    "equity unknown": Edge(Cause.MARGIN, holding, lambda: margined(nan)),
    "feed": Edge(Cause.FEED, lambda: silent(ETH), lambda: silent(BTC)),
    "errors": Edge(Cause.EXECUTION, lambda: erring(4, 1), lambda: erring(5, 1)),
    "errors long ago": Edge(Cause.EXECUTION, lambda: erring(5, 15), lambda: erring(5, 14.99)),
    "difference": Edge(Cause.EXECUTION, lambda: differing(30_000), lambda: differing(30_001)),
    "degraded": Edge(
        Cause.HEALTH, lambda: unwell(Health.DEGRADED, 10**9), lambda: unwell(Health.CRITICAL)
    ),
    "health unknown": Edge(
        Cause.HEALTH, lambda: unwell(Health.UNKNOWN, 10**9), lambda: unwell(Health.CRITICAL)
    ),
    "integrity": Edge(
        Cause.INTEGRITY, flat, lambda: Rig().hears(IntegrityLost(START_MS, "seal")).state
    ),
    "safe": Edge(
        Cause.DIRECTIVE,
        lambda: directed(DirectiveMode.AGGRESSIVE),
        lambda: directed(DirectiveMode.SAFE),
        CAUTIOUS,
    ),
    "critical": Edge(
        Cause.DIRECTIVE,
        lambda: directed(DirectiveMode.NORMAL),
        lambda: directed(DirectiveMode.CRITICAL),
        PROTECTIVE,
    ),
    "operator": Edge(
        Cause.OPERATOR, flat, lambda: Rig().hears(OperatorHalted(START_MS, "ann", "x")).state
    ),
}


@pytest.mark.parametrize("edge", EDGES)
def test_just_short_of_its_limit_a_cause_calls_for_nothing(edge: str) -> None:
    state = EDGES[edge].short()
    assert EDGES[edge].cause not in danger_in(state).causes
    assert danger_in(state).called_for is NORMAL
    assert state.stop.mode is NORMAL


@pytest.mark.parametrize("edge", EDGES)
def test_at_its_limit_a_cause_calls_for_its_mode_by_name(edge: str) -> None:
    state = EDGES[edge].meets()
    danger = danger_in(state)
    assert EDGES[edge].cause in danger.causes
    assert danger.called_for is EDGES[edge].calls_for
    assert not is_calm(state)


@pytest.mark.parametrize(
    ("drawdown", "called"),
    [
        (0.03999, CAUTIOUS),
        (0.04, PROTECTIVE),
        (0.09999, PROTECTIVE),
        (0.10, EMERGENCY),
    ],
)
def test_the_ladder_calls_for_the_rung_that_was_reached(drawdown: float, called: RiskMode) -> None:
    assert danger_in(lost(drawdown)) == (called, (Cause.DRAWDOWN,))


def test_every_cause_has_its_edge() -> None:
    assert {edge.cause for edge in EDGES.values()} == set(Cause)


@pytest.mark.parametrize("state", [flat, holding, lambda: directed(DirectiveMode.AGGRESSIVE)])
def test_where_nothing_is_wrong_the_desk_is_calm(state: Callable[[], State]) -> None:
    assert is_calm(state())
    assert danger_in(state()) == (NORMAL, ())


def test_all_that_is_wrong_is_named_at_once() -> None:
    state = lost(0.3, opened=10_000.0)
    state = state._replace(stop_outs=(state.at_ms,) * 11)
    causes = (Cause.DRAWDOWN, Cause.CAPITAL_FLOOR, Cause.DAILY_LOSS, Cause.STOP_OUT_STORM)
    assert danger_in(state) == (EMERGENCY, causes)
