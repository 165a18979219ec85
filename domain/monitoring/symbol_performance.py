"""How a symbol has been doing today and lately: the ground of anti-churn.

Counts are kept per UTC day and start anew with it; the streak of losses does not.
"""

from typing import NamedTuple

from domain.market.bars import DAY_MS


class SymbolRecord(NamedTuple):
    """The record of one symbol. `lost_usd` is today's net loss (a gain is negative)."""

    day: int = 0
    round_trips: int = 0
    lost_usd: float = 0.0
    losses_in_row: int = 0
    closed_ms: int = 0


def after_close(record: SymbolRecord, at_ms: int, net_pnl: float) -> SymbolRecord:
    """Return the record after a trade closed with *net_pnl* USD."""
    day = at_ms // DAY_MS
    fresh = record if record.day == day else SymbolRecord(day, 0, 0.0, record.losses_in_row)
    streak = fresh.losses_in_row + 1 if net_pnl < 0.0 else 0
    return SymbolRecord(day, fresh.round_trips + 1, fresh.lost_usd - net_pnl, streak, at_ms)
