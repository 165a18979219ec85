"""Alerts as lines of a file: for a run that goes faster than anyone could be called.

One line an alert: time of the event, severity, text. A file that cannot be written is left alone:
trading does not wait for a bell, and the audit has what matters.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from application.ports.notifier import Notifier
from domain.decision.messages import Page


class FileNotifier:
    """Satisfies `Notifier`. The file begins with the first alert."""

    def __init__(self, path: Path) -> None:
        """Append to *path*."""
        self._path = path

    def notify(self, page: Page) -> None:
        """Write *page* on a line of its own."""
        at = datetime.fromtimestamp(page.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        text = page.text.encode("unicode_escape").decode("ascii")
        with contextlib.suppress(OSError), self._path.open("a", encoding="ascii") as file:
            file.write(f"{at.replace('+00:00', 'Z')} {page.severity.value} {text}\n")


_: type[Notifier] = FileNotifier
