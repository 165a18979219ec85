"""Pairs become blocks, blocks become observations, and what overlaps counts once."""

import pytest

from domain.ai.contest import Blocks, Contest, Curve, Scored

pytestmark = pytest.mark.unit

BLOCKS = Blocks(bars=3, gap=2, clip=0.5)
WON, LOST, OUT = Scored(0.9, 0.2), Scored(-1.1, 0.3), Scored(0.0, 0.25)


def played(bars: range, new: Scored = WON, old: Scored = OUT) -> Contest:
    contest = Contest()
    for bar in bars:
        contest = contest.heard(BLOCKS, bar, new, old)
    return contest


@pytest.mark.parametrize(("bars", "observations"), [(1, 0), (5, 0), (6, 1), (10, 1), (11, 2)])
def test_a_block_is_one_observation_once_the_gap_behind_it_is_over(
    bars: int, observations: int
) -> None:
    contest = played(range(100, 100 + bars))

    assert contest.better.observations == contest.worse.observations == observations
    assert contest.predictions == bars


def test_what_lies_in_a_gap_is_no_evidence() -> None:
    contest = Contest()
    for bar in range(6):
        contest = contest.heard(BLOCKS, bar, LOST if bar in (3, 4) else WON, OUT)

    assert contest.better.strength == Contest().better.heard(0.9 / 0.5).strength


def test_a_silence_of_many_periods_keeps_the_rhythm() -> None:
    contest = played(range(1)).heard(BLOCKS, 52, WON, OUT)

    assert contest.begins == 50
    assert contest.better.observations == 1


def test_each_side_keeps_its_own_account() -> None:
    contest = played(range(4), LOST, WON)

    assert contest.new.curve.fall == pytest.approx(4.4)
    assert contest.old.curve == pytest.approx(Curve(3.6, 3.6, 0.0))
    assert (contest.new.hits, contest.new.calls) == (0, 4)
    assert (contest.old.hits, contest.old.calls) == (4, 4)
    assert contest.mean_surplus == pytest.approx(-2.0)
    assert Contest().mean_surplus == 0.0


def test_staying_out_is_no_call() -> None:
    assert played(range(4)).old.calls == 0
