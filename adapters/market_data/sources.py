"""What a `--data` argument names: a file, its symbol and its interval."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from adapters.market_data.intervals import INTERVALS, interval_ms
from application.errors import BadInput
from domain.shared.identity import is_symbol

_EXPLICIT: Final = re.compile(r"(?P<symbol>[^:=/\\]+):(?P<interval>[^:=/\\]+)=(?P<path>.+)")
_NAMED: Final = re.compile(r"(?P<symbol>[A-Z0-9]+)-(?P<interval>\d+[a-z]+)(?:[-.].*)?")


class Source(NamedTuple):
    """A file of bars, all of one symbol and one interval."""

    path: Path
    symbol: str
    interval_ms: int


def parse_source(text: str) -> Source:
    """Read `PATH` (named SYMBOL-INTERVAL-...) or `SYMBOL:INTERVAL=PATH`.

    Raises `BadInput` when symbol or interval cannot be told.
    """
    explicit = _EXPLICIT.fullmatch(text)
    if explicit and not Path(text).exists():
        symbol, path = explicit["symbol"], Path(explicit["path"])
        return Source(path, checked_symbol(symbol), interval_ms(explicit["interval"]))
    path = Path(text)
    named = _NAMED.fullmatch(path.name)
    if named and named["interval"] in INTERVALS and is_symbol(named["symbol"]):
        return Source(path, named["symbol"], INTERVALS[named["interval"]])
    raise BadInput(
        f"{text}: the name does not begin SYMBOL-INTERVAL- (as BTCUSDT-5m-20230101.parquet); "
        f"write SYMBOL:INTERVAL={text}, with one of {', '.join(INTERVALS)}"
    )


def checked_symbol(text: str) -> str:
    """Return *text*, which must be spelt as a symbol. Raises `BadInput`."""
    if not is_symbol(text):
        raise BadInput(f"symbol {text!r} is not spelt in 2 to 17 capitals and digits (BTCUSDT)")
    return text
