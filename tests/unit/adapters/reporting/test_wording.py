from decimal import Decimal

import pytest

from adapters.reporting import wording
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS
from tests.unit.adapters.reporting.runs import START_MS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "plain", "signed"),
    [
        ("1234567.891", "1,234,567.89", "+1,234,567.89"),
        ("-1234.5", "\u22121,234.50", "\u22121,234.50"),
        ("0", "0.00", "0.00"),
        ("0.004", "0.00", "0.00"),
        ("-0.004", "0.00", "0.00"),
    ],
)
def test_money_reads_with_cents_and_never_as_a_signed_nothing(
    amount: str, plain: str, signed: str
) -> None:
    assert wording.money(Decimal(amount)) == plain
    assert wording.signed_money(Decimal(amount)) == signed


def test_what_is_not_known_is_a_dash() -> None:
    assert wording.percent(None) == wording.NOTHING
    assert wording.number(None) == wording.NOTHING


def test_exact_text_has_every_digit_and_no_exponent() -> None:
    assert wording.exact(Decimal("1E-8")) == "0.00000001"
    assert wording.exact(Decimal("1E+3")) == "1000"


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        ("65000.5", "65,000.5"),
        ("0.00001234", "0.00001234"),
        ("1234567.891", "1,234,567.89"),
        ("-2.5", "\u22122.5"),
    ],
)
def test_a_price_keeps_its_leading_digits(amount: str, read: str) -> None:
    assert wording.price(Decimal(amount)) == read


@pytest.mark.parametrize(
    ("span_ms", "read"),
    [
        (0, "0 s"),
        (30_000, "30 s"),
        (5 * MINUTE_MS, "5 min"),
        (HOUR_MS, "1 h"),
        (HOUR_MS + MINUTE_MS, "1 h 1 min"),
        (DAY_MS, "1 d"),
        (3 * DAY_MS + 4 * HOUR_MS, "3 d 4 h"),
    ],
)
def test_a_span_reads_in_its_two_largest_units(span_ms: int, read: str) -> None:
    assert wording.lasting(span_ms) == read


def test_times_are_read_in_utc() -> None:
    assert wording.moment(START_MS + HOUR_MS) == "2024-01-01 01:00"


def test_one_is_not_counted_as_many() -> None:
    assert wording.counted(1, "trade") == "1 trade"
    assert wording.counted(1200, "trade") == "1,200 trades"
