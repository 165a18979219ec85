"""Alerts in a file: a line each, whatever their text, and never an error."""

from pathlib import Path

import pytest

from adapters.notifier.file import FileNotifier
from domain.decision.messages import Page, Severity

pytestmark = pytest.mark.integration


def test_an_alert_is_a_line_with_the_time_of_its_event(tmp_path: Path) -> None:
    path = tmp_path / "alerts.log"
    bell = FileNotifier(path)
    bell.notify(Page(1_700_000_000_123, Severity.CRITICAL, "stop"))
    bell.notify(Page(1_700_000_000_124, Severity.INFO, "two\nlines \x1b[31m"))
    assert path.read_text("ascii").splitlines() == [
        "2023-11-14T22:13:20.123Z CRITICAL stop",
        "2023-11-14T22:13:20.124Z INFO two\\nlines \\x1b[31m",
    ]


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    FileNotifier(tmp_path / "nowhere" / "alerts.log").notify(Page(1, Severity.INFO, "x"))
