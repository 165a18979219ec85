"""`quantum-trader evaluate` on a market without an edge, and what it refuses."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.features.feature_set import OhlcvFeatures
from adapters.reporting.evaluation_page import write_evaluation
from application.errors import BadInput
from application.leaks import leaking_features
from application.learning import silent
from application.ports.market_history import History
from bootstrap.evaluation import evaluate
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from tests.command import quantum_trader
from tests.fakes.bars import random_bars

pytestmark = pytest.mark.integration

ROWS = 9_000


class Prophetic(OhlcvFeatures):
    """Features one of which is the next bar's return."""

    def tables(self, market: Mapping[str, BarColumns]) -> dict[str, np.ndarray]:
        """Return the honest tables with one column from the future."""
        tables = super().tables(market)
        for symbol, table in tables.items():
            close = np.asarray(market[symbol].close, np.float64)
            table[:-1, 0] = np.diff(np.log(close)) * 100
        return tables


def test_random_walks_have_no_edge_and_it_is_said(tmp_path: Path) -> None:
    market = {name: random_bars(seed, ROWS, name) for seed, name in enumerate(("AUSDT", "BUSDT"))}
    told = evaluate(History(market, ()), Policy(), None, silent)

    assert told.verdict == "no edge"
    assert told.objections
    assert not told.suspicious
    assert all(split.trained_until_ms < split.judged_from_ms for split in told.splits)
    assert [one.name for one in told.strategies[:5]] == [
        "voters",
        "buy and hold",
        "always flat",
        "trend rule",
        "random entries",
    ]
    page = write_evaluation(told, tmp_path / "page.html").read_text()
    assert "NO EDGE" in page
    assert page.count("data-chart=") >= 2


def test_a_planted_look_ahead_is_named_and_honest_features_are_not() -> None:
    market = {"AUSDT": random_bars(1, 3_000, "AUSDT")}

    assert leaking_features(market, Prophetic()) == (OhlcvFeatures().names[0],)
    assert leaking_features(market, OhlcvFeatures()) == ()


def test_too_few_bars_prove_nothing() -> None:
    with pytest.raises(BadInput, match="prove nothing"):
        evaluate(History({"AUSDT": random_bars(1, 500)}, ()), Policy(), None, silent)


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    bars = random_bars(1, ROWS)
    path = tmp_path / "AUSDT-5m-20200101-20200201.parquet"
    names = ("open_time", "open", "high", "low", "close", "volume")
    parquet.write_table(pa.table(dict(zip(names, bars[2:], strict=True))), path)
    done = quantum_trader("evaluate", "--data", path, "--json")

    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["verdict"] == "no edge"
    assert told["symbols"] == ["AUSDT"]
    assert len(told["splits"]) == 5
