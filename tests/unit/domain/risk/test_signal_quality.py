"""The signal quality filter: quorum, agreement, confidence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ai.ensemble import Opinion, vote
from domain.ai.prediction import Prediction
from domain.governance.policy import Policy
from domain.risk.signal_quality import is_noisy, quality, signal_quality
from domain.risk.verdict import Objection
from domain.shared.enums import Action
from tests.builders import D, a_policy, a_quote
from tests.unit.domain.risk.scenes import a_proposal, a_scene, an_opinion

pytestmark = pytest.mark.unit

POLICY = Policy()


def test_the_worked_example_of_the_specification_is_reduced_to_half() -> None:
    ballot = [(Action.BUY, 0.72), (Action.BUY, 0.68), (Action.HOLD, 0.55), (Action.BUY, 0.61)]
    opinion = vote([Prediction(f"m{n}", a, c) for n, (a, c) in enumerate(ballot)])
    check = quality(opinion, 0.04, POLICY)
    assert (check.factor, check.objection, check.limit) == (D("0.5"), None, 0.65)
    assert not is_noisy(opinion, POLICY)


@pytest.mark.parametrize(
    ("confidence", "atr", "factor"),
    [
        (0.45, 0.0299, "1"),
        (0.449, 0.0299, "0"),
        (0.649, 0.03, "0"),
        (0.65, 0.03, "0.5"),
        (0.749, 0.03, "0.5"),
        (0.75, 0.03, "1"),
        (0.64, math.nan, "0"),
        (0.70, math.nan, "0.5"),
        (math.nan, 0.01, "0"),
    ],
)
def test_high_or_unknown_volatility_demands_more(
    confidence: float, atr: float, factor: str
) -> None:
    assert quality(an_opinion(confidence), atr, POLICY).factor == D(factor)


@pytest.mark.parametrize(
    ("opinion", "objection", "value", "limit"),
    [
        (an_opinion(voters=2), Objection.NO_QUORUM, 2, 3),
        (an_opinion(agreement=0.5), Objection.AGREEMENT_TOO_LOW, 0.5, 0.75),
        (an_opinion(0.2), Objection.CONFIDENCE_TOO_LOW, 0.2, 0.45),
    ],
)
def test_the_first_demand_that_fails_is_told_with_its_figures(
    opinion: Opinion, objection: Objection, value: float, limit: float
) -> None:
    assert quality(opinion, 0.01, POLICY)[2:] == (objection, value, limit)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 9), st.floats(0, 0.2))
def test_more_volatility_never_allows_more(
    confidence: float, agreement: float, voters: int, atr: float
) -> None:
    opinion = an_opinion(confidence, agreement, voters)
    wilder = quality(opinion, max(atr, 0.03), POLICY)
    assert wilder.factor <= quality(opinion, atr, POLICY).factor


def test_voters_who_contradict_each_other_are_noisy_and_none_are_not() -> None:
    assert is_noisy(an_opinion(agreement=0.5), POLICY)
    assert not is_noisy(an_opinion(agreement=0.0, voters=0), POLICY)


def test_the_gate_asks_the_filter_on_the_quotes_volatility() -> None:
    proposal = a_proposal(quote=a_quote(atr=0.04), opinion=an_opinion(0.7))
    assert signal_quality(proposal, a_scene()) == quality(an_opinion(0.7), 0.04, POLICY)


def test_a_single_outside_voter_may_be_enough_where_the_policy_says_so() -> None:
    assert quality(an_opinion(voters=1), 0.01, a_policy(quorum=1)).objection is None
