"""Where a person is called."""

from typing import Protocol

from domain.decision.messages import Page


class Notifier(Protocol):
    """Hands alerts on. Never blocks, never raises: trading does not wait for a bell."""

    def notify(self, page: Page) -> None:
        """Pass *page* on."""
