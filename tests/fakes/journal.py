"""A journal in memory."""

from collections.abc import Iterator

from application.errors import StoreUnavailable
from application.ports.codec import Codec
from application.ports.journal import Entry, Journal

Row = tuple[int, bytes, bytes]


class MemoryJournal:
    """Holds its rows. `down = True` pulls the plug; `durable` is what a crash would leave."""

    def __init__(self, codec: Codec) -> None:
        self.down = False
        self.durable: list[Row] = []
        self._pending: list[Row] = []
        self._codec = codec

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        self._require_power()
        self._pending.append((sequence, heard, digest))

    def commit(self) -> None:
        self._require_power()
        for row in self._pending:
            if self.durable and row[0] <= self.durable[-1][0]:
                self.down = True
                self._require_power()
            self.durable.append(row)
        self._pending.clear()

    def entries(self, after: int = 0) -> Iterator[Entry]:
        self.commit()
        for sequence, heard, digest in tuple(self.durable):
            if sequence > after:
                yield Entry(sequence, self._codec.decode_heard(heard), digest)

    def close(self) -> None:
        if not self.down:
            self.commit()

    def _require_power(self) -> None:
        if self.down:
            raise StoreUnavailable("the plug is pulled")


_: type[Journal] = MemoryJournal
