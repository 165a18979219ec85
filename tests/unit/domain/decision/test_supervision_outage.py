"""The policy store is lost: what it said last, then conservative defaults, then no entries."""

from typing import Final

import pytest

from domain.decision.facts import EntryRefused, TradeClosed
from domain.decision.messages import (
    OperatorFlattened,
    Page,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
    Severity,
)
from domain.decision.safety_facts import PolicyRungChanged
from domain.execution.trade import ExitReason
from domain.governance.effective_policy import CONSERVATIVE, PolicyRung, loosened
from domain.governance.policy import Policy
from domain.risk.verdict import Objection
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted, ticks

pytestmark = pytest.mark.unit

# Within the rung of that name, in ms after the loss.
WITHIN: Final = {
    PolicyRung.KNOWN: 29_999,
    PolicyRung.CONSERVATIVE: 30_000,
    PolicyRung.CLOSED: 15 * MINUTE_MS,
}


def lost(rig: Rig) -> Rig:
    """Let the policy store be out of reach from now on."""
    return rig.hears(PolicyStoreLost(rig.now, rig.now, "connection refused"))


@pytest.mark.parametrize(
    ("after_ms", "rung"),
    [
        (0, PolicyRung.KNOWN),
        (29_999, PolicyRung.KNOWN),
        (30_000, PolicyRung.CONSERVATIVE),
        (15 * MINUTE_MS - 1, PolicyRung.CONSERVATIVE),
        (15 * MINUTE_MS, PolicyRung.CLOSED),
        (10**9, PolicyRung.CLOSED),
    ],
)
def test_time_moves_the_ladder_at_its_limits(after_ms: int, rung: PolicyRung) -> None:
    rig = ticks(lost(Rig()), after_ms)
    assert rig.state.oversight.governance.rung is rung
    assert rig.state.policy.allow_new_trades is (rung is not PolicyRung.CLOSED)
    conservative = rig.state.policy.position_usd_normal == CONSERVATIVE.position_usd_normal
    assert conservative is (rung is not PolicyRung.KNOWN)


def test_each_rung_is_said_once_and_people_are_called_once() -> None:
    rig = lost(Rig())
    for _ in range(40):
        ticks(rig, 30_000)
        lost(rig)
    told = [(c.old, c.new, c.out_ms, c.problem) for c in rig.told(PolicyRungChanged)]
    assert told == [
        ("KNOWN", "CONSERVATIVE", 30_000, "connection refused"),
        ("CONSERVATIVE", "CLOSED", 900_000, "connection refused"),
    ]
    assert [p.severity for p in rig.orders(Page)] == [Severity.WARNING]


def test_a_loss_that_is_told_late_counts_from_when_it_began() -> None:
    rig = Rig()
    rig.hears(PolicyStoreLost(rig.now, rig.now - 20 * MINUTE_MS, "no route"))
    assert [c.new for c in rig.told(PolicyRungChanged)] == ["CLOSED"]


@pytest.mark.parametrize("rung", PolicyRung)
@pytest.mark.parametrize("way", ["flatten", "emergency", "stop"])
def test_an_exit_is_asked_for_in_each_rung(rung: PolicyRung, way: str) -> None:
    rig = Rig().opens()
    ticks(lost(rig), WITHIN[rung]).forget()
    assert rig.state.oversight.governance.rung is rung
    if way == "flatten":
        rig.hears(OperatorFlattened(rig.now, BTC, "ann", "out"))
    elif way == "emergency":
        halted(rig)
    if way == "stop":
        rig.fills(Leg.STOP, "98")
        assert [c.reason for c in rig.told(TradeClosed)] == [ExitReason.STOP]
    else:
        assert [(e.side, e.quantity) for e in rig.exits(Leg.EXIT)] == [(Side.SELL, D(5))]


def test_what_may_be_entered_shrinks_with_the_rung() -> None:
    rigs = [ticks(lost(Rig()), WITHIN[rung]).wants(a_candidate(), minutes=0) for rung in PolicyRung]
    assert [[e.quantity for e in rig.entries()] for rig in rigs] == [[D(5)], [D(1)], []]
    assert rigs[-1].told(EntryRefused)[0].objections == (Objection.NEW_TRADES_OFF,)


def test_no_rung_is_looser_than_the_one_before() -> None:
    rig = lost(Rig(a_policy(position_usd_protective=D(50), confidence_normal=0.9)))
    before = rig.state.policy
    for after_ms in (30_000, 15 * MINUTE_MS):
        ticks(rig, after_ms)
        assert loosened(before, rig.state.policy) == ()
        before = rig.state.policy
    assert rig.state.policy.confidence_normal == 0.9


@pytest.mark.parametrize("rung", PolicyRung)
def test_a_store_found_again_is_believed_at_once_and_not_before(rung: PolicyRung) -> None:
    rig = ticks(lost(Rig()), WITHIN[rung]).forget()
    rig.hears(PolicyAdopted(rig.now, a_policy(version=9), "cache", "a guess"))
    assert rig.state.oversight.governance.rung is rung  # a policy is no sign of the store
    rig.hears(PolicyStoreFound(rig.now), PolicyAdopted(rig.now, Policy(), "store", "reconnected"))
    assert rig.state.policy == Policy()
    told = [(c.old, c.new) for c in rig.told(PolicyRungChanged)]
    assert told == ([] if rung is PolicyRung.KNOWN else [(rung.name, "KNOWN")])


def test_a_second_loss_begins_the_ladder_anew() -> None:
    rig = ticks(lost(Rig()), 20 * MINUTE_MS)
    rig.hears(PolicyStoreFound(rig.now))
    ticks(lost(rig.forget()), 29_999)
    assert rig.told(PolicyRungChanged) == []
    ticks(rig, 1)
    assert [c.new for c in rig.told(PolicyRungChanged)] == ["CONSERVATIVE"]


def test_an_outage_never_ends_or_lowers_an_emergency() -> None:
    rig = halted(Rig()).obeys()
    before = rig.state.stop
    ticks(lost(rig), 20 * MINUTE_MS).hears(PolicyStoreFound(rig.now))
    rig.hears(PolicyAdopted(rig.now, a_policy(version=2), "store", "restored of old"))
    assert rig.state.stop == before
    rig.forget().wants(a_candidate(symbol=ETH))
    assert rig.entries() == []
