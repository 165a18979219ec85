"""Scenario 5: voters who contradict each other, or are too few, move nothing."""

from pathlib import Path

import pytest

from domain.decision.facts import EntryRefused, SignalSkipped
from domain.risk.verdict import Objection
from tests.builders import BTC, a_policy
from tests.scenario.stage import BUY, HOLD, SELL, Ended, Line, market_of, play

pytestmark = pytest.mark.scenario


def said_by(where: Path, *votes: tuple[int, float]) -> Ended:
    voters = [[Line(3, BTC, action, sure)] for action, sure in votes]
    return play(where / "run", {BTC: market_of(BTC, [1.0] * 8, 0.02)}, voters, a_policy())


def test_two_buy_one_sells_one_holds_is_refused_with_the_reason(tmp_path: Path) -> None:
    ended = said_by(tmp_path, (BUY, 0.8), (BUY, 0.8), (SELL, 0.8), (HOLD, 0.8))
    (refused,) = ended.told(EntryRefused)
    assert refused.objections == (Objection.AGREEMENT_TOO_LOW,)
    assert ended.fills == ()


def test_a_tie_is_skipped_as_noise(tmp_path: Path) -> None:
    ended = said_by(tmp_path, (BUY, 0.8), (BUY, 0.8), (SELL, 0.8), (SELL, 0.8))
    (skipped,) = ended.told(SignalSkipped)
    assert skipped.is_noisy
    assert ended.fills == ()


def test_two_voters_are_no_quorum(tmp_path: Path) -> None:
    silent = float("nan")
    ended = said_by(tmp_path, (BUY, 0.9), (BUY, 0.9), (BUY, silent), (BUY, silent))
    (refused,) = ended.told(EntryRefused)
    assert refused.objections == (Objection.NO_QUORUM,)
