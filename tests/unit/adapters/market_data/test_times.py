from datetime import date, datetime

import pyarrow as pa
import pytest

from adapters.market_data.times import NO_TIME, times_ms

pytestmark = pytest.mark.unit

MS = 1_690_848_060_000


def column(*values: object, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([list(values)], type=kind)


@pytest.mark.parametrize("number", [MS // 1000, MS, MS * 1_000, MS * 1_000_000])
def test_a_number_tells_its_own_unit(number: int) -> None:
    assert times_ms(column(number)).tolist() == [MS]
    assert times_ms(column(float(number))).tolist() == [MS]
    assert times_ms(column(str(number))).tolist() == [MS]


def test_units_may_change_within_a_column() -> None:
    assert times_ms(column(MS, (MS + 60_000) * 1_000)).tolist() == [MS, MS + 60_000]


@pytest.mark.parametrize("number", [0, 5, -1, 1e13, 1e25])
def test_a_number_of_no_time_between_2000_and_2100_is_none(number: float) -> None:
    assert times_ms(column(number, kind=pa.float64())).tolist() == [NO_TIME]


@pytest.mark.parametrize(
    "text",
    [
        "2023-08-01 00:01:00",
        "2023-08-01T00:01:00Z",
        "2023-08-01T02:01:00+02:00",
        " 2023-08-01T00:01 ",
    ],
)
def test_iso_text_is_a_time_and_utc_where_it_has_no_zone(text: str) -> None:
    assert times_ms(column(text)).tolist() == [MS]


@pytest.mark.parametrize("text", ["yesterday", "", "01/08/2023", None, "1850-01-01"])
def test_text_that_is_no_time_is_none(text: str | None) -> None:
    assert times_ms(column(text, kind=pa.string())).tolist() == [NO_TIME]


def test_timestamps_and_dates_are_times() -> None:
    moment = datetime(2023, 8, 1, 0, 1)  # noqa: DTZ001 - without a zone is what is tested
    for kind in (pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "UTC")):
        assert times_ms(column(moment, None, kind=kind)).tolist() == [MS, NO_TIME]
    assert times_ms(column(date(2023, 8, 1))).tolist() == [MS - 60_000]


def test_a_missing_number_is_no_time() -> None:
    assert times_ms(column(MS, None)).tolist() == [MS, NO_TIME]
    assert times_ms(column(float(MS), None)).tolist() == [MS, NO_TIME]
