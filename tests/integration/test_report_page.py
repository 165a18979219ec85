import re
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from adapters.reporting.page import write_page
from application.errors import StoreUnavailable
from application.results import ModelFit, RunResult
from domain.decision.facts import TradeClosed
from domain.market.bars import MINUTE_MS, BarColumns
from tests.unit.adapters.reporting import runs
from tests.unit.adapters.reporting.reading import Reading

pytestmark = pytest.mark.integration
HOSTILE: Final = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")
MARKET: Final = {
    symbol: runs.market(symbol, 3000, 5 * MINUTE_MS, seed) for seed, symbol in enumerate(SYMBOLS)
}
TRADES: Final = [t for seed, s in enumerate(SYMBOLS) for t in runs.traded(MARKET[s], 60, seed)]


def _read(folder: Path, result: RunResult, market: dict[str, BarColumns] = MARKET) -> Reading:
    path = write_page(result, market, folder / "report.html", {"audit": "verified"})
    return Reading(path.read_text("utf-8"))


def _number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", "").replace("%", ""))


def _run(trades: Sequence[TradeClosed], **changes: object) -> RunResult:
    times = sorted(t.at_ms for t in trades)
    by_time = sorted(trades, key=lambda t: t.at_ms)
    values = 10_000 + np.cumsum([float(t.net_pnl) for t in by_time])
    until = runs.START_MS + 3000 * 5 * MINUTE_MS
    run = runs.ran(by_time, symbols=SYMBOLS, until_ms=until, interval_ms=5 * MINUTE_MS)
    plain = run._replace(equity_times=times, equity_values=values.tolist())
    return plain._replace(**changes)  # type: ignore[arg-type]  # fields by name


def _expected(trades: Sequence[TradeClosed]) -> list[float]:
    nets = [t.net_pnl for t in trades]
    return [
        len(trades),
        100 * sum(net > 0 for net in nets) / len(trades),
        float(sum(t.realised for t in trades)),
        float(sum(t.fees for t in trades)),
        float(sum(t.funding for t in trades)),
        float(sum(nets)),
        sum(t.net_r for t in trades) / len(trades),
        float(max(nets)),
        float(min(nets)),
    ]


def test_the_figures_of_each_symbol_are_those_of_its_trades(tmp_path: Path) -> None:
    page = _read(tmp_path, _run(TRADES))

    _, *rows = page.tables["Results by symbol, USD"]
    assert [row[0] for row in rows] == [*SYMBOLS, "All"]
    for row in rows:
        mine = [t for t in TRADES if row[0] in (t.symbol, "All")]
        assert [_number(cell) for cell in row[1:]] == pytest.approx(_expected(mine), abs=0.051)


def test_the_figures_of_each_reason_to_close_are_those_of_its_trades(tmp_path: Path) -> None:
    page = _read(tmp_path, _run(TRADES))

    _, *rows = page.tables["Results by reason to close, USD"]
    assert sum(_number(row[1]) for row in rows) == len(TRADES)
    for row in rows:
        mine = [t for t in TRADES if str(t.reason).replace("_", " ") == row[0]]
        assert [_number(cell) for cell in row[1:]] == pytest.approx(_expected(mine), abs=0.051)


def test_months_compound_to_the_result_of_the_run(tmp_path: Path) -> None:
    run = _run(TRADES)

    _, *rows = _read(tmp_path, run).tables["Return by month, percent"]

    grown = np.prod([1 + _number(row[-1]) / 100 for row in rows])
    assert grown == pytest.approx(float(run.equity_end / run.equity_start), abs=1e-4)


def test_the_histogram_counts_every_trade(tmp_path: Path) -> None:
    (bars,) = _read(tmp_path, _run(TRADES)).charts["r-chart"]["data"]

    assert sum(bars["y"]) == len(TRADES)


def test_the_marks_on_the_price_are_the_trades(tmp_path: Path) -> None:
    charts = _read(tmp_path, _run(TRADES)).charts

    for number, symbol in enumerate(SYMBOLS):
        price, *_, marks = charts[f"price-chart-{number}"]["data"]
        mine = [t for t in TRADES if t.symbol == symbol]
        assert marks["x"] == [at for t in mine for at in (t.entry_ms, t.at_ms)]
        # A trade decided at a close is marked on that close.
        closes = dict(zip(price["x"], price["y"], strict=True))
        assert all(
            closes[t.entry_ms] == pytest.approx(float(t.entry_price), abs=1e-3) for t in mine
        )


