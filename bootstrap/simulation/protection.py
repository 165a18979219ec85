"""Whether what is held is guarded, and what rests guards something: looked at all the time.

I10  A stop of ours that rests, or a close of ours on its way, guards a position. Where nothing
     fails a position is unguarded no longer than `PROTECT_MS`. In bad weather, where the venue can
     be reached and the process lives, it is guarded or closed within the time in which all must
     heal: of what is refused or lost again and again no stop can be placed sooner.
I11  Where nothing fails nothing of ours rests for longer than `ORPHAN_MS` of a symbol that is flat,
     but for an entry that the desk minds.
"""

from typing import Final

from adapters.exchange.simulated.weather import CALM
from bootstrap.simulation.stage import Stage
from domain.decision.state import State
from domain.execution.messages import AccountRead, OrderKind, PlaceExit
from domain.shared.identity import Leg, own_id

PROTECT_MS: Final = 2_000
ORPHAN_MS: Final = 10_000
# Faults are over for good only when what was sent in them has arrived.
_SETTLED_MS: Final = 30_000
STORM_MS_MAX: Final = 60_000


def guards(world: Stage, name: str) -> bool:
    """Tell whether the order *name*, which the venue has, guards a position."""
    command = world.invariants.sent.get(name)
    kinds = (OrderKind.STOP_MARKET, OrderKind.MARKET)
    return isinstance(command, PlaceExit) and command.kind in kinds


def is_idle(world: Stage, state: State, name: str) -> bool:
    """Tell whether the order *name*, of a symbol that is flat, is ours and nobody needs it."""
    named = own_id(name)
    if named is None or named.epoch > world.house.terms.fencing:
        return False
    return named.leg is not Leg.ENTRY or name not in state.orders


class Protection:
    """Counts for how long each symbol has been held without a guard, in time that counts."""

    def __init__(self, world: Stage) -> None:
        """Watch *world*."""
        self._world = world
        self._bare_ms: dict[str, int] = {}
        self._idle_ms: dict[str, int] = {}
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
            self._idle_ms.clear()
            return
        self._clear_ms += passed_ms if world.shore.weather is CALM else -self._clear_ms
        clear = self._clear_ms > _SETTLED_MS
        account = world.shore.venue.account(world.agenda.now_ms())
        self._guarded(account, passed_ms, clear=clear)
        if clear and life.engine is not None:
            self._needed(account, life.engine.state, passed_ms)

    def _guarded(self, account: AccountRead, passed_ms: int, *, clear: bool) -> None:
        world = self._world
        guarded = {symbol for name, symbol in account.orders if guards(world, name)}
        bare = {symbol for symbol, _ in account.positions if symbol not in guarded}
        # A look sees the end of the time since the last one.
        limit = PROTECT_MS + passed_ms if clear else STORM_MS_MAX
        self._bare_ms = {one: self._bare_ms.get(one, 0) + passed_ms for one in sorted(bare)}
        for symbol, bare_ms in self._bare_ms.items():
            if bare_ms > limit:
                world.invariants.fail("I10", f"{symbol} is held without a stop for {bare_ms} ms")

    def _needed(self, account: AccountRead, state: State, passed_ms: int) -> None:
        world = self._world
        held = {symbol for symbol, _ in account.positions}
        idle = [n for n, s in account.orders if s not in held and is_idle(world, state, n)]
        self._idle_ms = {name: self._idle_ms.get(name, 0) + passed_ms for name in idle}
        for name, idle_ms in self._idle_ms.items():
            if idle_ms > ORPHAN_MS + passed_ms:
                world.invariants.fail("I11", f"{name} rests for {idle_ms} ms, its symbol flat")
