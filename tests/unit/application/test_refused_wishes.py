"""Wishes that were refused: written down, but never so many that they fill the record."""

import pytest

from application.operator_text import REASON_MAX
from application.refused_wishes import EVERY_MS, RefusedWishes
from domain.decision.messages import Heard, WishRefused

pytestmark = pytest.mark.unit


class Desk:
    def __init__(self) -> None:
        self.now = 1_000
        self.heard: list[Heard] = []

    def told(self) -> list[tuple[str, str, str]]:
        return [(w.action, w.actor, w.reason) for w in self.heard if isinstance(w, WishRefused)]


def test_one_a_minute_of_each_action_and_the_others_are_counted() -> None:
    desk = Desk()
    refused = RefusedWishes(desk.heard.append, lambda: desk.now)
    for _ in range(1_000):
        refused("release", "10.0.0.9", "401 no token")
        refused("halt", "10.0.0.9", "401 no token")
    assert [one[0] for one in desk.told()] == ["release", "halt"]
    desk.now += EVERY_MS
    refused("release", "10.0.0.9", "403 no role")
    reason = "403 no role (and 999 more since the last that is written down)"
    assert desk.told()[-1] == ("release", "10.0.0.9", reason)


def test_a_clock_that_goes_back_silences_nobody() -> None:
    desk = Desk()
    refused = RefusedWishes(desk.heard.append, lambda: desk.now)
    refused("pause", "ann", "409 stale")
    desk.now -= 500
    refused("pause", "ann", "409 stale")
    assert len(desk.heard) == 2


def test_what_is_written_down_is_one_plain_line_of_bounded_length() -> None:
    desk = Desk()
    refused = RefusedWishes(desk.heard.append, lambda: desk.now)
    refused("release", "a\nb\u202e" * 100, "422 \x00" + "x" * 10_000)
    ((_, actor, reason),) = desk.told()
    assert actor.isprintable()
    assert reason.isprintable()
    assert len(reason) <= REASON_MAX
