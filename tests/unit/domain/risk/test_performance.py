"""Symbols that churn or lose are halved, paused, suspended - and come back."""

from typing import Any

import pytest

from domain.monitoring.symbol_performance import SymbolRecord, after_close, after_shadow_win
from domain.risk.performance import symbol_performance
from domain.risk.verdict import Check, Objection
from tests.builders import MINUTE_MS, START_MS, D, a_policy
from tests.unit.domain.risk.scenes import DAY, a_proposal, a_scene

pytestmark = pytest.mark.unit

PROBATION_MS = 1440 * MINUTE_MS


def gate(record: SymbolRecord, at_ms: int = START_MS, **policy: Any) -> Check:  # noqa: ANN401 - any field
    return symbol_performance(a_proposal(), a_scene(a_policy(**policy), record=record, at_ms=at_ms))


def lost(count: int, at_ms: int) -> SymbolRecord:
    record = SymbolRecord()
    for _ in range(count):
        record = after_close(record, at_ms, -1.0, -1.0)
    return record


def test_gates_tell_the_figure_and_its_limit() -> None:
    assert gate(SymbolRecord()) == Check("symbol_performance", D(1), None, 0.0, 3.0)


@pytest.mark.parametrize(
    ("results", "factor"),
    [
        ((-1.0,) * 4, "1"),
        ((-1.0,) * 5, "0.5"),
        ((9.0, -1.0, -1.0, -1.0, -1.0), "0.5"),
        ((2.0, 2.0, -1.0, -1.0, -1.0), "1"),
        ((1.0, 1.0, 1.0, -2.0, -2.0), "0.5"),
        ((float("nan"),) * 5, "0.5"),
    ],
    ids=["too few", "all lost", "one win of five", "two of five, in plus", "in minus", "unknown"],
)
def test_a_weak_symbol_trades_at_half_size(results: tuple[float, ...], factor: str) -> None:
    record = SymbolRecord(DAY - 2, closed_ms=1, results=results)
    assert gate(record).factor == D(factor)


def test_ten_losses_in_a_row_suspend_until_the_probation_is_served_then_half_until_a_win() -> None:
    record = lost(10, START_MS)
    check = gate(record, START_MS + PROBATION_MS - 1)
    assert check[2:] == (Objection.SYMBOL_SUSPENDED, 10.0, 10.0)
    back = gate(record, START_MS + PROBATION_MS)
    assert (back.objection, back.factor) == (None, D("0.5"))

    won = after_close(record, START_MS + PROBATION_MS, 50.0, 50.0)
    later = START_MS + 2 * PROBATION_MS
    assert gate(won, later, weak_symbol_win_rate=0.0).factor == 1
    again = after_close(record, START_MS + PROBATION_MS, -1.0, -1.0)
    assert gate(again, later - 1).objection is Objection.SYMBOL_SUSPENDED


def test_two_wins_on_paper_lift_a_suspension_one_does_not() -> None:
    record = after_shadow_win(lost(10, START_MS))
    assert gate(record).objection is Objection.SYMBOL_SUSPENDED
    lifted = gate(after_shadow_win(record), round_trips_per_day_max=100)
    assert (lifted.objection, lifted.factor) == (None, D("0.5"))
    suspended = after_close(after_shadow_win(record), START_MS, -1.0, -1.0)
    assert gate(suspended).objection is Objection.SYMBOL_SUSPENDED


@pytest.mark.parametrize("losses", range(13))
def test_every_streak_has_a_way_out(losses: int) -> None:
    record = lost(losses, START_MS)
    assert gate(record, START_MS + PROBATION_MS).objection is None
