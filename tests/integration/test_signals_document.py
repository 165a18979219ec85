"""The documentation of the signals file keeps its promises: its example, and its policy."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.models.signals_file import load_signals
from domain.governance.policy import Policy, SizingMode
from domain.market.bars import BarColumns

pytestmark = pytest.mark.integration
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "signals-file.md"
BAR_MS: Final = 300_000


def _block(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return str(block)


def _bars() -> BarColumns:
    close = 20_000 + 50 * np.cumsum(np.random.default_rng(1).normal(0, 1, 600))
    opened = 1_700_000_100_000 + BAR_MS * np.arange(600)
    return BarColumns("BTCUSDT", BAR_MS, opened, close, close, close, close, close)


def test_the_example_writes_signals_that_fall_on_the_closes_of_its_bars(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = _bars()
    monkeypatch.chdir(tmp_path)
    table = {"open_time": bars.open_time, "close": bars.close}
    pq.write_table(pa.table(table), "BTCUSDT-5m.parquet")

    scope: dict[str, Any] = {}
    exec(_block("python"), scope)  # noqa: S102 - our own document

    signals = load_signals(tmp_path / "signals.csv")
    votes = signals.predict({"BTCUSDT": bars})["BTCUSDT"]
    spoken = ~np.isnan(np.asarray(votes.confidence))
    assert spoken.sum() == len(scope["rows"]) == signals.coverage({"BTCUSDT": bars}).used
    assert spoken.sum() > 3
    assert votes.stop is not None
    below = np.asarray(votes.stop)[spoken] < np.asarray(bars.close)[spoken]
    assert (below == (np.asarray(votes.action)[spoken] == 1)).all()


def test_the_policy_for_a_single_voter_is_one_and_needs_but_one() -> None:
    fields = tomllib.loads(_block("toml"))
    fields["sizing"] = SizingMode(fields["sizing"])

    assert set(fields) <= set(Policy.__dataclass_fields__)
    assert fields["quorum"] == 1


def test_the_columns_told_are_the_columns_read(tmp_path: Path) -> None:
    told = re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    names = [name for pair in told for name in pair if name]

    path = tmp_path / "signals.csv"
    path.write_text(f"{','.join(names)}\n2024-01-31T12:05:00Z,BTCUSDT,buy,0.6,90,110\n")

    assert names == ["time", "symbol", "action", "confidence", "stop", "target"]
    assert load_signals(path).coverage({}).other_symbols == 1
