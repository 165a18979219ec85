"""Why: the whole story of one signal, trade or order, derived again from the journal.

Everything that concerns it carries its trace: the market event it was born at names the symbol and
the time, its trade has the same id, and its orders hold it in their names. The journal is played
through `step` once more, and what bears the trace is told in the order it happened.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from application.errors import BadInput
from application.ports.journal import Entry
from application.projections import order_wording, wording
from application.replay import untouched
from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    OrderRefusedByVenue,
    RiskModeChanged,
    Said,
    SignalSkipped,
    StopPlaced,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
)
from domain.decision.messages import Command, Heard, MarketAdvanced
from domain.decision.safety_facts import GateFailed, OrderInDoubt, ShadowClosed, ShadowOpened
from domain.decision.state import State
from domain.decision.step import step
from domain.execution.messages import (
    CancelOrder,
    CancelRefused,
    FundingSettled,
    OrderAbsent,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderRead,
    OrderRejected,
    OrderUnknown,
    PlaceEntry,
    PlaceExit,
)
from domain.shared.identity import trace_id

_CLIENT_ID: Final = re.compile(r"qt[0-9a-z]+-([A-Z0-9]{2,17})-([0-9a-z]+)-[estx][0-9a-z]+")
_TRACE: Final = re.compile(r"([A-Z0-9]{2,17})-([0-9a-z]{6,9})")
_MOMENT: Final = re.compile(r"([A-Z0-9]{2,17})[-@: ](\d{4}-\d\d-\d\d[T ].+|\d{12,14})")


class Line(NamedTuple):
    """One line of a story, and when it happened (UTC ms)."""

    at_ms: int
    text: str


class Story(NamedTuple):
    """What happened to the signal `trace`. `missing` are links one would expect and that are not.

    `outcome` is closed, open, ordered, aborted, refused, skipped, silent (heard, but nothing was
    decided on it) or unknown (the journal has nothing of it).
    """

    trace: str
    symbol: str
    outcome: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...]


class Subject(NamedTuple):
    """What a story is about: a symbol and the time at which the signal was born, UTC ms."""

    symbol: str
    born_ms: int

    @property
    def trace(self) -> str:
        """The trace that all of it bears."""
        return trace_id(self.symbol, self.born_ms)


def subject_of(text: str) -> Subject:
    """Return what *text* names: a trade or trace id, a client order id, or a symbol and time.

    Raises `BadInput` when it is none of these.
    """
    text = text.strip()
    found = _CLIENT_ID.fullmatch(text) or _TRACE.fullmatch(text)
    if found is not None:
        return Subject(found[1], int(found[2], 36))
    found = _MOMENT.fullmatch(text)
    if found is not None and found[2].isdigit():
        return Subject(found[1], int(found[2]))
    try:
        moment = datetime.fromisoformat(found[2]) if found is not None else None
    except ValueError:
        moment = None
    if found is None or moment is None or moment.tzinfo is None:
        raise BadInput(
            f"{text!r} is no id: give a trade or trace id (BTCUSDT-lpwh5c00), a client order id "
            "(qt1-BTCUSDT-lpwh5c00-e0), or a symbol and time (BTCUSDT@2024-01-31T00:05:00Z)"
        )
    return Subject(found[1], round(moment.timestamp() * 1000))


def tell(entries: Iterable[Entry], text: str) -> Story:
    """Tell the story of what *text* names. Raises `BadInput`, and what reading entries raises."""
    teller = _Teller(subject_of(text))
    state = untouched()
    for entry in entries:
        before = state
        state, said, asked = step(state, entry.heard)
        teller.listen(entry.heard, said, asked, before)
    return teller.story()


class _Teller:
    """Collects the lines of one story, and which of its links were seen."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._trace = subject.trace
        self._mark = f"-{self._trace}-"
        self._lines: list[Line] = []
        self._seen: set[type] = set()

    def listen(
        self, heard: Heard, said: tuple[Said, ...], asked: tuple[Command, ...], before: State
    ) -> None:
        """Take in one event and what was decided on it, from the state *before* it."""
        trade = before.trades.get(self._subject.symbol)
        mine = trade is not None and trade.plan.trade_id == self._trace
        texts = list(self._heard(heard, mine=mine))
        for fact in said:
            texts += self._said(fact, mine=mine)
        for command in asked:
            texts += self._asked(command, at_birth=heard.at_ms == self._subject.born_ms)
        self._lines += (Line(heard.at_ms, text) for text in texts)

    def _heard(self, heard: Heard, *, mine: bool) -> Iterator[str]:
        match heard:
            case MarketAdvanced() if heard.at_ms == self._subject.born_ms:
                for candidate in heard.candidates:
                    if candidate.quote.symbol == self._subject.symbol:
                        self._seen.add(MarketAdvanced)
                        yield from wording.signal(candidate)
            case (
                OrderAccepted()
                | OrderFilled()
                | OrderCanceled()
                | OrderRejected()
                | OrderUnknown()
                | OrderAbsent()
                | OrderRead()
                | CancelRefused()
            ):
                foreign = mine and heard.symbol == self._subject.symbol
                ours = heard.client_id.startswith("qt")
                if self._mark in heard.client_id or (foreign and not ours):
                    self._seen.add(type(heard))
                    yield order_wording.reported(heard)
            case FundingSettled() if mine and heard.symbol == self._subject.symbol:
                yield order_wording.funded(heard)
            case _:
                return

    def _said(self, fact: Said, *, mine: bool) -> Iterator[str]:
        match fact:
            case SignalSkipped() | EntryRefused() | EntryApproved() | GateFailed():
                told = fact.trace == self._trace
            case ShadowOpened() | ShadowClosed():
                told = fact.trace == self._trace
            case TradeExecuted() | StopPlaced() | TradeClosed() | TradeAborted():
                told = fact.trade_id == self._trace
            case OrderRefusedByVenue() | OrderInDoubt():
                told = fact.trade_id == self._trace
            case RiskModeChanged():
                told = mine
            case _:
                return
        if told:
            self._seen.add(type(fact))
            yield from wording.said(fact)

    def _asked(self, command: Command, *, at_birth: bool) -> Iterator[str]:
        if not isinstance(command, PlaceEntry | PlaceExit | CancelOrder):
            return
        if self._mark in command.client_id:
            yield order_wording.asked(command)
            return
        leaves = isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET
        if leaves and at_birth and command.symbol == self._subject.symbol:
            yield f"closed with it: what was open before ({command.client_id})"

    def story(self) -> Story:
        """Return what was collected, and what is missing in it."""
        symbol = self._subject.symbol
        outcome = self._outcome()
        return Story(self._trace, symbol, outcome, tuple(self._lines), tuple(self._gaps(outcome)))

    def _outcome(self) -> str:
        seen = self._seen
        endings = (
            (TradeClosed, "closed"),
            (TradeExecuted, "open"),
            (OrderFilled, "open"),
            (TradeAborted, "aborted"),
            (EntryApproved, "ordered"),
            (EntryRefused, "refused"),
            (SignalSkipped, "skipped"),
            (MarketAdvanced, "silent"),
        )
        return next((name for kind, name in endings if kind in seen), "unknown")

    def _gaps(self, outcome: str) -> Iterator[str]:
        seen = self._seen
        if outcome == "unknown":
            yield f"nothing in the journal bears the trace {self._trace}"
            return
        if MarketAdvanced not in seen:
            yield "the market event that it was born at is not in the journal"
        if outcome == "silent":
            yield "nothing was decided on it: it confirmed what was held, or there was no way in"
        if outcome == "ordered":
            yield "the journal ends before the entry was filled or given up"
        if outcome == "open":
            yield "the journal ends before the trade was closed"
        if outcome in ("open", "closed") and StopPlaced not in seen:
            yield "no stop was ever confirmed by the venue"
        if outcome == "closed" and TradeExecuted not in seen:
            yield "the entry was never completed"
