import pytest

from application.clearance import Clearance
from domain.execution.messages import PlaceEntry
from tests.fakes.clock import FakeClock
from tests.unit.application.live_session import Live
from tests.unit.application.test_live import a_signal

pytestmark = pytest.mark.unit


def test_one_part_that_is_well_again_says_nothing_for_another() -> None:
    clearance = Clearance(FakeClock().now_ms)
    clearance.bar("clock", "it jumped")
    clearance.bar("stop", "we are about to")
    clearance.clear("clock")
    assert clearance.barred == "we are about to"
    clearance.clear("stop")
    clearance.clear("stop")
    assert clearance.barred is None


@pytest.mark.parametrize(
    ("bars", "late_ms", "stands"),
    [(False, 0, True), (True, 0, False), (False, 59_999, True), (False, 60_001, False)],
)
async def test_an_entry_goes_out_only_unbarred_and_while_its_permit_lives(
    *, bars: bool, late_ms: int, stands: bool
) -> None:
    live = Live()
    async with live.running():
        await live.synced()
        await live.hears(a_signal())
        await live.until(lambda: bool(live.exchange.sent))
        (entry,) = live.exchange.sent
        assert isinstance(entry, PlaceEntry)
        clock = FakeClock(entry.permit.expires_ms - 60_000)
        clearance = Clearance(clock.now_ms)
        if bars:
            clearance.bar("clock", "it jumped")
        clock.at_ms += late_ms
        clearance.seen_ms = clock.at_ms
        assert clearance.stands(entry, live.engine.state) is stands
