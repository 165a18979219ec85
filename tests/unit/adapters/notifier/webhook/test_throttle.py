"""A person is called once for the same, and not more often than one can bear."""

import pytest

from adapters.notifier.webhook.throttle import Throttle
from domain.decision.messages import Page, Severity

pytestmark = pytest.mark.unit


class Stage:
    def __init__(self, per_minute: int = 8) -> None:
        self.at_s = 0.0
        self.throttle = Throttle(300.0, per_minute, lambda: self.at_s)

    def text(self, text: str, severity: Severity = Severity.WARNING) -> str | None:
        told = self.throttle.let(Page(1, severity, text))
        return None if told is None else told.text


def test_the_same_is_told_again_after_a_while_with_what_was_held_back() -> None:
    stage = Stage()
    assert [stage.text("a") for _ in range(4)] == ["a", None, None, None]
    assert stage.text("a", Severity.CRITICAL) == "a"
    stage.at_s = 300.0
    assert stage.text("a") == "a (and 3 times more)"
    stage.at_s = 600.0
    assert stage.text("a") == "a"
    assert stage.throttle.held_back == 3


def test_a_quarter_of_the_minute_is_for_what_is_critical() -> None:
    stage = Stage()
    told = [stage.text(f"w{n}") for n in range(20)]
    assert sum(one is not None for one in told) == 6
    told = [stage.text(f"c{n}", Severity.CRITICAL) for n in range(20)]
    assert sum(one is not None for one in told) == 2
    stage.at_s = 60.0
    assert stage.text("w99") == "w99"


def test_memory_is_bounded() -> None:
    stage = Stage(per_minute=10_000)
    for n in range(3_000):
        stage.text(f"w{n}")
    assert len(stage.throttle._known) == 1_000
