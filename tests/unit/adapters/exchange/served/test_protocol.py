"""The door of the wire: what does not fit is refused whole, and nothing else is raised."""

import json
from decimal import Decimal
from random import Random

import pytest

from adapters.exchange.served.protocol import (
    Held,
    Hello,
    Holdings,
    Order,
    OrderState,
    Row,
    Trade,
    Unreadable,
    decoded,
    encoded,
    plain,
    told_of,
)
from domain.execution.messages import Liquidity, OrderKind
from domain.shared.enums import Side

pytestmark = pytest.mark.unit

NOW = 1_750_000_000_000
TRADE = Trade(
    NOW, "qt0-a-e0", "AAAUSDT", Side.BUY, "1.5", "100", "0.06", Liquidity.TAKER, "AAAUSDT-1"
)
BAD_AMOUNTS: tuple[object, ...] = (
    "", "+1", " 1", "-", ".5", "1.", "1,5", "1e5", "1E-7", "0x10", "NaN", "nan", "inf", "-Infinity",
    "1" * 19, "0." + "1" * 19, "1_000", "\uff11", "1\n", None, 1, 1.5, True, [], {},
)  # fmt: skip


@pytest.mark.parametrize("amount", BAD_AMOUNTS, ids=repr)
def test_an_amount_that_is_not_a_plain_decimal_is_refused(amount: object) -> None:
    body = json.dumps({"symbol": "AAAUSDT", "quantity": amount}).encode()
    with pytest.raises(Unreadable):
        decoded(body, Held)


@pytest.mark.parametrize("field", ["price", "quantity"])
@pytest.mark.parametrize("amount", ["0", "0.000", "-1", "-0"])
def test_a_fill_of_nothing_or_at_no_price_is_refused(field: str, amount: str) -> None:
    body = json.dumps({**json.loads(encoded(TRADE)), field: amount}).encode()
    with pytest.raises(Unreadable):
        told_of(body)


@pytest.mark.parametrize("at_ms", [0, -1, NOW // 1_000, NOW * 1_000, 1.5e12, "now", None])
def test_a_time_that_is_not_in_milliseconds_is_refused(at_ms: object) -> None:
    body = json.dumps({"what": "row", "row": 1, "at_ms": at_ms}).encode()
    with pytest.raises(Unreadable):
        told_of(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>503</html>",
        b'{"what":"row","row":1',
        b'{"what":"liquidation"}',
        b'{"what":"row","row":-1,"at_ms":1750000000000}',
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"what":"row","x":' + b"[" * 60_000,
        b'{"what":"filled"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_message_is_refused_and_breaks_nothing(body: bytes) -> None:
    with pytest.raises(Unreadable):
        told_of(body)


def test_a_new_status_is_refused_rather_than_guessed() -> None:
    body = b'{"client_id":"a","symbol":"AAAUSDT","status":"EXPIRED_IN_MATCH","filled":"0"}'
    with pytest.raises(Unreadable):
        decoded(body, OrderState)


def test_an_unknown_field_is_passed_over() -> None:
    body = b'{"what":"row","row":3,"at_ms":1750000000000,"weather":"fine"}'
    assert told_of(body) == Row(3, NOW)


def test_what_is_written_is_read_back_the_same() -> None:
    hello = Hello(NOW, "0" * 16, ["AAAUSDT"], "0" * 64, "1" * 64, 9, -1, 50)
    for told in (TRADE, Row(0, NOW), hello):
        assert told_of(encoded(told)) == told
    order = Order("a", "AAAUSDT", Side.SELL, OrderKind.MARKET, reduce_only=True, quantity="1")
    assert decoded(encoded(order), Order) == order


def test_no_damage_to_a_message_raises_anything_but_unreadable() -> None:
    rng = Random(4)
    sound = encoded(Holdings([Held("AAAUSDT", "1.5")], [], "100"))
    for _ in range(3_000):
        body = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        try:
            holdings = decoded(bytes(body[: rng.randint(0, len(body))]), Holdings)
        except Unreadable:
            continue
        assert all(Decimal(one.quantity).is_finite() for one in holdings.positions)


@pytest.mark.parametrize(
    ("amount", "spelt"),
    [("1E+3", "1000"), ("1E-8", "0.00000001"), ("0.100", "0.100"), ("1E-30", "0." + "0" * 18)],
)
def test_amounts_are_spelt_without_an_exponent(amount: str, spelt: str) -> None:
    assert plain(Decimal(amount)) == spelt
