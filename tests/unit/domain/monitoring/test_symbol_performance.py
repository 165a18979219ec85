"""The record of a symbol: counts start anew with the day, the streak of losses does not."""

import math

import pytest

from domain.governance.policy import Policy
from domain.market.bars import DAY_MS
from domain.monitoring.symbol_performance import (
    RESULTS_MAX,
    SymbolRecord,
    after_close,
    after_shadow_win,
    is_suspended,
    is_weak,
    on_probation,
)

pytestmark = pytest.mark.unit

POLICY = Policy()
PROBATION_MS = POLICY.probation_minutes * 60_000


def test_counts_and_losses_of_a_day_add_up() -> None:
    record = after_close(SymbolRecord(), 5 * DAY_MS, -10.0, -1.0)
    record = after_close(record, 5 * DAY_MS + 1, 4.0, 0.4)
    assert record == SymbolRecord(5, 2, 6.0, 0, 5 * DAY_MS + 1, (-1.0, 0.4))


def test_a_new_day_forgets_counts_but_neither_the_streak_nor_the_results() -> None:
    record = after_close(SymbolRecord(), 5 * DAY_MS, -10.0, -1.0)
    record = after_close(record, 6 * DAY_MS, -1.0, -0.1)
    assert record == SymbolRecord(6, 1, 1.0, 2, 6 * DAY_MS, (-1.0, -0.1))


@pytest.mark.parametrize("net", [0.0, 0.01])
def test_whatever_is_no_loss_ends_the_streak(net: float) -> None:
    assert after_close(SymbolRecord(losses_in_row=7), DAY_MS, net, net).losses_in_row == 0


def test_only_the_last_results_are_kept() -> None:
    record = SymbolRecord()
    for n in range(RESULTS_MAX + 5):
        record = after_close(record, DAY_MS, 1.0, float(n))
    assert record.results == tuple(float(n) for n in range(5, RESULTS_MAX + 5))


@pytest.mark.parametrize(
    ("results", "weak"),
    [
        ((), False),
        ((-1.0,) * 4, False),
        ((-1.0,) * 5, True),
        ((0.0,) * 5, True),
        ((9.0, -1.0, -1.0, -1.0, -1.0), True),
        ((3.0, 1.0, -1.0, -1.0, -1.0), False),
        ((1.0, 1.0, 1.0, -2.0, -2.0), True),
        ((math.nan, 1.0, 1.0, 1.0, 1.0), True),
    ],
)
def test_a_symbol_is_weak_that_wins_too_rarely_or_loses_on_average(
    results: tuple[float, ...],
    weak: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_weak(SymbolRecord(results=results), POLICY) is weak


@pytest.mark.parametrize(
    ("losses", "since", "wins", "suspended"),
    [
        (9, 0, 0, False),
        (10, 0, 0, True),
        (10, PROBATION_MS - 1, 0, True),
        (10, PROBATION_MS, 0, False),
        (10, 0, 1, True),
        (10, 0, 2, False),
        (15, 0, 0, True),
    ],
)
def test_a_suspension_ends_with_the_probation_or_with_two_wins_on_paper(
    losses: int,
    since: int,
    wins: int,
    suspended: bool,  # noqa: FBT001 - a case
) -> None:
    record = SymbolRecord(losses_in_row=losses, closed_ms=DAY_MS, shadow_wins=wins)
    assert is_suspended(record, DAY_MS + since, POLICY) is suspended
    assert on_probation(record, POLICY) is (losses >= 10)


def test_wins_on_paper_are_counted_since_the_last_close() -> None:
    record = after_shadow_win(after_shadow_win(SymbolRecord()))
    assert record.shadow_wins == 2
    assert after_close(record, DAY_MS, -1.0, -1.0).shadow_wins == 0
