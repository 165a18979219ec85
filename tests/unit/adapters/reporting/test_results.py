from decimal import Decimal

import pytest

from adapters.reporting import curve, results
from domain.execution.trade import ExitReason
from domain.market.bars import DAY_MS
from tests.unit.adapters.reporting.runs import START_MS, closed, empty, ran

pytestmark = pytest.mark.unit
NO_EQUITY = curve.line((), ())


def test_a_loss_is_told_in_the_colour_of_a_loss() -> None:
    lost = ran([closed(realised=Decimal(-100), net_pnl=Decimal("-102.1"))])

    assert '<dd class="bad">\u2212102.10<small>\u22121.02 %' in results.headline(lost, NO_EQUITY)


def test_a_run_without_money_has_a_headline() -> None:
    nothing = empty()._replace(equity_start=Decimal(0), equity_end=Decimal(0))

    assert "Net result" in results.headline(nothing, NO_EQUITY)


def test_a_run_without_trades_says_so_instead_of_an_empty_table() -> None:
    assert "<table" not in results.symbol_table(ran())
    assert "No trade" in results.symbol_table(ran())


def test_the_most_frequent_reason_to_close_comes_first() -> None:
    trades = [closed(n, reason=ExitReason.STOP) for n in range(2)]

    html = results.exit_table([closed(9, reason=ExitReason.TARGET), *trades])

    assert html.index(">stop<") < html.index(">target<")


def test_the_latest_trades_are_the_last_and_newest_first() -> None:
    html = results.latest_trades([closed(n) for n in range(results.LATEST_TRADES + 1)])

    assert "BTCUSDT-0<" not in html
    assert html.index("BTCUSDT-25<") < html.index("BTCUSDT-1<")


def test_a_month_that_earned_nothing_is_neither_gain_nor_loss() -> None:
    line = curve.line([START_MS, START_MS + 40 * DAY_MS], [100.0, 94.0])

    html = results.monthly_table(line, 100.0)

    assert '<td class="dim">0.00</td><td class="loss-more">\u22126.00</td>' in html


def test_equity_that_was_never_marked_has_no_months() -> None:
    assert "<table" not in results.monthly_table(NO_EQUITY, 100.0)
