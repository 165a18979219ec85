"""A `Rig` that is written down: its journal, and a market day with a bit of everything."""

from collections.abc import Sequence
from typing import TypeVar

from adapters.persistence.codec import MsgpackCodec
from application.digest import NOTHING_DECIDED, digest_after
from application.engine import Projection
from application.ports.journal import Entry, Journal
from application.replay import untouched
from domain.decision.messages import (
    Heard,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
)
from domain.decision.step import step
from domain.execution.messages import FundingSettled
from domain.market.messages import Regime
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig

Kind = TypeVar("Kind")


class RecordedRig(Rig):
    """Keeps every event it hears, and the digest after each, as the engine would."""

    def hears(self, *events: Heard) -> "RecordedRig":
        """Let the desk hear *events*, and write them down."""
        for event in events:
            self._write_down(event)
            super().hears(event)
        return self

    @property
    def journal(self) -> list[Entry]:
        """What the journal would hold."""
        return self._entries

    def _write_down(self, event: Heard) -> None:
        if not hasattr(self, "_entries"):
            self._entries: list[Entry] = []
            self._shadow, self._digest = untouched(), NOTHING_DECIDED
        self._shadow, said, asked = step(self._shadow, event)
        self._digest = digest_after(self._digest, said, asked, MsgpackCodec())
        self._entries.append(Entry(len(self._entries) + 1, event, self._digest))


def an_eventful_day() -> RecordedRig:
    """Return a desk that entered, trailed, closed, refused, skipped, was halted and released."""
    rig = RecordedRig(a_policy(symbol_exposure_max=D(1)))
    rig.opens(a_candidate(Action.BUY), "100")
    rig.hears(FundingSettled(rig.now, BTC, D("0.0001"), D("0.05")))
    rig.advances(1, {BTC: 103.0}, turns=((BTC, Regime.TREND_UP),))
    rig.accepts(Leg.STOP)
    rig.obeys()
    rig.fills(Leg.STOP, "100.1")
    rig.obeys()
    rig.wants(a_candidate(Action.BUY), minutes=1)  # still cooling down: refused
    rig.wants(a_candidate(Action.HOLD, ETH), minutes=1)  # no direction: skipped
    rig.hears(PolicyAdopted(rig.now, a_policy(version=2, positions_max=3), "ann", "calmer"))
    rig.opens(a_candidate(Action.SELL, ETH, "50"), "50")
    rig.hears(OperatorHalted(rig.now, "ann", "lunch"))
    rig.fills(Leg.EXIT, "49", symbol=ETH)
    rig.obeys()
    rig.hears(OperatorReleased(rig.now, "ann", "back"))
    rig.advances(40)
    return rig


def first_of(entries: Sequence[Entry], kind: type[Kind]) -> tuple[int, Kind]:
    """Return the place of the first event of *kind* among *entries*, and the event."""
    return next((i, e.heard) for i, e in enumerate(entries) if isinstance(e.heard, kind))


def write(journal: Journal, entries: Sequence[Entry]) -> None:
    """Write *entries* to *journal*."""
    codec = MsgpackCodec()
    for sequence, heard, digest in entries:
        journal.append(sequence, codec.encode(heard), digest)
    journal.commit()


def project(entries: Sequence[Entry], *projections: Projection) -> None:
    """Feed what is decided on *entries* to *projections*."""
    state = untouched()
    for entry in entries:
        state, said, _ = step(state, entry.heard)
        for projection in projections:
            projection(entry.heard, said)
