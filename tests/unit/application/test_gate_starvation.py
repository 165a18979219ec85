"""A desk that silently never trades is noticed, and told why."""

import pytest

from application.gate_starvation import HOUR_MS, GateWatch, Patience, Starved
from domain.decision.facts import EntryApproved, EntryRefused, Said
from domain.decision.messages import ClockTicked, Severity
from domain.market.messages import Regime
from domain.risk.verdict import Check, Objection
from domain.shared.amounts import ONE, ZERO
from domain.shared.enums import Side
from tests.builders import BTC, START_MS, D
from tests.fakes.notifier import FakeNotifier

pytestmark = pytest.mark.unit

DAY_MS = 24 * HOUR_MS
GATES = {"exposure": Objection.EXPOSURE, "cooldown": Objection.COOLDOWN}


class Stage:
    """A watch of gates, and a clock of events."""

    def __init__(self) -> None:
        self.bell, self.at_ms = FakeNotifier(), START_MS
        self.watch = GateWatch(self.bell.notify, Patience(DAY_MS, 3, 3 * DAY_MS))
        self.say()

    def say(self, *said: Said) -> None:
        self.watch(ClockTicked(self.at_ms), said)

    def refuse(self, *gates: str) -> None:
        checks = tuple(Check(gate, ZERO, GATES[gate], 2.0, 1.0) for gate in gates)
        names = tuple(GATES[gate].value for gate in gates)
        self.say(EntryRefused(self.at_ms, "t", BTC, Side.BUY, D(1), 0.9, names, checks, 1))

    def approve(self) -> None:
        self.say(
            EntryApproved(
                self.at_ms, "t", BTC, Side.BUY, D(1), D(1), D(1), 1, 0.9, 0.9, ("m",), D(1), D(1),
                0.01, Regime.RANGE, ONE, (), 1,
            )
        )  # fmt: skip


def test_long_without_a_pass_though_much_was_proposed_is_starvation() -> None:
    stage = Stage()
    stage.refuse("exposure")
    stage.refuse("exposure", "cooldown")
    stage.at_ms += DAY_MS
    assert stage.watch.told() == ""
    stage.refuse("exposure")
    assert stage.watch.starved is Starved.NOTHING_PASSES
    assert stage.watch.blocked == {"exposure": 3, "cooldown": 1}
    (page,) = stage.bell.pages
    assert page.severity is Severity.WARNING
    assert page.text == (
        "no entry for 24 h: the gates refused all 3 proposals since; most objections: "
        "exposure 3, cooldown 1"
    )


def test_nothing_proposed_for_very_long_is_starvation_too() -> None:
    stage = Stage()
    stage.at_ms += 3 * DAY_MS
    stage.say()
    assert stage.watch.starved is Starved.NOTHING_PROPOSED
    assert stage.bell.pages[0].text.startswith("no entry for 72 h: nothing was proposed")


def test_a_person_is_called_once_and_again_each_day_that_it_lasts() -> None:
    stage = Stage()
    stage.at_ms += 3 * DAY_MS
    for _ in range(49):
        stage.say()
        stage.at_ms += HOUR_MS
    assert len(stage.bell.pages) == 3


def test_a_pass_ends_it_and_what_follows_is_counted_anew() -> None:
    stage = Stage()
    stage.at_ms += DAY_MS
    for _ in range(3):
        stage.refuse("exposure")
    stage.approve()
    assert (stage.watch.starved, stage.watch.last_pass_s) == (None, 0.0)
    assert (stage.watch.passed, stage.watch.refused, stage.watch.refused_since_pass) == (1, 3, 0)
    stage.at_ms += DAY_MS
    for _ in range(3):
        stage.refuse("cooldown")
    assert stage.bell.pages[-1].text.endswith("most objections: cooldown 3")
    assert len(stage.bell.pages) == 2


def test_a_desk_without_its_quorum_is_told_so() -> None:
    stage = Stage()
    checks = (Check("signal_quality", ZERO, Objection.NO_QUORUM, 2.0, 3.0),)
    for _ in range(3):
        stage.say(
            EntryRefused(stage.at_ms, "t", BTC, Side.BUY, D(1), 0.9, ("no_quorum",), checks, 1)
        )
    stage.at_ms += DAY_MS
    stage.say()
    assert "most objections: signal_quality (no_quorum) 3" in stage.bell.pages[0].text
