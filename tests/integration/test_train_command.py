"""`train`, from files to files."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import typer
from pyarrow import parquet
from typer.testing import CliRunner

from application.errors import BadInput
from bootstrap.cli.train import parsed_ms, train
from tests.fakes.bars import INTERVAL_MS, START_MS, random_bars

pytestmark = pytest.mark.integration

VOTERS = ["gradient_boosting", "logistic", "extra_trees", "momentum_rule"]


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(train)
    return made


@pytest.fixture
def history(tmp_path: Path) -> Path:
    bars = random_bars(4, 8_000)
    path = tmp_path / "BTCUSDT-5m-20200101.parquet"
    names = ("open_time", "open", "high", "low", "close", "volume")
    columns = {name: np.asarray(getattr(bars, name)) for name in names}
    parquet.write_table(pa.table(columns), path)
    return path


def test_every_voter_is_trained_kept_and_told_of(
    app: typer.Typer, history: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    arguments = ["--data", str(history), "--models-dir", str(folder)]
    shown = CliRunner().invoke(app, arguments, env={"COLUMNS": "160"}, catch_exceptions=False)
    told = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    models = json.loads(told.stdout)["models"]

    assert shown.exit_code == 0
    assert [name for name in VOTERS if name not in shown.stdout] == []
    assert [model["name"] for model in models] == VOTERS
    # The second training made the very same files: bytes, digests and names.
    assert len(list(folder.glob("*.model"))) == len(VOTERS)


def test_nothing_after_the_time_given_is_learnt_from(
    app: typer.Typer, history: Path, tmp_path: Path
) -> None:
    arguments = ["--data", str(history), "--models-dir", str(tmp_path / "kept"), "--json"]
    until = ["--until", "2020-01-20T00:00:00Z"]
    told = CliRunner().invoke(app, [*arguments, *until], catch_exceptions=False)

    for model in json.loads(told.stdout)["models"]:
        assert model["trained_until_ms"] == START_MS + 19 * 288 * INTERVAL_MS


def test_too_short_a_history_is_refused(app: typer.Typer, history: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(history), "--models-dir", str(tmp_path), "--json"]
    with pytest.raises(BadInput, match="too few"):
        CliRunner().invoke(
            app, [*arguments, "--until", "2020-01-02T00:00:00Z"], catch_exceptions=False
        )


@pytest.mark.parametrize("text", ["soon", "2020-01-20", "2020-01-20T00:00:00"])
def test_a_time_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="with a zone"):
        parsed_ms(text)


def test_a_time_is_read_to_the_millisecond() -> None:
    assert parsed_ms("2020-01-01T01:00:00.001+01:00") == START_MS + 1
