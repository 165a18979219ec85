"""Overrides of instruments from a TOML file: a table a symbol, a key a field.

[BTCUSDT]
tick = "0.1"
taker_fee = "0.0005"
tiers = [["0", "0.004"], ["50000", "0.005"]]    # from this notional on, this rate
"""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from adapters.market_data.instruments import maintenance_tiers
from application.errors import BadInput
from domain.shared.identity import is_symbol

_AMOUNTS: Final = (
    "tick",
    "step",
    "quantity_min",
    "quantity_max",
    "notional_min",
    "price_band",
    "maker_fee",
    "taker_fee",
)
_NUMBERS: Final = ("leverage_max", "funding_interval_hours")
_KEYS: Final = (*_AMOUNTS, *_NUMBERS, "tiers")
# A maker may be paid (a rebate); a minimum of nothing is no minimum.
_MAY_BE_ZERO: Final = ("notional_min", "taker_fee")
_MAY_BE_NEGATIVE: Final = ("maker_fee",)


def load_instruments(path: Path) -> dict[str, dict[str, Any]]:
    """Return fields of `Instrument` by symbol. Raises `BadInput` with every fault of the file."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as TOML ({error})") from error
    problems = [f"{path}: {problem}" for problem in _problems(document)]
    if problems:
        raise BadInput(*problems)
    return {
        symbol: {key: _value(key, value) for key, value in table.items()}
        for symbol, table in document.items()
    }


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    for symbol, table in document.items():
        if not isinstance(table, dict):
            yield f"{symbol} stands outside a table; put it below a [SYMBOL] line"
        elif not is_symbol(symbol):
            yield f"[{symbol}] is not a symbol; spell it in 2 to 17 capitals and digits"
        else:
            for key, value in table.items():
                problem = _problem(key, value)
                if problem:
                    yield f"[{symbol}] {key}: {problem}"


def _problem(key: str, value: object) -> str | None:
    if key not in _KEYS:
        return f"is not a key; use one of {', '.join(_KEYS)}"
    if key in _NUMBERS:
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return None if whole else f"must be a whole number from 1, not {value!r}"
    if key == "tiers":
        return _problem_of_tiers(value)
    return _problem_of_amount(key, value)


def _problem_of_amount(key: str, value: object) -> str | None:
    amount = _amount(value)
    if amount is None:
        return f'must be a decimal number in quotes ("0.1"), not {value!r}'
    if amount < 0 and key not in _MAY_BE_NEGATIVE:
        return f"must not be negative, as {amount} is"
    if amount == 0 and key not in _MAY_BE_ZERO + _MAY_BE_NEGATIVE:
        return "must be above zero"
    return None


def _problem_of_tiers(value: object) -> str | None:
    shape = 'must be a list of ["floor", "rate"] pairs that begins with floor "0" and rises'
    if not isinstance(value, list) or not value:
        return shape
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in value):  # noqa: PLR2004 - a pair
        return shape
    amounts = [(_amount(floor), _amount(rate)) for floor, rate in value]
    known = [(floor, rate) for floor, rate in amounts if floor is not None and rate is not None]
    floors = [floor for floor, _ in known]
    rising = floors == sorted(set(floors)) and floors[:1] == [Decimal(0)]
    rates = all(0 < rate < 1 for _, rate in known)
    return None if len(known) == len(value) and rising and rates else shape


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _value(key: str, value: Any) -> Any:  # noqa: ANN401 - as the key demands
    if key == "tiers":
        return maintenance_tiers(tuple((str(floor), str(rate)) for floor, rate in value))
    return value if key in _NUMBERS else Decimal(str(value))
