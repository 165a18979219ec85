"""Import: one clean file a symbol and interval, mended only where told to."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from adapters.market_data.files import FileHistory
from adapters.market_data.importing import import_files
from adapters.market_data.report import Flaw
from adapters.market_data.sources import parse_source
from adapters.market_data.tables import read_rows
from adapters.market_data.writing import write_bars
from application.errors import BadInput, StoreUnavailable
from domain.market.bars import MINUTE_MS
from tests.fakes.kline_files import START_MS, lines, refused, written

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("row", "flaw"),
    [
        (f"{START_MS + 5 * MINUTE_MS},100,101,99,abc,5,0,0,0,0,0,0", Flaw.NOT_A_NUMBER),
        (f"{START_MS + 5 * MINUTE_MS},100,101,99,,5,0,0,0,0,0,0", Flaw.NOT_A_NUMBER),
        (f"{START_MS + 5 * MINUTE_MS},100,101,-99,100,5,0,0,0,0,0,0", Flaw.NON_POSITIVE),
        (f"{START_MS + 5 * MINUTE_MS},100,90,99,100,5,0,0,0,0,0,0", Flaw.HIGH_BELOW_LOW),
        (f"{START_MS + 4 * MINUTE_MS},100,101,99,100,5,0,0,0,0,0,0", Flaw.DUPLICATE),
        (f"{START_MS - MINUTE_MS},100,101,99,100,5,0,0,0,0,0,0", Flaw.OUT_OF_ORDER),
        (f"{START_MS + 5 * MINUTE_MS + 1},100,101,99,100,5,0,0,0,0,0,0", Flaw.WRONG_STEP),
        ("soon,100,101,99,100,5,0,0,0,0,0,0", Flaw.NO_TIME),
        ("1,2,3", Flaw.CUT_ROW),
    ],
)
def test_one_bad_row_refuses_the_file_and_repair_drops_it(
    tmp_path: Path, row: str, flaw: Flaw
) -> None:
    # Enough good rows that one off the grid is a stray, not another interval.
    path = written(tmp_path, [*lines(5), row, *lines(200, first=6)])
    assert any(f"{flaw}: 1, first at row 6" in problem for problem in refused(path))

    (mended,) = import_files([parse_source(str(path))], tmp_path / "out", repair=True)

    assert mended.repairs[flaw] == 1
    assert mended.report.usable
    history = FileHistory([parse_source(str(mended.path))], None).load()
    assert len(history.bars["BTCUSDT"].close) == 205 + (flaw is Flaw.OUT_OF_ORDER)


def test_files_that_overlap_are_refused_and_import_merges_them(tmp_path: Path) -> None:
    early = written(tmp_path, lines(10), "BTCUSDT-1m-a.csv")
    late = written(tmp_path, lines(10, first=8), "BTCUSDT-1m-b.csv")
    assert "before" in refused(early, late)[0]
    sources = [parse_source(str(path)) for path in (early, late)]
    with pytest.raises(BadInput, match="already there: 2"):
        import_files(sources, tmp_path / "out")
    (merged,) = import_files(sources, tmp_path / "out", repair=True)
    assert (merged.report.rows, merged.repairs[Flaw.DUPLICATE]) == (18, 2)


def test_a_wrong_interval_cannot_be_repaired_into_the_named_one(tmp_path: Path) -> None:
    path = written(tmp_path, lines(50), "BTCUSDT-5m-x.csv")
    with pytest.raises(BadInput, match="commonest step 1m"):
        import_files([parse_source(str(path))], tmp_path / "out", repair=True)
    assert not (tmp_path / "out").exists()


def test_what_is_imported_is_what_was_read(tmp_path: Path) -> None:
    path = written(tmp_path, lines(50))
    (imported,) = import_files([parse_source(str(path))], tmp_path / "out")
    assert imported.path.name == "BTCUSDT-1m-20230801-20230801.parquet"
    assert [each.name for each in (tmp_path / "out").iterdir()] == [imported.path.name]
    for one, other in zip(read_rows(path)[0], read_rows(imported.path)[0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder is wanted")
    with pytest.raises(StoreUnavailable, match="--out"):
        import_files([parse_source(str(written(tmp_path, lines(5))))], taken)


def test_a_failed_write_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, lines(5)))[0]
    path = write_bars(tmp_path / "out", "BTCUSDT", MINUTE_MS, rows)
    before = path.read_bytes()
    with pytest.raises(pa.ArrowException):
        write_bars(tmp_path / "out", "BTCUSDT", MINUTE_MS, rows._replace(close=rows.close[:2]))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_import_tells_every_file_it_cannot_read_and_writes_none(tmp_path: Path) -> None:
    good = written(tmp_path, lines(10))
    sources = [parse_source(str(good)), parse_source(str(tmp_path / "ETHUSDT-1m-x.csv"))]
    with pytest.raises(BadInput, match="no such file"):
        import_files(sources, tmp_path / "out", repair=True)
    assert not (tmp_path / "out").exists()


def test_import_of_nothing_but_bad_rows_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, [f"{START_MS},nan,nan,nan,nan,nan"])
    with pytest.raises(BadInput, match="no usable row"):
        import_files([parse_source(str(path))], tmp_path / "out", repair=True)
