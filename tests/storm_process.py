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
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from urllib.request import urlopen

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.segment_journal import SegmentJournal
from application.digest import NOTHING_DECIDED, digest_after
from application.replay import untouched
from domain.decision.state import State
from domain.decision.step import step
from domain.execution.messages import PlaceEntry, PlaceExit
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg, own_id
from tests.command import Files, ended, started

PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.02
# The policy of the storm: as `tests.command` has it, and nothing that a long storm would run into.
POLICY_MORE: Final = """
entries_per_minute_max = 100000
order_errors_max = 1000000
stop_outs_max = 1000000
daily_loss_max = 1.0
drawdown_cautious = 0.97
drawdown_protective = 0.98
drawdown_emergency = 0.99
capital_floor = 1.0
rolling_drawdown_max = 1.0
"""
PROTECT_MS: Final = 5_000
DEPOSIT_USD: Final = Decimal(1_000_000)
# So often a desk is killed within so many seconds after the venue has taken an order of it.
_POUNCES: Final = 0.5
_POUNCE_S_MAX: Final = 0.02


class Wrong(AssertionError):
    """The storm broke something."""


class Seen(NamedTuple):
    """What the journal led to when it was last read, and all client ids that were intended."""

    state: State
    sequence: int
    digest: bytes
    intended: frozenset[str]


class Venue(NamedTuple):
    """A venue that is being served."""

    url: str
    files: Files
    folder: Path

    @property
    def ledger(self) -> dict[str, Any]:
        """What the venue itself remembers."""
        with urlopen(f"{self.url}/ledger", timeout=10) as answer:  # noqa: S310 - our own venue
            found: dict[str, Any] = json.load(answer)
        return found

    def begins(
        self,
        name: str = "run",
        *,
        run_dir: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "Desk":
        """Start a desk in the directory *name*, or in *run_dir*."""
        place = run_dir or self.folder / name
        market = [one for one in self.files.paper if one != "--no-report"]
        own = {"QT_STATE_DIR": str(self.folder / "state")}
        began = time.monotonic()
        process = started(
            [*market, f"--venue={self.url}", f"--run-dir={place}"], {**own, **(environment or {})}
        )
        return Desk(process, place, began)


class Desk(NamedTuple):
    """A desk that runs, its directory, and when it began by the steady clock."""

    process: "subprocess.Popen[str]"
    run_dir: Path
    began: float

    def reaches(self, phase: str) -> float:
        """Wait until the desk says that it reached *phase*; return the seconds since its start."""
        until, lines = time.monotonic() + 4 * PATIENCE_S, []
        while time.monotonic() < until:
            line = _err(self.process).readline()
            lines.append(line)
            if f'"{phase}_s"' in line:
                return time.monotonic() - self.began
            if not line and self.process.poll() is not None:
                break
        raise Wrong(f"a desk did not get {phase}: exit {self.process.poll()}: {''.join(lines[-80:])}")

    def killed(self) -> None:
        """Kill it, now."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def served(
    files: Files, folder: Path, pace_s: float, more: Sequence[str] = (), first_row: int = 0
) -> Iterator[Venue]:
    """Serve a venue in a process of its own, and end it."""
    data = [f"--data={path}" for path in files.bars]
    play = [f"--pace={pace_s}", f"--first-row={first_row}", "--no-models", "--wait", "--json"]
    more = [f"--deposit={DEPOSIT_USD}", f"--ledger={folder / 'ledger.jsonl'}", *more]
    process = started(["venue", *data, f"--funding={files.funding}", *play, *more])
    try:
        said = process.stdout.readline() if process.stdout is not None else ""
        if not said:
            raise Wrong(ended(process).err)
        yield Venue(json.loads(said)["url"], files, folder)
    finally:
        process.kill()
        process.communicate()


def stormy(files: Files) -> Files:
    """Return *files* with a policy that a long storm does not run into."""
    path = files.policy.with_name("storm.toml")
    path.write_text(files.policy.read_text("utf-8") + POLICY_MORE, "utf-8")
    return files._replace(policy=path)


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
        until = ready + self._dice.uniform(0.0, 2.0)
        pounces = self._dice.random() < _POUNCES
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


def _err(process: "subprocess.Popen[str]") -> IO[str]:
    if process.stderr is None:
        raise Wrong("a desk without an error stream")
    return process.stderr


def _intent_of(name: str) -> str:
    """Return what of a client id is the intent's: all but the epoch."""
    return name.partition("-")[2]


def _leg_of(name: str) -> Leg | None:
    own = own_id(name)
    return None if own is None else own.leg


def wait_until(holds: Any, what: str, patience_s: float = PATIENCE_S) -> None:  # noqa: ANN401 - any callable
    """Wait until `holds()` is true; raise `Wrong` naming *what* when it takes too long."""
    until = time.monotonic() + patience_s
    while True:
        with suppress(OSError):
            if holds():
                return
        if time.monotonic() > until:
            raise Wrong(f"waited in vain: {what}")
        time.sleep(LOOK_S)
