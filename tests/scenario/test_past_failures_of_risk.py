"""What has gone wrong in systems like this one, and cannot here: voters, counters, holds, edges."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from domain.ai.prediction import Prediction
from domain.decision.facts import EntryApproved, EntryRefused, OperatorActed, SignalSkipped
from domain.decision.messages import Candidate, OperatorReleased
from domain.risk.verdict import Objection
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import ETH, MINUTE_MS, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted

pytestmark = pytest.mark.scenario

FREE: Final[dict[str, Any]] = {
    "cooldown_minutes": 0,
    "losses_in_row_max": 99,
    "round_trips_per_day_max": 99,
}


def of_voters(*votes: Prediction) -> Candidate:
    """Return what *votes* say of BTC."""
    return a_candidate()._replace(votes=votes)


def test_failure_02_a_fallback_rule_is_labelled_and_never_counts_as_a_voter() -> None:
    rules = [Prediction(f"rule{n}", Action.BUY, 0.45, fallback=True) for n in range(9)]
    models = [Prediction(f"model{n}", Action.BUY, 0.8) for n in range(3)]
    for voters in (rules, [*models[:2], *rules]):
        rig = Rig().wants(of_voters(*voters))
        assert rig.entries() == []
    with_quorum = Rig().wants(of_voters(*models, *rules))
    (approved,) = with_quorum.told(EntryApproved)
    assert approved.models == ("model0", "model1", "model2")  # no rule poses as a model
    assert approved.confidence == pytest.approx(0.8)


def test_failure_06_slots_are_derived_so_that_none_leaks() -> None:
    rig = Rig(a_policy(positions_max=2, **FREE))
    for n in range(25):  # every way in which a slot may be freed
        rig.forget().wants(a_candidate())
        assert len(rig.entries()) == 1, n
        if n % 4 == 0:
            rig.rejects(Leg.ENTRY, "busy")
        elif n % 4 == 1:
            rig.cancels(Leg.ENTRY)
        else:
            rig.fills(Leg.ENTRY, "100").accepts_all()
            rig.wants(a_candidate(Action.FLAT)) if n % 4 == 2 else None
            rig.fills(Leg.EXIT if n % 4 == 2 else Leg.TARGET, "104", "5").obeys()
        rig.advances(16)  # refused orders are no storm of errors
        assert rig.state.trades == {}
    rig.forget().wants(a_candidate(), a_candidate(symbol=ETH))
    assert len(rig.entries()) == 2


def test_failure_10_models_that_say_nothing_cannot_make_a_quorum() -> None:
    """As far as the desk: whoever abstains is not counted. The detector is the models' own."""
    alive = Prediction("alive", Action.BUY, 0.9)
    dead = [Prediction(f"dead{n}", Action.BUY, float("nan")) for n in range(3)]
    rig = Rig().wants(of_voters(alive, *dead))
    assert rig.entries() == []
    said = [*rig.told(SignalSkipped), *rig.told(EntryRefused)]
    assert len(said) == 1
    assert "no_quorum" in str(said[0])
    constant = [Prediction(f"flat{n}", Action.HOLD, 0.5) for n in range(3)]
    rig = Rig().wants(of_voters(alive, *constant))
    assert rig.entries() == []


HOLDS: Final[dict[str, tuple[dict[str, Any], int, Objection]]] = {
    "cooldown": ({"cooldown_minutes": 15}, 15, Objection.COOLDOWN),
    "losses": ({"losses_in_row_max": 1}, 240, Objection.LOSSES_IN_ROW),
    "churn": ({"round_trips_per_day_max": 1}, 240, Objection.ROUND_TRIPS_PER_DAY),
    "suspension": ({"suspend_losses": 1}, 1440, Objection.SYMBOL_SUSPENDED),
    "daily loss": ({"symbol_daily_loss_max": D("0.0001")}, 18 * 60, Objection.SYMBOL_DAILY_LOSS),
}


@pytest.mark.parametrize("hold", HOLDS)
def test_failure_11_every_hold_names_itself_and_has_an_end(hold: str) -> None:
    changes, minutes, objection = HOLDS[hold]
    rig = Rig(a_policy(**(FREE | changes)))
    rig.opens().fills(Leg.STOP, "98").obeys().forget()
    until_ms = rig.now + minutes * MINUTE_MS
    rig.wants(a_candidate(), minutes=1)
    (refused,) = rig.told(EntryRefused)
    assert refused.objections == (objection,)
    (check,) = (c for c in refused.checks if c.objection is objection)
    assert check.limit > 0.0  # what the figure is held against is told with it
    rig.forget().wants(a_candidate(), minutes=(until_ms - rig.now) / MINUTE_MS)
    assert len(rig.entries()) == 1


def test_failure_11_a_halt_has_an_owner_a_reason_and_an_action_that_ends_it() -> None:
    rig = halted(Rig()).obeys()
    (acted,) = rig.told(OperatorActed)
    assert (acted.action, acted.actor, acted.reason) == ("halt", "ann", "drill")
    rig.hears(OperatorReleased(rig.now, "ann", "over")).forget().wants(a_candidate())
    assert len(rig.entries()) == 1


@pytest.mark.parametrize("confidence", [0.5, 0.45])
def test_failure_25_no_edge_is_no_trade_and_never_a_small_one(confidence: float) -> None:
    rig = Rig(a_policy(edge_min_r=0.0, reward_risk_min=D(0), confidence_normal=0.0))
    rig.wants(a_candidate(confidence=confidence, target="100.9"))
    (refused,) = rig.told(EntryRefused)
    (check,) = (c for c in refused.checks if c.objection is Objection.NO_EDGE)
    assert check.value < 0.0
    assert rig.asked == []


def test_each_of_the_twenty_five_has_its_test() -> None:
    texts = [path.read_text() for path in Path(__file__).parent.glob("test_past_failures_*.py")]
    named = {int(n) for text in texts for n in re.findall(r"def test_failure_(\d\d)_", text)}
    assert named == set(range(1, 26))
