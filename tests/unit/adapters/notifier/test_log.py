"""The log as a bell: loud as the page is, and never an error for who rings it."""

from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger

from adapters.notifier.log import LogNotifier
from domain.decision.messages import Page, Severity

pytestmark = pytest.mark.unit


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    records: list[Any] = []
    sink = logger.add(lambda message: records.append(message.record), level="DEBUG")
    yield records
    logger.remove(sink)


@pytest.mark.parametrize("severity", Severity)
def test_a_page_is_as_loud_as_its_severity(heard: list[Any], severity: Severity) -> None:
    LogNotifier().notify(Page(1234, severity, "look here"))
    (record,) = heard
    assert record["level"].name == severity.value
    assert record["extra"]["at_ms"] == 1234


@pytest.mark.parametrize("text", ["{", "{0} {name}", "<red>", "%s", ""])
def test_a_text_is_passed_on_as_it_is(heard: list[Any], text: str) -> None:
    LogNotifier().notify(Page(1, Severity.INFO, text))
    assert heard[0]["message"] == text


def test_a_sink_that_fails_does_not_reach_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: object) -> None:
        raise OSError("the disk is full")

    sink = logger.add(fail, level="DEBUG")
    LogNotifier().notify(Page(1, Severity.CRITICAL, "x"))
    logger.remove(sink)
    assert "disk is full" in capsys.readouterr().err
