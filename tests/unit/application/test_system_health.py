"""The health monitor: judged by bounds, worse at once, better after a while, told where it must."""

from collections.abc import Callable
from itertools import product

import pytest

from application.health import HealthBoard
from application.system_health import Bound, Part, SystemHealth
from domain.decision.messages import HealthChanged, Severity
from domain.governance.directive import Health
from tests.fakes.clock import FakeClock
from tests.fakes.notifier import FakeNotifier
from tests.fakes.telemetry import FakeTelemetry

pytestmark = pytest.mark.unit

HEALTHY, UNKNOWN, DEGRADED, CRITICAL = Health
CEILING, FLOOR = Bound(10, 100), Bound(10, 1, is_floor=True)


class Figures:
    """Figures that are set by hand; an error is raised."""

    def __init__(self) -> None:
        self.values: dict[str, float | Exception | None] = {}

    def of(self, name: str) -> Callable[[], float | None]:
        def read() -> float | None:
            value = self.values[name]
            if isinstance(value, Exception):
                raise value
            return value

        return read


class Stage:
    """A monitor of two parts: `lag`, of which the desk hears, and `age`, which is only shown."""

    def __init__(self) -> None:
        self.clock, self.figures, self.board = FakeClock(), Figures(), HealthBoard()
        self.telemetry = FakeTelemetry()
        parts = [
            Part("lag", "seconds", self.figures.of("lag"), CEILING, tells=True, lives=1000),
            Part("age", "seconds", self.figures.of("age"), CEILING, bars=True),
        ]
        self.bell = FakeNotifier()
        self.vitals = SystemHealth(
            parts, self.board, self.telemetry, self.clock.now_ms, page=self.bell.notify
        )

    def look(self, lag: float | Exception | None = 0.0, age: float | None = 0.0) -> None:
        self.figures.values = {"lag": lag, "age": age}
        self.vitals.look()

    def told(self) -> list[tuple[Health, tuple[str, ...]]]:
        news = self.vitals.news(7)
        return [(one.health, one.reasons) for one in news if isinstance(one, HealthChanged)]


@pytest.mark.parametrize(
    ("bound", "value", "health"),
    [
        (CEILING, 10, HEALTHY),
        (CEILING, 10.1, DEGRADED),
        (CEILING, 100, DEGRADED),
        (CEILING, 101, CRITICAL),
        (FLOOR, 10, HEALTHY),
        (FLOOR, 9, DEGRADED),
        (FLOOR, 1, DEGRADED),
        (FLOOR, 0.9, CRITICAL),
        (Bound(10), 1e12, DEGRADED),
        (CEILING, None, UNKNOWN),
        (CEILING, float("nan"), UNKNOWN),
        (FLOOR, float("nan"), UNKNOWN),
    ],
)
def test_a_figure_is_judged_by_its_bounds(
    bound: Bound, value: float | None, health: Health
) -> None:
    assert bound.judge(value) is health


@pytest.mark.parametrize(("before", "after"), list(product((0.0, 50.0, 500.0), repeat=2)))
def test_worse_counts_at_once_and_better_only_once_it_has_lasted(
    before: float, after: float
) -> None:
    stage = Stage()
    stage.look(before)
    stage.look(after)
    assert stage.vitals.health is CEILING.judge(max(before, after))
    stage.clock.at_ms += 10_000
    stage.look(after)
    assert stage.vitals.health is CEILING.judge(after)


def test_a_part_that_flaps_stays_ill() -> None:
    stage = Stage()
    for _ in range(20):
        stage.look(50.0)
        stage.clock.at_ms += 5_000
        stage.look(0.0)
        stage.clock.at_ms += 5_000
        assert stage.vitals.health is DEGRADED


@pytest.mark.parametrize("unreadable", [OSError("gone"), RuntimeError("odd"), None])
def test_what_cannot_be_read_is_unknown_and_does_not_stop_the_look(
    unreadable: Exception | None,
) -> None:
    stage = Stage()
    stage.look(unreadable, 50.0)
    assert stage.told() == [(UNKNOWN, ("lag: unknown",))]
    assert stage.vitals.health is DEGRADED


