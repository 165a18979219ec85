"""Policies as text, for stores and caches: canonical JSON, decimals as text, and a checksum.

Rule 1: the same policy gives the same text. A field added later, with a default, does not make an
        older text unreadable; a field unknown here was written by a newer program.
Rule 2: what does not match its checksum, or is no valid policy, is rejected whole: no field of it
        is used.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, get_origin, get_type_hints

from application.errors import IntegrityFailure
from application.ports.policy_store import EmergencyNote, PolicyRecord
from domain.governance.policy import Policy
from domain.shared.errors import InvalidPolicy

NO_EMERGENCY: Final = EmergencyNote(0, active=False, reason="", at_ms=0)
_KINDS: Final[Mapping[str, Any]] = MappingProxyType(get_type_hints(Policy))
_FIELDS: Final = tuple(f.name for f in fields(Policy))


def text_of(policy: Policy) -> str:
    """Return the canonical text of *policy*."""
    return _canonical({name: plain(getattr(policy, name)) for name in _FIELDS})


def plain(value: Any) -> Any:  # noqa: ANN401 - any value of any field
    """Return the *value* of a field in the types of JSON; decimals as text."""
    return str(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=64)  # the same few versions are read again and again
def policy_of(text: str) -> Policy:
    """Return the policy that *text* stands for. Raises `IntegrityFailure` when it is none."""
    try:
        values = json.loads(text)
        if not isinstance(values, dict):
            raise IntegrityFailure("a policy is an object of fields")
        unknown = sorted(set(values) - set(_FIELDS))
        if unknown:
            raise IntegrityFailure(
                f"unknown policy fields {', '.join(unknown)}: a newer program wrote them; upgrade"
            )
        return Policy(**{name: _typed(_KINDS[name], value) for name, value in values.items()})
    except (ValueError, TypeError, InvalidOperation, InvalidPolicy) as error:
        raise IntegrityFailure(f"a damaged policy: {error}") from error


def digest_of(record: PolicyRecord, text: str) -> str:
    """Return the checksum of *record*, whose policy was written as *text*: SHA-256, in hex."""
    parts = [record.policy.version, text, *record[1:]]
    return sha256(_canonical(parts).encode()).hexdigest()


def checked(record: PolicyRecord, text: str, digest: str) -> PolicyRecord:
    """Return *record*. Raises `IntegrityFailure` when it is not what *digest* was made of."""
    if digest_of(record, text) != digest:
        raise IntegrityFailure(
            f"policy version {record.policy.version} is not what was written: its checksum differs"
        )
    return record


def record_text(record: PolicyRecord) -> str:
    """Return *record* with its checksum, as one text."""
    text = text_of(record.policy)
    return _canonical([text, *record[1:], digest_of(record, text)])


def record_of(text: str) -> PolicyRecord:
    """Return the record that *text* stands for. Raises `IntegrityFailure` when it is damaged."""
    try:
        policy, at_ms, actor, reason, restores, digest = json.loads(text)
        record = PolicyRecord(policy_of(policy), at_ms, actor, reason, restores)
        return checked(record, policy, digest)
    except (ValueError, TypeError) as error:
        raise IntegrityFailure(f"a damaged policy record: {error}") from error


def note_text(note: EmergencyNote) -> str:
    """Return *note* with its checksum, as one text."""
    text = _canonical(list(note))
    return _canonical([text, sha256(text.encode()).hexdigest()])


def note_of(text: str) -> EmergencyNote:
    """Return the note that *text* stands for. Raises `IntegrityFailure` when it is damaged."""
    try:
        inner, digest = json.loads(text)
        if sha256(inner.encode()).hexdigest() != digest:
            raise IntegrityFailure("an emergency note is not what was written")
        epoch, active, reason, at_ms = json.loads(inner)
    except (ValueError, TypeError, AttributeError) as error:
        raise IntegrityFailure(f"a damaged emergency note: {error}") from error
    return EmergencyNote(epoch, active, reason, at_ms)


def _typed(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any value of any field
    if kind is Decimal:
        if not isinstance(value, str):
            raise ValueError("a decimal is written as text")
        return Decimal(value)
    if get_origin(kind) is tuple:
        return tuple(value)
    return kind(value) if issubclass(kind, StrEnum) else value


def _canonical(value: Any) -> str:  # noqa: ANN401 - what JSON can tell
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
