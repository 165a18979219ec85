import csv
import stat
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters.reporting.files import replacing
from adapters.reporting.tables import FILL_COLUMNS, TRADE_COLUMNS, write_fills, write_trades
from application.errors import StoreUnavailable
from domain.shared.enums import Side
from tests.unit.adapters.reporting.runs import closed, filled

pytestmark = pytest.mark.integration
THIRD = Decimal(200) / Decimal(3)
TRADES = [
    closed(1, exit_price=THIRD, quantity=Decimal("1E-7"), fees=Decimal("0E-8")),
    closed(2, side=Side.SELL, net_pnl=Decimal("-12345678901.00000001"), trade_id='a,"b"'),
]


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_holds_every_digit_of_every_amount_without_an_exponent(tmp_path: Path) -> None:
    write_trades(tmp_path / "t.csv", TRADES)

    first, second = _csv(tmp_path / "t.csv")
    assert tuple(first) == TRADE_COLUMNS
    assert Decimal(first["exit_price"]) == THIRD
    assert (first["quantity"], first["fees"]) == ("0.0000001", "0.00000000")
    assert second["net_pnl"] == "-12345678901.00000001"


def test_a_trade_reads_back_as_it_was(tmp_path: Path) -> None:
    write_trades(tmp_path / "t.csv", TRADES)

    first, second = _csv(tmp_path / "t.csv")
    assert (first["side"], second["side"]) == ("LONG", "SHORT")
    assert int(first["entry_time_ms"]) == TRADES[0].entry_ms
    assert int(first["exit_time_ms"]) == TRADES[0].at_ms
    assert (first["exit_reason"], first["regime"]) == ("target", "RANGE")
    assert second["trade_id"] == second["trace_id"] == 'a,"b"'
    assert float(first["net_r"]) == TRADES[0].net_r


def test_parquet_holds_what_csv_holds_to_eighteen_places(tmp_path: Path) -> None:
    write_trades(tmp_path / "t.csv", TRADES)
    write_trades(tmp_path / "t.parquet", TRADES)

    rows = pq.read_table(tmp_path / "t.parquet").to_pylist()
    for row, text in zip(rows, _csv(tmp_path / "t.csv"), strict=True):
        assert list(row) == list(text)
        for name, value in row.items():
            if isinstance(value, Decimal):
                assert abs(value - Decimal(text[name])) <= Decimal("5E-19")
            else:
                assert str(value) == text[name]


@pytest.mark.parametrize("name", ["f.csv", "f.parquet"])
def test_fills_are_written_with_their_fee_and_liquidity(tmp_path: Path, name: str) -> None:
    write_fills(tmp_path / name, [filled(7)])

    path = tmp_path / name
    (row,) = _csv(path) if path.suffix == ".csv" else pq.read_table(path).to_pylist()
    assert tuple(row) == FILL_COLUMNS
    assert int(row["time_ms"]) == filled(7).at_ms
    assert (Decimal(row["fee"]), row["liquidity"]) == (Decimal("0.05"), "TAKER")
    assert (row["side"], row["venue_trade_id"]) == ("BUY", "7")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_no_trades_make_a_file_of_columns_alone(tmp_path: Path, name: str) -> None:
    write_trades(tmp_path / name, ())

    path = tmp_path / name
    names = path.read_text().strip().split(",") if name == "t.csv" else pq.read_schema(path).names
    assert tuple(names) == TRADE_COLUMNS


def test_missing_folders_are_made_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    write_trades(tmp_path / "a" / "b" / "t.csv", TRADES)

    assert [one.name for one in (tmp_path / "a" / "b").iterdir()] == ["t.csv"]


def test_a_block_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("before")

    def fail() -> None:
        with replacing(path) as partial:
            partial.write_text("after")
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail()
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()

    with pytest.raises(StoreUnavailable, match=r"t\.csv: cannot be written"):
        write_trades(tmp_path / "t.csv", TRADES)


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()

    write_trades(tmp_path / "t.csv", TRADES)

    assert stat.S_IMODE((tmp_path / "t.csv").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
