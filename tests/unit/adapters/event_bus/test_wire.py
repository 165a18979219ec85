"""Event schema valid / invalid: what is read is exactly what was written, and nothing looser."""

import json
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.event_bus import wire
from application.errors import IntegrityFailure
from application.events.envelope import Envelope
from application.events.payloads import Payload
from application.events.registry import EVENTS, EventType
from domain.shared.errors import InvariantBroken
from tests.builders import D
from tests.events import a_command, an_alert, an_event

pytestmark = pytest.mark.unit

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12))
VALUES: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**60), 2**60),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: DECIMALS.filter(lambda d: d < 10**12) | st.sampled_from([D("1E+2"), D("0E-8")]),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - any annotation
    """Return values of the type that *hint* annotates."""
    if hint in VALUES:
        return VALUES[hint]
    if getattr(hint, "__origin__", None) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=4).map(tuple)
    return st.one_of(*map(values_of, get_args(hint)))


def events_of(kind: EventType) -> st.SearchStrategy[Envelope]:
    """Return envelopes of *kind* with any payload."""
    hints = get_type_hints(kind.payload)
    fields = {name: values_of(hint) for name, hint in hints.items()}
    payloads: st.SearchStrategy[Payload] = st.builds(kind.payload, **fields)
    return payloads.map(lambda payload: an_event(kind.name, payload, 1))


@given(st.sampled_from(sorted(EVENTS)).flatmap(lambda name: events_of(EVENTS[name])))
def test_any_event_of_any_type_comes_back_as_it_was(envelope: Envelope) -> None:
    back = wire.decode(wire.encode(envelope))
    assert back == envelope
    assert type(back.payload) is type(envelope.payload)
    assert str(back.payload) == str(envelope.payload)


@pytest.mark.parametrize("name", EVENTS)
def test_every_type_has_a_schema(name: str) -> None:
    with pytest.raises(IntegrityFailure, match="payload"):
        wire.decode(json.dumps(head(type=name, schema_version=EVENTS[name].version)).encode())


def head(**fields: object) -> dict[str, object]:
    """Return the fields of an envelope without its payload."""
    fields = {"payload": {}} | fields
    return dict(json.loads(wire.encode(a_command(0)))) | fields


def payload(**fields: object) -> dict[str, object]:
    """Return a whole envelope with other payload fields."""
    found = json.loads(wire.encode(a_command(0)))
    found["payload"] |= fields
    return dict(found)


WRONG = {
    "no bytes": b"",
    "no JSON": b"{",
    "not text": b"\xff\xfe",
    "no object": b"[]",
    "no type": b"{}",
    "a type that is no text": b'{"type":[]}',
    "nested without end": b"[" * 60_000,
    "too long": b" " * (wire.BYTES_MAX + 1),
    "a number without end": b'{"type":' + b"9" * 10_000 + b"}",
    "unknown type": json.dumps(payload() | {"type": "no.such"}).encode(),
    "reserved type": json.dumps(payload() | {"type": "model.promoted"}).encode(),
    "other version": json.dumps(payload() | {"schema_version": 2}).encode(),
    "version as text": json.dumps(payload() | {"schema_version": "1"}).encode(),
    "version as a truth": json.dumps(payload() | {"schema_version": True}).encode(),
    "a field too many": json.dumps(payload() | {"more": 1}).encode(),
    "a field too many within": json.dumps(payload(more=1)).encode(),
    "a field too few": json.dumps({k: v for k, v in payload().items() if k != "key"}).encode(),
    "time before the epoch": json.dumps(payload() | {"occurred_at_ms": -1}).encode(),
    "time as a fraction": json.dumps(payload() | {"occurred_at_ms": 1.5}).encode(),
    "producer unknown": json.dumps(payload() | {"producer": "somebody"}).encode(),
    "id missing": json.dumps(payload() | {"event_id": ""}).encode(),
    "id too long": json.dumps(payload() | {"event_id": "x" * 201}).encode(),
    "decimal as a number": json.dumps(payload(price=100.1)).encode(),
    "decimal NaN": json.dumps(payload(price="NaN")).encode(),
    "decimal infinite": json.dumps(payload(price="Infinity")).encode(),
    "decimal with spaces": json.dumps(payload(price=" 1")).encode(),
    "decimal of other digits": json.dumps(payload(price="\u0661")).encode(),
    "decimal of great power": json.dumps(payload(price="1E+9999")).encode(),
    "whole number as text": json.dumps(payload(leverage="3")).encode(),
    "whole number without end": json.dumps(payload(leverage=10**30)).encode(),
    "text as a number": json.dumps(payload(side=1)).encode(),
    "a key twice": wire.encode(a_command(0)).replace(b'"key":', b'"key":"X","key":'),
    "a key twice within": wire.encode(a_command(0)).replace(b'"side":', b'"side":"X","side":'),
    "float NaN": wire.encode(an_alert(0)).replace(b"1.0", b"NaN"),
    "float infinite": wire.encode(an_alert(0)).replace(b"1.0", b"1e999"),
    "float as text": wire.encode(an_alert(0)).replace(b"1.0", b'"1.0"'),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_what_is_not_exactly_an_event_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityFailure):
        wire.decode(data)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(IntegrityFailure):
        wire.decode(data)


OUTWARDS = {
    "text where a decimal belongs": {"price": "100"},
    "float where a decimal belongs": {"price": 100.5},
    "decimal NaN": {"price": D("NaN")},
    "decimal too long": {"price": D("1" * 60)},
    "text where a number belongs": {"leverage": "3"},
    "text without end": {"symbol": "X" * 70_000},
    "half a character": {"symbol": "\ud800"},
    "nothing": {"symbol": None},
}


@pytest.mark.parametrize("fields", OUTWARDS.values(), ids=OUTWARDS)
def test_what_is_not_an_event_is_not_written_either(fields: dict[str, Any]) -> None:
    event = a_command(0)
    with pytest.raises(InvariantBroken):
        wire.encode(event._replace(payload=event.payload._replace(**fields)))