def test_the_desk_hears_once_of_each_change_and_only_of_what_nobody_else_tells_it() -> None:
    stage = Stage()
    stage.look(50.0, 50.0)
    assert stage.told() == [(DEGRADED, ("lag: 50 seconds, at most 10 is well",))]
    stage.look(60.0, 60.0)
    assert stage.told() == []
    stage.look(500.0)
    assert [health for health, _ in stage.told()] == [CRITICAL]
    stage.look()
    assert stage.told() == []
    stage.clock.at_ms += 10_000
    stage.look()
    assert stage.told() == [(HEALTHY, ())]


def test_a_person_is_called_each_time_that_a_part_gets_worse() -> None:
    stage = Stage()
    for lag in (0.0, 50.0, 60.0, 500.0, 50.0):
        stage.look(lag)
    assert [page.severity for page in stage.bell.pages] == [Severity.WARNING, Severity.CRITICAL]
    assert stage.bell.pages[0].text == "health: lag: 50 seconds, at most 10 is well"


def test_the_worst_of_all_is_told_whoever_gets_better() -> None:
    stage = Stage()
    stage.board.told(1, "record", "full")
    stage.look(500.0)
    (told,) = stage.told()
    assert told[0] is CRITICAL
    assert told[1][0] == "full"
    stage.look()
    stage.clock.at_ms += 10_000
    stage.look()
    assert stage.told() == [(DEGRADED, ("full",))]


def test_nobody_is_ready_before_the_first_look_and_an_ill_part_that_bars_keeps_from_it() -> None:
    stage = Stage()
    assert stage.vitals.ready() == ("health: not looked at yet",)
    stage.look()
    assert stage.vitals.ready() == ()
    stage.look(50.0)
    assert stage.vitals.ready() == ()
    stage.look(0.0, None)
    assert stage.vitals.ready() == ("age: unknown",)


def test_alive_is_who_makes_progress_and_is_looked_at() -> None:
    stage = Stage()
    assert stage.vitals.live() == ()
    stage.look(1001.0)
    assert stage.vitals.live() == ("lag: no progress for 1001 s",)
    stage.look()
    assert stage.vitals.live() == ()
    stage.clock.at_ms += 11_000
    assert stage.vitals.live() == ("health: nobody looked for 11 s",)
    assert stage.vitals.ready() == stage.vitals.live()


def test_every_part_is_shown_with_its_state_and_its_figure() -> None:
    stage = Stage()
    stage.look(50.0, 3.0)
    shown = stage.vitals.shown()
    assert shown["state"] == "DEGRADED"
    parts = shown["parts"]
    assert isinstance(parts, dict)
    assert parts["lag"] == {
        "state": "DEGRADED",
        "value": 50.0,
        "unit": "seconds",
        "degraded": 10,
        "critical": 100,
    }
    assert stage.telemetry.gauge("health.part", part="lag") == float(DEGRADED)
    assert stage.telemetry.gauge("health.figure", part="age") == 3.0


def test_what_keeps_nobody_from_watching_positions_is_told_as_no_reason_to_close_them() -> None:
    stage = Stage()
    disk = Part(
        "disk", "bytes", stage.figures.of("disk"), FLOOR, tells=True, bars=True, gravest=DEGRADED
    )
    vitals = SystemHealth([disk], stage.board, stage.telemetry, stage.clock.now_ms)
    heard = []
    for free in (0.5, 0.4, 50.0):
        stage.figures.values = {"disk": free}
        stage.clock.at_ms += 60_000
        vitals.look()
        stage.clock.at_ms += 60_000
        vitals.look()
        heard += [one.health for one in vitals.news(7) if isinstance(one, HealthChanged)]
        assert (vitals.ready() == ()) is (free == 50.0)
    assert heard == [DEGRADED, HEALTHY]
