"""What is believed of the venue, and when."""

from itertools import product

import pytest

from domain.execution.reconciliation import (
    Difference,
    Doubt,
    Grave,
    Reconciliation,
    again,
    answered_absent,
    is_absent,
    is_proved,
)
from domain.shared.enums import Side
from tests.builders import BTC, ETH, D, a_policy

pytestmark = pytest.mark.unit

DOUBT = Doubt(BTC, 1_000, 1_000)
DIFFERENCE = Difference(D(3), 1, 1_000)


def test_a_doubtful_order_is_asked_for_soon_and_then_at_a_steady_pace() -> None:
    assert DOUBT.query_ms == 1_500
    assert DOUBT._replace(asked_ms=1_500).query_ms == 3_500


def test_answers_count_when_they_come_apart() -> None:
    once = answered_absent(DOUBT, 5_000)
    assert answered_absent(once, 6_999) == once
    assert answered_absent(once, 7_000).absent == 2


@pytest.mark.parametrize(("absent", "late_ms"), [*product((2, 3, 4), (15_500, 15_501))])
def test_absence_needs_answers_and_that_no_request_can_be_under_way(
    absent: int, late_ms: int
) -> None:
    doubt = DOUBT._replace(absent=absent)
    proven = is_absent(doubt, 1_000 + late_ms, a_policy(settle_seconds=10))
    assert proven is (absent >= 3 and late_ms > 15_500)


def test_a_difference_counts_answers_that_were_asked_for_after_it_was_seen() -> None:
    assert again(None, D(3), 0, 1_000) == DIFFERENCE
    assert again(DIFFERENCE, D(3), 1_000, 9_000) == DIFFERENCE
    assert again(DIFFERENCE, D(3), 1_001, 9_000).reads == 2
    assert again(DIFFERENCE, D(4), 1_001, 9_000) == Difference(D(4), 1, 9_000)


@pytest.mark.parametrize(("reads", "lasted_ms"), [*product((2, 3), (9_999, 10_000))])
def test_a_difference_is_proved_by_answers_and_time(reads: int, lasted_ms: int) -> None:
    known = DIFFERENCE._replace(reads=reads)
    proved = is_proved(known, 1_000 + lasted_ms, a_policy(settle_seconds=10))
    assert proved is (reads == 3 and lasted_ms == 10_000)


@pytest.mark.parametrize(
    ("changes", "synced"),
    [
        ({"remote": False}, True),
        ({}, True),
        ({"stream_up": False}, False),
        ({"synced_ms": None}, False),
        ({"differing": {BTC: DIFFERENCE}}, False),
        ({"fenced_by": 2}, False),
    ],
)
def test_entries_need_a_venue_that_is_known(changes: dict[str, object], *, synced: bool) -> None:
    known = Reconciliation(remote=True, stream_up=True, synced_ms=5)
    assert known._replace(**changes).is_synced is synced  # type: ignore[arg-type] # any field


def test_what_is_in_doubt_keeps_its_symbol_from_being_entered_and_no_other() -> None:
    grave = Grave(BTC, Side.BUY, 1.0, 9)
    for known in (
        Reconciliation(doubts={"a": DOUBT}),
        Reconciliation(graves={"a": grave}),
        Reconciliation(foreign={"web_1": BTC}),
    ):
        assert known.is_quarantined(BTC)
        assert not known.is_quarantined(ETH)
