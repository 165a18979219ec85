"""A venue and desks of it as processes of their own: served, begun, awaited, killed."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from urllib.request import urlopen

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
unknown_seconds = 600
"""
DEPOSIT_USD: Final = Decimal(1_000_000)


class Wrong(AssertionError):
    """The storm broke something."""


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
        raise Wrong(
            f"a desk did not get {phase}: exit {self.process.poll()}: {''.join(lines[-80:])}"
        )

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


def _err(process: "subprocess.Popen[str]") -> IO[str]:
    if process.stderr is None:
        raise Wrong("a desk without an error stream")
    return process.stderr


def wait_until(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until *holds*; raise `Wrong` naming *what* when it takes too long."""
    until = time.monotonic() + patience_s
    while True:
        with suppress(OSError):
            if holds():
                return
        if time.monotonic() > until:
            raise Wrong(f"waited in vain: {what}")
        time.sleep(LOOK_S)
