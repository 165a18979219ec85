"""Envelopes as bytes: strict JSON, checked on the way out and on the way in.

Decimals travel as text. What is not a number, a key twice, a field too many or too few, another
schema version or more than 64 KiB is refused. What is read is exactly what was written.
"""

import json
import re
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal, NoReturn, cast, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    create_model,
)

from application.errors import IntegrityFailure
from application.events.envelope import Envelope
from application.events.registry import EventType, checked, type_of
from domain.shared.errors import InvariantBroken

BYTES_MAX: Final = 65_536
_STRICT: Final = ConfigDict(
    strict=True, extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
)
_DECIMAL: Final = re.compile(r"-?\d{1,40}(\.\d{1,40})?(E[+-]?\d{1,3})?", re.ASCII)
_INTEGER_MAX: Final = 2**63 - 1


def _exact(value: object, info: ValidationInfo) -> Decimal:
    wanted = str if info.mode == "json" else Decimal
    if isinstance(value, wanted) and _DECIMAL.fullmatch(str(value)):
        return Decimal(value)
    raise ValueError("must be a finite decimal, as text on the wire")


_Exact = Annotated[Decimal, PlainValidator(_exact), PlainSerializer(str, return_type=str)]
_Whole = Annotated[int, Field(ge=-_INTEGER_MAX, le=_INTEGER_MAX)]
_FIELD: Final[dict[object, Any]] = {
    str: str,
    bool: bool,
    int: _Whole,
    Decimal: _Exact,
    float: float,
    float | None: float | None,
    int | None: _Whole | None,
    str | None: str | None,
    tuple[str, ...]: tuple[str, ...],
    tuple[float | None, ...]: tuple[float | None, ...],
}


@cache
def _model_of(kind: EventType) -> type[BaseModel]:
    """Return the model of an envelope of type *kind*; each payload field must be known here."""
    payload: dict[str, Any] = {
        name: (_FIELD[hint], ...) for name, hint in get_type_hints(kind.payload).items()
    }
    fields: dict[str, Any] = {
        "event_id": (Annotated[str, Field(min_length=1, max_length=200)], ...),
        "type": (Literal[kind.name], ...),
        "schema_version": (Annotated[int, Field(ge=kind.version, le=kind.version)], ...),
        "occurred_at_ms": (Annotated[int, Field(ge=0, le=_INTEGER_MAX)], ...),
        "trace_id": (str, ...),
        "causation_id": (str, ...),
        "producer": (str, ...),
        "key": (str, ...),
        "payload": (create_model("Payload", __config__=_STRICT, **payload), ...),
    }
    return cast("type[BaseModel]", create_model("Envelope", __config__=_STRICT, **fields))


def encode(envelope: Envelope) -> bytes:
    """Return the bytes of *envelope*. Raises `InvariantBroken` when it is not as registered."""
    model = _model_of(checked(envelope))
    fields = envelope._asdict()
    fields["payload"] = envelope.payload._asdict()
    try:
        data = model.model_validate(fields).model_dump_json().encode()
    except (ValidationError, ValueError) as error:
        raise InvariantBroken(f"{envelope.type} {envelope.event_id}: {error}") from error
    if len(data) > BYTES_MAX:
        raise InvariantBroken(f"{envelope.type} {envelope.event_id}: {len(data)} bytes")
    return data


def decode(data: bytes) -> Envelope:
    """Return the envelope in *data*. Raises `IntegrityFailure` when there is none."""
    if len(data) > BYTES_MAX:
        raise IntegrityFailure(f"an event of {len(data)} bytes: at most {BYTES_MAX} are read")
    try:
        name = _loads(data.decode())["type"]
        kind = type_of(name)
        read = _model_of(kind).model_validate_json(data)
        fields = dict(read)
        payload = kind.payload(**dict(fields.pop("payload")))
        envelope = Envelope(**fields, payload=payload)
        checked(envelope)
    except (ValueError, TypeError, KeyError, RecursionError, InvariantBroken) as error:
        raise IntegrityFailure(f"not an event: {error}") from error
    return envelope


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a key stands twice")
    return found


def _refuse(what: str) -> NoReturn:
    raise ValueError(what)


# Read twice: first for what the model's own reader would let pass in silence.
_loads = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse).decode
