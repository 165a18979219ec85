"""Every field of the policy holds its bounds, and fields that contradict each other are told."""

from dataclasses import FrozenInstanceError, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_origin, get_type_hints

import pytest

from domain.governance.field import Rule, problem_of, rule_of
from domain.governance.policy import ExitMode, Policy, SizingMode
from domain.shared.errors import InvalidPolicy

pytestmark = pytest.mark.unit

KINDS = get_type_hints(Policy)
NUMBERS: list[tuple[str, Any, Rule]] = [
    (f.name, KINDS[f.name], rule_of(f.metadata))
    for f in fields(Policy)
    if rule_of(f.metadata).low is not None
]
CHOICES: list[tuple[str, Any]] = [
    (f.name, KINDS[f.name]) for f in fields(Policy) if rule_of(f.metadata).low is None
]


def just_outside(rule: Rule, kind: Any) -> list[Any]:  # noqa: ANN401 - a type and its values
    assert rule.low is not None
    assert rule.high is not None
    step = Decimal(1) if kind is int else Decimal("0.00001")
    return [kind(rule.low - step), kind(rule.high + step)]


def problems_of(**changes: Any) -> tuple[str, ...]:  # noqa: ANN401 - any field of any type
    with pytest.raises(InvalidPolicy) as caught:
        Policy(**changes)
    return caught.value.problems


def test_the_defaults_are_a_policy() -> None:
    assert Policy() == Policy()


def test_no_number_may_leave_its_bounds() -> None:
    for name, kind, rule in NUMBERS:
        for value in just_outside(rule, kind):
            (problem,) = problems_of(**{name: value})
            assert problem.startswith(f"{name}: {value} is outside [{rule.low}, {rule.high}]")
            assert rule.meaning
            assert rule.meaning in problem


def test_both_bounds_of_a_number_are_within_them() -> None:
    for name, kind, rule in NUMBERS:
        for bound in (rule.low, rule.high):
            assert problem_of(name, kind(bound), kind, rule) is None


def test_a_number_is_of_its_kind_and_finite() -> None:
    for name, kind, _ in NUMBERS:
        wrong: list[Any] = ["1", None, True, 1.5 if kind is not float else Decimal(1)]
        for value in wrong:
            (problem,) = problems_of(**{name: value})
            assert problem == f"{name}: expected {kind.__name__}, not {type(value).__name__}"
        for text in ("nan", "inf") if kind is not int else ():
            assert problems_of(**{name: kind(text)}) == (f"{name}: must be a finite number",)


def test_a_choice_is_of_its_kind() -> None:
    for name, kind in CHOICES:
        assert kind is bool or get_origin(kind) is tuple or issubclass(kind, StrEnum)
        (problem,) = problems_of(**{name: 1})
        assert problem.startswith(f"{name}: expected")


def test_every_wrong_field_is_told_at_once() -> None:
    problems = problems_of(quorum=0, dwell_minutes=-1, sizing="risk", agreement_min=2.0)
    assert [p.partition(":")[0] for p in problems] == [
        "quorum",
        "agreement_min",
        "sizing",
        "dwell_minutes",
    ]


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "drawdown_cautious < drawdown_protective < drawdown_emergency": {"drawdown_protective": 0.2},
    "drawdown_hysteresis must be below": {"drawdown_hysteresis": 0.02},
    "stop_min <= stop_max must hold": {"stop_min": Decimal("0.1")},
    "must not exceed 1": {"first_target_share": Decimal("0.9")},
    "first_target_r <= second_target_r must hold": {"first_target_r": Decimal(3)},
    "breakeven_r <= lock_at_r must hold": {"breakeven_r": Decimal(3)},
    "lock_r <= lock_at_r must hold": {"lock_r": Decimal(3)},
    "high_volatility_atr <= extreme_volatility_atr must hold": {"high_volatility_atr": 0.5},
    "position_usd_protective <=": {"position_usd_protective": Decimal(400)},
    "leverage_protective <=": {"leverage_cautious": 25},
    "drawdown_emergency <= capital_floor": {"capital_floor": 0.05},
    "funding_rate_warn <= funding_rate_max": {"funding_rate_warn": 0.01},
    "policy_grace_seconds must not exceed policy_closed_minutes": {"policy_grace_seconds": 901},
}


@pytest.mark.parametrize("remedy", CONTRADICTIONS)
def test_fields_that_contradict_each_other_are_told_with_the_remedy(remedy: str) -> None:
    (problem,) = problems_of(**CONTRADICTIONS[remedy])
    assert remedy in problem


def test_all_contradictions_are_told_at_once() -> None:
    changes = {name: value for c in CONTRADICTIONS.values() for name, value in c.items()}
    assert len(problems_of(**changes)) == len(CONTRADICTIONS)


def test_a_policy_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Policy().quorum = 1  # type: ignore[misc]  # that is the point


def test_choices_are_spelt_as_in_a_policy_file() -> None:
    assert SizingMode("equity_fraction") is SizingMode.EQUITY_FRACTION
    assert ExitMode("fraction") is ExitMode.FRACTION
