"""What has gone wrong in systems like this one, and cannot here: runs and what they record."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from application.errors import BadInput
from bootstrap.settings import load_settings, require_startable
from domain.decision.facts import EntryRefused
from domain.market.messages import Bulletin, FeedTurn
from domain.risk.emergency_stop import Cause
from domain.risk.verdict import Objection
from domain.shared.enums import RunMode
from tests.builders import BTC, a_candidate
from tests.command import ROOT, Files, market_on_disk, quantum_trader
from tests.rig import Rig

pytestmark = pytest.mark.scenario

HIDDEN: Final = "hunter2-not-to-be-seen"
# What keys, tokens and passwords look like when someone writes them into a file.
LEAKED: Final = re.compile(
    r"(?i)(api[_-]?key|api[_-]?secret|password|token)\s*[:=]\s*[\"'][A-Za-z0-9/+_-]{16,}[\"']"
    r"|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
SOURCES: Final = ("domain", "application", "adapters", "bootstrap", "benchmarks", "docs", "tests")
_TEXTS: Final = frozenset({".py", ".toml", ".md", ".yml", ".ini", ".txt"})


class Run(NamedTuple):
    """A back-test by the command line: where it wrote, and what it came to."""

    files: Files
    folder: Path
    told: dict[str, Any]

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield every record of the audit trail."""
        for path in sorted((self.folder / "audit").glob("*.jsonl")):
            for line in path.read_text().splitlines():
                yield json.loads(line)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the trade store answers."""
        with closing(sqlite3.connect(self.folder / "trades.db")) as store:
            return store.execute(query).fetchall()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("past")
    files = market_on_disk(folder)
    told = quantum_trader(*files.backtest, f"--run-dir={folder / 'run'}")
    assert told.code == 0, told.err
    return Run(files, folder / "run", told.json)


def test_failure_01_a_paper_run_never_places_a_live_order(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {record["mode"] for record in run.records()} == {"backtest"}  # stamped on every record
    for mode, armed in product((RunMode.LIVE, RunMode.TESTNET), (False, True)):
        with pytest.raises(BadInput):
            require_startable(load_settings(mode, {"live": {"armed": armed}}))
    for contradiction in ("live", "testnet"):
        monkeypatch.setenv("QT_MODE", contradiction)
        told = quantum_trader(*run.files.paper, f"--run-dir={tmp_path / 'no'}")
        assert (told.code, told.out) == (2, "")
        assert f"this command runs paper, but QT_MODE says {contradiction}" in told.err
    assert not (tmp_path / "no").exists()


def test_failure_05_every_close_is_in_the_record_the_store_and_the_summary_alike(run: Run) -> None:
    kinds = Counter(record["type"] for record in run.records())
    ((stored,),) = run.rows("SELECT count(*) FROM trades WHERE state = 'CLOSED'")
    assert stored == kinds["trade.closed"] == run.told["trades"] > 50
    closed = {r["trace_id"] for r in run.records() if r["type"] == "trade.closed"}
    assert closed == {name for (name,) in run.rows("SELECT trade_id FROM trades WHERE closed_ms")}


def test_failure_21_a_run_that_never_trades_says_so_and_why(tmp_path: Path) -> None:
    """Liveness is not progress. The heartbeats of a running desk belong to another issue."""
    files = market_on_disk(tmp_path, days=1)  # too short for volatility to be known
    told = quantum_trader(*files.backtest, f"--run-dir={tmp_path / 'run'}").json
    assert (told["trades"], told["bars"]) == (0, 864)
    assert told["refusals"]["volatility_unknown"] == told["gates"]["data_quality"]["objected"] > 50
    rig = Rig().opens()  # and silence about what is held is an emergency, not peace
    rig.advances(6, bulletin=Bulletin(feeds=(FeedTurn(BTC, stale=True, fresh_ms=rig.now),)))
    assert rig.state.stop.causes == (Cause.FEED,)


def test_failure_22_performance_is_that_of_the_fills_of_the_venue(run: Run) -> None:
    cash = fees = cost = Decimal(0)
    for side, quantity, price, fee in run.rows("SELECT side, quantity, price, fee FROM fills"):
        worth = Decimal(quantity) * Decimal(price)
        cash += -worth if side == "BUY" else worth
        fees += Decimal(fee)
    for (booked,) in run.rows("SELECT cost FROM positions"):
        cost += Decimal(booked)
    assert float(fees) == pytest.approx(run.told["fees"])
    assert float(cash + cost) == pytest.approx(run.told["realised"])
    closes = [r for r in run.records() if r["type"] == "trade.closed"]
    assert run.told["wins"] == sum(1 for close in closes if close["pnl"] > 0)
    for close in closes:
        net = close["realised"] - close["fees"] - close["funding"]
        assert close["pnl"] == pytest.approx(net)
        assert (close["pnl"] > 0) == (close["outcome"] == "WIN")


@pytest.mark.parametrize("source", [m for m in RunMode if m is not RunMode.PAPER])
def test_failure_23_prices_of_one_environment_open_nothing_in_another(source: RunMode) -> None:
    rig = Rig(mode=RunMode.PAPER).wants(a_candidate(source=source))
    assert rig.told(EntryRefused)[0].objections == (Objection.WRONG_ENVIRONMENT,)
    assert rig.asked == []


def test_failure_24_no_secret_is_in_a_log_a_record_or_the_repository(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_STORES__TRADES", f"postgresql://qt:{HIDDEN}@127.0.0.1:1/none")
    told = quantum_trader(*run.files.backtest, f"--run-dir={tmp_path / 'run'}")
    assert HIDDEN not in told.out + told.err + repr(load_settings(RunMode.BACKTEST))
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or HIDDEN.encode() not in path.read_bytes(), path
    texts = (p for name in SOURCES for p in (ROOT / name).rglob("*") if p.suffix in _TEXTS)
    assert [str(p) for p in texts if LEAKED.search(p.read_text(errors="ignore"))] == []
