"""`quantum-trader data` as it is typed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from application.errors import BadInput
from bootstrap.cli.data import app

pytestmark = pytest.mark.integration

START_MS = 1_690_848_000_000
ROWS = [f"{START_MS + 60_000 * row},100,101,99,100,5" for row in range(10)]


def written(folder: Path, rows: list[str], name: str = "BTCUSDT-1m-x.csv") -> str:
    path = folder / name
    path.write_text("\n".join(["time,open,high,low,close,volume", *rows]) + "\n")
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def told(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run(*arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_sound_file_checks_with_exit_code_0(tmp_path: Path) -> None:
    code, document = told("check", written(tmp_path, ROWS))
    assert (code, document["usable"], document["files"][0]["rows"]) == (0, True, 10)


def test_an_unfit_file_checks_with_exit_code_2_and_all_that_is_wrong(tmp_path: Path) -> None:
    good = written(tmp_path, ROWS)
    bad = written(tmp_path, [*ROWS, ROWS[3]], "ETHUSDT-1m-x.csv")
    code, document = told("check", good, bad, str(tmp_path / "none-1m.csv"))
    assert (code, document["usable"]) == (2, False)
    assert [each["usable"] for each in document["files"]] == [True, False, False]
    assert len(document["files"][1]["problems"]) == 2


def test_a_person_reads_the_same(tmp_path: Path) -> None:
    rows = [*ROWS[:4], *ROWS[6:]]
    result = run("check", written(tmp_path, rows), str(tmp_path / "none.csv"))
    assert result.exit_code == 2
    assert "ok    BTCUSDT 1m: 8 bars" in result.stdout
    assert "2 bars missing from after 2023-08-01T00:03:00Z" in result.stdout
    assert "UNFIT" in result.stdout


def test_an_imported_file_is_listed(tmp_path: Path) -> None:
    file, out = written(tmp_path, ROWS), str(tmp_path / "out")
    code, document = told("import", file, "--out", out)
    assert code == 0
    assert document["written"][0]["path"].endswith("BTCUSDT-1m-20230801-20230801.parquet")
    code, document = told("list", out)
    assert (code, len(document["files"])) == (0, 1)
    assert "10 bars" in run("list", out).stdout


def test_import_takes_symbol_interval_and_columns_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(["when,open,high,low,last,volume", *ROWS]) + "\n")
    result = run(
        *("import", str(path), "--out", str(tmp_path / "out")),
        *("--symbol", "XRPUSDT", "--interval", "1m", "--columns", "open_time=when"),
    )
    assert result.exit_code == 0
    assert "XRPUSDT-1m-20230801-20230801.parquet: 10 bars of 1m" in result.stdout


def test_import_repairs_only_when_told_to_and_says_what_it_cost(tmp_path: Path) -> None:
    bad = written(tmp_path, [*ROWS, ROWS[3]])
    refused = run("import", bad, "--out", str(tmp_path / "out"))
    assert isinstance(refused.exception, BadInput)
    assert not (tmp_path / "out").exists()
    mended = run("import", bad, "--out", str(tmp_path / "out"), "--repair")
    assert mended.exit_code == 0
    assert "bars for a time that is already there: 1" in mended.stdout


def test_every_wrong_argument_is_told(tmp_path: Path) -> None:
    result = run("import", "a.csv", "b.csv", "--out", str(tmp_path))
    assert isinstance(result.exception, BadInput)
    assert len(result.exception.problems) == 2
    columns = run("check", "a.csv", "--columns", "open")
    assert isinstance(columns.exception, BadInput)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert isinstance(run("list", str(tmp_path / "none")).exception, BadInput)


def test_what_is_not_named_as_bars_is_not_listed(tmp_path: Path) -> None:
    written(tmp_path, ROWS)
    (tmp_path / "notes.csv").write_text("1,2,3\n")
    (tmp_path / "BTCUSDT-1m-x.txt").write_text("no bars\n")
    assert len(told("list", str(tmp_path))[1]["files"]) == 1


def test_a_wrong_mapping_is_refused() -> None:
    result = run("check", "a.csv", "--columns", "open=")
    assert isinstance(result.exception, BadInput)
    assert "OURS=THEIRS" in result.exception.problems[0]
