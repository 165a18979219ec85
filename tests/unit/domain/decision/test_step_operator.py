"""What an operator does: halt, release, flatten, adopt a policy. And no way out is ever refused."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from domain.decision.facts import (
    EntryRefused,
    OperatorActed,
    PolicyChanged,
    RiskModeChanged,
)
from domain.decision.messages import (
    Heard,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
)
from domain.decision.supervision import changes
from domain.market.messages import DataFault, Regime
from domain.risk.emergency_stop import EMERGENCY, Cause, RiskMode
from domain.risk.verdict import Objection
from domain.shared.enums import Action, RunMode
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, START_MS, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import LADDER, modes, two_open

pytestmark = pytest.mark.unit


def test_an_operators_halt_closes_everything_and_stays() -> None:
    rig = two_open().hears(OperatorHalted(0, "ann", "smells odd"))

    assert modes(rig) == ["EMERGENCY"]
    assert rig.told(RiskModeChanged)[0].causes == (Cause.OPERATOR,)
    assert len(rig.exits(Leg.EXIT)) == 2
    rig.fills(Leg.EXIT, "100").fills(Leg.EXIT, "100", symbol=ETH).obeys().forget()
    rig.advances(3 * 24 * 60).wants(a_candidate())
    assert modes(rig) == []
    assert Objection.EMERGENCY_STOP in rig.told(EntryRefused)[0].objections


def test_an_operator_who_halts_twice_closes_once() -> None:
    rig = two_open()
    rig.hears(OperatorHalted(0, "ann", "a"), OperatorHalted(0, "ann", "b"))
    assert len(rig.exits(Leg.EXIT)) == 2
    assert len(rig.told(RiskModeChanged)) == 1
    assert [a.reason for a in rig.told(OperatorActed)] == ["a", "b"]


def test_a_release_accepts_the_loss_and_recovers_rung_by_rung() -> None:
    rig = two_open().advances(1, {BTC: 80.0, ETH: 80.0})
    rig.fills(Leg.EXIT, "80").fills(Leg.EXIT, "80", symbol=ETH).obeys()
    rig.hears(OperatorHalted(0, "ann", "stay down")).forget()

    rig.hears(OperatorReleased(rig.now, "ann", "we know why"))
    assert rig.state.watch.drawdown == 0.0
    for _ in range(3):
        rig.advances(30)

    assert modes(rig) == ["PROTECTIVE", "CAUTIOUS", "NORMAL"]


@pytest.mark.parametrize(
    "event",
    [OperatorHalted(0, "ann", "x"), OperatorReleased(0, "ann", "x")],
    ids=["halt", "release"],
)
def test_an_operator_kills_every_permit_given_before(event: Heard) -> None:
    rig = Rig()
    before = rig.state.stop.epoch
    rig.hears(event)
    assert rig.state.stop.epoch > before


@pytest.mark.parametrize(("symbol", "closing"), [(BTC, [BTC]), (None, [BTC, ETH]), ("XRP", [])])
def test_an_operator_flattens_one_symbol_or_all(symbol: str | None, closing: list[str]) -> None:
    rig = two_open().hears(OperatorFlattened(0, symbol, "ann", "x"))
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == closing
    assert modes(rig) == []


def test_a_policy_that_is_adopted_is_said_field_by_field_and_governs_at_once() -> None:
    rig = two_open().advances(1, {BTC: 97.0, ETH: 99.0}).forget()

    rig.hears(
        PolicyAdopted(
            rig.now,
            a_policy(
                **{
                    **LADDER,
                    "version": 2,
                    "drawdown_cautious": 0.0005,
                    "drawdown_protective": 0.001,
                    "drawdown_emergency": 0.0015,
                    "drawdown_hysteresis": 0.0001,
                }
            ),
            "ann",
            "tighter",
        )
    )

    (changed,) = rig.told(PolicyChanged)
    assert (changed.old_version, changed.new_version, changed.actor) == (1, 2, "ann")
    assert "drawdown_emergency: 0.01 -> 0.0015" in changed.changes
    assert modes(rig) == ["EMERGENCY"]
    assert len(rig.exits(Leg.EXIT)) == 2


def test_equal_policies_have_no_changes() -> None:
    assert changes(a_policy(), a_policy()) == ()


# Exits are never refused: every mode meets everything that could object to an entry.
CLOSED = a_policy(version=2, allow_new_trades=False, symbols=("XRP",))
HOSTILE: dict[str, tuple[Heard, ...]] = {
    "nothing": (),
    "policy closed": (PolicyAdopted(0, CLOSED, "ann", "x"),),
    "halted": (OperatorHalted(0, "ann", "x"),),
}
CLEAN: dict[str, Any] = {}
FAULTY: dict[str, Any] = {
    "fault": DataFault.STALE,
    "regime": Regime.ILLIQUID,
    "spread": 0.5,
    "source": RunMode.LIVE,
}
WAYS_OUT: dict[str, Callable[[Rig], object]] = {
    "flat signal": lambda rig: rig.wants(a_candidate(Action.FLAT, **CLEAN)),
    "flat signal on bad data": lambda rig: rig.wants(a_candidate(Action.FLAT, **FAULTY)),
    "opposite signal": lambda rig: rig.wants(a_candidate(Action.SELL, **CLEAN)),
    "opposite signal on bad data": lambda rig: rig.wants(a_candidate(Action.SELL, **FAULTY)),
    "operator": lambda rig: rig.hears(OperatorFlattened(rig.now, BTC, "ann", "x")),
    "stop lost": lambda rig: rig.cancels(Leg.STOP, "expired"),
    "halt": lambda rig: rig.hears(OperatorHalted(rig.now, "ann", "x")),
    "time": lambda rig: rig.advances(1441),
}


@pytest.mark.parametrize(("mode", "hostile", "way"), list(product(RiskMode, HOSTILE, WAYS_OUT)))
def test_no_mode_and_no_objection_ever_refuses_an_exit(
    mode: RiskMode, hostile: str, way: str
) -> None:
    rig = Rig().opens()
    rig.state = rig.state._replace(stop=rig.state.stop._replace(mode=mode, since_ms=rig.now))

    rig.hears(*HOSTILE[hostile])
    WAYS_OUT[way](rig)

    assert [(e.symbol, e.quantity) for e in rig.exits(Leg.EXIT)] == [(BTC, D(5))]
    rig.fills(Leg.EXIT, "90").obeys()
    assert rig.state.book.positions == {}
    assert rig.state.orders == {}


@pytest.mark.parametrize("reason", ["", "\r\n\x1b[31m</script>", "x" * 10_000])
def test_a_trip_is_accepted_whatever_its_reason(reason: str) -> None:
    rig = Rig().opens().hears(OperatorHalted(START_MS, "", reason))
    assert rig.state.stop.mode is EMERGENCY
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC]


def test_a_release_while_something_calls_for_emergency_lets_nothing_in() -> None:
    rig = Rig(a_policy(**LADDER)).opens().hears(OperatorHalted(START_MS, "ann", "x"))
    rig.hears(OperatorReleased(rig.now, "ann", "too early")).forget()
    assert rig.state.stop.mode is EMERGENCY  # not proved flat
    rig.wants(a_candidate(symbol=ETH))
    assert rig.entries() == []


def test_closing_a_symbol_that_nobody_knows_asks_for_nothing() -> None:
    rig = Rig().opens().hears(OperatorFlattened(START_MS, "NOSUCHUSDT", "ann", "x"))
    assert rig.exits() == []
    assert rig.trade().held == D(5)
