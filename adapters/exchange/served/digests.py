"""Digests by which a desk and the venue make sure that they speak of one market."""

import hashlib
from collections.abc import Mapping

from adapters.bar_arrays import arrays
from domain.market.bars import BarColumns
from domain.market.instrument import Instrument


def market_digest(bars: Mapping[str, BarColumns]) -> str:
    """Return the SHA-256, in hex, of every bar of every symbol."""
    digest = hashlib.sha256()
    for symbol in sorted(bars):
        one = bars[symbol]
        digest.update(f"{symbol}:{one.interval_ms}:{len(one.open_time)};".encode())
        for column in arrays(*one[2:]):
            digest.update(column.tobytes())
    return digest.hexdigest()


def instruments_digest(instruments: Mapping[str, Instrument]) -> str:
    """Return the SHA-256, in hex, of the filters, fees and tiers of all symbols."""
    text = ";".join(repr(instruments[symbol]) for symbol in sorted(instruments))
    return hashlib.sha256(text.encode()).hexdigest()
