"""Files of bars as text and Parquet: what is understood, and what is refused by name."""

import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.market_data.tables import read_rows
from adapters.market_data.writing import write_bars
from application.errors import BadInput
from domain.market.bars import MINUTE_MS
from tests.fakes.kline_files import FIELDS, START_MS, lines, refused, written

pytestmark = pytest.mark.integration


def closes(path: Path) -> list[float]:
    found: list[float] = read_rows(path)[0].close.tolist()
    return found


def test_a_dump_is_read_with_a_header_and_without(tmp_path: Path) -> None:
    header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,tb,tbq,ignore"
    bare = written(tmp_path, lines(20))
    headed = written(tmp_path, [header, *lines(20)], "BTCUSDT-1m-y.csv")
    for one, other in zip(read_rows(bare)[0], read_rows(headed)[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert read_rows(bare)[0].open_time[0] == START_MS


def test_a_packed_dump_is_read_as_it_is(tmp_path: Path) -> None:
    plain = written(tmp_path, lines(5))
    packed = tmp_path / "BTCUSDT-1m-x.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    zipped = tmp_path / "BTCUSDT-1m-x.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(plain, "BTCUSDT-1m-x.csv")
    assert closes(packed) == closes(zipped) == closes(plain)


@pytest.mark.parametrize(
    ("header", "separator", "time"),
    [
        ("Date,Open,High,Low,Close,Volume", ",", "2023-08-01T00:00:00Z"),
        ("timestamp;o;h;l;c;v", ";", "2023-08-01 00:00:00"),
        ("Open Time\topen\thigh\tlow\tclose\tvolume", "\t", "1690848000"),
        ("\ufeffts,open,high,low,close,vol", ",", "1690848000000000"),
    ],
)
def test_usual_names_separators_and_times_are_understood(
    tmp_path: Path, header: str, separator: str, time: str
) -> None:
    path = written(tmp_path, [header, separator.join([time, "1", "3", "0.5", "2", "9"])])
    rows, found = read_rows(path)
    assert [column.tolist() for column in rows] == [[START_MS], [1], [3], [0.5], [2], [9]]
    assert found == ()


def test_other_names_are_mapped(tmp_path: Path) -> None:
    path = written(tmp_path, ["when,a,b,c,d,e", "1690848000,1,3,0.5,2,9"])
    names = dict(zip(FIELDS, ("when", "a", "b", "c", "d", "e"), strict=True))
    assert read_rows(path, names)[0].close.tolist() == [2]


def test_every_missing_column_is_named_with_the_way_to_name_it(tmp_path: Path) -> None:
    path = written(tmp_path, ["when,open,high,low,last_price,x", "1690848000,1,3,0.5,2,9"])
    with pytest.raises(BadInput) as caught:
        read_rows(path, {"price": "x"})
    assert len(caught.value.problems) == 4
    assert "cannot map price=x" in caught.value.problems[0]
    assert all("--columns" in problem for problem in caught.value.problems[1:])


def test_parquet_may_hold_times_decimals_and_more_columns(tmp_path: Path) -> None:
    times = pa.array([START_MS, START_MS + MINUTE_MS], pa.timestamp("ms", "UTC"))
    price = pa.array([Decimal("1.5"), Decimal("1.6")])
    table = pa.table({"date": times, **dict.fromkeys(FIELDS[1:], price), "extra": ["a", "b"]})
    path = tmp_path / "BTCUSDT-1m-x.parquet"
    parquet.write_table(table, path)
    rows, _ = read_rows(path)
    assert rows.open_time.tolist() == [START_MS, START_MS + MINUTE_MS]
    assert rows.close.tolist() == [1.5, 1.6]


@pytest.mark.parametrize("name", ["BTCUSDT-1m-x.csv", "BTCUSDT-1m-x.parquet", "BTCUSDT-1m-x.zip"])
@pytest.mark.parametrize("content", [b"", b"PAR1\x00\x01garbage", b"\xff\xfe\x00\x01\x02"])
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert all(str(path) in problem for problem in refused(path))


def test_a_parquet_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_bars(tmp_path, "BTCUSDT", MINUTE_MS, read_rows(written(tmp_path, lines(50)))[0])
    path.write_bytes(path.read_bytes()[:-20])
    assert "unreadable or truncated" in refused(path)[0]


def test_a_file_of_a_header_alone_is_refused(tmp_path: Path) -> None:
    assert "holds no rows" in refused(written(tmp_path, [",".join(FIELDS)]))[0]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "BTCUSDT-1m-x.csv")[0]


def test_a_csv_file_cut_in_its_last_line_is_refused_with_the_row(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT-1m-x.csv"
    path.write_text("\n".join(lines(20))[:-40])
    problem = refused(path)[0]
    assert "too few or too many fields: 1, first at row 20" in problem
    assert "data import --repair" in problem


def test_a_first_line_of_text_that_begins_with_a_number_is_a_header(tmp_path: Path) -> None:
    path = written(tmp_path, ["1st,open,high,low,close,volume", "1690848000,1,3,0.5,2,9"])
    assert read_rows(path, {"open_time": "1st"})[0].close.tolist() == [2]


def test_a_column_without_any_value_is_not_a_number(tmp_path: Path) -> None:
    path = written(tmp_path, [",".join(FIELDS), f"{START_MS},1,3,0.5,2,"])
    assert "not numbers or infinite: 1" in refused(path)[0]
