"""The codec: whatever can be heard comes back as it was, and no member is forgotten."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.persistence.codec import MsgpackCodec
from application.errors import IntegrityFailure
from domain.decision.facts import Said
from domain.decision.messages import (
    Command,
    Heard,
    MarketAdvanced,
    OperatorFlattened,
    SessionOpened,
)
from domain.execution.messages import Deposited
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.shared.enums import RunMode
from tests.builders import D, a_candidate, a_policy, an_instrument
from tests.recording import an_eventful_day, first_of

pytestmark = pytest.mark.unit

CODEC = MsgpackCodec()
HEARD = get_args(Heard)
ALL = (*HEARD, *get_args(Said), *get_args(Command))
GENERATED = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

# A few of each, made once: a policy checks itself, and that takes its time.
POLICIES = st.sampled_from(
    [
        a_policy(),
        a_policy(version=10**12, symbols=("BTCUSDT", "ETHUSDT"), agreement_min=2 / 3),
        a_policy(risk_per_trade=D("0.010"), cooldown_minutes=0, allow_flip=False),
    ]
)
INSTRUMENTS = st.builds(
    an_instrument,
    st.sampled_from(["BTCUSDT", "1000PEPEUSDT"]),
    tick=st.sampled_from([D("0.1"), D("0.10"), D("1E-8"), D("1E+1")]),
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(),
    str: st.text(),
    bool: st.booleans(),
    NoneType: st.none(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False) | st.just(D("-0E-8")),
    Policy: POLICIES,
    Instrument: INSTRUMENTS,
}


def anything(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type
    """Return a strategy for every value of *kind*, a type as messages annotate their fields."""
    known = PLAIN.get(kind)
    if known is None:
        known = PLAIN[kind] = made(kind)
    return known


def made(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type
    """Return a strategy for a *kind* that is made of others."""
    if get_origin(kind) is UnionType:
        return st.one_of([anything(each) for each in get_args(kind)])
    if get_origin(kind) is tuple:
        first, *rest = get_args(kind)
        if rest == [...]:
            return st.lists(anything(first), max_size=2).map(tuple)
        return st.tuples(*(anything(each) for each in (first, *rest)))
    if get_origin(kind) is Mapping:
        key, value = get_args(kind)
        return st.dictionaries(anything(key), anything(value), max_size=2)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = get_type_hints(kind)
    return st.tuples(*(anything(hint) for hint in hints.values())).map(lambda v: kind(*v))


def shown(heard: Heard) -> str:
    """Return *heard* as text that tells types, exponents and NaN; mappings sorted, as written."""
    if isinstance(heard, SessionOpened):
        heard = heard._replace(instruments=dict(sorted(heard.instruments.items())))
    return repr(heard)


@pytest.mark.parametrize("kind", HEARD, ids=lambda kind: kind.__name__)
@GENERATED
@given(data=st.data())
def test_what_was_heard_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    heard = data.draw(anything(kind))

    back = CODEC.decode_heard(CODEC.encode(heard))

    assert shown(back) == shown(heard)
    assert CODEC.encode(back) == CODEC.encode(heard)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_member_of_the_unions_has_a_canonical_form(kind: type, data: st.DataObject) -> None:
    message = data.draw(anything(kind))

    name, fields = msgspec.msgpack.decode(CODEC.encode(message))

    assert (name, len(fields)) == (kind.__name__, len(message))


def test_no_two_members_share_a_name() -> None:
    assert len({kind.__name__ for kind in ALL}) == len(set(ALL))


def test_a_subset_of_fields_that_have_defaults_is_still_a_policy_of_today() -> None:
    opened = SessionOpened(1, RunMode.PAPER, 1, Policy(), {})
    name, fields = msgspec.msgpack.decode(CODEC.encode(opened))
    del fields[3]["entry_ttl_ms"]  # as if the journal were older than the field

    back = CODEC.decode_heard(msgspec.msgpack.encode([name, fields]))

    assert back == opened


def test_the_order_in_which_instruments_were_given_does_not_show() -> None:
    one, two = an_instrument("BTCUSDT"), an_instrument("ETHUSDT")
    forth = SessionOpened(1, RunMode.PAPER, 1, Policy(), {"BTCUSDT": one, "ETHUSDT": two})
    back = forth._replace(instruments=MappingProxyType({"ETHUSDT": two, "BTCUSDT": one}))
    assert CODEC.encode(forth) == CODEC.encode(back)


def test_several_messages_are_their_bytes_one_after_the_other() -> None:
    messages = (Deposited(1, D(5)), OperatorFlattened(2, None, "ann", "why"))
    assert CODEC.encode_all(messages) == CODEC.encode(messages[0]) + CODEC.encode(messages[1])
    assert CODEC.encode_all(()) == b""


def test_a_float_of_an_array_library_is_the_float_that_it_is() -> None:
    plain = a_candidate(confidence=0.25)
    foreign = plain._replace(
        votes=tuple(v._replace(confidence=np.float64(0.25)) for v in plain.votes)
    )
    _, advanced = first_of(an_eventful_day().journal, MarketAdvanced)
    assert CODEC.encode(advanced._replace(candidates=(foreign,))) == CODEC.encode(
        advanced._replace(candidates=(plain,))
    )


def test_a_value_without_a_canonical_form_is_a_bug_and_not_a_guess() -> None:
    with pytest.raises(NotImplementedError):
        CODEC.encode(Deposited(1, object()))  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x92",
        b"\x92\xa9",
        b"\x93\xa9Deposited\x92\x01\xa15",
        b"\x92\xa9Withdrawn\x92\x01\xa15",
        b"\x92\xa9Deposited\x92\x01",
        b"\x92\xa9Deposited\x92\x01\xa15x",
        b"\x92\xa9Deposited\x92\x01\xa3one",
        CODEC.encode(Deposited(1, D(5)))[:-1],
    ],
)
def test_bytes_that_are_no_event_are_refused(data: bytes) -> None:
    with pytest.raises(IntegrityFailure):
        CODEC.decode_heard(data)


def test_an_event_with_a_policy_that_may_not_be_is_refused() -> None:
    encoded = CODEC.encode(SessionOpened(1, RunMode.PAPER, 1, Policy(), {}))
    name, fields = msgspec.msgpack.decode(encoded)
    fields[3]["positions_max"] = 0
    with pytest.raises(IntegrityFailure, match="positions_max"):
        CODEC.decode_heard(msgspec.msgpack.encode([name, fields]))


@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), which=st.integers(0, 10**6))
def test_a_flipped_bit_gives_another_event_or_a_refusal_and_never_another_error(
    place: float, bit: int, which: int
) -> None:
    data = bytearray(ENCODED[which % len(ENCODED)])
    data[int(place * len(data))] ^= 1 << bit
    try:
        heard = CODEC.decode_heard(bytes(data))
    except IntegrityFailure:
        return
    assert isinstance(heard, HEARD)


ENCODED = [CODEC.encode(entry.heard) for entry in an_eventful_day().journal]
