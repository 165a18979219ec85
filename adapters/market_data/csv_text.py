"""CSV as Arrow tables: delimiter and header told from the first line, broken rows counted."""

import zipfile
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv

from adapters.market_data.report import Finding, Flaw
from application.errors import BadInput

# The columns of the public kline dumps, which come with or without a header.
KLINE_COLUMNS: Final = (
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
)
_NEEDED: Final = 6
_DELIMITERS: Final = (",", ";", "\t", "|")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_csv(path: Path) -> tuple[Any, tuple[Finding, ...]]:
    """Return the table of a CSV file (plain, .gz, or .zip of one) and its broken rows.

    Without a header the columns are those of the kline dumps. Raises `BadInput` for a file that
    is empty or no table, `OSError` or `pyarrow.ArrowException` for one that cannot be read.
    """
    content = _content(path).removeprefix(_BYTE_ORDER_MARK)
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    if not first:
        raise BadInput(f"{path}: is empty; fetch it again")
    delimiter = max(_DELIMITERS, key=first.count)
    fields = [field.strip().strip('"') for field in first.split(delimiter)]
    if len(fields) < _NEEDED:
        raise BadInput(
            f"{path}: its first line has {len(fields)} fields, not {_NEEDED} or more; "
            "is it a CSV file of bars?"
        )
    headless = _is_data(fields)
    broken: list[int] = []

    def skip(row: Any) -> str:  # noqa: ANN401 - a pyarrow row
        broken.append(row.number or 0)
        return "skip"

    table = csv.read_csv(
        pa.BufferReader(content),
        # One thread, so that a broken row knows its number.
        read_options=csv.ReadOptions(
            column_names=_names(len(fields)) if headless else None, use_threads=False
        ),
        parse_options=csv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
        convert_options=csv.ConvertOptions(strings_can_be_null=True),
    )
    return table, _findings(
        broken, table.num_rows, ended=content.endswith(b"\n"), headless=headless
    )


def _content(path: Path) -> bytes:
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                return archive.read(archive.namelist()[0])
        with pa.input_stream(str(path)) as stream:
            content: bytes = stream.read()
            return content
    except (zipfile.BadZipFile, IndexError) as error:
        raise BadInput(f"{path}: is no zip file of one CSV; fetch it again") from error


def _is_data(fields: list[str]) -> bool:
    return fields[0][:1].isdigit() and all(_is_number(field) for field in fields[1:_NEEDED])


def _is_number(field: str) -> bool:
    try:
        float(field or "nan")
    except ValueError:
        return False
    return True


def _names(fields: int) -> list[str]:
    more = [f"column_{number}" for number in range(len(KLINE_COLUMNS) + 1, fields + 1)]
    return [*KLINE_COLUMNS[:fields], *more]


def _findings(broken: list[int], rows: int, *, ended: bool, headless: bool) -> tuple[Finding, ...]:
    found = []
    if broken:
        found.append(Finding(Flaw.CUT_ROW, len(broken), max(1, broken[0] - (not headless))))
    if not ended:
        found.append(Finding(Flaw.NO_FINAL_NEWLINE, 1, rows + len(broken)))
    return tuple(found)
