"""The record of a symbol: counts start anew with the day, the streak of losses does not."""

import pytest

from domain.market.bars import DAY_MS
from domain.monitoring.symbol_performance import SymbolRecord, after_close

pytestmark = pytest.mark.unit


def test_counts_and_losses_of_a_day_add_up() -> None:
    record = after_close(SymbolRecord(), 5 * DAY_MS, -10.0)
    record = after_close(record, 5 * DAY_MS + 1, 4.0)
    assert record == SymbolRecord(5, 2, 6.0, 0, 5 * DAY_MS + 1)


def test_a_new_day_forgets_counts_but_not_the_streak() -> None:
    record = after_close(SymbolRecord(), 5 * DAY_MS, -10.0)
    record = after_close(record, 6 * DAY_MS, -1.0)
    assert record == SymbolRecord(6, 1, 1.0, 2, 6 * DAY_MS)


@pytest.mark.parametrize("net", [0.0, 0.01])
def test_whatever_is_no_loss_ends_the_streak(net: float) -> None:
    assert after_close(SymbolRecord(losses_in_row=7), DAY_MS, net).losses_in_row == 0
