"""Plain words: numbers that a person can read, and no message without a sentence."""

from decimal import Decimal
from math import nan
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.projections import numerals, wording
from domain.ai.prediction import Prediction
from domain.market.messages import DataFault
from domain.risk.verdict import Check, Objection
from domain.shared.enums import Action
from tests.builders import D, a_candidate

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1E+3", "1000"),
        ("0.10", "0.1"),
        ("-0E-8", "0"),
        ("0.000000001", "0"),
        ("-1.50", "-1.5"),
        ("100", "100"),
    ],
)
def test_an_amount_has_no_exponent_and_no_idle_zeros(amount: str, text: str) -> None:
    assert numerals.plain(D(amount)) == text


@given(st.decimals(-(10**9), 10**9, places=8))
def test_an_amount_of_money_is_told_in_full(amount: Decimal) -> None:
    assert D(numerals.plain(amount)) == amount


def test_a_voter_without_a_number_abstains_and_a_fallback_has_no_vote() -> None:
    answers = (
        Prediction("gbm", Action.BUY, nan),
        Prediction("rule", Action.BUY, 0.5, fallback=True),
    )
    lines = wording.signal(a_candidate(atr=nan)._replace(votes=answers))
    assert "ATR unknown" in lines[0]
    assert lines[1:] == [
        "  gbm abstains",
        "  rule: BUY, confidence 0.500 (a fallback rule: it has no vote)",
    ]


def test_faulty_data_and_wishes_of_a_voter_are_told() -> None:
    lines = wording.signal(a_candidate(fault=DataFault.GAP, stop="95", target="120"))
    assert "  its data are not whole: gap" in lines
    assert lines[-2:] == ["  a voter asks for a stop at 95", "  a voter asks for a target at 120"]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (Check("g", D(1), None, 1.0, 2.0), "g allows: 1 against 2"),
        (Check("g", D("0.5"), None, 1.0, 2.0), "g reduces to x 0.5: 1 against 2"),
        (
            Check("g", D(0), Objection.COOLDOWN, 3.5, 15.0),
            "g OBJECTS: cooldown, 3.5 against 15 (off by 11.5)",
        ),
    ],
)
def test_a_gate_tells_its_verdict_value_and_limit(check: Check, text: str) -> None:
    assert wording.gate(check) == text


def test_there_is_a_sentence_for_every_fact_about_a_trade() -> None:
    assert len(get_args(wording.Told)) == 13  # a new fact asks for a sentence here
