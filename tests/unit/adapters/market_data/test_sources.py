from pathlib import Path

import pytest

from adapters.market_data.sources import Source, checked_symbol, parse_source
from application.errors import BadInput
from domain.market.bars import HOUR_MS, MINUTE_MS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "name",
    [
        "BTCUSDT-5m-20230101-20240514.parquet",
        "BTCUSDT-5m-2023-08.csv",
        "BTCUSDT-5m.csv.gz",
        "BTCUSDT-5m",
    ],
)
def test_a_name_tells_symbol_and_interval(name: str) -> None:
    assert parse_source(f"some/folder/{name}") == Source(
        Path("some/folder") / name, "BTCUSDT", 5 * MINUTE_MS
    )


def test_what_is_written_before_the_path_wins_over_its_name() -> None:
    source = parse_source("ETHUSDT:1h=data/BTCUSDT-5m-x.csv")
    assert source == Source(Path("data/BTCUSDT-5m-x.csv"), "ETHUSDT", HOUR_MS)


@pytest.mark.parametrize(
    "text", ["bars.csv", "btcusdt-5m-x.csv", "BTCUSDT-7m-x.csv", "BTCUSDT_5m.csv", "B-5m.csv"]
)
def test_a_name_that_tells_nothing_is_refused_with_the_way_to_say_it(text: str) -> None:
    with pytest.raises(BadInput, match=f"SYMBOL:INTERVAL={text}"):
        parse_source(text)


@pytest.mark.parametrize("text", ["btc:5m=x.csv", "BTC-USDT:5m=x.csv", "BTCUSDT:7m=x.csv"])
def test_a_wrong_symbol_or_interval_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_source(text)


def test_a_symbol_is_capitals_and_digits() -> None:
    assert checked_symbol("1000PEPEUSDT") == "1000PEPEUSDT"
    with pytest.raises(BadInput, match="capitals and digits"):
        checked_symbol("btc")
