"""The operator's use cases: wishes become events, and the answer says what became of them."""

import asyncio
from collections.abc import Callable

import pytest

from application.errors import BadInput, NotNow, PortError
from application.operator import NO_REASON, NOBODY, Operator
from domain.decision.messages import (
    EntriesPaused,
    Heard,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
)
from domain.risk.emergency_stop import RiskMode
from tests.builders import BTC, START_MS
from tests.rig import Rig

pytestmark = pytest.mark.unit

NASTY = ["a\r\nb", "\x1b[31mred", "rtl \u202e gnp", "zero\u200bwidth", "\x00", "\u2028", "\ud800"]


class Spoken:
    """A desk that hears an operator's wishes at once, unless it is deaf or gone."""

    def __init__(self, *, deaf: bool = False, gone: bool = False) -> None:
        self.rig = Rig()
        self.heard: list[Heard] = []
        self.trips: list[tuple[str, str]] = []
        self._deaf, self._gone = deaf, gone
        self.operator = Operator(
            lambda: self.rig.state,
            self._put,
            lambda: START_MS,
            lambda actor, reason: self.trips.append((actor, reason)),
            answer_s=0.01,
        )

    def _put(self, heard: Heard) -> None:
        if self._gone:
            raise PortError("nobody listens")
        self.heard.append(heard)
        if not self._deaf:
            self.rig.hears(heard)
            self.operator.watch(heard, ())

    @property
    def mode(self) -> RiskMode:
        return self.rig.state.stop.mode


@pytest.mark.parametrize("mode", list(RiskMode))
async def test_a_halt_is_taken_from_any_mode_without_a_reason(mode: RiskMode) -> None:
    desk = Spoken()
    desk.rig.state = desk.rig.state._replace(stop=desk.rig.state.stop._replace(mode=mode))
    outcome = await desk.operator.halt()
    assert desk.heard == [OperatorHalted(START_MS, NOBODY, NO_REASON)]
    assert (outcome.heard, outcome.mode) == (True, "EMERGENCY")


@pytest.mark.parametrize("text", NASTY)
async def test_a_halt_with_a_nasty_reason_is_taken_and_cleaned(text: str) -> None:
    desk = Spoken()
    await desk.operator.halt("ann", text)
    (heard,) = desk.heard
    assert isinstance(heard, OperatorHalted)
    assert heard.reason.isprintable()


async def test_a_halt_with_a_megabyte_of_reason_is_taken_and_cut() -> None:
    desk = Spoken()
    await desk.operator.halt("ann", "x" * 1_000_000)
    (heard,) = desk.heard
    assert isinstance(heard, OperatorHalted)
    assert len(heard.reason) == 400


@pytest.mark.parametrize("desk", [Spoken(deaf=True), Spoken(gone=True)], ids=["deaf", "gone"])
async def test_a_halt_that_is_not_heard_sets_the_halt_file(desk: Spoken) -> None:
    outcome = await desk.operator.halt("ann", "now")
    assert not outcome.heard
    assert desk.trips == [("ann", "now")]
    assert "halt file is set" in outcome.note


Wish = Callable[[Operator, str, str], "asyncio.Future[object]"]
WISHES: dict[str, Wish] = {
    "release": lambda o, a, r: asyncio.ensure_future(o.release(a, r)),
    "flatten": lambda o, a, r: asyncio.ensure_future(o.flatten(None, a, r)),
    "pause": lambda o, a, r: asyncio.ensure_future(o.pause(5, a, r)),
    "unpause": lambda o, a, r: asyncio.ensure_future(o.unpause(a, r)),
}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("text", ["", "  ", "y" * 401, *NASTY])
async def test_every_other_wish_needs_an_actor_and_a_plain_reason(wish: str, text: str) -> None:
    desk = Spoken()
    for actor, reason in ((text, "why"), ("ann", text)):
        with pytest.raises(BadInput):
            await WISHES[wish](desk.operator, actor, reason)
    assert not desk.heard


@pytest.mark.parametrize("wish", ["release", "unpause"])
async def test_what_is_not_stopped_cannot_go_on(wish: str) -> None:
    desk = Spoken()
    with pytest.raises(NotNow):
        await WISHES[wish](desk.operator, "ann", "why")
    assert not desk.heard


async def test_the_emergency_stop_wins_over_a_release() -> None:
    desk = Spoken()
    await desk.operator.halt("ann", "odd")
    watch = desk.rig.state.watch
    desk.rig.state = desk.rig.state._replace(watch=watch._replace(day_open=watch.equity * 2))
    outcome = await desk.operator.release("ann", "go on")
    assert isinstance(desk.heard[-1], OperatorReleased)
    assert outcome.mode == "EMERGENCY"
    assert "daily_loss" in outcome.note


async def test_a_symbol_that_nobody_knows_is_not_flattened() -> None:
    desk = Spoken()
    with pytest.raises(NotNow, match="NOSUCH"):
        await desk.operator.flatten("NOSUCHUSDT", "ann", "why")
    await desk.operator.flatten(BTC, "ann", "why")
    assert desk.heard == [OperatorFlattened(START_MS, BTC, "ann", "why")]


@pytest.mark.parametrize("minutes", [-1, 10_081])
async def test_a_pause_has_bounds(minutes: int) -> None:
    with pytest.raises(BadInput, match="minutes"):
        await Spoken().operator.pause(minutes, "ann", "why")


async def test_a_pause_ends_in_the_time_of_the_desk() -> None:
    desk = Spoken()
    outcome = await desk.operator.pause(5, "ann", "why")
    assert desk.heard == [EntriesPaused(START_MS, START_MS + 300_000, "ann", "why")]
    assert not outcome.entries
