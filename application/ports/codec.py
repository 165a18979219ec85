"""Messages as bytes: one canonical form, for the journal, the digest and the replay."""

from typing import Protocol

from domain.decision.facts import Said
from domain.decision.messages import Command, Heard
from domain.decision.state import State


class Codec(Protocol):
    """Equal messages give equal bytes, on every machine and in every run."""

    def encode(self, message: Heard | Said | Command) -> bytes:
        """Return the bytes of *message*."""

    def encode_all(self, messages: tuple[Heard | Said | Command, ...]) -> bytes:
        """Return the bytes of several messages, in order."""

    def decode_heard(self, data: bytes) -> Heard:
        """Return the event in *data*. Raises `IntegrityFailure` when it is none."""


class StateCodec(Protocol):
    """The whole state as bytes, for snapshots: of this version of it only, never misread."""

    def encode_state(self, state: State) -> bytes:
        """Return the bytes of *state*. What is mapped keeps its order."""

    def decode_state(self, data: bytes) -> State:
        """Return the state in *data*.

        Raises `IntegrityFailure` when it is none, or one of another version.
        """
