"""What an operator may do to a running desk: halt, release, flatten, pause, unpause.

Rule 1: a wish becomes an event in the inbox of the desk; nothing here touches its state. So it is
written down, audited with actor and reason, and decided again when the journal is replayed.
Rule 2: a halt is always taken, from any mode and without a reason; what would refuse it is mended.
Rule 3: a release lets go of what an operator may let go of. What still calls for the emergency
stop goes on doing so: the emergency stop wins over every wish.
Rule 4: an answer tells what the desk made of the wish, once it has heard it.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from application.errors import BadInput, NotNow, PortError
from application.operator_text import ACTOR_MAX, REASON_MAX, checked, cleaned
from domain.decision.facts import Said
from domain.decision.messages import (
    EntriesPaused,
    EntriesUnpaused,
    Heard,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
)
from domain.decision.state import State
from domain.risk.emergency_stop import NORMAL

ANSWER_S_MAX: Final = 5.0
PAUSE_MINUTES_MAX: Final = 10_080
NO_REASON: Final = "no reason was given"
NOBODY: Final = "operator"
_MINUTE_MS: Final = 60_000
_WAITING_MAX: Final = 1_000


class Outcome(NamedTuple):
    """What became of a wish. `heard`: the desk has decided on it; if not, it waits for its turn.

    `mode` is that of the emergency stop, `entries` whether the policy lets trades begin, `closing`
    how many positions are held still. `note` says what a person should know.
    """

    action: str
    heard: bool
    at_ms: int
    mode: str
    entries: bool
    closing: int
    note: str = ""


class Operator:
    """Turns wishes into events, and waits until the desk has heard them."""

    def __init__(
        self,
        state: Callable[[], State],
        put: Callable[[Heard], None],
        now_ms: Callable[[], int],
        trip: Callable[[str, str], None] | None = None,
        *,
        answer_s: float = ANSWER_S_MAX,
    ) -> None:
        """Speak to the desk by *put*, in its time, *now_ms* (UTC).

        *trip* is called with actor and reason for a halt that the desk does not hear within
        *answer_s* seconds; it sets the halt file, and raises `PortError` when it cannot.
        """
        self._state = state
        self._put = put
        self._now_ms = now_ms
        self._trip = trip
        self._answer_s = answer_s
        self._waiting: dict[int, tuple[Heard, asyncio.Future[None]]] = {}

    def watch(self, heard: Heard, _said: tuple[Said, ...]) -> None:
        """Look at every event the desk has heard: some of them are answers that are waited for."""
        if self._waiting and id(heard) in self._waiting:
            _, future = self._waiting.pop(id(heard))
            if not future.done():
                future.set_result(None)

    async def halt(self, actor: str = "", reason: str = "") -> Outcome:
        """Close everything and stay stopped. Never refused; without a reason it has a default."""
        actor = cleaned(actor, ACTOR_MAX, NOBODY)
        reason = cleaned(reason, REASON_MAX, NO_REASON)
        try:
            outcome = await self._hear("halt", OperatorHalted(self._now_ms(), actor, reason))
        except PortError as error:
            return self._outcome("halt", heard=False, note=self._tripped(actor, reason, str(error)))
        if outcome.heard:
            return outcome
        return outcome._replace(note=self._tripped(actor, reason, "the desk has not answered yet"))

    def _tripped(self, actor: str, reason: str, problem: str) -> str:
        if self._trip is None:
            return problem
        try:
            self._trip(actor, reason)
        except PortError as error:
            return f"{problem}; the halt file: {error}"
        return f"{problem}; the halt file is set, so nothing adds risk"

    async def release(self, actor: str, reason: str) -> Outcome:
        """Let go of what only an operator may let go of, and accept the loss so far.

        Raises `BadInput`, and `NotNow` when the desk is free already.
        """
        actor, reason = _said_by(actor, reason)
        stop = self._state().stop
        if stop.mode is NORMAL and not stop.latched:
            raise NotNow("release: the desk is NORMAL and nothing is latched")
        outcome = await self._hear("release", OperatorReleased(self._now_ms(), actor, reason))
        after = self._state().stop
        if outcome.heard and after.mode is not NORMAL:
            causes = ", ".join(after.causes) or "the ladder, one rung after the other"
            return outcome._replace(note=f"still {after.mode.name}: {causes}")
        return outcome

    async def flatten(self, symbol: str | None, actor: str, reason: str) -> Outcome:
        """Close the position of *symbol*, of all when None. Raises `BadInput`, `NotNow`."""
        actor, reason = _said_by(actor, reason)
        state = self._state()
        if symbol is not None and symbol not in {*state.instruments, *state.book.positions}:
            raise NotNow(f"flatten: {cleaned(symbol, 20, '')!r} is no symbol of this desk")
        return await self._hear("flatten", OperatorFlattened(self._now_ms(), symbol, actor, reason))

    async def pause(self, minutes: int, actor: str, reason: str) -> Outcome:
        """Hold entries back for *minutes*, 0: until unpaused. Raises `BadInput`."""
        actor, reason = _said_by(actor, reason)
        if not 0 <= minutes <= PAUSE_MINUTES_MAX:
            raise BadInput(f"minutes: 0 to {PAUSE_MINUTES_MAX}; 0 is until unpaused")
        now = self._now_ms()
        until_ms = now + minutes * _MINUTE_MS if minutes else 0
        return await self._hear("pause", EntriesPaused(now, until_ms, actor, reason))

    async def unpause(self, actor: str, reason: str) -> Outcome:
        """Let entries go on. Raises `BadInput`, and `NotNow` when nothing is paused."""
        actor, reason = _said_by(actor, reason)
        if self._state().oversight.governance.pause is None:
            raise NotNow("unpause: entries are not paused")
        return await self._hear("unpause", EntriesUnpaused(self._now_ms(), actor, reason))

    async def _hear(self, action: str, event: Heard) -> Outcome:
        """Hand *event* in and wait for the desk. Raises `PortError` when it listens no more."""
        if len(self._waiting) >= _WAITING_MAX:
            self._put(event)
            return self._outcome(action, heard=False)
        future = asyncio.get_running_loop().create_future()
        self._waiting[id(event)] = (event, future)
        try:
            self._put(event)
            await asyncio.wait({future}, timeout=self._answer_s)
        finally:
            self._waiting.pop(id(event), None)
        return self._outcome(action, heard=future.done())

    def _outcome(self, action: str, *, heard: bool, note: str = "") -> Outcome:
        state = self._state()
        entries = state.policy.allow_new_trades
        held = len(state.book.positions)
        return Outcome(action, heard, state.at_ms, state.stop.mode.name, entries, held, note)


def _said_by(actor: str, reason: str) -> tuple[str, str]:
    return checked("actor", actor, ACTOR_MAX), checked("reason", reason, REASON_MAX)
