"""The envelope of an event, and the identities that make a replay say the same event again.

What the desk heard has the identity `RUN-SEQUENCE36`: its number in the journal of the run. An
event told of it is `RUN-SEQUENCE36-TYPE-INDEX`, the index counting events of one type. So the id
does not depend on who subscribes, and a consumer knows an event that it has seen.
"""

from collections.abc import Callable
from typing import NamedTuple

from application.events.payloads import Payload
from domain.shared.identity import base36


class Envelope(NamedTuple):
    """An event on its way. Frozen.

    `occurred_at_ms` in UTC ms. `causation_id` is the id of the event that caused it. `producer`
    is a name of the registry, then a colon and the run mode. Events of one `key` keep their
    order; for what concerns a symbol it is the symbol, otherwise empty.
    """

    event_id: str
    type: str
    schema_version: int
    occurred_at_ms: int
    trace_id: str
    causation_id: str
    producer: str
    key: str
    payload: Payload


Handler = Callable[[Envelope], None]
"""Consumes one event. Whatever it raises is a failure, and it will be asked again."""


def heard_id(run: str, sequence: int) -> str:
    """Return the identity of the event that the desk of *run* heard as number *sequence*."""
    return f"{run}-{base36(sequence)}"


def event_id(heard: str, kind: str, index: int) -> str:
    """Return the identity of event number *index* of type *kind* told of what was *heard*."""
    return f"{heard}-{kind}-{index}"
