import asyncio

import pytest

from application.clearance import ASLEEP_MS, Clearance
from application.errors import VenueUnavailable
from application.health import HealthBoard
from application.heartbeat import BEAT_S, STEP_MS_MAX, Heartbeat, Line, Pulse
from domain.decision.messages import HealthChanged, Heard
from domain.execution.messages import StreamTurned
from domain.governance.directive import Health
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000


class Patient:
    """A heartbeat on a clock moved by hand, its line up."""

    def __init__(self, *, offset: bool = True, resync: bool = True) -> None:
        self.clock = FakeClock()
        self.clearance = Clearance(self.clock.now_ms)
        self.heard: list[Heard] = []
        self.resyncs = self.beats = 0
        self.off_ms, self.reachable = 0, True
        self.line = Line()
        self.heartbeat = Heartbeat(
            self.clock,
            self.clearance,
            self.line,
            HealthBoard(),
            self.heard.append,
            resync=self._resync if resync else None,
            offset_ms=self._offset if offset else None,
            alive=self._alive,
            pause=self._pause,
        )
        self.up = self.line.streamed(StreamTurned(self.clock.at_ms, up=True, reason=""))

    def _resync(self) -> None:
        self.resyncs += 1

    def _alive(self) -> None:
        self.beats += 1

    async def _offset(self) -> int:
        if not self.reachable:
            raise VenueUnavailable("no answer")
        return self.off_ms

    async def _pause(self, seconds: float) -> None:
        if seconds == BEAT_S:
            self.clock.at_ms += int(seconds * 1000)
        await asyncio.sleep(0)

    async def runs(self, turns: int = 40) -> None:
        task = asyncio.create_task(self.heartbeat.run())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def turned(heard: tuple[Heard, ...] | list[Heard]) -> list[bool]:
    return [one.up for one in heard if isinstance(one, StreamTurned)]


@pytest.mark.parametrize("gap_ms", [0, 250, ASLEEP_MS])
def test_a_short_gap_is_no_sleep(gap_ms: int) -> None:
    assert not Pulse(0, 0).beat(gap_ms, 0).asleep


def test_a_slow_drift_is_a_step_once_it_adds_up_to_one() -> None:
    pulse = Pulse(0, 0)
    steps = [pulse.beat(at, at // 10).stepped for at in range(0, 20_000, 1_000)]
    assert steps.count(True) == 3  # 1.9 s of drift: at 0.6, 1.2 and 1.8 s


def test_a_sleep_takes_the_line_down_and_has_the_stream_begin_anew() -> None:
    patient = Patient()
    patient.clock.at_ms += 30_000
    (heard,) = patient.heartbeat.look()
    assert heard == StreamTurned(patient.clock.at_ms, up=False, reason="asleep for 30 s")
    assert patient.resyncs == 1
    assert patient.heartbeat.look() == ()
    assert patient.heartbeat.gap_ms_max == 30_000


def test_without_a_stream_to_begin_anew_the_line_is_up_again_and_the_account_is_read() -> None:
    patient = Patient(resync=False)
    patient.clock.at_ms += 3_000
    assert turned(patient.heartbeat.look()) == [False, True]


def barred(patient: Patient) -> str | None:
    return patient.clearance.barred


def test_nothing_may_go_out_between_waking_and_the_first_look() -> None:
    patient = Patient()
    assert barred(patient) is None
    patient.clock.at_ms += ASLEEP_MS + 1
    assert barred(patient) is not None
    patient.heartbeat.look()
    assert barred(patient) is None


@pytest.mark.parametrize("step_ms", [-HOUR_MS, -STEP_MS_MAX - 1, STEP_MS_MAX + 1, HOUR_MS])
async def test_after_a_step_of_the_clock_nothing_is_added_until_the_venue_agrees(
    step_ms: int,
) -> None:
    patient = Patient()
    patient.clock.skewed_ms = step_ms
    heard = patient.heartbeat.look()
    assert turned(heard) == [False]
    assert any(isinstance(one, HealthChanged) and one.health is Health.DEGRADED for one in heard)
    assert barred(patient) is not None
    patient.off_ms = step_ms
    await patient.runs()
    assert barred(patient) is not None
    assert turned(patient.heard) == []
    patient.off_ms = 0
    await patient.runs()
    assert barred(patient) is None
    assert turned(patient.heard) == [True]
    assert isinstance(patient.heard[0], HealthChanged)
    assert patient.heard[0].health is Health.HEALTHY


async def test_a_time_that_is_not_the_venues_bars_entries_from_the_start() -> None:
    patient = Patient()
    patient.off_ms = -HOUR_MS
    await patient.runs()
    assert barred(patient) is not None
    assert turned(patient.heard) == [False]


async def test_a_venue_that_does_not_tell_the_time_changes_nothing() -> None:
    patient = Patient()
    patient.reachable = False
    await patient.runs()
    assert patient.heard == []
    patient.clock.skewed_ms = HOUR_MS
    patient.heartbeat.look()
    await patient.runs()
    assert barred(patient) is not None


def test_a_step_with_nobody_to_ask_is_told_and_passed() -> None:
    patient = Patient(offset=False)
    patient.clock.skewed_ms = HOUR_MS
    assert turned(patient.heartbeat.look()) == [False, True]
    assert barred(patient) is None


def test_a_stream_that_comes_back_does_not_raise_a_line_whose_clock_is_in_doubt() -> None:
    patient = Patient()
    patient.clock.skewed_ms = HOUR_MS
    patient.heartbeat.look()
    now = patient.clock.at_ms
    assert turned(patient.line.streamed(StreamTurned(now, up=False, reason="cut"))) == [False]
    assert patient.line.streamed(StreamTurned(now, up=True, reason="")) == ()


async def test_a_beat_is_seen_by_who_watches_over_the_process() -> None:
    patient = Patient()
    await patient.runs()
    assert patient.beats > 5
    assert patient.heard == []
