"""The book: wallet = deposits + realised - fees - funding, to the last decimal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.portfolio.book import Book, after_trade, exposure_after, exposure_of
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from tests.builders import BTC, ETH, D

pytestmark = pytest.mark.unit

TRADES = st.lists(
    st.tuples(
        st.sampled_from([BTC, ETH]),
        st.sampled_from(list(Side)),
        st.decimals("0.001", "1000", places=3),
        st.decimals("0.01", "100000", places=2),
        st.decimals("-10", "10", places=8),
    ),
    max_size=20,
)


@given(TRADES)
def test_the_wallet_is_what_came_in_earned_and_went_out_to_the_last_decimal(
    trades: list[tuple[str, Side, Decimal, Decimal, Decimal]],
) -> None:
    book, cash, earned = Book(deposits=D(1000), funding=D("0.5")), ZERO, ZERO
    for symbol, side, quantity, price, fee in trades:
        book, realised = after_trade(book, symbol, side, quantity, price, fee)
        earned += realised
        cash -= side.sign * quantity * price + fee
    cost = sum((p.cost for p in book.positions.values()), ZERO)
    assert book.realised == earned
    assert book.wallet == D(1000) + cash + cost - D("0.5")
    assert all(p.quantity for p in book.positions.values())


def test_a_position_that_is_flat_is_gone_from_the_book() -> None:
    book, _ = after_trade(Book(), BTC, Side.BUY, D(1), D(100), D("0.1"))
    closed, realised = after_trade(book, BTC, Side.SELL, D(1), D(110), D("0.1"))
    assert (closed.positions, realised, closed.wallet) == ({}, D(10), D("9.8"))
    assert book.positions[BTC].quantity == D(1)  # the book before is untouched


def test_equity_is_linear_in_the_marks() -> None:
    book = Book(deposits=D(1000))
    book, _ = after_trade(book, ETH, Side.SELL, D(10), D(50), ZERO)
    book, _ = after_trade(book, BTC, Side.BUY, D(2), D(100), D(1))
    exposure = exposure_of(book)
    assert exposure.held == ((BTC, 2.0), (ETH, -10.0))  # summed in the order of the symbols
    assert exposure.equity({BTC: 100.0, ETH: 50.0}) == 999.0
    assert exposure.equity({BTC: 110.0, ETH: 45.0}) == 999.0 + 20.0 + 50.0


def test_an_empty_book_is_worth_its_wallet() -> None:
    assert exposure_of(Book(deposits=D(5))).equity({}) == 5.0


@given(st.lists(st.tuples(st.sampled_from([BTC, ETH]), st.sampled_from(Side), st.integers(1, 9))))
def test_an_exposure_kept_up_fill_by_fill_is_that_of_the_book(
    fills: list[tuple[str, Side, int]],
) -> None:
    book, kept = Book(), exposure_of(Book())
    for symbol, side, size in fills:
        book, _ = after_trade(book, symbol, side, Decimal(size), D("100.5"), D("0.01"))
        kept = exposure_after(kept, book, symbol)

        assert kept == exposure_of(book)
