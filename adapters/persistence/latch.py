"""The latch of the emergency stop in files: two copies, numbered, each with a checksum.

Rule 1: copy n+1 is written beside copy n: to a temporary name, made durable, renamed, and its name
made durable; only then is copy n-1 removed. So two whole copies are always there, n-1 and n, and
the highest number in the directory is the latest word.
Rule 2: the latest copy counts only if it is whole. A damaged one may have told of something graver
than the one before it, so the older copy must not speak in its place: the answer is then that
nothing can be read, and what cannot be read is never taken for calm. The number stands in the
name, so a damaged *older* copy is known to be older, and does no harm.
Rule 3: one copy alone is not a latch: the other has vanished, and may have been the later one. Nor
is an empty directory: a new one is laid out by `create`, once, at the first start of a run.
Rule 4: the epoch never falls from one copy to the next.
Rule 5: the first error in writing ends it (fail-stop): after a failed sync nobody knows what is on
the disk.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from adapters.persistence.disk import Disk, OsDisk
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.latch import LatchStore
from domain.risk.emergency_stop import NORMAL, Cause, Latch, RiskMode

CALM: Final = Latch(0, NORMAL, (), (), 0, 0.0, 0.0)
_NAME: Final = re.compile(r"latch-(\d{8,})\.json")
_TEMPORARY: Final = "latch.tmp"


class FileLatch:
    """Satisfies `LatchStore`. For one writer."""

    def __init__(self, directory: Path, *, durable: bool = True, disk: Disk | None = None) -> None:
        """Keep the latch in *directory*.

        *durable* False leaves it to the operating system when it reaches the disk: for a run that
        can be done again.
        """
        self._directory = directory
        self._durable = durable
        self._disk = disk or OsDisk()
        self._broken: str | None = None

    def create(self) -> None:
        """Lay out a new directory: both copies say that all is calm.

        Raises `IntegrityFailure` when there is a latch already, whatever its condition.
        """
        with self._writing():
            if self._numbers():
                raise IntegrityFailure(f"{self._directory}: there is a latch here already")
            self._lay_out(CALM)

    def read(self) -> Latch | None:
        """Return the latest latch; None when it cannot be read: treat that as halted."""
        try:
            numbers = self._numbers()
        except OSError:
            return None
        latest = max(numbers, default=0)
        if latest - 1 not in numbers:
            return None
        latch, before = self._copy(latest), self._copy(latest - 1)
        if latch is not None and before is not None and before.epoch > latch.epoch:
            return None
        return latch

    def write(self, latch: Latch) -> None:
        """Keep *latch*, durably, before returning.

        Over a latch that cannot be read any may be written that is not below a copy that can.
        Raises `IntegrityFailure` and `StoreUnavailable` as the port says.
        """
        with self._writing():
            numbers = self._numbers()
            kept = [copy for copy in map(self._copy, numbers) if copy is not None]
            epoch = max((copy.epoch for copy in kept), default=latch.epoch)
            if latch.epoch < epoch:
                raise IntegrityFailure(
                    f"{self._directory}: the latch is at epoch {epoch} and cannot go back to "
                    f"{latch.epoch}"
                )
            if not numbers:
                self._lay_out(latch)
                return
            latest = max(numbers)
            self._put(latest + 1, latch)
            for number in numbers:
                if number < latest:
                    # One too many does no harm: the next write removes it.
                    with suppress(OSError):
                        self._disk.remove(self._path(number))

    def _lay_out(self, latch: Latch) -> None:
        self._disk.make(self._directory)
        if self._durable:
            self._disk.sync_directory(self._directory.parent)
        for number in (0, 1):
            self._put(number, latch)

    def _put(self, number: int, latch: Latch) -> None:
        """Write copy *number*, and return once it is there to stay."""
        disk, temporary = self._disk, self._directory / _TEMPORARY
        disk.write(temporary, _text_of(number, latch))
        if self._durable:
            disk.sync(temporary)
        disk.rename(temporary, self._path(number))
        if self._durable:
            disk.sync_directory(self._directory)

    def _numbers(self) -> list[int]:
        found = map(_NAME.fullmatch, self._disk.names(self._directory))
        return sorted(int(match.group(1)) for match in found if match is not None)

    def _copy(self, number: int) -> Latch | None:
        """Return what copy *number* says, or None when it is damaged."""
        try:
            return _latch_in(number, self._disk.read(self._path(number)))
        except OSError:
            return None

    def _path(self, number: int) -> Path:
        return self._directory / f"latch-{number:08d}.json"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Refuse to write after an earlier failure, and remember the first."""
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        try:
            yield
        except OSError as error:
            self._broken = f"{self._directory}: the latch cannot be written: {error}"
            raise StoreUnavailable(self._broken) from error


def _text_of(number: int, latch: Latch) -> bytes:
    """Return copy *number* of *latch* as JSON that a person can read, its checksum last."""
    fields: dict[str, object] = {
        "copy": number,
        **latch._asdict(),
        "mode": latch.mode.name,
        "causes": [str(cause) for cause in latch.causes],
        "latched": [str(cause) for cause in latch.latched],
    }
    digest = sha256(json.dumps(fields).encode()).hexdigest()
    return json.dumps({**fields, "sha256": digest}, indent=1).encode() + b"\n"


def _latch_in(number: int, data: bytes) -> Latch | None:
    """Return the latch in *data*, or None unless it is, to the byte, what was written there."""
    try:
        fields: dict[str, Any] = json.loads(data)
        latch = Latch(
            fields["epoch"],
            RiskMode[fields["mode"]],
            tuple(map(Cause, fields["causes"])),
            tuple(map(Cause, fields["latched"])),
            fields["since_ms"],
            fields["peak"],
            fields["credit"],
        )
        whole = _text_of(number, latch) == data
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return latch if whole else None


_: type[LatchStore] = FileLatch
