"""Decision replay: a recorded session re-derives every verdict, size and order, bit for bit.

The events of a journal are folded through `step` again, the decision digest with them. Each entry
carries the digest that the engine had after it: the first entry where the two differ is the first
decision that this program, or these events, would not make again.
"""

from collections.abc import Iterable
from typing import NamedTuple

from application.digest import NOTHING_DECIDED, digest_after
from application.ports.codec import Codec
from application.ports.journal import Entry
from domain.decision.facts import Said
from domain.decision.messages import Command, Heard
from domain.decision.state import State, initial
from domain.decision.step import step
from domain.governance.policy import Policy
from domain.shared.enums import RunMode
from domain.shared.errors import DomainError


class Divergence(NamedTuple):
    """The first entry whose decision is not the one recorded, and what is decided on it now."""

    sequence: int
    heard: Heard
    said: tuple[Said, ...]
    asked: tuple[Command, ...]
    recorded: bytes
    derived: bytes
    problem: str


class Replay(NamedTuple):
    """What a replay came to, up to its end or its first divergence.

    `decisions` counts events on which something was said or asked; `digest` is the last derived.
    """

    events: int
    decisions: int
    digest: bytes
    first_divergence: Divergence | None


def untouched() -> State:
    """Return the state that every session starts from: its opening sets all that matters."""
    return initial(RunMode.PAPER, Policy())


def replay(entries: Iterable[Entry], codec: Codec) -> Replay:
    """Derive every decision on *entries* again, and hold it against the recorded one.

    Raises what reading the entries raises.
    """
    state, digest = untouched(), NOTHING_DECIDED
    events = decisions = 0
    for sequence, heard, recorded in entries:
        events += 1
        if sequence != events:
            problem = f"entry {events} is missing: the journal goes on with {sequence}"
            return Replay(events, decisions, digest, _unlike(sequence, heard, recorded, problem))
        try:
            state, said, asked = step(state, heard)
        except (DomainError, ArithmeticError, LookupError, ValueError, TypeError) as error:
            problem = f"the desk cannot hear this event: {type(error).__name__}: {error}"
            return Replay(events, decisions, digest, _unlike(sequence, heard, recorded, problem))
        decisions += bool(said or asked)
        digest = digest_after(digest, said, asked, codec)
        if digest != recorded:
            problem = "this is not what was decided when it was recorded"
            found = Divergence(sequence, heard, said, asked, recorded, digest, problem)
            return Replay(events, decisions, digest, found)
    return Replay(events, decisions, digest, None)


def _unlike(sequence: int, heard: Heard, recorded: bytes, problem: str) -> Divergence:
    return Divergence(sequence, heard, (), (), recorded, b"", problem)
