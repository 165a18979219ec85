"""Many voters, one opinion."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ai.ensemble import NO_OPINION, Opinion, vote
from domain.ai.prediction import Prediction
from domain.shared.enums import Action

pytestmark = pytest.mark.unit

BUY, SELL, HOLD, FLAT = Action


def ballot(*votes: tuple[Action, float]) -> list[Prediction]:
    return [Prediction(f"m{n}", action, sure) for n, (action, sure) in enumerate(votes)]


def test_the_worked_example_of_the_specification() -> None:
    opinion = vote(ballot((BUY, 0.72), (BUY, 0.68), (HOLD, 0.55), (BUY, 0.61)))
    assert (opinion.action, opinion.agreement, opinion.voters) == (BUY, 0.75, 4)
    assert opinion.confidence == pytest.approx(0.67)


@pytest.mark.parametrize("sure", [math.nan, -0.01, 1.01, math.inf])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_a_confidence_that_is_none_abstains(sure: float, others: int) -> None:
    opinion = vote(ballot((SELL, sure), *[(BUY, 0.6)] * others))
    assert opinion == (Opinion(BUY, 1.0, 0.6, others, others) if others else NO_OPINION)


def test_a_fallback_never_votes() -> None:
    stand_in = Prediction("rule", BUY, 0.9, fallback=True)
    assert vote([stand_in]) == vote([stand_in, stand_in]) == NO_OPINION
    assert vote([stand_in, *ballot((SELL, 0.6))]).voters == 1


def test_nobody_has_no_opinion() -> None:
    assert vote([]) == NO_OPINION


def test_a_tie_is_hold_and_nobody_agrees_to_it() -> None:
    opinion = vote(ballot((BUY, 0.9), (BUY, 0.9), (SELL, 0.9), (SELL, 0.9)))
    assert opinion == Opinion(HOLD, 0.0, 0.0, 4, 0)


def test_a_tie_with_hold_is_hold_by_those_who_said_so() -> None:
    opinion = vote(ballot((BUY, 0.9), (HOLD, 0.5)))
    assert opinion == Opinion(HOLD, 0.5, 0.5, 2, 1)


def test_flat_is_a_direction_like_any_other() -> None:
    assert vote(ballot((FLAT, 0.5), (FLAT, 0.7), (BUY, 0.9))).action is FLAT


PREDICTIONS = st.lists(
    st.builds(
        Prediction,
        st.just("m"),
        st.sampled_from(Action),
        st.one_of(st.floats(0, 1), st.just(math.nan), st.floats(1.1, 9)),
        st.booleans(),
    ),
    max_size=7,
)


@given(PREDICTIONS)
def test_an_opinion_lies_within_its_voters(predictions: list[Prediction]) -> None:
    opinion = vote(predictions)
    sure = [p.confidence for p in predictions if not p.fallback and 0 <= p.confidence <= 1]
    assert opinion.voters == len(sure)
    assert 0.0 <= opinion.agreement <= 1.0
    assert 0 <= opinion.agreeing <= opinion.voters
    if opinion.agreeing:
        assert min(sure) - 1e-12 <= opinion.confidence <= max(sure) + 1e-12


@given(PREDICTIONS, st.integers(0, 6))
def test_the_order_of_the_ballot_does_not_matter(predictions: list[Prediction], turn: int) -> None:
    turned = predictions[turn:] + predictions[:turn]
    one, other = vote(predictions), vote(turned)
    assert one[:2] == other[:2]
    assert one.confidence == pytest.approx(other.confidence)


@given(st.sampled_from(Action), st.one_of(st.floats(0, 1), st.just(math.nan)), st.booleans())
def test_a_single_voter_is_counted_as_among_many(
    action: Action,
    sure: float,
    fallback: bool,  # noqa: FBT001 - a case
) -> None:
    one = Prediction("m", action, sure, fallback)
    silent = Prediction("rule", BUY, 0.9, fallback=True)
    assert vote([one]) == vote([one, silent])
