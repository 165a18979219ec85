"""The Emergency Stop System along ten thousand random paths of equity, crashes and all.

Each path is a market (with jumps at the edges of the ladder), an operator who halts and releases,
paper profit while nothing may be entered, and a process that dies and knows only its latch.
"""

from collections import Counter
from random import Random

import pytest

from domain.governance.policy import Policy
from domain.monitoring.drawdown import EquityWatch, credited, marked, rebased, recalled
from domain.risk.emergency_stop import (
    EMERGENCY,
    PROTECTIVE,
    Cause,
    Danger,
    EmergencyStop,
    Latch,
    RiskMode,
    advance,
    latch_of,
    latched_by,
    released,
    restored,
    rung,
    rung_with_hysteresis,
)
from domain.shared.enums import RunMode

pytestmark = pytest.mark.unit

PATHS, BATCHES, STEPS = 10_000, 4, 20
POLICY = Policy()
MINUTE_MS = 60_000
DWELL_MS = POLICY.dwell_minutes * MINUTE_MS
# 2026-01-01: a day after the first, so that the first mark opens it.
START_MS = 1_767_225_600_000
MINUTES = (1, 5, 14, 15, 29, 30, 31, 45, 120, 700)
# Drawdowns at, and by a hair or half a band beside, every edge of the ladder.
EDGES = (0.0, 0.0149, 0.0151, 0.02, 0.0349, 0.0351, 0.04, 0.0949, 0.0951, 0.10, 0.12, 0.21)


def danger_of(watch: EquityWatch, stop: EmergencyStop) -> Danger:
    """Return the danger of drawdown, daily loss and capital floor, as the desk reads it."""
    called = rung_with_hysteresis(watch.ladder_drawdown, stop.mode, POLICY)
    causes: tuple[Cause, ...] = (Cause.DRAWDOWN,) if called else ()
    if watch.drawdown >= POLICY.capital_floor:
        called, causes = EMERGENCY, (*causes, Cause.CAPITAL_FLOOR)
    if watch.daily_loss >= POLICY.daily_loss_max:
        called, causes = EMERGENCY, (*causes, Cause.DAILY_LOSS)
    return Danger(called, causes)


