"""A notifier that keeps what it was given."""

from application.ports.notifier import Notifier
from domain.decision.messages import Page


class FakeNotifier:
    """Holds every page, oldest first."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def notify(self, page: Page) -> None:
        self.pages.append(page)


_: type[Notifier] = FakeNotifier
