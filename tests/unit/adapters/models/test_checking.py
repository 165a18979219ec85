from collections.abc import Mapping

import numpy as np
import pytest

from adapters.models.checking import votes_of
from application.errors import BadInput
from application.ports.predictor import VoteColumns
from domain.market.bars import BarColumns
from tests.fakes.bars import random_bars

pytestmark = pytest.mark.unit

ROWS = 5
MARKET = {symbol: random_bars(1, ROWS, symbol) for symbol in ("BTCUSDT", "ETHUSDT")}
GOOD = VoteColumns(np.array([1, -1, 0, 2, 1], np.int8), np.array([0.5, 0.6, 0.7, 0.8, np.nan]))


class Said:
    """A predictor that says what it was given."""

    name, version, fallback = "said", "1", False

    def __init__(self, votes: Mapping[str, VoteColumns]) -> None:
        self._votes = votes

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        assert market
        return self._votes


def test_votes_that_fit_are_passed_on_as_they_are() -> None:
    votes = {"BTCUSDT": GOOD, "ETHUSDT": GOOD._replace(stop=np.ones(ROWS))}
    assert votes_of(Said(votes), MARKET) is votes


def test_a_predictor_may_leave_out_a_symbol() -> None:
    assert votes_of(Said({"BTCUSDT": GOOD}), MARKET).keys() == {"BTCUSDT"}


def test_an_abstention_may_name_any_action() -> None:
    votes = {"BTCUSDT": GOOD._replace(action=np.array([1, -1, 0, 2, 99], np.int8))}
    assert votes_of(Said(votes), MARKET) is votes


def test_every_fault_is_told_at_once_by_predictor_and_symbol() -> None:
    votes = {
        "BTCUSDT": GOOD._replace(confidence=np.ones(3), target=np.ones(4)),
        "ETHUSDT": GOOD._replace(action=np.array([1, 7, 0, 0, 0], np.int8)),
        "XRPUSDT": GOOD,
    }
    with pytest.raises(BadInput) as caught:
        votes_of(Said(votes), MARKET)
    assert caught.value.problems == (
        "said: votes on XRPUSDT, which is not in the market it was given",
        "said: BTCUSDT: confidence has 3 rows for 5 bars; give one a bar",
        "said: BTCUSDT: target has 4 rows for 5 bars; give one a bar",
        "said: ETHUSDT: action 7 is none of -1, 0, 1, 2",
    )