def test_the_equity_drawn_ends_where_the_ledger_ends(tmp_path: Path) -> None:
    run = _run(TRADES)

    equity, fall = _read(tmp_path, run).charts["equity-chart"]["data"]

    assert equity["y"][-1] == pytest.approx(float(run.equity_end), abs=0.01)
    assert max(fall["y"]) <= 0


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    trade = runs.closed(trade_id=HOSTILE, symbol=HOSTILE, reason=HOSTILE)
    run = runs.ran(
        [trade],
        run_id=HOSTILE,
        mode=HOSTILE,
        symbols=(HOSTILE,),
        decision_digest=HOSTILE,
        refusals={HOSTILE: 1},
        skips={HOSTILE: 1},
        checks={HOSTILE: (1, 0, 1)},
        fits=(ModelFit(HOSTILE, 0, 1, 2, 3),),
        mode_changes=(runs.moved("NORMAL", "CAUTIOUS", runs.START_MS)._replace(causes=(HOSTILE,)),),
    )
    plain = Reading(write_page(runs.ran([runs.closed()]), {}, tmp_path / "a", {}).read_text())

    path = write_page(run, {}, tmp_path / "b", {HOSTILE: HOSTILE})
    page = Reading(path.read_text("utf-8"))

    assert "img" not in {tag for tag, _ in page.tags}
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert scripts == [attrs for tag, attrs in plain.tags if tag == "script"]
    assert page.tables["Refusals by reason"][1][0] == HOSTILE.lower()


def test_an_empty_run_has_a_sensible_page(tmp_path: Path) -> None:
    page = _read(tmp_path, runs.empty(), {})

    assert page.charts == {}
    assert "Costs" in page.tables


def test_the_page_asks_nothing_of_anyone(tmp_path: Path) -> None:
    path = write_page(_run(TRADES), MARKET, tmp_path / "r.html", {})
    text = path.read_text("utf-8")

    addresses = [
        value
        for _, attrs in Reading(text).tags
        for name, value in attrs.items()
        if name in ("src", "href") and not (value or "").startswith("#")
    ]
    assert addresses == []
    assert "default-src 'none'" in text
    # The library's own choice of buttons has one that uploads the data.
    own = text[text.rindex("<script>") :]
    buttons = re.search(r"modeBarButtons: \[\[(.*)\]\]", own)
    assert buttons is not None
    assert "Cloud" not in buttons[1]


def test_more_trades_than_can_be_drawn_are_cut_to_the_latest_and_that_is_said(
    tmp_path: Path,
) -> None:
    trades = [runs.closed(n) for n in range(2001)]

    path = write_page(runs.ran(trades), {}, tmp_path / "r.html", {})
    text = path.read_text("utf-8")

    marks = Reading(text).charts["price-chart-0"]["data"][-1]
    assert len(marks["x"]) == 2 * 2000
    assert marks["x"][0] == trades[1].entry_ms
    assert "2,001 trades, the latest 2,000 drawn" in text


def test_a_page_that_fails_leaves_the_one_before_it(tmp_path: Path) -> None:
    before = write_page(runs.empty(), {}, tmp_path / "report.html", {}).read_bytes()

    with pytest.raises(KeyError):
        write_page(
            runs.ran(mode_changes=(runs.moved("NORMAL", "NO_MODE", 1),)),
            {},
            tmp_path / "report.html",
            {},
        )

    assert (tmp_path / "report.html").read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnavailable, match=r"file/report\.html: cannot be written"):
        write_page(runs.empty(), {}, tmp_path / "file" / "report.html", {})


def test_a_long_run_makes_a_page_of_bounded_size_in_bounded_time(tmp_path: Path) -> None:
    symbols = [f"COIN{n}USDT" for n in range(6)]
    bars = runs.market("COIN0USDT", 170_000, 5 * MINUTE_MS, 1)
    market = {symbol: bars._replace(symbol=symbol) for symbol in symbols}
    trades = [t for s in symbols for t in runs.traded(market[s], 7_500, 1)]
    times = np.arange(1_000_000) * (51 * MINUTE_MS // 60) + runs.START_MS
    values = 10_000 + np.random.default_rng(1).normal(0, 1, 1_000_000).cumsum()
    run = runs.ran(
        trades, symbols=tuple(symbols), until_ms=int(times[-1]), equity_times=times
    )._replace(equity_values=values, realised=Decimal(0))

    begun = time.process_time()
    path = write_page(run, market, tmp_path / "r.html", {})

    assert time.process_time() - begun < 5
    assert path.stat().st_size < 8_000_000


def test_the_head_of_the_page_names_a_few_symbols_and_says_when_a_run_was_cut_short(
    tmp_path: Path,
) -> None:
    run = runs.ran(symbols=tuple(f"COIN{n}" for n in range(10)), interrupted=True)

    text = write_page(run, {}, tmp_path / "r.html", {}).read_text("utf-8")

    head = text[text.index("<header>") : text.index("</header>")]
    assert "COIN7 and 2 more" in head
    assert "interrupted" in head


def test_symbols_beyond_the_charts_that_fit_are_counted(tmp_path: Path) -> None:
    trades = [runs.closed(n, symbol=f"COIN{n}") for n in range(42)]

    text = write_page(runs.ran(trades, symbols=()), {}, tmp_path / "r.html", {}).read_text("utf-8")

    assert len([name for name in Reading(text).charts if name.startswith("price")]) == 40
    assert "2 symbols with fewer trades are not drawn" in text
