"""What the desk does not know for certain of the venue, and when it may believe otherwise.

Rule 1: an UNKNOWN order is left only on evidence: a report or an answer that knows it, or proof
that it is nowhere: enough answers, far enough apart, none of which knows it, and an account, asked
for when no request can be under way any more, that neither lists it nor holds its fill.
Rule 2: until then it counts at full size, and its symbol takes no entry. An entry proven absent
goes on counting for a while: venues have accepted late.
Rule 3: a difference between venue and book is believed when it is the same in several answers and
older than the venue's records may lag; then the venue is right.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from domain.governance.policy import Policy
from domain.shared.enums import Side

SECOND_MS: Final = 1_000
# For so long a venue accepts a request after it was stamped, and so wrong its clock may be.
RECEIVE_WINDOW_MS: Final = 5_000
CLOCK_ERROR_MS: Final = 500
# A doubtful order is asked for so soon, and then as often.
QUERY_MS_FIRST: Final = 500
QUERY_MS: Final = 2_000
# After something that may have gone wrong the account is read so soon.
READ_SOON_MS: Final = 2_000
# Fills of so long before the last answer that agreed are asked for again.
OVERLAP_MS: Final = 60_000
DIFFERENT_READS_MIN: Final = 3


class Doubt(NamedTuple):
    """An order whose outcome is UNKNOWN.

    `begun_ms`: since when; `since_ms`: when it was last sent, or doubted anew. `asked_ms`: the last
    query, 0: none yet. `absent`: so many answers in a row did not know it, the last at `absent_ms`.
    """

    symbol: str
    begun_ms: int
    since_ms: int
    asked_ms: int = 0
    absent: int = 0
    absent_ms: int = 0

    @property
    def query_ms(self) -> int:
        """When it is to be asked for next."""
        return self.asked_ms + QUERY_MS if self.asked_ms else self.since_ms + QUERY_MS_FIRST


class Grave(NamedTuple):
    """An entry that is over, and may have filled all the same: `notional` USD, `until_ms`.

    One proven absent is canceled should it appear after all. One `ended` was at the venue; what it
    filled before it was canceled may not be told yet.
    """

    symbol: str
    side: Side
    notional: float
    until_ms: int
    ended: bool = False


class Difference(NamedTuple):
    """Venue and book differ by `amount` (venue - book, signed), in so many `reads` in a row."""

    amount: Decimal
    reads: int
    since_ms: int


class Reconciliation(NamedTuple):
    """How well the desk knows the venue.

    Without `remote` nothing can be lost on the way, and the rest is not used. `synced_ms`: when
    the account last agreed since the stream came up, None: not yet, and no entry is allowed.
    `read_ms`: the next time to read the account. `since_ms`: fills before it are all known, 0:
    none is. `filled_ms`: the last fill. `missing`: live orders that the account did not list,
    since when. `foreign`: orders on the account that are not the desk's, and their symbols.
    `wallet`: its difference in USD. `fenced_by`: the epoch of a younger desk at work on the same
    account, 0: none. `named_ms`: the latest name given to what no signal gave birth to.
    """

    remote: bool = False
    stream_up: bool = False
    synced_ms: int | None = None
    read_ms: int = 0
    since_ms: int = 0
    filled_ms: int = 0
    doubts: Mapping[str, Doubt] = {}
    graves: Mapping[str, Grave] = {}
    missing: Mapping[str, int] = {}
    differing: Mapping[str, Difference] = {}
    foreign: Mapping[str, str] = {}
    wallet: Difference | None = None
    fenced_by: int = 0
    named_ms: int = 0

    @property
    def is_synced(self) -> bool:
        """Tell whether the desk knows the venue well enough to add risk there."""
        if not self.remote:
            return True
        known = self.stream_up and self.synced_ms is not None
        return known and not self.differing and not self.fenced_by

    def is_quarantined(self, symbol: str) -> bool:
        """Tell whether something of *symbol* is in doubt, so that it may not be entered."""
        return (
            any(doubt.symbol == symbol for doubt in self.doubts.values())
            or any(grave.symbol == symbol for grave in self.graves.values())
            or symbol in self.foreign.values()
        )


def answered_absent(doubt: Doubt, at_ms: int) -> Doubt:
    """Return *doubt* after an answer that does not know the order: it counts if it comes apart."""
    if doubt.absent and at_ms - doubt.absent_ms < QUERY_MS:
        return doubt
    return doubt._replace(absent=doubt.absent + 1, absent_ms=at_ms)


def is_absent(doubt: Doubt, asked_ms: int, policy: Policy) -> bool:
    """Tell whether the order is proven absent by an account that was *asked_ms* and has none of it.

    No request that was sent can still be accepted then, and the venue's own records have settled.
    """
    settled_ms = RECEIVE_WINDOW_MS + CLOCK_ERROR_MS + policy.settle_seconds * SECOND_MS
    return doubt.absent >= policy.absent_reads and asked_ms > doubt.since_ms + settled_ms


def again(before: Difference | None, amount: Decimal, asked_ms: int, at_ms: int) -> Difference:
    """Return the difference *amount*, seen at *at_ms* in an answer asked for at *asked_ms*."""
    if before is None or before.amount != amount:
        return Difference(amount, 1, at_ms)
    if asked_ms <= before.since_ms:
        return before
    return before._replace(reads=before.reads + 1)


def is_proved(difference: Difference, at_ms: int, policy: Policy) -> bool:
    """Tell whether *difference* is no matter of reports that are still under way."""
    lasted_ms = at_ms - difference.since_ms
    return (
        difference.reads >= DIFFERENT_READS_MIN and lasted_ms >= policy.settle_seconds * SECOND_MS
    )
