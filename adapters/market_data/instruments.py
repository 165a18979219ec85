"""Instruments for a history: the venue's public filters where known, else what the data shows.

Rule 1: the tick is the finer of the table's and the grid on which the prices of the data lie, so
        that older history, traded on a finer tick, is still on the grid.
Rule 2: the step is the grid on which the volumes lie (sums of quantities), else the table's, else
        a power of ten worth about one unit of quote currency.
Rule 3: an override wins over both.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from adapters.bar_arrays import Floats, arrays
from domain.market.bars import BarColumns
from domain.market.instrument import Instrument, MaintenanceTier
from domain.shared.amounts import ZERO

D = Decimal
Overrides = Mapping[str, Mapping[str, Any]]

MAKER_FEE: Final = D("0.0002")
TAKER_FEE: Final = D("0.0004")
_DECIMALS_MAX: Final = 8
_SAMPLE_ROWS: Final = 20_000
_SAMPLE_ROWS_MIN: Final = 100


class _Known(NamedTuple):
    tick: str
    step: str
    notional_min: str
    leverage_max: int
    price_band: str
    quantity_max: str
    tiers: str


# From this notional in USD on, this maintenance rate; deductions follow from them.
_TIERS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "major": (
        ("0", "0.004"),
        ("50000", "0.005"),
        ("600000", "0.01"),
        ("3000000", "0.015"),
        ("12000000", "0.02"),
        ("70000000", "0.025"),
        ("100000000", "0.05"),
    ),
    "large": (
        ("0", "0.005"),
        ("10000", "0.0065"),
        ("60000", "0.01"),
        ("200000", "0.02"),
        ("1000000", "0.025"),
        ("5000000", "0.05"),
        ("10000000", "0.1"),
    ),
    "other": (
        ("0", "0.01"),
        ("5000", "0.015"),
        ("50000", "0.02"),
        ("200000", "0.05"),
        ("1000000", "0.1"),
        ("2000000", "0.125"),
    ),
}

# The public filters of Binance USD-M perpetuals, as of 2025.
# fmt: off
_KNOWN: Final[Mapping[str, _Known]] = {
    "BTCUSDT":  _Known("0.1",     "0.001", "100", 125, "0.05", "120",      "major"),
    "ETHUSDT":  _Known("0.01",    "0.001", "20",  125, "0.05", "2000",     "major"),
    "BNBUSDT":  _Known("0.01",    "0.01",  "5",   75,  "0.05", "2000",     "large"),
    "SOLUSDT":  _Known("0.01",    "0.01",  "5",   100, "0.05", "5000",     "large"),
    "XRPUSDT":  _Known("0.0001",  "0.1",   "5",   100, "0.05", "2000000",  "large"),
    "DOGEUSDT": _Known("0.00001", "1",     "5",   75,  "0.05", "30000000", "large"),
    "ADAUSDT":  _Known("0.0001",  "1",     "5",   75,  "0.05", "300000",   "large"),
    "LTCUSDT":  _Known("0.01",    "0.001", "20",  75,  "0.05", "5000",     "large"),
    "LINKUSDT": _Known("0.001",   "0.01",  "20",  75,  "0.05", "20000",    "large"),
    "AVAXUSDT": _Known("0.001",   "1",     "5",   75,  "0.05", "50000",    "large"),
    "DOTUSDT":  _Known("0.001",   "0.1",   "5",   75,  "0.05", "50000",    "large"),
    "BCHUSDT":  _Known("0.01",    "0.001", "20",  75,  "0.05", "850",      "large"),
    "ETCUSDT":  _Known("0.001",   "0.01",  "20",  75,  "0.05", "20000",    "large"),
    "TRXUSDT":  _Known("0.00001", "1",     "5",   75,  "0.05", "5000000",  "large"),
    "UNIUSDT":  _Known("0.001",   "1",     "5",   75,  "0.05", "30000",    "large"),
    "AAVEUSDT": _Known("0.01",    "0.1",   "5",   75,  "0.05", "1000",     "large"),
    "FILUSDT":  _Known("0.001",   "0.1",   "5",   75,  "0.05", "80000",    "large"),
    "NEARUSDT": _Known("0.001",   "1",     "5",   75,  "0.05", "100000",   "large"),
}
# fmt: on
_UNLISTED: Final = _Known("1", "1", "5", 50, "0.1", "10000000", "other")


def instruments_for(
    bars: Mapping[str, BarColumns], overrides: Overrides | None = None
) -> dict[str, Instrument]:
    """Return the instrument of every symbol of *bars*.

    *overrides* holds fields of `Instrument` by symbol, as `load_instruments` returns them.
    Raises `InvariantBroken` when an override contradicts the rest.
    """
    return {
        symbol: _instrument(symbol, columns, (overrides or {}).get(symbol, {}))
        for symbol, columns in bars.items()
    }


def maintenance_tiers(steps: tuple[tuple[str, str], ...]) -> tuple[MaintenanceTier, ...]:
    """Return the tiers of (floor, rate) *steps*, with the deductions that leave no jump."""
    tiers: list[MaintenanceTier] = []
    for floor, rate in ((D(floor), D(rate)) for floor, rate in steps):
        before = tiers[-1] if tiers else MaintenanceTier(ZERO, rate, ZERO)
        deduction = before.deduction + floor * (rate - before.rate)
        tiers.append(MaintenanceTier(floor, rate, deduction))
    return tuple(tiers)


def grid_of(values: Floats) -> Decimal | None:
    """Return the largest power of ten, 1 at most, that all *values* are multiples of, or None."""
    finite = values[np.isfinite(values)]
    for decimals in range(_DECIMALS_MAX + 1):
        scaled = finite * 10.0**decimals
        # Written decimals are off the grid by rounding alone, which grows with the number.
        allowed = 1e-6 + np.abs(scaled) * 1e-15
        if bool((np.abs(scaled - np.rint(scaled)) <= allowed).all()):
            return D(1).scaleb(-decimals)
    return None


def _instrument(symbol: str, bars: BarColumns, override: Mapping[str, Any]) -> Instrument:
    known = _KNOWN.get(symbol)
    rules = known or _UNLISTED
    step = _step(bars, known)
    fields: dict[str, Any] = {
        "tick": _tick(bars, known),
        "step": step,
        "quantity_min": step,
        "quantity_max": D(rules.quantity_max),
        "notional_min": D(rules.notional_min),
        "price_band": D(rules.price_band),
        "maker_fee": MAKER_FEE,
        "taker_fee": TAKER_FEE,
        "leverage_max": rules.leverage_max,
        "tiers": maintenance_tiers(_TIERS[rules.tiers]),
    }
    if "step" in override and "quantity_min" not in override:
        fields["quantity_min"] = override["step"]
    return Instrument(symbol=symbol, **(fields | dict(override)))


def _tick(bars: BarColumns, known: _Known | None) -> Decimal:
    prices = np.concatenate([_sample(column) for column in (bars.open, bars.low, bars.close)])
    shown = grid_of(prices) or D(1).scaleb(-_DECIMALS_MAX)
    return min(shown, D(known.tick)) if known else shown


def _step(bars: BarColumns, known: _Known | None) -> Decimal:
    volumes = _sample(bars.volume)
    shown = grid_of(volumes) if len(volumes) >= _SAMPLE_ROWS_MIN and volumes.any() else None
    if shown is not None:
        return shown
    if known is not None:
        return D(known.step)
    price = float(np.median(_sample(bars.close))) if len(bars.close) else 1.0
    return D(1).scaleb(-int(np.clip(np.ceil(np.log10(price)), 0, _DECIMALS_MAX)))


def _sample(column: object) -> Floats:
    """Return evenly spaced rows of *column*, first and last parts of the history alike."""
    (values,) = arrays(column)
    return values[:: max(1, len(values) // _SAMPLE_ROWS)]
