"""What the desk hears and asks: closed unions. What it says stands in `facts`.

Heard are events of the world, asked are commands to the world. A new member is a type error in
`step` and a failing test in the codec until both know it.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.ai.model_news import ModelNews
from domain.ai.prediction import Prediction
from domain.execution.messages import QueryOrder, ReadAccount, Report, VenueCommand
from domain.governance.directive import Directive, Health
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.market.messages import Bulletin, Quote, Regime
from domain.risk.emergency_stop import Latch
from domain.shared.enums import RunMode


class SessionOpened(NamedTuple):
    """The desk opens, or opens again: everything it must know that is not an event of trading.

    `ceiling` is the safety policy: hard limits of the configuration that no policy can loosen.
    `remote`: the venue is beyond a wire, on which reports and replies can be lost; it outlives the
    desk and is reconciled with.
    """

    at_ms: int
    mode: RunMode
    fencing: int
    policy: Policy
    instruments: Mapping[str, Instrument]
    ceiling: Policy | None = None
    remote: bool = False


class Candidate(NamedTuple):
    """A symbol about which at least one voter has something to say.

    `stop` and `target` are absolute prices a voter asks for.
    """

    quote: Quote
    votes: tuple[Prediction, ...]
    stop: Decimal | None = None
    target: Decimal | None = None


class MarketAdvanced(NamedTuple):
    """Bars closed at `at_ms`, of one or of many symbols.

    `marks` has at least every held symbol. `high_equity` is the highest equity in USD among bars
    passed over in silence since the last event, 0 when none were. `turns` are confirmed changes
    of regime. `passed` are (time, equity in USD) of bars passed over, as far back as the flash
    window reaches.
    """

    at_ms: int
    marks: tuple[tuple[str, float], ...]
    high_equity: float
    turns: tuple[tuple[str, Regime], ...]
    candidates: tuple[Candidate, ...]
    bulletin: Bulletin | None = None
    passed: tuple[tuple[int, float], ...] = ()


class ClockTicked(NamedTuple):
    """Time passed without news: what waits for a time may have its turn."""

    at_ms: int


class LatchRead(NamedTuple):
    """What the durable latch of the emergency stop said at the start; None: it cannot be read."""

    at_ms: int
    latch: Latch | None


class PolicyStoreLost(NamedTuple):
    """The policy store cannot be reached since `since_ms`."""

    at_ms: int
    since_ms: int
    problem: str


class PolicyStoreFound(NamedTuple):
    """The policy store can be reached again; what it holds follows as `PolicyAdopted`."""

    at_ms: int


class DirectiveIssued(NamedTuple):
    """Supervision (AI-HFOS) leaves this much to entries from now on."""

    at_ms: int
    directive: Directive
    actor: str


class HealthChanged(NamedTuple):
    """The system is this well, for these reasons."""

    at_ms: int
    health: Health
    reasons: tuple[str, ...]


class IntegrityLost(NamedTuple):
    """A record is not what was written: the audit chain, or a store."""

    at_ms: int
    what: str


class PolicyAdopted(NamedTuple):
    """Another policy governs from now on."""

    at_ms: int
    policy: Policy
    actor: str
    reason: str


class OperatorHalted(NamedTuple):
    """An operator stops everything: close all, stay stopped until released."""

    at_ms: int
    actor: str
    reason: str


class OperatorReleased(NamedTuple):
    """An operator ends the halt and accepts the loss: the peak is re-based."""

    at_ms: int
    actor: str
    reason: str


class OperatorFlattened(NamedTuple):
    """An operator closes the position of one symbol, or of all when `symbol` is None."""

    at_ms: int
    symbol: str | None
    actor: str
    reason: str


class EntriesPaused(NamedTuple):
    """An operator holds entries back until `until_ms`, or until unpaused when that is 0.

    What is held goes on being managed. A pause on top of another ends no earlier than it.
    """

    at_ms: int
    until_ms: int
    actor: str
    reason: str


class EntriesUnpaused(NamedTuple):
    """An operator lets entries go on."""

    at_ms: int
    actor: str
    reason: str


class WishRefused(NamedTuple):
    """Somebody asked for `action` at the interface, and was refused for `reason`."""

    at_ms: int
    action: str
    actor: str
    reason: str


class SessionClosed(NamedTuple):
    """The desk is about to stop; what it holds stays at the venue, under its stops."""

    at_ms: int
    reason: str


Heard = (
    SessionOpened
    | MarketAdvanced
    | ClockTicked
    | Report
    | LatchRead
    | PolicyAdopted
    | PolicyStoreLost
    | PolicyStoreFound
    | DirectiveIssued
    | HealthChanged
    | IntegrityLost
    | OperatorHalted
    | OperatorReleased
    | OperatorFlattened
    | EntriesPaused
    | EntriesUnpaused
    | WishRefused
    | SessionClosed
    | ModelNews
)


class Severity(StrEnum):
    """How loudly a person is called."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Page(NamedTuple):
    """Call a person."""

    at_ms: int
    severity: Severity
    text: str


class SetLatch(NamedTuple):
    """Make the emergency stop durable, before anything else that was asked with it."""

    at_ms: int
    latch: Latch


class NoteEmergency(NamedTuple):
    """Let the policy store know: `active` forbids entries to whoever reads it.

    `epoch` only rises; the store keeps the highest it was told.
    """

    at_ms: int
    epoch: int
    active: bool
    reason: str


Command = VenueCommand | ReadAccount | QueryOrder | SetLatch | NoteEmergency | Page
