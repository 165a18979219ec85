"""What must always hold, checked against the venue's own ledger while a schedule runs.

I1   an entry leaves only outside an emergency, an exit never as an order that can add risk
     (reads: the desk's state and the last durable latch, at the first byte of every write)
     (I1*: nor while desk and venue are not in step, nor of a symbol of which anything is in doubt)
I2   what led to an entry is durable before its first byte (reads: the durable bytes of the disk)
I3   one client order id is one order for ever; an entry is sent once; a trade has one entry, or
     where it is entered in slices one of each number
I9   what is held and what is on its way of one symbol keeps within the policy, an order in doubt
     counted at full size (I7) (reads: the venue's ledger and every entry sent)
     and no more symbols are held or entered than the policy allows
I18  what was called durable is recovered, with the digest it had
I29  no entry leaves a desk that was shown an order of a younger one
I23  no rate of sending is without bound

What a decision itself must not do stands in `conduct`, what it must not believe in `evidence`, the
latch in `latches`.
"""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from adapters.exchange.simulated.shore import Shore
from adapters.persistence.simulated_disk import SimulatedDisk
from application.startup import Recovered
from bootstrap.simulation.conduct import Conduct
from bootstrap.simulation.driver import JOURNAL
from bootstrap.simulation.evidence import Evidence
from bootstrap.simulation.latches import Latches
from domain.decision.messages import Heard, LatchRead
from domain.decision.state import Decision, State
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    OrderStatus,
    PlaceEntry,
    PlaceExit,
    VenueCommand,
)
from domain.governance.execution_policy import EntryStyle
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg, own_id

SENDS_MAX: Final = 600
_SENDS_SPAN_MS: Final = 10_000
_SLACK: Final = Decimal("1.25")


class Broken(NamedTuple):
    """An invariant that did not hold, when, and how it shows."""

    invariant: str
    at_ms: int
    text: str


