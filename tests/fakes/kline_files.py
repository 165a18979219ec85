"""Files of bars, made by hand: the public kline dump, or any rows of text."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from adapters.market_data.files import FileHistory
from adapters.market_data.sources import parse_source
from application.errors import BadInput
from domain.market.bars import MINUTE_MS

START_MS = 1_690_848_000_000
FIELDS = ("open_time", "open", "high", "low", "close", "volume")


def lines(rows: int, first: int = 0) -> list[str]:
    """Return rows as the public dumps have them: twelve fields."""
    return [
        f"{START_MS + MINUTE_MS * row},100,101,99,100.{row % 10},5,"
        f"{START_MS + MINUTE_MS * row + 59_999},500,7,2,200,0"
        for row in range(first, first + rows)
    ]


def written(folder: Path, content: Iterable[str], name: str = "BTCUSDT-1m-x.csv") -> Path:
    """Write lines of text to a file of that name, and return it."""
    path = folder / name
    path.write_text("\n".join(content) + "\n")
    return path


def refused(*paths: Path) -> Sequence[str]:
    """Return the problems for which the history in *paths* is refused."""
    with pytest.raises(BadInput) as caught:
        FileHistory([parse_source(str(path)) for path in paths], None).load()
    return caught.value.problems
