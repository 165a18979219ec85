"""The policy: every number that governs trading, with its default, bounds and safe direction.

Rule 1: a number that governs trading stands here and nowhere else.
Rule 2: a policy that exists is valid: `Policy(...)` raises `InvalidPolicy` with all problems.
Rule 3: fractions are shares of one (0.05 is five per cent), money is USD, times say their unit.
"""

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, get_type_hints

from domain.governance.execution_policy import ExecutionPolicy
from domain.governance.field import Safer, choice, number, problem_of, rule_of
from domain.shared.errors import InvalidPolicy

D = Decimal
LOWER, HIGHER, NEITHER = Safer.LOWER, Safer.HIGHER, Safer.NEITHER
SOONER, FEWER = Safer.SOONER, Safer.FEWER


class SizingMode(StrEnum):
    """What the wanted size is derived from."""

    RISK = "risk"
    EQUITY_FRACTION = "equity_fraction"
    FIXED_USD = "fixed_usd"


class ForeignOrders(StrEnum):
    """What becomes of an order on the account that is not the desk's own."""

    KEEP = "keep"
    CANCEL = "cancel"


class ExitMode(StrEnum):
    """What stop and targets are derived from: volatility and R, or fractions of the entry price."""

    ATR = "atr"
    FRACTION = "fraction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(ExecutionPolicy):
    """All that governs trading. Immutable; a change is a new version."""

    version: int = number(1, "1", "1e12", NEITHER, "rises with every change")
    allow_new_trades: bool = choice(True, LOWER, "entries at all")  # noqa: FBT003 - a default
    symbols: tuple[str, ...] = choice((), FEWER, "that may be entered; empty: all")

    quorum: int = number(3, "1", "100", HIGHER, "healthy voters needed")
    agreement_min: float = number(0.75, "0.5", "1", HIGHER, "share of voters for the direction")
    confidence_min: float = number(0.45, "0", "1", HIGHER, "mean confidence of those agreeing")
    confidence_min_high_volatility: float = number(0.65, "0", "1", HIGHER, "the same in HIGH_VOL")
    high_volatility_margin: float = number(0.10, "0", "1", HIGHER, "above it, full size")
    high_volatility_size: Decimal = number(D("0.5"), "0", "1", LOWER, "size factor below it")
    high_volatility_atr: float = number(0.03, "0.0001", "1", LOWER, "ATR/price: HIGH_VOL")
    extreme_volatility_atr: float = number(0.06, "0.0001", "1", LOWER, "ATR/price: EXTREME")

    regime_interval_minutes: int = number(60, "1", "1440", NEITHER, "bars of ATR and regime")
    regime_confirm_bars: int = number(3, "1", "100", NEITHER, "bars before a change is believed")
    trend_adx: float = number(25.0, "1", "100", NEITHER, "ADX(14) from which there is a trend")
    trend_adx_hysteresis: float = number(5.0, "0", "50", NEITHER, "below it by this: trend over")
    illiquid_volume_ratio: float = number(0.05, "0", "1", HIGHER, "volume/median: ILLIQUID below")
    unknown_regime_size: Decimal = number(D("0.5"), "0", "1", LOWER, "size factor when UNKNOWN")
    jump_max: float = number(0.20, "0.001", "1", LOWER, "bar-to-bar move that is a data fault")
    gap_pause_bars: int = number(3, "1", "10000", HIGHER, "bars after a gap before entries")
    stale_minutes: int = number(5, "1", "1440", LOWER, "without a trade: data are stale")

    cooldown_minutes: int = number(15, "0", "10080", HIGHER, "after a close, per symbol")
    allow_flip: bool = choice(
        True,  # noqa: FBT003 - a default
        LOWER,
        "an opposite signal closes, then may enter",
    )
    positions_max: int = number(10, "1", "500", LOWER, "open at once")
    round_trips_per_day_max: int = number(4, "1", "100000", LOWER, "per symbol and UTC day")
    losses_in_row_max: int = number(3, "1", "100000", LOWER, "per symbol, then a pause")
    churn_pause_minutes: int = number(240, "0", "10080", HIGHER, "the pause")
    weak_symbol_trades: int = number(5, "1", "1000", LOWER, "closed trades before it is judged")
    weak_symbol_win_rate: float = number(0.30, "0", "1", HIGHER, "below it a symbol is weak")
    weak_symbol_size: Decimal = number(D("0.5"), "0", "1", LOWER, "size factor of a weak symbol")
    suspend_losses: int = number(10, "1", "100000", LOWER, "losses in a row: symbol suspended")
    probation_minutes: int = number(1440, "0", "525600", HIGHER, "suspended for, then half size")
    symbol_daily_loss_max: Decimal = number(D("0.02"), "0.0001", "1", LOWER, "of equity, then rest")
    holding_minutes_max: int = number(1440, "0", "525600", SOONER, "then close; 0: no limit")

    sizing: SizingMode = choice(SizingMode.RISK, NEITHER, "what the wanted size comes from")
    risk_per_trade: Decimal = number(
        D("0.01"), "0.0001", "0.1", LOWER, "of equity lost at the stop"
    )
    equity_fraction: Decimal = number(D("0.10"), "0.0001", "20", LOWER, "notional/equity")
    fixed_usd: Decimal = number(D(100), "1", "1e9", LOWER, "notional in USD")
    open_risk_max: Decimal = number(D("0.06"), "0.0001", "1", LOWER, "of equity, all stops hit")

    position_usd_normal: Decimal = number(D(500), "0", "1e9", LOWER, "notional cap, NORMAL")
    position_usd_cautious: Decimal = number(D(300), "0", "1e9", LOWER, "notional cap, CAUTIOUS")
    position_usd_protective: Decimal = number(D(100), "0", "1e9", LOWER, "cap, PROTECTIVE")
    leverage_normal: int = number(20, "1", "125", LOWER, "NORMAL")
    leverage_cautious: int = number(10, "1", "125", LOWER, "CAUTIOUS")
    leverage_protective: int = number(5, "1", "125", LOWER, "PROTECTIVE")
    confidence_normal: float = number(0.50, "0", "1", HIGHER, "NORMAL")
    confidence_cautious: float = number(0.55, "0", "1", HIGHER, "CAUTIOUS")
    confidence_protective: float = number(0.75, "0", "1", HIGHER, "PROTECTIVE")
    symbol_exposure_max: Decimal = number(
        D("1"), "0.001", "100", LOWER, "notional/equity, a symbol"
    )
    gross_exposure_max: Decimal = number(D("5"), "0.001", "1000", LOWER, "notional/equity, all")
    net_exposure_max: Decimal = number(D("4"), "0.001", "1000", LOWER, "|long-short|/equity")
    margin_use_max: Decimal = number(D("0.5"), "0.001", "1", LOWER, "margin/equity, all positions")
    liquidation_stop_ratio: Decimal = number(D(2), "1", "100", HIGHER, "liquidation/stop distance")
    correlation_max: float = number(0.80, "0", "1", LOWER, "above it two symbols are one cluster")
    cluster_exposure_max: Decimal = number(D("0.12"), "0.001", "1000", LOWER, "notional/equity")
    value_at_risk_max: float = number(0.10, "0.0001", "1000", LOWER, "1 day, 99 %, of equity")
    effective_exposure_max: Decimal = number(D("5"), "0.001", "1000", LOWER, "beta-weighted/equity")

    drawdown_cautious: float = number(0.02, "0.0001", "0.9999", LOWER, "ladder")
    drawdown_protective: float = number(0.04, "0.0001", "0.9999", LOWER, "ladder")
    drawdown_emergency: float = number(0.10, "0.0001", "0.9999", LOWER, "ladder")
    drawdown_hysteresis: float = number(0.005, "0", "0.1", HIGHER, "below a rung to leave it")
    dwell_minutes: int = number(30, "0", "10080", HIGHER, "calm before each step of recovery")
    daily_loss_max: float = number(0.05, "0.0001", "1", LOWER, "of the day's opening equity")
    rolling_drawdown_max: float = number(0.20, "0.0001", "1", LOWER, "below the window's peak")
    rolling_days: int = number(7, "1", "90", HIGHER, "window of the rolling drawdown")
    streak_losses: int = number(5, "1", "100000", LOWER, "losses in a row: smaller")
    streak_size: Decimal = number(D("0.5"), "0", "1", LOWER, "size factor in such a streak")
    stop_outs_max: int = number(10, "1", "1000000", LOWER, "within the window; more is a storm")
    stop_out_window_minutes: int = number(15, "1", "1440", HIGHER, "window of the storm")
    capital_floor: float = number(0.20, "0.0001", "1", LOWER, "real drawdown: a person resumes")
    flash_move: float = number(0.08, "0.001", "1", LOWER, "adverse move of a held symbol")
    flash_loss: float = number(0.05, "0.001", "1", LOWER, "of equity lost in the same time")
    flash_minutes: int = number(5, "1", "60", HIGHER, "that time")
    margin_ratio_max: float = number(0.80, "0.01", "1", LOWER, "maintenance margin/equity")
    liquidation_stop_min: float = number(1.5, "0.1", "100", HIGHER, "liquidation/stop distance")
    feed_stale_minutes: int = number(5, "1", "1440", LOWER, "without data: an emergency")
    order_errors_max: int = number(5, "1", "1000000", LOWER, "orders refused in the window: stop")
    order_error_minutes: int = number(15, "1", "1440", HIGHER, "window of refused orders")
    mismatch_seconds: int = number(30, "1", "3600", LOWER, "venue and book may differ")
    health_unknown_seconds: int = number(60, "1", "3600", LOWER, "health or equity may be unknown")
    recovery_manual: bool = choice(
        False,  # noqa: FBT003 - a default
        HIGHER,
        "only an operator ends an emergency",
    )

    exits: ExitMode = choice(ExitMode.ATR, NEITHER, "what stop and targets come from")
    stop_atr: Decimal = number(D(2), "0.1", "20", NEITHER, "stop distance in ATR")
    stop_min: Decimal = number(
        D("0.005"), "0.0001", "0.5", NEITHER, "of price, least stop distance"
    )
    stop_max: Decimal = number(D("0.05"), "0.0001", "0.9", LOWER, "of price, greatest")
    stop_fraction: Decimal = number(D("0.02"), "0.0001", "0.9", LOWER, "of price, exits=fraction")
    target_fraction: Decimal = number(D("0.03"), "0.0001", "10", NEITHER, "of price, likewise")
    first_target_r: Decimal = number(D("1.5"), "0.1", "100", NEITHER, "first target, in R")
    first_target_share: Decimal = number(D("0.5"), "0", "1", NEITHER, "of the quantity")
    second_target_r: Decimal = number(D("2.5"), "0.1", "100", NEITHER, "second target, in R")
    second_target_share: Decimal = number(D("0.3"), "0", "1", NEITHER, "of the quantity")
    reward_risk_min: Decimal = number(D("1.2"), "0", "100", HIGHER, "net of costs")
    trailing: bool = choice(True, NEITHER, "ratchet the stop")  # noqa: FBT003 - a default
    breakeven_r: Decimal = number(D(1), "0.1", "100", LOWER, "stop to break-even at this gain")
    lock_at_r: Decimal = number(D(2), "0.1", "100", LOWER, "lock a gain at this gain")
    lock_r: Decimal = number(D(1), "0", "100", HIGHER, "the gain locked")
    trail_atr: Decimal = number(D("1.5"), "0.1", "20", LOWER, "then trail at this distance")
    trail_step_atr: Decimal = number(D("0.25"), "0.01", "10", NEITHER, "least move of the stop")

    fee_estimate: Decimal = number(D("0.0004"), "0", "0.05", HIGHER, "taker fee expected, a side")
    slippage_estimate: Decimal = number(D("0.0002"), "0", "0.05", HIGHER, "expected, a side")
    edge_min_r: float = number(0.0, "0", "10", HIGHER, "expected value net of costs must exceed, R")
    price_collar: Decimal = number(
        D("0.01"), "0.0001", "0.5", LOWER, "worst fill from the decision"
    )
    spread_max: float = number(0.005, "0", "0.5", LOWER, "of price")
    funding_rate_max: float = number(0.001, "0", "1", LOWER, "paid per 8 h: no entry, exit")
    funding_rate_warn: float = number(0.0005, "0", "1", LOWER, "paid per 8 h: told of")
    funding_edge_share: float = number(0.5, "0", "1000", LOWER, "of the edge that funding may eat")
    funding_holding_minutes: int = number(480, "1", "525600", HIGHER, "holding time planned for")
    entries_per_minute_max: int = number(30, "1", "100000", LOWER, "entry orders, all symbols")
    entry_ttl_ms: int = number(60_000, "1000", "86400000", LOWER, "life of an entry order's permit")
    protect_seconds: int = number(5, "1", "60", LOWER, "from the first fill to a stop at the venue")
    unknown_seconds: int = number(60, "5", "600", LOWER, "an order UNKNOWN so long: emergency")
    settle_seconds: int = number(10, "1", "120", HIGHER, "that a venue's records may lag behind")
    absent_reads: int = number(3, "3", "100", HIGHER, "answers that an order is unknown to venue")
    zombie_minutes: int = number(10, "1", "1440", HIGHER, "an order that never was still counts")
    reconcile_seconds: int = number(30, "1", "600", LOWER, "between two reads of the account")
    foreign_orders: ForeignOrders = choice(ForeignOrders.KEEP, NEITHER, "orders not of the desk")

    orchestrator_dwell_minutes: int = number(15, "0", "10080", HIGHER, "calm before it loosens")
    policy_grace_seconds: int = number(30, "0", "3600", LOWER, "store down: last-known-good stands")
    policy_closed_minutes: int = number(15, "0", "1440", LOWER, "store down: then no entries")
    expires_ms: int = number(0, "0", "1e15", SOONER, "UTC ms when entries end; 0: never")
    expiry_warning_minutes: int = number(1440, "0", "525600", HIGHER, "alarm so long before")

    def __post_init__(self) -> None:
        """Refuse a policy with any field out of bounds or fields that contradict each other."""
        kinds = get_type_hints(Policy)
        found = (
            problem_of(f.name, getattr(self, f.name), kinds[f.name], rule_of(f.metadata))
            for f in fields(self)
        )
        problems = tuple(p for p in found if p) or self._contradictions()
        if problems:
            raise InvalidPolicy(problems)

    def _contradictions(self) -> tuple[str, ...]:
        checks = [
            (
                self.drawdown_hysteresis < self.drawdown_cautious,
                "drawdown_hysteresis must be below drawdown_cautious, or no rung is ever left",
            ),
            (
                self.first_target_share + self.second_target_share <= 1,
                "first_target_share + second_target_share must not exceed 1",
            ),
            (
                not self.policy_closed_minutes * 60 < self.policy_grace_seconds,
                "policy_grace_seconds must not exceed policy_closed_minutes",
            ),
        ]
        for names in _STRICTLY_RISING:
            values = [getattr(self, name) for name in names]
            rising = all(low < high for low, high in pairwise(values))
            checks.append((rising, " < ".join(names) + " must hold"))
        for names in _RISING:
            values = [getattr(self, name) for name in names]
            rising = all(low <= high for low, high in pairwise(values))
            checks.append((rising, " <= ".join(names) + " must hold"))
        return tuple(text for holds, text in checks if not holds)


_STRICTLY_RISING: Final[tuple[tuple[str, ...], ...]] = (
    ("drawdown_cautious", "drawdown_protective", "drawdown_emergency"),
)
_RISING: Final[tuple[tuple[str, ...], ...]] = (
    ("drawdown_emergency", "capital_floor"),
    ("stop_min", "stop_max"),
    ("first_target_r", "second_target_r"),
    ("breakeven_r", "lock_at_r"),
    ("lock_r", "lock_at_r"),
    ("high_volatility_atr", "extreme_volatility_atr"),
    ("position_usd_protective", "position_usd_cautious", "position_usd_normal"),
    ("leverage_protective", "leverage_cautious", "leverage_normal"),
    ("funding_rate_warn", "funding_rate_max"),
)
