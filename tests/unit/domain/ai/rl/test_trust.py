"""Trust is counted in visits, values begin low, and a draw depends on the trace alone."""

import math

import pytest

from domain.ai.rl.trust import PESSIMISM_R, UNSEEN, Cell, best, drawn, explored, rewarded

pytestmark = pytest.mark.unit


def test_an_action_begins_as_if_it_had_lost_once() -> None:
    assert UNSEEN.value == PESSIMISM_R
    assert rewarded(UNSEEN, 1.0) == Cell(1, 0.0)


@pytest.mark.parametrize("reward", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_teaches_nothing(reward: float) -> None:
    assert rewarded(UNSEEN, reward) is UNSEEN


def test_the_best_is_sought_among_the_trusted_alone() -> None:
    table = {"s/a": Cell(30, 0.1), "s/b": Cell(29, 5.0), "s/c": Cell(40, -1.0)}
    assert best(table, "s", ("a", "b", "c"), 30) == "a"
    assert best(table, "s", ("a", "b", "c"), 41) is None


def test_the_same_trace_explores_the_same_and_about_as_often_as_asked() -> None:
    traces = [f"t{n}" for n in range(2000)]
    assert all(0.0 <= drawn(t, "x") < 1.0 for t in traces)
    tried = [explored(t, "x", ("a", "b"), 0.1) for t in traces]
    assert tried == [explored(t, "x", ("a", "b"), 0.1) for t in traces]
    assert 140 < sum(each is not None for each in tried) < 260
    assert {each for each in tried if each} == {"a", "b"}
