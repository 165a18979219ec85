"""A folder that loses power: what was not made durable may stay, go, or stay in part."""

from collections.abc import Callable
from enum import Enum, auto

from adapters.event_bus.disk import Disk


class PowerLost(BaseException):
    """The machine stopped here."""


class Loss(Enum):
    """What a power cut does to what was not durable yet."""

    NOTHING = auto()
    EVERYTHING = auto()
    HALF_THE_BYTES = auto()
    ALL_BYTES = auto()
    ALL_NAMES = auto()
    ZEROS = auto()


class _File:
    def __init__(self, data: bytes = b"") -> None:
        self.seen = data
        self.durable = data

    def after(self, loss: Loss) -> bytes:
        if loss in {Loss.NOTHING, Loss.ALL_NAMES}:
            return self.seen
        if loss in {Loss.EVERYTHING, Loss.ALL_BYTES} or len(self.seen) <= len(self.durable):
            return self.durable
        new = self.seen[len(self.durable) :]
        left = new[: len(new) // 2] if loss is Loss.HALF_THE_BYTES else bytes(len(new))
        return self.durable + left


class SegmentDisk:
    """Files in memory. `stops_at` counts operations that change anything; the power goes there.

    `done` are their names. `refuse` is asked before each whether it fails like a disk that is full.
    """

    def __init__(self, stops_at: int | None = None) -> None:
        self.stops_at = stops_at
        self.steps = 0
        self.done: list[str] = []
        self.refuse: Callable[[str], bool] = lambda _: False
        self._names: dict[str, _File] = {}
        self._durable_names: dict[str, _File] = {}

    def after(self, loss: Loss, stops_at: int | None = None) -> "SegmentDisk":
        """Return the disk as it is found when the power is back."""
        names = self._durable_names
        if loss not in {Loss.EVERYTHING, Loss.ALL_NAMES}:
            names = self._names
        found = SegmentDisk(stops_at)
        found._names = {name: _File(file.after(loss)) for name, file in names.items()}
        found._durable_names = dict(found._names)
        return found

    def spoil(self, name: str, at: int) -> None:
        """Turn one byte over."""
        data = bytearray(self._names[name].seen)
        data[at] ^= 0xFF
        self._names[name].seen = self._names[name].durable = bytes(data)

    def names(self) -> list[str]:
        return sorted(self._names)

    def size(self, name: str) -> int:
        return len(self._names[name].seen)

    def read(self, name: str, offset: int, count: int) -> bytes:
        return self._names[name].seen[offset : offset + count]

    def append(self, name: str, data: bytes) -> None:
        file = self._names.setdefault(name, _File())
        half = len(data) // 2
        file.seen += data[:half]
        self._step("append")
        file.seen += data[half:]

    def cut(self, name: str, size: int) -> None:
        self._step("cut")
        file = self._names.setdefault(name, _File())
        file.seen = file.seen[:size]

    def sync(self, name: str) -> None:
        self._step("sync")
        self._names[name].durable = self._names[name].seen

    def rename(self, old: str, new: str) -> None:
        self._step("rename")
        self._names[new] = self._names.pop(old)

    def remove(self, name: str) -> None:
        self._step("remove")
        del self._names[name]

    def sync_names(self) -> None:
        self._step("sync_names")
        self._durable_names = dict(self._names)

    def _step(self, what: str) -> None:
        if self.refuse(what):
            raise OSError(28, f"no space left: {what}")
        if self.steps == self.stops_at:
            raise PowerLost
        self.steps += 1
        self.done.append(what)


_: type[Disk] = SegmentDisk
