from decimal import Decimal

import pytest

from adapters.reporting import figures
from domain.execution.messages import Liquidity
from tests.unit.adapters.reporting.runs import closed, filled, ran

pytestmark = pytest.mark.unit
WON, LOST, EVEN = (
    closed(1),
    closed(2, net_pnl=Decimal(-4), net_r=-1.0, realised=Decimal(-2)),
    closed(3, net_pnl=Decimal(0), net_r=0.0),
)


def test_the_sums_of_trades_are_their_sums() -> None:
    sums = figures.summed("All", [WON, LOST])

    assert sums[:3] == ("All", 2, 1)
    assert (sums.gross, sums.fees, sums.funding) == (Decimal(8), Decimal(4), Decimal("0.2"))
    assert sums.net == Decimal("3.9")
    assert sums.net_r_mean == pytest.approx(0.29)
    assert (sums.best, sums.worst) == (Decimal("7.9"), Decimal(-4))


def test_a_trade_that_earned_nothing_is_no_win() -> None:
    assert figures.summed("", [EVEN]).win_rate == 0


def test_without_trades_nothing_is_claimed() -> None:
    sums = figures.summed("", [])

    assert (sums.win_rate, sums.net_r_mean, sums.best, sums.worst) == (None, None, None, None)
    assert sums.net == 0


def test_the_profit_factor_is_won_over_lost() -> None:
    assert figures.profit_factor([WON, LOST, EVEN]) == pytest.approx(7.9 / 4)


def test_a_run_that_never_lost_has_no_profit_factor() -> None:
    assert figures.profit_factor([WON]) is None


def test_a_symbol_without_trades_keeps_its_row() -> None:
    other = closed(4, symbol="XRPUSDT")
    groups = figures.by_symbol(ran([WON, other], symbols=("ETHUSDT", "BTCUSDT")))

    assert groups == {"ETHUSDT": [], "BTCUSDT": [WON], "XRPUSDT": [other]}


def test_costs_are_shares_of_the_gross_result_and_of_turnover() -> None:
    fees, funding, total = figures.costs(ran([WON], fills=(filled(), filled(2))))

    paid = [fees.amount, funding.amount, total.amount]
    assert paid == [Decimal(2), Decimal("0.1"), Decimal("2.1")]
    assert total.of_gross == pytest.approx(0.21)
    assert total.of_turnover == pytest.approx(2.1 / 200)


def test_a_gross_loss_does_not_make_costs_a_gain() -> None:
    _, _, total = figures.costs(ran([closed(realised=Decimal(-10))]))

    assert total.of_gross == pytest.approx(0.21)


def test_shares_of_nothing_are_not_stated() -> None:
    assert all(cost[2:] == (None, None) for cost in figures.costs(ran()))


def test_fees_are_told_apart_by_liquidity() -> None:
    maker = filled(2, liquidity=Liquidity.MAKER, fee=Decimal("0.02"))

    rows = figures.fee_rows([filled(1), maker, filled(3)])

    assert [row[:4] for row in rows] == [
        (Liquidity.MAKER, 1, Decimal(100), Decimal("0.02")),
        (Liquidity.TAKER, 2, Decimal(200), Decimal("0.10")),
    ]
    assert [row.rate for row in rows] == pytest.approx([0.0002, 0.0005])


def test_the_identity_holds_for_a_ledger_that_adds_up() -> None:
    assert figures.identity_of(ran([WON, LOST])).holds


def test_one_unit_of_the_last_decimal_breaks_the_identity() -> None:
    run = ran([WON])
    bent = run._replace(equity_end=run.equity_end + Decimal("0.00000001"))

    assert not figures.identity_of(bent).holds