class Walk:
    """One path. It remembers what the stop does not: when it was last disquieted, and climbed."""

    def __init__(self, rng: Random, seen: Counter[str]) -> None:
        self.rng = rng
        self.seen = seen
        self.now = START_MS
        self.stop = EmergencyStop()
        self.watch = marked(EquityWatch(), START_MS, 1000.0, 1000.0, POLICY)
        self.latch: Latch = latch_of(self.stop, self.watch)
        self.quiet_since: int | None = None
        self.climbed_ms = -DWELL_MS
        self.alerts = 0

    def step(self) -> None:
        """Let time pass, the market move, and what else may happen; then hold it to the rules."""
        draw = self.rng.random()
        self.now += self.rng.choice(MINUTES) * MINUTE_MS
        if draw < 0.04:
            self.moved(latched_by(self.stop, Cause.OPERATOR, self.now))
            self.quiet_since = None
        elif draw < 0.12:
            self.release()
        elif draw < 0.18:
            self.crash()
        self.mark()
        self.read()

    def mark(self) -> None:
        rng, watch = self.rng, self.watch
        if rng.random() < 0.6:
            equity = watch.peak * (1.0 - rng.choice(EDGES))
        else:
            equity = watch.equity * (1.0 + rng.gauss(0.0, 0.02))
        watch = marked(watch, self.now, equity, equity, POLICY)
        if self.stop.mode is EMERGENCY:
            watch = credited(watch, watch.credit + rng.uniform(-10.0, 40.0))
        self.watch = watch

    def read(self) -> None:
        """Advance, and check each rule of the emergency stop against the change."""
        old, danger = self.stop, danger_of(self.watch, self.stop)
        new = advance(old, danger, self.now, POLICY, RunMode.PAPER)
        demanded = EMERGENCY if new.latched else danger.called_for

        assert new.mode >= demanded, "escalation is immediate"
        assert new.mode >= rung(self.watch.ladder_drawdown, POLICY)
        assert set(new.latched) >= set(old.latched), "what is latched stays so without a release"
        if demanded >= old.mode:
            self.quiet_since = None
            assert new.mode is demanded, "and goes exactly where it must"
            assert (
                old.mode is new.mode
                or not self.is_of_ladder_alone(danger)
                or (rung(self.watch.ladder_drawdown, POLICY) is new.mode)
            ), "no rung is entered within its band"
        else:
            self.quiet_since = self.now if self.quiet_since is None else self.quiet_since
            rested = self.now - self.quiet_since >= DWELL_MS
            assert new.mode == old.mode - rested, "one rung, after a whole dwell without a call"
            if rested:
                self.climb(new)
        self.moved(new)

    def climb(self, new: EmergencyStop) -> None:
        left = RiskMode(new.mode + 1)
        assert rung(self.watch.ladder_drawdown + POLICY.drawdown_hysteresis, POLICY) < left, (
            "no rung is left within its band"
        )
        assert self.now - self.climbed_ms >= DWELL_MS, "never two rungs within a dwell"
        self.climbed_ms = self.now
        self.quiet_since = self.now if new.calm_ms is not None else None
        self.seen[f"recovery to {new.mode.name}"] += 1

    def is_of_ladder_alone(self, danger: Danger) -> bool:
        return danger.causes == (Cause.DRAWDOWN,) and not self.stop.latched

    def moved(self, new: EmergencyStop) -> None:
        """Adopt *new*: one alert and one durable write an edge, none without."""
        old = self.stop
        edge = new.mode is not old.mode or set(new.latched) > set(old.latched)
        assert new.epoch == old.epoch + edge, "the epoch counts the edges"
        self.stop = new
        if edge:
            self.alerts += 1
            self.seen["halt" if new.latched else f"{old.mode.name} to {new.mode.name}"] += 1
            self.write(old, new)

    def write(self, old: EmergencyStop, new: EmergencyStop) -> None:
        """Make *new* durable; a crash on either side of the write never forgets."""
        before, self.latch = self.latch, latch_of(new, self.watch)
        for latch in (before, self.latch):
            for state in (EmergencyStop(), old, new):
                self.outlives(restored(state, latch, self.now), state, latch)

    def outlives(self, then: EmergencyStop, state: EmergencyStop, latch: Latch) -> None:
        assert then.mode >= max(state.mode, latch.mode)
        assert set(then.latched) >= {*state.latched, *latch.latched}
        assert then.epoch >= max(state.epoch, latch.epoch)
        self.seen["crash at a write"] += 1

    def release(self) -> None:
        """Let the operator release, which accepts the loss."""
        old, self.watch = self.stop, rebased(self.watch)
        danger = danger_of(self.watch, old)
        new = released(old, danger, self.now, POLICY, RunMode.PAPER)
        assert new.epoch == old.epoch + 1
        if old.latched and danger.called_for < EMERGENCY:
            assert (new.mode, new.latched) == (PROTECTIVE, ())
            self.climbed_ms = self.now
            self.quiet_since = new.calm_ms
            self.seen["release"] += 1
        else:
            assert new.mode is old.mode
        self.stop = new
        self.alerts += 1
        self.write(old, new)

    def crash(self) -> None:
        """Lose the state, or only what was not yet told; come back by the latch alone."""
        lost, latch = self.stop, self.latch
        if self.rng.random() < 0.1:
            self.stop = restored(EmergencyStop(), None, self.now)
            assert self.stop.latched == (Cause.INTEGRITY,)
            self.stop = self.stop._replace(epoch=lost.epoch + 1)  # the sequence goes on
        else:
            self.stop = restored(EmergencyStop(), latch, self.now)
            assert self.stop.mode >= lost.mode
            assert set(self.stop.latched) >= set(lost.latched)
            assert self.stop.epoch >= lost.epoch
        self.alerts += self.stop.epoch - lost.epoch
        self.watch = recalled(EquityWatch(), latch.peak, latch.credit)
        self.latch = latch_of(self.stop, self.watch)
        self.quiet_since = None
        self.seen["crash"] += 1


@pytest.mark.parametrize("batch", range(BATCHES))
def test_along_ten_thousand_paths_no_rule_of_the_emergency_stop_is_broken(batch: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(batch, PATHS, BATCHES):
        walk = Walk(Random(seed), seen)
        for n in range(STEPS):
            try:
                walk.step()
            except AssertionError as broken:
                raise AssertionError(f"path {seed}, step {n}: {broken}") from broken
        assert walk.alerts == walk.stop.epoch, f"path {seed}: one alert an edge"
    # Paths that never got anywhere would prove nothing.
    for what in (
        "NORMAL to CAUTIOUS",
        "NORMAL to EMERGENCY",
        "CAUTIOUS to PROTECTIVE",
        "PROTECTIVE to EMERGENCY",
        "recovery to PROTECTIVE",
        "recovery to CAUTIOUS",
        "recovery to NORMAL",
        "halt",
        "release",
        "crash",
        "crash at a write",
    ):
        assert seen[what] >= PATHS / BATCHES / 50, f"{what} was hardly seen: {seen}"
