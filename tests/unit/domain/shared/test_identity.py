"""Identities are derived, so that a retry derives them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import InvariantBroken
from domain.shared.identity import (
    CLIENT_ID_LENGTH_MAX,
    Leg,
    base36,
    client_id,
    is_symbol,
    trace_id,
    unborn_trace_id,
)

pytestmark = pytest.mark.unit


@given(st.integers(0, 2**64))
def test_base_36_reads_back_as_the_number(number: int) -> None:
    assert int(base36(number), 36) == number


@pytest.mark.parametrize(("number", "digits"), [(0, "0"), (35, "z"), (36, "10")])
def test_base_36_uses_the_least_digits(number: int, digits: str) -> None:
    assert base36(number) == digits


@pytest.mark.parametrize("text", ["BTCUSDT", "1000PEPEUSDT", "AB", "A" * 17])
def test_capitals_and_digits_spell_a_symbol(text: str) -> None:
    assert is_symbol(text)


@pytest.mark.parametrize(
    "text", ["", "A", "btcusdt", "BTC-USDT", "A" * 18, "BTC ", "BTCÜ", "BTC\n"]
)
def test_anything_else_spells_none(text: str) -> None:
    assert not is_symbol(text)


SYMBOLS = st.from_regex(r"[A-Z0-9]{2,17}", fullmatch=True)
INTENTS = st.tuples(
    st.integers(0, 36**2 - 1),
    SYMBOLS,
    st.integers(10**12, 2 * 10**12),
    st.sampled_from(list(Leg)),
    st.integers(0, 36**3 - 1),
)


@given(INTENTS, INTENTS)
def test_client_ids_are_equal_only_for_equal_intents(
    one: tuple[int, str, int, Leg, int], other: tuple[int, str, int, Leg, int]
) -> None:
    names = [client_id(e, trace_id(s, at), leg, n) for e, s, at, leg, n in (one, other)]
    assert (names[0] == names[1]) is (one == other)
    assert all(len(name) <= CLIENT_ID_LENGTH_MAX for name in names)


def test_a_client_id_tells_epoch_trace_and_leg() -> None:
    assert client_id(1, trace_id("BTCUSDT", 36), Leg.STOP, 2) == "qt1-BTCUSDT-10-s2"


def test_a_client_id_that_no_venue_would_take_is_a_bug() -> None:
    with pytest.raises(InvariantBroken, match="longer than 36"):
        client_id(1, trace_id("A" * 20, 10**15), Leg.EXIT, 50_000)


@given(st.integers(0, 10**13), st.integers(0, 10**11))
def test_what_no_event_gave_birth_to_never_has_the_trace_of_an_event(at: int, off: int) -> None:
    born = {trace_id("BTCUSDT", at), trace_id("BTCUSDT", at + off)}
    assert unborn_trace_id("BTCUSDT", at) not in born
    assert len(client_id(1_295, unborn_trace_id("X" * 17, at), Leg.STOP, 46_655)) <= 36
