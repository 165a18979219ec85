"""A storm over real processes: a venue that outlives its desk, and a desk that is killed at random.

The judge is the venue's own record, never what the desk says of itself. After every kill the
journal is read as it is on the disk, from where it was read the last time:

- no order twice: neither a client id, nor one intent under the ids of two epochs;
- nothing lost: what was read before is still there, each digest the one of its decisions, and
  every entry that the venue has seen is an intent of it;
- nothing bare: once the desk is ready again, all that is held has its stop within the bound, and
  so has whatever is filled while it lives.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.segment_journal import SegmentJournal
from application.digest import NOTHING_DECIDED, digest_after
from application.replay import untouched
from domain.decision.state import State
from domain.decision.step import step
from domain.execution.messages import PlaceEntry, PlaceExit
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg, own_id
from tests.command import ended
from tests.storm_venue import LOOK_S, Desk, Venue, Wrong

PROTECT_MS: Final = 5_000
# So often a desk is killed within so many seconds after the venue has taken an order of it.
_POUNCES: Final = 0.5
# Lives are short; now and then one is long enough to prove what became of orders in doubt.
_SHORT_S: Final = (0.0, 2.0)
_LONG_S: Final = (25.0, 30.0)
_LONG_EACH: Final = 15
_POUNCE_S_MAX: Final = 0.02


class Seen(NamedTuple):
    """What the journal led to when it was last read, and all client ids that were intended."""

    state: State
    sequence: int
    digest: bytes
    intended: frozenset[str]


class Storm:
    """Kills a desk again and again, and holds the venue's record against the journal."""

    def __init__(self, venue: Venue, seed: int) -> None:
        """Storm over *venue*; *seed* draws the moments."""
        self._venue = venue
        self._dice = random.Random(seed)
        self._seen = Seen(untouched(), 0, NOTHING_DECIDED, frozenset())
        self._codec = MsgpackCodec()
        self.safe_s: list[float] = []
        self.ready_s: list[float] = []
        self.covered_s: list[float] = []
        self.unseen_exits = 0
        self.early = 0

    @property
    def rows(self) -> int:
        """How many rows of the journal were found again."""
        return self._seen.sequence

    def forget_times(self) -> None:
        """Forget how long the starts so far took."""
        self.safe_s, self.ready_s, self.covered_s = [], [], []

    def rounds(self, count: int, early: float = 0.2) -> None:
        """Kill *count* desks at random; a share of *early* before they have got ready."""
        for _ in range(count):
            desk = self._venue.begins()
            try:
                if self.ready_s and self._dice.random() < early:
                    self.early += 1
                    time.sleep(self._dice.uniform(0.0, 1.2 * max(self.ready_s[-10:])))
                else:
                    self._lives(desk)
            finally:
                desk.killed()
            self.judges(desk.run_dir)

    def _lives(self, desk: Desk) -> None:
        """Let *desk* recover, and live for a moment by chance."""
        self.safe_s.append(desk.reaches("safe"))
        self.ready_s.append(desk.reaches("ready"))
        ready = time.monotonic()
        is_long = len(self.ready_s) % _LONG_EACH == 0
        until = ready + self._dice.uniform(*(_LONG_S if is_long else _SHORT_S))
        pounces = self._dice.random() < _POUNCES and not is_long
        taken = len(self._covers(ready)["accepted"])
        self.covered_s.append(time.monotonic() - desk.began)
        while time.monotonic() < until:
            if len(self._covers(ready)["accepted"]) > taken and pounces:
                time.sleep(self._dice.uniform(0.0, _POUNCE_S_MAX))
                return
            time.sleep(0.0 if pounces else LOOK_S)

    def _covers(self, ready: float) -> dict[str, Any]:
        """Wait until all that is held is covered, hold the bound against it; return the ledger."""
        while True:
            ledger = self._venue.ledger
            up_ms = (time.monotonic() - ready) * 1_000
            bare = {
                symbol: min(up_ms, ledger["at_ms"] - since)
                for symbol, since in ledger["unprotected_since_ms"].items()
            }
            if any(lasted > PROTECT_MS for lasted in bare.values()):
                raise Wrong(f"held without a stop for so many ms: {bare}; {ledger['orders']}")
            if not bare:
                return ledger
            time.sleep(LOOK_S)

    def judges(self, run_dir: Path) -> None:
        """Hold the venue's record against the journal in *run_dir*, whose desk is dead."""
        ledger = self._venue.ledger
        if ledger["duplicates"]:
            raise Wrong(f"accepted twice: {ledger['duplicates']}")
        intents = Counter(_intent_of(name) for name in ledger["accepted"])
        twice = sorted(intent for intent, count in intents.items() if count > 1)
        if twice:
            raise Wrong(f"one intent under several names: {twice}")
        self._read_on(run_dir)
        unseen = [name for name in ledger["accepted"] if name not in self._seen.intended]
        entries = [name for name in unseen if _leg_of(name) is Leg.ENTRY]
        if entries:
            raise Wrong(f"the venue has entries that the journal has lost: {entries}")
        self.unseen_exits = len(unseen)

    def _read_on(self, run_dir: Path) -> None:
        """Read the journal from where it was read last, and decide on it once more."""
        if not (run_dir / "journal").exists():
            return
        state, sequence, digest, intended = self._seen
        found = set(intended)
        with SegmentJournal(run_dir / "journal", self._codec) as journal:
            if sequence and next(iter(journal.entries(sequence - 1))).digest != digest:
                raise Wrong(f"entry {sequence} is no longer what it was")
            for entry in journal.entries(sequence):
                state, said, asked = step(state, entry.heard)
                digest, sequence = digest_after(digest, said, asked, self._codec), sequence + 1
                if (entry.sequence, entry.digest) != (sequence, digest):
                    raise Wrong(f"entry {entry.sequence} is not what follows from those before it")
                places = (one for one in asked if isinstance(one, PlaceEntry | PlaceExit))
                found.update(one.client_id for one in places)
        self._seen = Seen(state, sequence, digest, frozenset(found))

    def converges(self) -> dict[str, Any]:
        """Let a last desk live in peace and stop; return what it came to. It agrees in all."""
        desk = self._venue.begins()
        desk.reaches("ready")
        ready = time.monotonic()
        time.sleep(PROTECT_MS / 1_000)
        self._covers(ready)
        asked_ms = self._venue.ledger["at_ms"]
        desk.process.terminate()
        told = ended(desk.process)
        if told.code:
            raise Wrong(f"the last desk ended with {told.code}: {told.err}")
        summary = told.json
        if summary["doubts"] or summary["audit_verified"] is not True:
            raise Wrong(f"the last desk was left in doubt: {summary}")
        self._agrees(summary["positions"], asked_ms)
        self.judges(desk.run_dir)
        return summary

    def _agrees(self, positions: Mapping[str, str], asked_ms: int) -> None:
        """Hold *positions* against those of the venue: a stop may fire while the desk ends."""
        possible: dict[str, list[Decimal]] = {}
        for line in (self._venue.folder / "ledger.jsonl").read_text("utf-8").splitlines():
            told = json.loads(line)
            if told["what"] != "filled":
                continue
            held = possible.setdefault(told["symbol"], [ZERO])
            if told["at_ms"] < asked_ms:
                held.clear()
            held.append(Decimal(told["held"]))
        for symbol, held in possible.items():
            if Decimal(positions.get(symbol, "0")) not in held:
                raise Wrong(f"{symbol}: the desk holds {positions.get(symbol)}, the venue {held}")


def _intent_of(name: str) -> str:
    """Return what of a client id is the intent's: all but the epoch."""
    return name.partition("-")[2]


def _leg_of(name: str) -> Leg | None:
    own = own_id(name)
    return None if own is None else own.leg
