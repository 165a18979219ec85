"""How a symbol has been doing today and lately: the ground of anti-churn and of suspension.

Rule 1: counts are kept per UTC day and start anew with it; the streak of losses does not.
Rule 2: a symbol is weak when its last trades, net of costs, win too rarely or lose on average.
Rule 3: too many losses in a row suspend it. It returns after the probation, or after shadow wins,
at the size of a weak symbol until its first win; a loss meanwhile suspends it again.
"""

from typing import Final, NamedTuple

from domain.governance.policy import Policy
from domain.market.bars import DAY_MS

# A window of the record, not a limit on trading: what a symbol did longer ago is another market.
RESULTS_MAX: Final = 20
# One win on paper may be luck.
SHADOW_WINS_NEEDED: Final = 2


class SymbolRecord(NamedTuple):
    """The record of one symbol. `lost_usd` is today's net loss (a gain is negative).

    `results` are net R of the last trades, oldest first; `shadow_wins` the wins on paper since
    the last close.
    """

    day: int = 0
    round_trips: int = 0
    lost_usd: float = 0.0
    losses_in_row: int = 0
    closed_ms: int = 0
    results: tuple[float, ...] = ()
    shadow_wins: int = 0


def after_close(record: SymbolRecord, at_ms: int, net_pnl: float, net_r: float) -> SymbolRecord:
    """Return the record after a trade closed with *net_pnl* USD, *net_r* times its risk."""
    day = at_ms // DAY_MS
    trips, lost = (record.round_trips, record.lost_usd) if record.day == day else (0, 0.0)
    streak = record.losses_in_row + 1 if net_pnl < 0.0 else 0
    results = (*record.results, net_r)[-RESULTS_MAX:]
    return SymbolRecord(day, trips + 1, lost - net_pnl, streak, at_ms, results)


def after_shadow_win(record: SymbolRecord) -> SymbolRecord:
    """Return the record after a trade on paper won."""
    return record._replace(shadow_wins=record.shadow_wins + 1)


def is_weak(record: SymbolRecord, policy: Policy) -> bool:
    """Tell whether enough trades of the symbol are known, and they were bad; a NaN is."""
    count = len(record.results)
    if count < policy.weak_symbol_trades:
        return False
    wins = sum(1 for result in record.results if result > 0.0)
    return wins / count < policy.weak_symbol_win_rate or not sum(record.results) >= 0.0


def on_probation(record: SymbolRecord, policy: Policy) -> bool:
    """Tell whether the symbol lost so often in a row that it must win before it is whole again."""
    return record.losses_in_row >= policy.suspend_losses


def is_suspended(record: SymbolRecord, at_ms: int, policy: Policy) -> bool:
    """Tell whether the symbol may not be entered at *at_ms*."""
    if not on_probation(record, policy) or record.shadow_wins >= SHADOW_WINS_NEEDED:
        return False
    return at_ms - record.closed_ms < policy.probation_minutes * 60_000
