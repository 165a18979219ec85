"""Every start is recovery, where the venue outlives the process: from the record, then the venue.

Rule 1: the state is what the journal leads to, every decision on the way held against its digest.
The projections see it all again, so that what a crash kept from the audit is recorded after all.
Rule 2: the latch of the emergency stop is heard first. It may know of an emergency that the journal
lost; one that cannot be read is an emergency.
Rule 3: then the venue is believed. What the book holds and the venue does not was closed while
nobody listened: it is booked at the last mark, as a fill that no order explains. What the venue
holds beyond the book is not adopted: the account read that follows shows the difference, and that
is a cause of the emergency stop.
Rule 4: nothing that was asked before survives unverified: an order that the venue does not have is
over. A close that is over while its position is not is asked again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from application.digest import NOTHING_DECIDED, digest_after
from application.engine import Projection, is_telling
from application.errors import IntegrityFailure, VenueUnavailable
from application.ports.codec import Codec
from application.ports.exchange import Exchange
from application.ports.journal import Journal
from application.ports.latch import LatchStore
from application.ports.snapshot_store import Snapshot, SnapshotStore
from application.replay import untouched
from application.urgent_lane import PAUSE_S_FIRST, PAUSE_S_LAST
from domain.decision.messages import Heard, LatchRead
from domain.decision.state import State
from domain.decision.step import step
from domain.execution.messages import (
    AccountRead,
    Liquidity,
    OrderCanceled,
    OrderFilled,
    ReadAccount,
)
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from domain.shared.errors import DomainError

LOST: Final = "lost"
ADJUSTED: Final = "adjust"


class Recovered(NamedTuple):
    """What the journal led to: the state, its last sequence, and the digest of its decisions."""

    state: State
    sequence: int
    digest: bytes


def trusted(journal: Journal, snapshots: SnapshotStore) -> Snapshot | None:
    """Return the latest snapshot if *journal* tells the same of its place, None for none.

    Raises `IntegrityFailure` when the journal ends before it: what was durable is lost.
    """
    snapshot = snapshots.latest()
    if snapshot is None or not snapshot.sequence:
        return None
    row = next(iter(journal.entries(snapshot.sequence - 1)), None)
    if row is None:
        raise IntegrityFailure(
            f"the journal ends before entry {snapshot.sequence}, of which there is a snapshot: "
            "entries are lost"
        )
    is_same = row.sequence == snapshot.sequence and row.digest == snapshot.digest
    return snapshot if is_same else None


def recovered(
    journal: Journal,
    codec: Codec,
    projections: Sequence[Projection] = (),
    watches: Sequence[Projection] = (),
    snapshots: SnapshotStore | None = None,
) -> Recovered:
    """Return what the entries of *journal* lead to, and show it to whom the engine shows it.

    With *snapshots* it begins from the one that is `trusted`, and only what came after is shown.
    An audit log among *projections* must pass over what it holds already (`ResumedAudit`) of that.

    Raises `IntegrityFailure` at an entry that is missing, or was decided otherwise.
    """
    state, digest, last = untouched(), NOTHING_DECIDED, 0
    start = None if snapshots is None else trusted(journal, snapshots)
    if start is not None:
        state, digest, last = start.state, start.digest, start.sequence
    for sequence, heard, recorded in journal.entries(last):
        if sequence != last + 1:
            raise IntegrityFailure(
                f"entry {last + 1} of the journal is missing: it goes on with {sequence}"
            )
        try:
            state, said, asked = step(state, heard)
        except (DomainError, ArithmeticError, LookupError, ValueError, TypeError) as error:
            raise IntegrityFailure(
                f"entry {sequence} of the journal cannot be heard: {error}"
            ) from error
        digest, last = digest_after(digest, said, asked, codec), sequence
        if digest != recorded:
            raise IntegrityFailure(f"entry {sequence} of the journal is not what was decided on it")
        for watch in watches:
            watch(heard, said)
        if said or is_telling(heard):
            for project in projections:
                project(heard, said)
    return Recovered(state, last, digest)


async def account_of(
    exchange: Exchange, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AccountRead:
    """Return what the venue holds of ours, asking until it answers. *pause* waits for seconds."""
    pause_s, wish = PAUSE_S_FIRST, ReadAccount(0)
    while True:
        try:
            return await exchange.read(wish)
        except VenueUnavailable:
            await pause(pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_LAST)


def first_heard(
    state: State, latch: LatchStore, account: AccountRead, sequence: int
) -> Iterator[Heard]:
    """Yield what a recovered desk of *state* hears first, in its order, at the time of *account*.

    *sequence* is the last of the journal: it makes the names of what is booked here unique.
    """
    at_ms = account.at_ms
    yield LatchRead(at_ms, latch.read())
    held = dict(account.positions)
    for symbol, position in state.book.positions.items():
        gone = _gone(position.quantity, held.get(symbol, ZERO))
        if gone:
            yield _closed_unheard(state, symbol, gone, at_ms, sequence)
    known = {name for name, _ in account.orders}
    for order in state.orders.values():
        if order.client_id not in known:
            yield OrderCanceled(at_ms, order.client_id, order.symbol, LOST)
    yield account


def _gone(booked: Decimal, held: Decimal) -> Decimal:
    """Return the signed quantity of what is booked that is no longer held."""
    if booked > ZERO:
        return max(ZERO, booked - max(ZERO, held))
    return min(ZERO, booked - min(ZERO, held))


def _closed_unheard(
    state: State, symbol: str, gone: Decimal, at_ms: int, sequence: int
) -> OrderFilled:
    name = f"{ADJUSTED}-{symbol}-{sequence}"
    side = Side.SELL if gone > ZERO else Side.BUY
    price = Decimal(str(state.marks[symbol]))
    return OrderFilled(
        at_ms, name, symbol, side, abs(gone), price, ZERO, Liquidity.TAKER, name, ZERO
    )
