"""Ports of a desk that may die at any touch of the outside."""

from collections.abc import Iterator, Sequence

from adapters.exchange.simulated.exchange import SimulatedExchange
from adapters.persistence.journal import SqliteJournal
from adapters.persistence.latch import FileLatch
from application.ports.exchange import Exchange, Listener
from application.ports.journal import Entry, Journal
from application.ports.latch import LatchStore
from domain.execution.messages import AccountRead, QueryOrder, ReadAccount, VenueCommand
from domain.risk.emergency_stop import Latch


class Killed(Exception):
    """The process is gone."""


class Fate:
    """Counts every touch of the outside; the desk dies at those in `deaths`, before or after."""

    def __init__(self, deaths: Sequence[int] = ()) -> None:
        self.touches = 0
        self.armed = False
        self._deaths = set(deaths)

    def touch(self) -> None:
        if self.armed:
            self.touches += 1
            if self.touches in self._deaths:
                raise Killed


class MortalLatch:
    """The latch, with fate before and after each write."""

    def __init__(self, inner: FileLatch, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def read(self) -> Latch | None:
        return self._inner.read()

    def write(self, latch: Latch) -> None:
        self._fate.touch()
        self._inner.write(latch)
        self._fate.touch()


class MortalJournal:
    """The journal, with fate before each row and around each commit.

    An eager one makes every row durable at once; else a death takes what was not committed.
    """

    def __init__(self, inner: SqliteJournal, fate: Fate, *, eager: bool) -> None:
        self._inner, self._fate, self._eager = inner, fate, eager

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        self._fate.touch()
        self._inner.append(sequence, heard, digest)
        if self._eager:
            self.commit()

    def commit(self) -> None:
        self._fate.touch()
        self._inner.commit()
        self._fate.touch()

    def entries(self, after: int = 0) -> Iterator[Entry]:
        return self._inner.entries(after)

    def close(self) -> None:
        self._inner.close()


class MortalExchange:
    """The exchange, with fate before each call, and after it, when nobody hears the reply."""

    def __init__(self, inner: SimulatedExchange, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def listen(self, listener: Listener) -> None:
        self._inner.listen(listener)

    async def send(self, command: VenueCommand) -> None:
        self._fate.touch()
        await self._inner.send(command)
        self._fate.touch()

    async def read(self, wish: ReadAccount) -> AccountRead:
        self._fate.touch()
        account = await self._inner.read(wish)
        self._fate.touch()
        return account

    async def query(self, wish: QueryOrder) -> None:
        self._fate.touch()
        await self._inner.query(wish)
        self._fate.touch()


_LATCH: type[LatchStore] = MortalLatch
_JOURNAL: type[Journal] = MortalJournal
_EXCHANGE: type[Exchange] = MortalExchange
