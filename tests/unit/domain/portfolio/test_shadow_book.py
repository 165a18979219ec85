"""On paper nothing is better than the market, and everything is paid for."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.portfolio.shadow_book import (
    ShadowBook,
    ShadowClose,
    ShadowTrade,
    closed,
    credit,
    marked,
    opened,
)
from domain.shared.enums import Side

pytestmark = pytest.mark.unit

LONG = ShadowTrade("t-1", "BTCUSDT", Side.BUY, 0, 100.0, 1000.0, 98.0, 103.0, 0.001, 500)
SHORT = LONG._replace(symbol="ETHUSDT", side=Side.SELL, stop=102.0, target=97.0)
BOOK = opened(opened(ShadowBook(), LONG), SHORT)


def test_a_symbol_has_one_paper_trade_at_most() -> None:
    assert set(BOOK.trades) == {"BTCUSDT", "ETHUSDT"}
    assert opened(BOOK, LONG._replace(price=99.0)) is BOOK


@pytest.mark.parametrize(
    ("trade", "mark", "price", "reason"),
    [
        (LONG, 98.0, 98.0, "stop"),
        (LONG, 90.0, 90.0, "stop"),
        (LONG, 103.0, 103.0, "target"),
        (LONG, 120.0, 103.0, "target"),
        (SHORT, 102.0, 102.0, "stop"),
        (SHORT, 110.0, 110.0, "stop"),
        (SHORT, 97.0, 97.0, "target"),
        (SHORT, 80.0, 97.0, "target"),
    ],
)
def test_a_stop_fills_at_the_mark_and_a_target_at_itself(
    trade: ShadowTrade, mark: float, price: float, reason: str
) -> None:
    book, (end,) = marked(opened(ShadowBook(), trade), 10, {trade.symbol: mark})
    gain = trade.side.sign * (price - 100.0) / 100.0
    assert end == ShadowClose(trade, 10, price, end.pnl, reason)
    assert end.pnl == pytest.approx(1000.0 * (gain - 0.001))
    assert book == ShadowBook({}, end.pnl)


@pytest.mark.parametrize("at_ms", [499, 500, 501])
def test_a_trade_ends_at_the_mark_when_it_is_due(at_ms: int) -> None:
    _, ended = marked(BOOK, at_ms, {"BTCUSDT": 101.0})
    assert [(e.price, e.reason) for e in ended] == ([(101.0, "due")] if at_ms >= 500 else [])


@pytest.mark.parametrize("mark", [nan, inf, 0.0, -1.0, None])
def test_a_mark_that_is_no_price_moves_nothing(mark: float | None) -> None:
    marks = {} if mark is None else {"BTCUSDT": mark}
    assert marked(BOOK, 10_000, marks) == (BOOK, ())
    assert credit(BOOK, marks) == pytest.approx(-2.0)  # two trades at their own price, and costs


def test_several_trades_end_together_and_add_up() -> None:
    book, ended = marked(BOOK, 10, {"BTCUSDT": 103.0, "ETHUSDT": 105.0})
    assert [e.trade for e in ended] == [LONG, SHORT]
    assert not book.trades
    assert book.realised == pytest.approx(30.0 - 1.0 - 50.0 - 1.0)
    assert credit(book, {}) == book.realised == pytest.approx(sum(e.pnl for e in ended))


def test_credit_counts_what_is_open_at_its_mark() -> None:
    assert credit(BOOK, {"BTCUSDT": 101.0, "ETHUSDT": 101.0}) == pytest.approx(-2.0)
    assert credit(BOOK, {"BTCUSDT": 101.0, "ETHUSDT": 99.0}) == pytest.approx(18.0)


def test_a_trade_may_be_ended_for_any_reason() -> None:
    book, end = closed(BOOK, "ETHUSDT", 7, 99.0, "resumed")
    assert end == ShadowClose(SHORT, 7, 99.0, end.pnl, "resumed")
    assert end.pnl == pytest.approx(9.0)
    assert (set(book.trades), book.realised) == ({"BTCUSDT"}, end.pnl)


@given(
    st.sampled_from(Side),
    st.lists(st.floats(50.0, 150.0), max_size=20),
    st.floats(0.0, 0.01),
)
def test_along_any_path_a_trade_earns_no_more_than_its_mark_would_pay(
    side: Side, path: list[float], costs: float
) -> None:
    sign = side.sign
    trade = LONG._replace(
        side=side, stop=100.0 - sign * 2.0, target=100.0 + sign * 3.0, costs=costs, due_ms=15
    )
    book = opened(ShadowBook(), trade)
    for at_ms, mark in enumerate(path):
        before = credit(book, {trade.symbol: mark})
        book, ended = marked(book, at_ms, {trade.symbol: mark})
        for end in ended:
            assert end.pnl <= before
            assert sign * (end.price - mark) <= 0.0
            assert not book.trades
