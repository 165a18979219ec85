"""What a scenario shows: facts in figures, and a story that did not happen is a fact that fails."""

from decimal import Decimal
from enum import IntEnum

import pytest

from bootstrap.scenarios.shown import Fact, Ledger, NotShown, Shown, text_of
from domain.risk.emergency_stop import Cause, RiskMode

pytestmark = pytest.mark.unit


def test_a_fact_holds_what_was_seen_and_what_was_demanded() -> None:
    ledger = Ledger()
    ledger.same("mode", RiskMode.EMERGENCY, RiskMode.EMERGENCY)
    ledger.between("size", 499.95, 499.0, 500.0)
    ledger.at_most("late, s", 3, 2)
    ledger.at_least("fills", 1, 2)
    assert ledger.facts == [
        Fact("mode", "EMERGENCY", "EMERGENCY", ok=True),
        Fact("size", "499.95", "499 to 500", ok=True),
        Fact("late, s", "3", "at most 2", ok=False),
        Fact("fills", "1", "at least 2", ok=False),
    ]


def test_what_is_not_a_number_lies_nowhere() -> None:
    ledger = Ledger()
    ledger.between("size", float("nan"), 0.0, 1.0)
    ledger.at_most("size", float("nan"), 1.0)
    ledger.at_least("size", float("nan"), 0.0)
    assert not any(fact.ok for fact in ledger.facts)


def test_a_scenario_that_shows_nothing_has_not_passed() -> None:
    assert not Shown("calm", 0, "", ()).ok
    assert Shown("calm", 0, "t", (Fact("a", "1", "1", ok=True),)).ok
    facts = (Fact("a", "1", "1", ok=True), Fact("b", "1", "2", ok=False))
    assert not Shown("calm", 0, "t", facts).ok


def test_what_is_missing_is_a_fact_that_fails() -> None:
    fact = NotShown("there is a fill", "none", "a fill").fact
    assert not fact.ok
    assert (fact.seen, fact.demanded) == ("none", "a fill")


class Rung(IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (Cause.DRAWDOWN, "drawdown"),
        (Rung.LOW, "LOW"),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (0.123456789, "0.12346"),
        (Decimal("500.00"), "500"),
        (None, "none"),
        ((), "none"),
        ((1, "b"), "1, b"),
        ({"b", "a"}, "a, b"),
        ({"a": 1, "b": 2}, "a 1, b 2"),
    ],
)
def test_a_value_is_told_as_a_person_reads_it(value: object, text: str) -> None:
    assert text_of(value) == text
