"""Messages as MessagePack: the canonical bytes of everything heard, said and asked.

A message is the pair [name of its type, [its fields in order]]; messages within messages are
arrays of their fields. Decimals travel as text and keep their exponent, enums as their value,
floats as their 64 bits, mappings with sorted keys; policies and instruments are maps, so that a
field added later, with a default, does not make an old journal unreadable. Several messages are
simply written one after the other: each says where it ends.

A state is written after the mark of its version. Its mappings keep their order, for the desk goes
through them in it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

import msgspec

from adapters.persistence.shape import SHAPE_BYTES, shape_of
from application.errors import IntegrityFailure
from application.ports.codec import Codec, StateCodec
from domain.decision.facts import Said
from domain.decision.messages import Command, Heard
from domain.decision.state import State
from domain.shared.errors import DomainError

_PAIR: Final = 0x92  # an array of two
_SHORT_TEXT: Final = 0xA0  # its low five bits are the length
_LENGTH: Final = 0x1F


def _head_of(kind: type) -> bytes:
    """Return the bytes that every message of *kind* begins with."""
    name = kind.__name__.encode("ascii")
    if len(name) > _LENGTH:
        raise ValueError(f"{kind.__name__}: a message name has at most {_LENGTH} letters")
    return bytes((_PAIR, _SHORT_TEXT | len(name))) + name


def _plain(value: object) -> object:
    """Return what stands for *value*, of a type that MessagePack does not know by itself."""
    if isinstance(value, float):  # a float of an array library
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"a message must not hold a {type(value).__name__}")


class MsgpackCodec:
    """Satisfies `Codec` and `StateCodec`. Has no state but its tables: may serve many threads."""

    def __init__(self) -> None:
        """Make the tables from the closed unions, so that no member can be forgotten."""
        self._pack = msgspec.msgpack.Encoder(enc_hook=_plain, order="deterministic").encode
        self._heads = {
            kind: _head_of(kind) for union in (Heard, Said, Command) for kind in get_args(union)
        }
        self._readers: dict[bytes, Callable[[bytes], Any]] = {
            self._heads[kind][2:]: msgspec.msgpack.Decoder(kind).decode for kind in get_args(Heard)
        }

        self._pack_state = msgspec.msgpack.Encoder(enc_hook=_plain).encode
        self._state_in = msgspec.msgpack.Decoder(State).decode
        self._shape = shape_of(State)

    def encode(self, message: Heard | Said | Command) -> bytes:
        """Return the bytes of *message*."""
        return self._heads[type(message)] + self._pack(message)

    def encode_all(self, messages: tuple[Heard | Said | Command, ...]) -> bytes:
        """Return the bytes of several messages, in order."""
        heads, pack = self._heads, self._pack
        return b"".join([heads[type(message)] + pack(message) for message in messages])

    def decode_heard(self, data: bytes) -> Heard:
        """Return the event in *data*. Raises `IntegrityFailure` when it is none."""
        if len(data) < 2 or data[0] != _PAIR or data[1] & ~_LENGTH != _SHORT_TEXT:  # noqa: PLR2004 - the head
            raise IntegrityFailure("not a message: the bytes do not begin as one")
        end = 2 + (data[1] & _LENGTH)
        reader = self._readers.get(data[2:end])
        if reader is None:
            name = data[2:end].decode("ascii", "replace")
            raise IntegrityFailure(f"{name!r} is no event that the desk can hear")
        try:
            heard: Heard = reader(data[end:])
        except (msgspec.MsgspecError, DomainError, ValueError, ArithmeticError) as error:
            raise IntegrityFailure(f"a damaged {data[2:end].decode()}: {error}") from error
        return heard

    def encode_state(self, state: State) -> bytes:
        """Return the bytes of *state*. What is mapped keeps its order."""
        return self._shape + self._pack_state(state)

    def decode_state(self, data: bytes) -> State:
        """Return the state in *data*. Raises `IntegrityFailure` when it is none of this version."""
        if data[:SHAPE_BYTES] != self._shape:
            raise IntegrityFailure("a state of another version of this program")
        try:
            return self._state_in(data[SHAPE_BYTES:])
        except (msgspec.MsgspecError, DomainError, ValueError, ArithmeticError) as error:
            raise IntegrityFailure(f"a damaged state: {error}") from error


_: type[Codec] = MsgpackCodec
_states: type[StateCodec] = MsgpackCodec
