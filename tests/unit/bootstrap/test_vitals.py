"""What in the desk keeps it from entries is said, and what the monitor looks at is complete."""

from pathlib import Path

import pytest

from application.loop_lag import LoopLag
from application.progress import Progress
from bootstrap.health_section import HealthSection
from bootstrap.vital_parts import Confirmed, Surroundings, parts_of
from bootstrap.vitals import barred
from domain.decision.messages import OperatorHalted, SessionOpened
from domain.decision.state import initial
from domain.decision.step import step
from domain.execution.messages import Deposited
from domain.governance.directive import Health
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_policy, an_instrument
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.unit


def test_a_desk_that_is_not_open_or_halted_says_so_and_else_nothing() -> None:
    state = initial(RunMode.PAPER, a_policy())
    assert list(barred(state)) == ["desk: not open yet"]
    for heard in (
        SessionOpened(START_MS, RunMode.PAPER, 1, a_policy(), {BTC: an_instrument()}),
        Deposited(START_MS, D(10_000)),
    ):
        state = step(state, heard).state
    assert list(barred(state)) == []
    state = step(state, OperatorHalted(START_MS + 1, "ann", "test")).state
    assert [reason.partition(":")[0] for reason in barred(state)] == ["emergency stop"]


def test_a_remote_desk_is_not_ready_before_it_is_reconciled() -> None:
    opened = SessionOpened(
        START_MS, RunMode.PAPER, 1, a_policy(), {BTC: an_instrument()}, remote=True
    )
    state = step(initial(RunMode.PAPER, a_policy()), opened).state
    assert "venue: desk and venue are not reconciled" in list(barred(state))


@pytest.mark.parametrize("remote", [False, True])
def test_every_part_is_looked_at_and_well_at_first(tmp_path: Path, *, remote: bool) -> None:
    clock = FakeClock()
    around = Surroundings(tmp_path, clock, 1.0, lambda: 0, lambda: 0, remote=remote)
    progress = Progress(clock.now_ms)
    found = parts_of(
        HealthSection(disk_free_bytes=0), around, progress, LoopLag(lambda: 0.0), lambda: 0.0,
        lambda: 0,
    )  # fmt: skip
    names = {"decision", "loop", "feed", "journal", "orders", "policy", "disk", "clock"}
    assert {part.name for part in found} == names | ({"exchange"} if remote else set())
    assert {part.bound.judge(part.read()) for part in found} == {Health.HEALTHY}


def test_a_feed_may_be_still_for_three_bars(tmp_path: Path) -> None:
    clock = FakeClock()
    around = Surroundings(tmp_path, clock, 100.0, lambda: 0, lambda: 0)
    parts = parts_of(
        HealthSection(), around, Progress(clock.now_ms), LoopLag(lambda: 0.0), lambda: 0.0,
        lambda: 0,
    )  # fmt: skip
    feed = next(part for part in parts if part.name == "feed")
    clock.at_ms += 299_000
    assert feed.bound.judge(feed.read()) is Health.HEALTHY
    clock.at_ms += 2_000
    assert feed.bound.judge(feed.read()) is Health.DEGRADED


def test_only_an_answer_makes_a_store_younger() -> None:
    clock, count = FakeClock(), [1]
    confirmed = Confirmed(lambda: count[0], clock.now_ms)
    clock.at_ms += 5_000
    assert confirmed.age_s() == 5.0
    count[0] = 2
    assert confirmed.age_s() == 0.0
