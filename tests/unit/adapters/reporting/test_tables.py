from pathlib import Path

import pytest

from adapters.reporting.tables import FILL_COLUMNS, TRADE_COLUMNS, require_suffix, write_trades
from application.errors import BadInput

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["trades", "trades.xlsx", "trades.csv.gz", ".csv"])
def test_an_unknown_suffix_is_refused_by_naming_those_that_are_known(name: str) -> None:
    with pytest.raises(BadInput, match=r"\.csv or \.parquet"):
        write_trades(Path(name), ())


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.parquet", "a.pq"])
def test_known_suffixes_are_accepted_in_any_case(name: str) -> None:
    require_suffix(Path(name))


def test_the_columns_that_others_rely_on_come_first_and_in_order() -> None:
    assert TRADE_COLUMNS[:13] == (
        "trade_id",
        "symbol",
        "side",
        "entry_time_ms",
        "entry_price",
        "exit_time_ms",
        "exit_price",
        "quantity",
        "fees",
        "funding",
        "net_pnl",
        "exit_reason",
        "trace_id",
    )
    assert FILL_COLUMNS[0] == "time_ms"
