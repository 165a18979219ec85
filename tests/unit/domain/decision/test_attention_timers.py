"""When a desk over which something hangs wants to be woken, though no price moves."""

from collections.abc import Callable
from math import inf
from typing import Final

import pytest

from domain.decision.attention import attention
from domain.decision.messages import HealthChanged, PolicyStoreLost
from domain.execution.messages import AccountRead, OrderRejected
from domain.governance.directive import Health
from domain.market.instrument import MaintenanceTier
from domain.market.messages import Bulletin, Jolt
from domain.monitoring.drawdown import EquityWatch
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, HOUR_MS, MINUTE_MS, D, a_candidate, a_policy, an_instrument
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted, ticks
from tests.unit.domain.decision.scenes import TIGHT

pytestmark = pytest.mark.unit

SECOND_MS: Final = 1_000


def jolted() -> Rig:
    news = Bulletin(jolts=(Jolt(BTC, 0.08, 0.0),))
    return Rig().opens().advances(1, {BTC: 99.0}, bulletin=news).fills(Leg.EXIT, "99").obeys()


def refused() -> Rig:
    rig = Rig(a_policy(cooldown_minutes=0))
    for _ in range(5):
        rig.wants(a_candidate(), minutes=0)
        name = rig.live(Leg.ENTRY).client_id
        rig.hears(OrderRejected(rig.now, name, BTC, "margin"))
    return rig.obeys()


def differing() -> Rig:
    rig = Rig()
    return rig.hears(AccountRead(rig.now, ((ETH, D(1)),), ()))


def unknown() -> Rig:
    rig = Rig()
    return rig.hears(HealthChanged(rig.now, Health.UNKNOWN, ()))


def storeless(after_ms: int) -> Callable[[], Rig]:
    def lost() -> Rig:
        rig = Rig()
        return ticks(rig.hears(PolicyStoreLost(rig.now, rig.now, "down")), after_ms)

    return lost


def expiring() -> Rig:
    rig = Rig()
    return Rig(a_policy(expires_ms=rig.now + 26 * HOUR_MS))


# When it is due, in ms after the last event.
TIMERS: Final[dict[str, tuple[Callable[[], Rig], int]]] = {
    "flash move": (jolted, 5 * MINUTE_MS),
    "refused orders": (refused, 15 * MINUTE_MS),
    "a difference": (differing, 30 * SECOND_MS + 1),
    "health unknown": (unknown, 60 * SECOND_MS + 1),
    "store lost": (storeless(0), 30 * SECOND_MS),
    "store lost for long": (storeless(MINUTE_MS), 14 * MINUTE_MS),
    "a policy that expires": (expiring, 2 * HOUR_MS),
}


@pytest.mark.parametrize("name", TIMERS)
def test_the_desk_is_woken_when_time_alone_changes_something(name: str) -> None:
    make, due_ms = TIMERS[name]
    rig = make()
    assert attention(rig.state).timer_ms == rig.now + due_ms


@pytest.mark.parametrize("make", [unknown, storeless(0)])
def test_what_time_has_changed_already_wakes_nobody(make: Callable[[], Rig]) -> None:
    rig = ticks(make(), HOUR_MS)
    assert attention(rig.state).timer_ms == attention(Rig().state).timer_ms  # the end of the day


def test_every_bar_counts_while_the_proof_is_missing() -> None:
    rig = halted(Rig(TIGHT, answers=False))
    assert attention(rig.state).timer_ms == rig.now


def test_every_bar_counts_while_something_is_held_on_paper() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0}).fills(Leg.EXIT, "79").obeys()
    rig.wants(a_candidate(symbol=ETH))
    assert attention(rig.state).timer_ms == rig.now


@pytest.mark.parametrize(
    ("equity", "floor", "high"),
    [
        (10_000.0, 9_800.0, None),  # other limits are met long before
        (700.0, 686.0, 125.0),  # 99 % of the position, over 80 % of equity, grown by a quarter
    ],
)
def test_where_the_margin_may_be_met_prices_are_watched_as_they_rise(
    equity: float, floor: float, high: float | None
) -> None:
    rig = Rig(a_policy(capital_floor=1.0, daily_loss_max=1.0, flash_loss=1.0, trailing=False))
    rig.opens()
    tiers = (MaintenanceTier(ZERO, D("0.99"), ZERO),)
    watch = EquityWatch(equity, equity, rig.state.watch.day, equity)
    instruments = {BTC: an_instrument(tiers=tiers)}
    wanted = attention(rig.state._replace(instruments=instruments, watch=watch))
    margin = 500 * 1.25 * 0.99 / 0.8
    assert wanted.floor == pytest.approx(max(floor, margin if high else 0.0))
    assert wanted.bands.get(BTC) == (None if high is None else (-inf, high))
