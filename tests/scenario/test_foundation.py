"""The tests that must exist by name: the emergency stop, the policy store and the bus, together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.event_bus.memory import MemoryBus
from adapters.persistence.policy_store import SqlPolicyStore
from adapters.policy_cache.memory import MemoryPolicyCache
from application.events.conduct_payloads import EmergencyRecovered, EmergencyTriggered
from application.events.envelope import Envelope
from application.events.registry import checked
from application.permits import stands
from application.policy_keeper import PolicyKeeper
from application.ports.event_bus import Mishap
from application.projections.events import EventsProjection
from domain.decision.facts import EntryRefused, StopPlaced, TradeClosed
from domain.decision.messages import Heard, NoteEmergency, OperatorReleased, PolicyAdopted
from domain.decision.safety_facts import FlatProved
from domain.decision.step import step
from domain.execution.messages import ReadAccount
from domain.governance.policy import Policy
from domain.risk.emergency_stop import EMERGENCY, NORMAL
from domain.risk.verdict import Objection
from domain.shared.enums import Action, RunMode
from domain.shared.errors import InvariantBroken
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted
from tests.unit.domain.decision.scenes import LADDER, TIGHT

pytestmark = pytest.mark.scenario


class House(Rig):
    """A desk whose emergencies reach a policy store on disk, and whose facts reach a bus."""

    def joined(self, store: SqlPolicyStore) -> "House":
        """Join *store* and a bus."""
        self.store, self.events, self.mishaps = store, list[Envelope](), list[Mishap]()
        self.keeper = PolicyKeeper(store, MemoryPolicyCache())
        self.keeper.start(self.state.policy, "ann", "start", self.now)
        self.bus = MemoryBus(self.mishaps.append, lambda: self.now)
        self.bus.subscribe(("emergency.triggered", "emergency.recovered"), self.events.append, "t")
        self.sequence = 0
        self.project = EventsProjection(self.bus, RunMode.BACKTEST, lambda: self.sequence)
        return self

    def hears(self, *events: Heard) -> "House":
        """Let the desk hear *events*, note its emergencies and tell the bus."""
        if not hasattr(self, "store"):
            super().hears(*events)
            return self
        for event in events:
            decision = step(self.state, event)
            self.state, self.sequence = decision.state, self.sequence + 1
            self.said += decision.said
            self.asked += decision.asked
            for command in decision.asked:
                if isinstance(command, NoteEmergency):
                    self.keeper.note(command)
            self.project(event, decision.said)
            if any(isinstance(command, ReadAccount) for command in decision.asked):
                self.hears(self.account())
        return self


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = SqlPolicyStore(f"sqlite:///{tmp_path / 'policy.db'}")
    yield House(a_policy(cooldown_minutes=0, **LADDER)).joined(store)
    store.close()


def test_policy_store_initialisation_and_emergency_mode(house: House) -> None:
    stored = house.store.current()
    assert stored is not None
    assert stored.record.policy == house.state.policy
    assert (stored.emergency.active, stored.emergency.epoch) == (False, 0)
    halted(house)
    house.keeper.poll(house.now + 1_000)
    noted = house.store.current()
    assert noted is not None
    assert (noted.emergency.active, noted.emergency.epoch) == (True, house.state.stop.epoch)
    assert noted.emergency.reason == "operator"


def test_ess_activation_closes_positions() -> None:
    rig = Rig(TIGHT).opens()
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH).accepts_all()
    rig.advances(1, {BTC: 85.0, ETH: 94.0})
    rig.fills(Leg.EXIT, "85").fills(Leg.EXIT, "94", symbol=ETH).obeys()
    assert rig.state.book.positions == {}
    assert [c.reason for c in rig.told(TradeClosed)] == ["emergency"] * 2
    assert len(rig.told(FlatProved)) == 1


def test_ess_to_policy_store_to_event_bus(house: House) -> None:
    house.opens().advances(1, {BTC: 79.0}).fills(Leg.EXIT, "79").obeys()
    (triggered,) = (e.payload for e in house.events)
    assert isinstance(triggered, EmergencyTriggered)
    assert (triggered.severity, triggered.new_mode) == ("CATASTROPHIC", "EMERGENCY")
    assert triggered.symbols == (BTC,)
    house.keeper.poll(house.now + 1_000)
    noted = house.store.current()
    assert noted is not None
    assert (noted.emergency.active, noted.emergency.epoch) == (True, triggered.epoch)
    # What was in the store before is no way out: neither the desk nor the epoch goes back.
    old = a_policy(version=9, **LADDER)
    house.hears(PolicyAdopted(house.now, old, "ann", "roll back")).wants(a_candidate(symbol=ETH))
    assert house.state.stop.mode is EMERGENCY
    assert house.entries()[1:] == []
    lower = noted.emergency._replace(epoch=0, active=False)
    assert house.store.note_emergency(lower).epoch == triggered.epoch
    assert house.mishaps == []


def test_recovery_events_one_for_each_rung(house: House) -> None:
    halted(house).obeys()
    house.hears(OperatorReleased(house.now, "bob", "drill over"))
    house.advances(30).advances(30)
    assert house.state.stop.mode is NORMAL
    recovered = [e.payload for e in house.events if isinstance(e.payload, EmergencyRecovered)]
    assert [(r.recovery, r.old_mode, r.new_mode) for r in recovered] == [
        ("MANUAL", "EMERGENCY", "PROTECTIVE"),
        ("AUTO", "PROTECTIVE", "CAUTIOUS"),
        ("AUTO", "CAUTIOUS", "NORMAL"),
    ]
    house.keeper.poll(house.now + 1_000)
    stored = house.store.current()
    assert stored is not None
    assert not stored.emergency.active


def test_emergency_events_are_validated_both_ways(house: House) -> None:
    halted(house)
    (event,) = house.events
    assert checked(event).is_safety
    payload = event.payload
    assert isinstance(payload, EmergencyTriggered)
    for wrong in (
        event._replace(type="emergency.imagined"),
        event._replace(schema_version=99),
        event._replace(payload=payload._replace(drawdown=float("nan"))),
        event._replace(type="emergency.recovered"),
    ):
        with pytest.raises(InvariantBroken):
            checked(wrong)


def test_drawdown_calculation() -> None:
    rig = Rig(a_policy(daily_loss_max=1.0)).opens()
    rig.advances(1, {BTC: 130.0}).advances(1, {BTC: 110.0})
    watch = rig.state.watch
    fee = 500 * 0.0004
    assert watch.peak == pytest.approx(10_000 + 150 - fee)
    assert watch.equity == pytest.approx(10_000 + 50 - fee)  # unrealised PnL counts
    assert watch.drawdown == pytest.approx(100 / watch.peak)
    assert watch.daily_loss == 0.0


def test_signal_to_execution_pipeline() -> None:
    rig = Rig().wants(a_candidate())
    (entry,) = rig.entries()
    assert stands(entry, rig.state)
    rig.fills(Leg.ENTRY, "100").accepts_all()
    (stop,) = rig.told(StopPlaced)
    target = rig.exits(Leg.TARGET)[0]
    rig.fills(Leg.STOP, f"{stop.stop}").obeys()
    (closed,) = rig.told(TradeClosed)
    ids = {name.rpartition("-")[0] for name in (entry.client_id, stop.client_id, target.client_id)}
    assert ids == {f"qt1-{closed.trade_id}"}  # one trace from the signal to the close
    assert rig.state.orders == {}


@pytest.mark.parametrize(
    ("atr", "confidence", "objection", "quantity"),
    [
        (0.01, 0.60, None, D(5)),
        (0.04, 0.64, Objection.CONFIDENCE_TOO_LOW, None),
        (0.04, 0.70, None, D("2.5")),
        (0.04, 0.80, None, D(5)),
    ],
)
def test_filter_high_vol_confidence(
    atr: float, confidence: float, objection: Objection | None, quantity: object
) -> None:
    rig = Rig(Policy()).wants(a_candidate(atr=atr, confidence=confidence))
    refused = {o for r in rig.told(EntryRefused) for o in r.objections}
    assert refused == ({objection} if objection else set())
    assert [e.quantity for e in rig.entries()] == ([] if objection else [quantity])


@pytest.mark.parametrize(("holding", "passes"), [(0, True), (1, True), (2, False)])
def test_filter_agreement(holding: int, *, passes: bool) -> None:
    wish = a_candidate()
    waiting = tuple(vote._replace(action=Action.HOLD) for vote in a_candidate().votes[:holding])
    rig = Rig().wants(wish._replace(votes=(*wish.votes[: 4 - holding], *waiting)))
    assert bool(rig.entries()) is passes


def test_a_fill_is_the_only_thing_that_moves_a_position() -> None:
    rig = Rig().wants(a_candidate()).accepts(Leg.ENTRY)
    assert rig.state.book.positions == {}
    fill = rig.fill_of(rig.live(Leg.ENTRY), "100")
    assert rig.hears(fill, fill).state.book.positions[BTC].quantity == D(5)  # once