class Invariants:
    """Watches one schedule over all its lives. `broken` is told, and does not return."""

    def __init__(
        self, shore: Shore, now_ms: Callable[[], int], broken: Callable[[Broken], None]
    ) -> None:
        """Watch a desk that trades at *shore*."""
        self._shore = shore
        self._venue = shore.venue
        self._now_ms = now_ms
        self._broken = broken
        self.sent: dict[str, VenueCommand] = {}
        self._asked: set[str] = set()
        self.touched: set[str] = set()
        self._entry_of: dict[str, str] = {}
        self._causes: dict[str, bytes] = {}
        self._pending: tuple[PlaceEntry, ...] = ()
        self._acknowledged = 0
        self._fenced_by = ""
        self._digests: dict[int, bytes] = {0: bytes(32)}
        self._times: deque[int] = deque()
        self._conduct = Conduct(self.fail)
        self._evidence = Evidence(shore, self.fail)
        self.latches = Latches(self.fail)

    def fail(self, invariant: str, text: str) -> None:
        """Say that *invariant* does not hold."""
        self._broken(Broken(invariant, self._now_ms(), text))

    # --- what leaves

    def sending(self, command: VenueCommand, state: State, disk: SimulatedDisk) -> None:
        """Look at the first byte of a write."""
        now = self._now_ms()
        self._times.append(now)
        while self._times[0] < now - _SENDS_SPAN_MS:
            self._times.popleft()
        if len(self._times) > SENDS_MAX:
            self.fail("I23", f"{len(self._times)} writes in {_SENDS_SPAN_MS} ms")
        if isinstance(command, CancelOrder):
            return
        if isinstance(command, PlaceEntry):
            self._entering(command, state, disk)
        else:
            named = own_id(command.client_id)
            if named is None or named.leg is Leg.ENTRY:
                self.fail("I3", f"an exit goes out under {command.client_id}")
            self._same(command)
        self._evidence.sending(command.client_id, now)

    def _same(self, command: PlaceEntry | PlaceExit) -> None:
        if command.client_id not in self._asked:
            self.fail("I3", f"{command.client_id} goes out, which nobody asked for by that name")
        before = self.sent.setdefault(command.client_id, command)
        if before != command:
            self.fail("I3", f"{command.client_id} was {before}, and now is {command}")

    def _entering(self, entry: PlaceEntry, state: State, disk: SimulatedDisk) -> None:
        name = entry.client_id
        named = own_id(name)
        if named is None or named.leg is not Leg.ENTRY:
            self.fail("I1", f"{name} goes out as an order that can add risk")
            return
        latch = self.latches.latest
        if state.stop.mode is EMERGENCY or (latch and latch.mode is EMERGENCY):
            self.fail("I1", f"{name} goes out in an emergency")
        if name in self.sent:
            self.fail("I3", f"the entry {name} is sent again")
        one = name.partition("-")[2]  # without the epoch of the desk
        if state.policy.entry_style is EntryStyle.MARKET:
            one = named.trace
        other = self._entry_of.setdefault(one, name)
        if other != name:
            self.fail("I3", f"{one} has two entries: {other} and {name}")
        cause = self._causes.get(name)
        if cause is None or not _is_durable(cause, disk):
            self.fail("I2", f"{name} goes out before what led to it is durable")
        self._in_step(entry, state)
        self._bounded(entry, state)
        self._same(entry)

    def _in_step(self, entry: PlaceEntry, state: State) -> None:
        known, name, symbol = state.oversight.reconciliation, entry.client_id, entry.symbol
        if not known.stream_up or known.synced_ms is None or known.differing:
            self.fail("I1", f"{name} goes out while desk and venue are not in step")
        if self._fenced_by:
            self.fail("I29", f"{name} goes out, and {self._fenced_by} is of a younger desk")
        if any(doubt.symbol == symbol for doubt in known.doubts.values()):
            self.fail("I7", f"{name} goes out while something of {symbol} is in doubt")

    def _bounded(self, entry: PlaceEntry, state: State) -> None:
        symbol = entry.symbol
        positions = dict(self._venue.account(0).positions)
        live = {one.symbol for one in self.sent.values() if self._may_fill(one)}
        taken = ({symbol} | live | positions.keys()) - self.touched
        if len(taken) > state.policy.positions_max:
            self.fail("I9", f"{name_of(entry)} makes {len(taken)} symbols: {sorted(taken)}")
        if symbol in self.touched:
            return  # another hand trades it, too: what is held is not the desk's own doing
        worst = entry.quantity + sum(
            (self._may_fill(one) for one in self.sent.values() if one.symbol == symbol), ZERO
        )
        worst += abs(positions.get(symbol, ZERO))
        price = entry.collar or ZERO
        limit = state.policy.symbol_exposure_max * Decimal(state.equity) * _SLACK
        if worst * price > limit:
            self.fail("I9", f"{name_of(entry)}: {worst} of {symbol} may be open, {limit:.0f} USD")

    def _may_fill(self, command: VenueCommand) -> Decimal:
        """Return what a sent entry may still fill, be it live at the venue or on its way there."""
        if not isinstance(command, PlaceEntry):
            return ZERO
        order = self._venue.order(command.client_id)
        if order is None:
            return command.quantity if command.client_id in self._shore.under_way else ZERO
        return command.quantity - order.filled if order.status is OrderStatus.LIVE else ZERO

    # --- what is decided

    def decided(self, before: State, heard: Heard, decision: Decision) -> None:
        """Look at a decision."""
        placed = [c for c in decision.asked if isinstance(c, PlaceEntry | PlaceExit)]
        self._asked.update(command.client_id for command in placed)
        self._pending = tuple(c for c in placed if isinstance(c, PlaceEntry))
        self.latches.decided(decision)
        if isinstance(heard, LatchRead):
            self.latches.recalled(heard, decision.state)
        if isinstance(heard, AccountRead):
            for name, _ in heard.orders:
                named = own_id(name)
                if named is not None and named.epoch > decision.state.fencing:
                    self._fenced_by = name
        self._conduct.decided(before, heard, decision)
        self._evidence.decided(before, heard, decision)

    # --- what is written

    def recorded(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Look at a row on its way to the journal."""
        self.latches.recorded()
        self._digests[sequence] = digest
        for entry in self._pending:
            self._causes[entry.client_id] = heard
        self._pending = ()

    def committed(self, sequence: int) -> None:
        """Note that everything up to *sequence* was called durable."""
        self._acknowledged = max(self._acknowledged, sequence)

    def began(self, found: Recovered) -> None:
        """Look at what a start recovered."""
        self._conduct.forget()
        self._evidence.forget()
        self._fenced_by = ""
        self.latches.forget()
        if found.sequence < self._acknowledged:
            self.fail("I18", f"{found.sequence} recovered of {self._acknowledged} acknowledged")
        if self._digests.get(found.sequence) != found.digest:
            self.fail("I18", f"another digest was recovered at {found.sequence}")
        self._acknowledged = found.sequence
        self._digests = {found.sequence: found.digest}


def name_of(entry: PlaceEntry) -> str:
    """Return how *entry* is named in a text."""
    return f"entry {entry.client_id}"


def _is_durable(cause: bytes, disk: SimulatedDisk) -> bool:
    for name in reversed(disk.names(JOURNAL)):
        try:
            if cause in disk.durable(JOURNAL / name):
                return True
        except FileNotFoundError:
            continue
    return False
