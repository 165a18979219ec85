"""The machine: interpreter, extras, clock, disk, and who may read what."""

import os
import shutil
import stat
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bootstrap.doctor.finding import Findings
from bootstrap.remote_venue import state_dir_of
from bootstrap.settings import Settings

_PYTHON: Final = (3, 11)
_FREE_FAIL: Final = 128 * 1024**2
_FREE_WARN: Final = 1024**3
_FREE_SHARE_WARN: Final = 0.10
_SYNC_S_WARN: Final = 0.05
_DRIFT_S_WARN: Final = 0.005
_WATCHED_S: Final = 0.2
# No clock of a machine that runs this is earlier: it was not written yet. 2025-01-01, UTC.
_EARLIEST_S: Final = 1_735_689_600
_OTHERS: Final = 0o077
_OTHERS_WRITE: Final = 0o022
_EXTRAS: Final = (
    ("redis", "redis", ("cache", "bus")),
    ("psycopg", "postgres", ("trades", "policy")),
)


def examine_machine(settings: Settings, found: Findings) -> None:
    """Examine what a run of *settings* needs of this machine."""
    _interpreter(settings, found)
    _clock(found)
    for name, folder in (
        ("runs_dir", settings.runs_dir.absolute()),
        ("state_dir", state_dir_of(settings)),
    ):
        _folder(name, folder, found)


def _interpreter(settings: Settings, found: Findings) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _PYTHON:
        found.fail("python", f"is {version}", "install Python 3.11 or newer")
    else:
        found.ok("python", version)
    for module, extra, names in _EXTRAS:
        urls = [(name, getattr(settings.stores, name).reveal()) for name in names]
        needing = [name for name, url in urls if url.startswith(("redis", "rediss", "postgres"))]
        if needing and find_spec(module) is None:
            found.fail(
                "extras",
                f"stores.{needing[0]} needs the extra [{extra}], which is not installed",
                f"pip install 'quantum-trader[{extra}]'",
            )


def _clock(found: Findings) -> None:
    """Hold the clock that people read against the one that only counts."""
    wall, counted = time.time(), time.monotonic()
    if wall < _EARLIEST_S:
        found.fail("clock", f"says {time.strftime('%Y-%m-%d', time.gmtime(wall))}", "set the clock")
        return
    time.sleep(_WATCHED_S)
    drift = (time.time() - wall) - (time.monotonic() - counted)
    if abs(drift) > _DRIFT_S_WARN:
        found.warn(
            "clock",
            f"moved {1000 * drift:+.1f} ms against the monotonic clock in {_WATCHED_S} s",
            "let a time service slew it (chrony, systemd-timesyncd), never step it in a run",
        )
    else:
        found.ok("clock", f"steady within {1000 * abs(drift):.2f} ms in {_WATCHED_S} s")


def _folder(name: str, folder: Path, found: Findings) -> None:
    part = f"disk: {name}"
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        found.fail(part, f"{there} cannot be written to", f"choose another place by {name}")
        return
    if stat.S_IMODE(there.stat().st_mode) & _OTHERS_WRITE and there == folder:
        found.fail(part, f"{folder}: others may write into it", f"chmod go-w {folder}")
    usage = shutil.disk_usage(there)
    text = f"{folder}: {usage.free / 1024**3:.1f} GiB free of {usage.total / 1024**3:.1f}"
    if usage.free < _FREE_FAIL:
        found.fail(part, text, "free some space: a run stops taking entries when a disk is full")
    elif usage.free < _FREE_WARN or usage.free < _FREE_SHARE_WARN * usage.total:
        found.warn(part, text, "free some space, or move it to another disk")
    else:
        found.ok(part, text)
    with found.failing(part, f"choose another place by {name}"):
        took = _sync_s(there)
        if took > _SYNC_S_WARN:
            found.warn(
                part,
                f"{there}: making a record durable took {1000 * took:.0f} ms",
                "an entry waits for that: use a faster disk",
            )


def _sync_s(folder: Path) -> float:
    """Return the median of five times that a small record takes to be durable in *folder*."""
    path = folder / f".quantum-trader-doctor-{os.getpid()}"
    took: list[float] = []
    try:
        with path.open("wb") as file:
            for _ in range(5):
                began = time.perf_counter()
                file.write(bytes(4096))
                file.flush()
                os.fdatasync(file.fileno())
                took.append(time.perf_counter() - began)
    finally:
        path.unlink(missing_ok=True)
    return sorted(took)[len(took) // 2]


def examine_files(paths: list[Path], found: Findings) -> None:
    """Examine files that hold secrets: nobody but their owner may read them."""
    for path in paths:
        with found.failing("permissions", "name a file that is there"):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS:
                found.fail(
                    "permissions", f"{path}: others can read it ({mode:o})", f"chmod 600 {path}"
                )
            else:
                found.ok("permissions", f"{path}: its owner's alone")
