"""Alerts as lines of the log: the bell that every installation has."""

from typing import Final

from loguru import logger

from application.ports.notifier import Notifier
from domain.decision.messages import Page, Severity

_LEVELS: Final = {
    Severity.INFO: "INFO",
    Severity.WARNING: "WARNING",
    Severity.CRITICAL: "CRITICAL",
}


class LogNotifier:
    """Satisfies `Notifier`. Sinks swallow and report their own errors, so nothing is raised."""

    def notify(self, page: Page) -> None:
        """Write *page* at the level of its severity, with the event's own time."""
        bound = logger.bind(at_ms=page.at_ms, severity=page.severity.value)
        # As an argument: braces in the text are the text's own.
        bound.log(_LEVELS[page.severity], "{}", page.text)


_: type[Notifier] = LogNotifier
