"""Whether what is held is guarded, looked at all the time, at the venue (I10).

A stop of ours that rests, or a close of ours on its way, guards a position. Where nothing fails a
position is unguarded no longer than the policy allows. In bad weather, where the venue can be
reached and the process lives, it is guarded or closed within a bound all the same.
"""

from typing import Final

from adapters.exchange.simulated.weather import CALM
from bootstrap.simulation.stage import Stage
from domain.execution.messages import OrderKind, PlaceExit

_GRACE_MS: Final = 2_000
_SETTLED_MS: Final = 30_000
STORM_MS_MAX: Final = 60_000


def guards(world: Stage, name: str) -> bool:
    """Tell whether the order *name*, which the venue has, guards a position."""
    command = world.invariants.sent.get(name)
    kinds = (OrderKind.STOP_MARKET, OrderKind.MARKET)
    return isinstance(command, PlaceExit) and command.kind in kinds


class Protection:
    """Counts for how long each symbol has been held without a guard, in time that counts."""

    def __init__(self, world: Stage) -> None:
        """Watch *world*."""
        self._world = world
        self._bare_ms: dict[str, int] = {}
        self._clear_ms = 0

    def look(self, passed_ms: int) -> None:
        """Look at the venue, *passed_ms* after the last look."""
        world = self._world
        house = world.house
        life, loop = house.life, house.loop
        awake = loop is not None and loop.frozen_until_us <= world.agenda.elapsed_us
        if life is None or not life.is_open or not awake or world.shore.shut:
            self._clear_ms = 0
            self._bare_ms.clear()
            return
        self._clear_ms += passed_ms if world.shore.weather is CALM else -self._clear_ms
        account = world.shore.venue.account(world.agenda.now_ms())
        if not account.positions:
            self._bare_ms.clear()
            return
        guarded = {symbol for name, symbol in account.orders if guards(world, name)}
        bare = {symbol for symbol, _ in account.positions if symbol not in guarded}
        clear = self._clear_ms > _SETTLED_MS
        limit = house.terms.policy.protect_seconds * 1000 + _GRACE_MS if clear else STORM_MS_MAX
        self._bare_ms = {one: self._bare_ms.get(one, 0) + passed_ms for one in sorted(bare)}
        for symbol, bare_ms in self._bare_ms.items():
            if bare_ms > limit:
                world.invariants.fail("I10", f"{symbol} is held without a stop for {bare_ms} ms")
