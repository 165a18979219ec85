"""The troubles of one schedule: what the weather says, at times that chance says."""

from collections.abc import Callable
from random import Random
from typing import Final

from adapters.clock.virtual_loop import US_PER_MS
from bootstrap.simulation.other_hands import OtherHands
from bootstrap.simulation.stage import Stage
from domain.decision.messages import (
    HealthChanged,
    Heard,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
)
from domain.governance.directive import Health

_RELEASE_S: Final = 20
_RESTART_S: Final = (5, 20)
_FULL_S: Final = (2, 20)
_FULL_BYTES: Final = 2_000
_UNWELL_S: Final = (1, 20)
_HOUR_MS: Final = 3_600_000
_MS: Final = 1_000


class Troubles:
    """Makes trouble until it is told to end."""

    def __init__(self, world: Stage, rng: Random) -> None:
        """Draw times and kinds from *rng*."""
        self._world = world
        self._weather = world.weather
        self._rng = rng
        self._hands = OtherHands(world, rng)
        self._version = 1
        self._on = True

    def begin(self, faults_ms: int) -> None:
        """Lay out the troubles of the next *faults_ms*."""
        weather, hands = self._weather, self._hands
        for count, trouble in (
            (weather.stalls, self._stall),
            (weather.disconnects, self._disconnect),
            (weather.jumps, self._jump),
            (weather.clock_steps, self._step_clock),
            (weather.disk_full, self._fill_disk),
            (weather.pauses, self._sleep),
            (weather.second_instances, self._second),
            (weather.policy_outages, self._lose_store),
            (weather.health_turns, self._turn_health),
            (weather.operator_acts, self._operate),
            (weather.maintenances, self._maintain),
            (weather.forced_closes, hands.force_close),
            (weather.manual_trades, hands.trade),
            (weather.foreign_orders, hands.order),
            (weather.lost_stops, hands.lose_stop),
            (weather.fundings, self._settle),
        ):
            for _ in range(round(count)):
                self._after(self._rng.uniform(0.1, 1.0) * faults_ms, trouble)
        self._world.agenda.after(_RELEASE_S * _MS, self._release)

    def _after(self, delay_ms: float, trouble: Callable[[], None]) -> None:
        self._world.agenda.after(delay_ms, lambda: trouble() if self._on else None)

    def end(self) -> None:
        """Let there be no more troubles."""
        self._on = False
        world = self._world
        shore, house = world.shore, world.house
        house.disk.capacity = None
        shore.closed_until_ms = shore.banned_until_ms = shore.stalled_until_ms = 0
        if house.loop is not None:
            house.loop.frozen_until_us = 0
        self._hear(PolicyStoreFound(self._now()))
        self._hear(HealthChanged(self._now(), Health.HEALTHY, ()))

    def _now(self) -> int:
        return self._world.agenda.now_ms()

    def _hear(self, heard: Heard) -> None:
        self._world.hear(heard)

    def _after_s(self, seconds: float, call: Callable[[], None]) -> None:
        self._world.agenda.after(seconds * _MS, call)

    # --- wire and venue

    def _stall(self) -> None:
        shore = self._world.shore
        shore.stalled_until_ms = self._now() + int(self._weather.stall_s * _MS)

    def _disconnect(self) -> None:
        life = self._world.house.life
        if life is None:
            return
        self._world.tally.hit("stream turned")
        wire = life.wire
        wire.turn(up=False, reason="connection lost")
        self._after_s(
            self._weather.disconnect_s, lambda: wire.turn(up=True, reason="connected again")
        )

    def _jump(self) -> None:
        self._world.market.jump(self._weather.jump_share)

    def _settle(self) -> None:
        self._world.tally.hit("funding")
        self._world.rows.settle()

    def _maintain(self) -> None:
        shore = self._world.shore
        shore.closed_until_ms = self._now() + int(self._weather.maintenance_s * _MS)

    # --- the machine, and who runs it

    def _second(self) -> None:
        """Let a younger desk leave an order, and ours be started again a while later."""
        self._world.tally.hit("second instance")
        self._hands.younger_desk()
        self._after_s(self._rng.uniform(*_RESTART_S), self._world.house.crash)

    def _step_clock(self) -> None:
        self._world.tally.hit("clock step")
        self._world.house.clock.skew += self._rng.choice((-1, 1)) * _HOUR_MS

    def _fill_disk(self) -> None:
        disk = self._world.house.disk
        disk.capacity = disk.used + self._rng.randrange(_FULL_BYTES)
        self._after_s(self._rng.uniform(*_FULL_S), self._free_disk)

    def _free_disk(self) -> None:
        self._world.house.disk.capacity = None

    def _sleep(self) -> None:
        world = self._world
        if world.house.loop is not None:
            world.tally.hit("sleep")
            sleep_us = int(self._weather.pause_s * _MS * US_PER_MS)
            world.house.loop.frozen_until_us = world.agenda.elapsed_us + sleep_us

    # --- above the desk

    def _lose_store(self) -> None:
        self._world.tally.hit("policy store lost")
        now = self._now()
        self._hear(PolicyStoreLost(now, now, "no connection"))
        self._after_s(self._weather.policy_outage_s, self._find_store)

    def _find_store(self) -> None:
        now = self._now()
        self._hear(PolicyStoreFound(now))
        self._version += 1
        policy = self._world.next_policy(self._version)
        self._hear(PolicyAdopted(now, policy, "operator", "found again"))

    def _turn_health(self) -> None:
        self._hear(HealthChanged(self._now(), self._rng.choice(tuple(Health)), ("a rehearsal",)))
        well = HealthChanged(self._now(), Health.HEALTHY, ())
        self._after_s(
            self._rng.uniform(*_UNWELL_S), lambda: self._hear(well._replace(at_ms=self._now()))
        )

    def _operate(self) -> None:
        self._world.tally.hit("operator")
        now, kind = self._now(), self._rng.randrange(3)
        if kind == 0:
            self._hear(OperatorHalted(now, "operator", "a rehearsal"))
        else:
            symbol = self._rng.choice((None, *self._world.market.symbols))
            self._hear(OperatorFlattened(now, symbol, "operator", "a rehearsal"))

    def _release(self) -> None:
        """Let an operator end what only an operator can end, so that trading goes on."""
        life = self._world.house.life
        if life is not None and life.engine is not None and life.engine.state.stop.halted:
            self._hear(OperatorReleased(self._now(), "operator", "looked into it"))
        self._world.agenda.after(_RELEASE_S * _MS, self._release)
