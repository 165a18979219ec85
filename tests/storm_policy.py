"""Random policies for storms: from timid to reckless, all of them trading on a single voter."""

import random
from decimal import Decimal
from typing import Any, Final

from domain.governance.policy import ExitMode, Policy, SizingMode

D: Final = Decimal


def a_random_policy(dice: random.Random) -> Policy:
    """Return a policy that trades on one voter, from timid to reckless."""
    wild = dice.random() < 0.35
    low, high = sorted((dice.uniform(0.002, 0.05), dice.uniform(0.06, 0.3)))
    if wild:
        low, high = 0.6, 0.9
    changes: dict[str, Any] = {
        "quorum": 1,
        "agreement_min": dice.choice((0.5, 0.75)),
        "cooldown_minutes": dice.choice((0, 0, 15)),
        "allow_flip": dice.random() < 0.7,
        "positions_max": dice.choice((1, 3, 10)),
        "round_trips_per_day_max": dice.choice((4, 1000)),
        "losses_in_row_max": dice.choice((3, 1000)),
        "symbol_daily_loss_max": dice.choice((D("0.02"), D(1))),
        "holding_minutes_max": dice.choice((0, 7, 60, 1440)),
        "drawdown_cautious": low,
        "drawdown_protective": (low + high) / 2,
        "drawdown_emergency": high,
        "drawdown_hysteresis": dice.choice((0.0, 0.001, low / 2)) if low / 2 <= 0.1 else 0.01,
        "dwell_minutes": dice.choice((0, 5, 30, 240)),
        "daily_loss_max": 1.0 if wild else dice.choice((0.01, 0.05, 0.3)),
        "stop_outs_max": dice.choice((1, 3, 10)),
        "stop_out_window_minutes": dice.choice((15, 120, 1440)),
        "trailing": dice.random() < 0.7,
        "trail_atr": dice.choice((D("0.5"), D("1.5"))),
        "trail_step_atr": dice.choice((D("0.01"), D("0.25"))),
        "stop_min": dice.choice((D("0.001"), D("0.005"))),
        "first_target_share": dice.choice((D(0), D("0.5"), D(1))),
        "second_target_share": D(0),
        "reward_risk_min": dice.choice((D(0), D("1.2"))),
        "unknown_regime_size": D(1),
        "regime_interval_minutes": dice.choice((15, 60)),
        "entry_ttl_ms": dice.choice((1_000, 60_000, 600_000)),
        "entries_per_minute_max": dice.choice((1, 30)),
        "confidence_normal": 0.3,
        "confidence_cautious": 0.3,
        "confidence_protective": dice.choice((0.3, 0.75)),
        "price_collar": dice.choice((D("0.002"), D("0.01"), D("0.5"))),
        "spread_max": 0.5,
        "jump_max": 1.0,
        "gap_pause_bars": 1,
        "confidence_min": 0.3,
        "confidence_min_high_volatility": 0.3,
        "high_volatility_margin": 0.0,
        "position_usd_normal": dice.choice((D(500), D(1_000_000), D(1_000_000))),
        "risk_per_trade": dice.choice((D("0.01"), D("0.1"))),
        "open_risk_max": D(1),
        "symbol_exposure_max": D(20),
        "gross_exposure_max": D(50),
        "net_exposure_max": D(50),
        "margin_use_max": D(1),
        "liquidation_stop_ratio": D(1),
    }
    if changes["first_target_share"] == D("0.5"):
        changes["second_target_share"] = dice.choice((D("0.3"), D("0.5")))
    if dice.random() < 0.4:
        changes |= {
            "exits": ExitMode.FRACTION,
            "stop_fraction": dice.choice((D("0.003"), D("0.3"))),
        }
        changes |= {"stop_max": D("0.5"), "target_fraction": dice.choice((D("0.01"), D("1")))}
    if wild:
        changes |= _reckless(dice)
    # Drawn last, so that what a seed meant before these rules existed it still means.
    changes |= _safety(dice, high, wild=wild)
    return Policy(**changes)


def _safety(dice: random.Random, high: float, *, wild: bool) -> dict[str, Any]:
    """Return the rules of a portfolio's safety; a reckless policy keeps only the last of them."""
    changes = {
        "capital_floor": 1.0 if wild else max(high, dice.choice((0.2, 0.5, 1.0))),
        "rolling_drawdown_max": dice.choice((0.05, 1.0)),
        "flash_move": dice.choice((0.01, 0.08, 1.0, 1.0)),
        "flash_loss": dice.choice((0.01, 0.05, 1.0, 1.0)),
        "flash_minutes": dice.choice((1, 5, 30)),
        "margin_ratio_max": dice.choice((0.5, 0.8, 1.0)),
        "liquidation_stop_min": dice.choice((0.1, 1.5)),
        "order_errors_max": dice.choice((2, 5, 1_000_000, 1_000_000)),
        "streak_losses": dice.choice((2, 5)),
        "suspend_losses": dice.choice((3, 10, 1_000)),
        "probation_minutes": dice.choice((30, 1_440)),
        "weak_symbol_trades": dice.choice((2, 5)),
        "cluster_exposure_max": dice.choice((D("0.12"), D(1_000))),
        "value_at_risk_max": dice.choice((0.1, 1_000.0)),
        "effective_exposure_max": dice.choice((D(5), D(1_000))),
        "orchestrator_dwell_minutes": dice.choice((0, 15)),
        "feed_stale_minutes": dice.choice((5, 1_440, 1_440, 1_440)),
    }
    if wild:
        changes |= {
            "margin_ratio_max": 1.0,
            "liquidation_stop_min": 0.1,
            "flash_move": 1.0,
            "flash_loss": 1.0,
            "cluster_exposure_max": D(1_000),
            "value_at_risk_max": 1_000.0,
            "effective_exposure_max": D(1_000),
            "rolling_drawdown_max": 1.0,
            "feed_stale_minutes": 1_440,
        }
    return changes


def _reckless(dice: random.Random) -> dict[str, Any]:
    return {
        "sizing": dice.choice((SizingMode.EQUITY_FRACTION, SizingMode.FIXED_USD)),
        "equity_fraction": dice.choice((D(3), D(12))),
        "fixed_usd": D(20_000),
        "exits": ExitMode.FRACTION,
        "stop_fraction": dice.choice((D("0.01"), D("0.04"))),
        "target_fraction": D("0.2"),
        "position_usd_normal": D(100_000_000),
        "position_usd_cautious": D(100_000_000),
        "position_usd_protective": D(100_000_000),
        "symbol_exposure_max": D(100),
        "gross_exposure_max": D(100),
        "net_exposure_max": D(100),
        "leverage_normal": 125,
        "leverage_cautious": 125,
        "leverage_protective": 125,
    }
