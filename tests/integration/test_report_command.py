"""`report`: what a run came to, in any period, held against the run itself and its trade store."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from adapters.persistence.trade_store import SqlTradeStore
from application.ports.trade_store import TradeRow
from domain.execution.messages import Liquidity, OrderFilled
from domain.execution.trade import TradeState
from tests.command import market_on_disk, quantum_trader
from tests.unit.adapters.reporting.reading import Reading

pytestmark = pytest.mark.integration


class Ran(NamedTuple):
    """A run, what it said of itself, and what its trade store holds."""

    run_dir: Path
    summary: dict[str, Any]
    trades: tuple[TradeRow, ...]
    fills: tuple[OrderFilled, ...]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("report")
    told = quantum_trader(*market_on_disk(folder).paper, "--run-dir", folder / "run")
    with closing(SqlTradeStore(f"sqlite:///{folder / 'run' / 'trades.db'}")) as store:
        rows = store.trades(limit=100_000)
        fills = tuple(fill for row in rows for fill in store.fills_of(row.trade_id))
        yield Ran(
            folder / "run",
            told.json,
            tuple(row for row in rows if row.state is TradeState.CLOSED),
            fills,
        )


def reported(ran: Ran, *arguments: str | Path) -> dict[str, Any]:
    told = quantum_trader("report", ran.run_dir, "--json", *arguments)
    assert told.code == 0, told.err
    return told.json


def page_of(ran: Ran, folder: Path) -> Reading:
    reported(ran, "--out", folder / "page.html")
    return Reading((folder / "page.html").read_text("utf-8"))


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", "").replace("%", "").replace("+", ""))


def test_of_the_whole_run_it_says_what_the_run_said_itself(ran: Ran, tmp_path: Path) -> None:
    found = reported(ran, "--out", tmp_path / "page.html")
    own = {"seconds", "cpu_seconds", "bars_per_second", "report", "run_dir", "models_fitted"}
    asked_alone = {"bars"}  # a bar that no desk heard is in no journal
    differing = {
        name: (value, found[name])
        for name, value in ran.summary.items()
        if name not in own | asked_alone and found[name] != value
    }
    assert not differing
    assert found["trades"] > 10


def test_its_sums_are_those_of_the_trade_store(ran: Ran, tmp_path: Path) -> None:
    found = reported(ran, "--out", tmp_path / "page.html")
    open_fees = found["fees"] - float(sum(row.fees for row in ran.trades))
    assert found["trades"] == len(ran.trades)
    assert found["fills"] == len(ran.fills)
    assert Decimal(found["identity"]["fees"]) == sum(fill.fee for fill in ran.fills)
    assert found["wins"] == sum(net(row) > 0 for row in ran.trades)
    assert open_fees >= 0


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("Results by symbol, USD", lambda row: row.symbol),
        ("Results by reason to close, USD", lambda row: str(row.exit_reason).replace("_", " ")),
    ],
)
def test_every_sum_on_the_page_is_that_of_the_trade_store(
    ran: Ran, tmp_path: Path, table: str, key: Callable[[TradeRow], str]
) -> None:
    _, *rows = page_of(ran, tmp_path).tables[table]
    assert {row[0] for row in rows} - {"All"} == {key(row) for row in ran.trades}
    for name, trades, win_rate, gross, fees, funding, total, _, best, worst in rows:
        mine = [row for row in ran.trades if name in (key(row), "All")]
        nets = [net(row) for row in mine]
        expected = [
            len(mine),
            100 * sum(one > 0 for one in nets) / len(mine),
            float(sum(row.realised for row in mine)),
            float(sum(row.fees for row in mine)),
            float(sum(row.funding for row in mine)),
            float(sum(nets)),
            float(max(nets)),
            float(min(nets)),
        ]
        shown = [
            number(cell) for cell in (trades, win_rate, gross, fees, funding, total, best, worst)
        ]
        assert shown == pytest.approx(expected, abs=0.051)


def test_the_costs_on_the_page_are_those_of_the_fills(ran: Ran, tmp_path: Path) -> None:
    _, *rows = page_of(ran, tmp_path).tables["Fees by liquidity"]
    assert rows
    for liquidity, fills, turnover, fees, _ in rows:
        mine = [fill for fill in ran.fills if fill.liquidity is Liquidity(liquidity.upper())]
        assert number(fills) == len(mine)
        assert number(turnover) == pytest.approx(
            float(sum(fill.quantity * fill.price for fill in mine)), abs=0.051
        )
        assert number(fees) == pytest.approx(float(sum(fill.fee for fill in mine)), abs=0.0051)


def test_two_halves_make_the_whole(ran: Ran, tmp_path: Path) -> None:
    whole = reported(ran, "--out", tmp_path / "page.html")
    middle = datetime.fromtimestamp((whole["from_ms"] + whole["until_ms"]) // 2000, UTC).isoformat()
    first = reported(ran, "--until", middle, "--out", tmp_path / "1.html")
    second = reported(ran, "--from", middle, "--out", tmp_path / "2.html")
    for name in ("trades", "wins", "fills", "bars", "events", "decisions"):
        assert first[name] + second[name] == whole[name], name
    for name in ("realised", "fees", "funding", "unrealised"):
        parts = Decimal(first["identity"][name]) + Decimal(second["identity"][name])
        assert parts == Decimal(whole["identity"][name])
    assert second["equity_start"] == first["equity_end"]
    assert second["equity_end"] == whole["equity_end"]
    assert first["identity"]["holds"] is second["identity"]["holds"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "yesterday"], "--from 'yesterday': write 2025-01-31"),
        (["--until", "2025-01-31T10:00:00"], "--until"),
        (["--from", "2025-02-01", "--until", "2025-01-01"], "is not before --until"),
        (["--from", "2090-01-01"], "nothing happened in that period"),
        (["--out", "."], "is a directory"),
    ],
)
def test_what_cannot_be_reported_is_told(ran: Ran, arguments: list[str], said: str) -> None:
    told = quantum_trader("report", ran.run_dir, *arguments)
    assert told.code == 2
    assert said in told.err


def test_a_directory_without_a_run_is_told(tmp_path: Path) -> None:
    told = quantum_trader("report", tmp_path)
    assert told.code == 2
    assert "it has no journal" in told.err


def test_a_broken_trail_is_reported_with_its_page(ran: Ran, tmp_path: Path) -> None:
    trail = min((ran.run_dir / "audit").glob("*.jsonl"))
    whole = trail.read_bytes()
    trail.write_bytes(whole.replace(b"BTCUSDT", b"BTXUSDT", 1))
    try:
        told = quantum_trader("report", ran.run_dir, "--json", "--out", tmp_path / "page.html")
    finally:
        trail.write_bytes(whole)
    assert told.code == 3
    assert json.loads(told.out)["audit_ok"] is False
    assert (tmp_path / "page.html").exists()


def net(row: TradeRow) -> Decimal:
    return row.realised - row.fees - row.funding
