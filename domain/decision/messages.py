"""What the desk hears and asks: closed unions. What it says stands in `facts`.

Heard are events of the world, asked are commands to the world. A new member is a type error in
`step` and a failing test in the codec until both know it.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.ai.prediction import Prediction
from domain.execution.messages import Report, VenueCommand
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.market.messages import Quote, Regime
from domain.shared.enums import RunMode


class SessionOpened(NamedTuple):
    """The desk opens, or opens again: everything it must know that is not an event of trading."""

    at_ms: int
    mode: RunMode
    fencing: int
    policy: Policy
    instruments: Mapping[str, Instrument]


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
    of regime.
    """

    at_ms: int
    marks: tuple[tuple[str, float], ...]
    high_equity: float
    turns: tuple[tuple[str, Regime], ...]
    candidates: tuple[Candidate, ...]


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


Heard = (
    SessionOpened
    | MarketAdvanced
    | Report
    | PolicyAdopted
    | OperatorHalted
    | OperatorReleased
    | OperatorFlattened
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


Command = VenueCommand | Page
