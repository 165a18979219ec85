"""Alerts by webhook, made of settings: their routes, and the bell that they are a part of."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from application.errors import BadInput
from application.ports.notifier import Notifier
from bootstrap.alerts_section import AlertsSection
from bootstrap.plan import RunPlan
from domain.decision.messages import Page, Severity

if TYPE_CHECKING:
    from adapters.notifier.webhook.delivery import Delivery, Route
    from adapters.notifier.webhook.notifier import WebhookNotifier

_NONE_NAMED = (
    "alerts: no receiver; set QT_ALERTS__DISCORD, QT_ALERTS__SLACK or QT_ALERTS__GENERIC to the "
    "URL of a webhook"
)


class Bells:
    """Satisfies `Notifier`: several of them, one after the other."""

    def __init__(self, bells: Sequence[Notifier]) -> None:
        """Ring all of *bells*."""
        self._bells = tuple(bells)

    def notify(self, page: Page) -> None:
        """Pass *page* on to each."""
        for bell in self._bells:
            bell.notify(page)


_: type[Notifier] = Bells


def routes_of(section: AlertsSection) -> "list[Route]":
    """Return where alerts go. Raises `BadInput` listing every URL that leads nowhere good."""
    from adapters.notifier.webhook.addresses import checked_url  # noqa: PLC0415 - takes a moment
    from adapters.notifier.webhook.bodies import Receiver  # noqa: PLC0415 - see above
    from adapters.notifier.webhook.delivery import Route  # noqa: PLC0415 - see above

    routes: list[Route] = []
    problems: list[str] = []
    for receiver in Receiver:
        url: str = getattr(section, receiver.value).reveal()
        if not url:
            continue
        try:
            checked_url(f"alerts.{receiver.value}", url, _leave(section))
        except BadInput as error:
            problems += error.problems
        least: Severity = getattr(section, f"{receiver.value}_severity")
        routes.append(Route(receiver, url, least, section.secret.reveal()))
    if problems:
        raise BadInput(*problems)
    return routes


def webhooks_of(section: AlertsSection, plan: RunPlan) -> "WebhookNotifier | None":
    """Return who sends alerts out, None where nobody is named or the run outpaces any person."""
    is_named = any(one.reveal() for one in (section.discord, section.slack, section.generic))
    if not is_named or not (plan.pace_s or plan.venue):
        return None
    from adapters.notifier.webhook.notifier import WebhookNotifier  # noqa: PLC0415 - see above

    return WebhookNotifier(
        routes_of(section),
        lambda: _delivery(section),
        dedup_s=section.dedup_s,
        per_minute=section.per_minute,
        queue_max=section.queue_max,
    )


def tried(section: AlertsSection) -> list[dict[str, Any]]:
    """Send an alert to every receiver that is named, and return what became of each."""
    from adapters.notifier.webhook.addresses import shown  # noqa: PLC0415 - see above

    routes = routes_of(section)
    if not routes:
        raise BadInput(_NONE_NAMED)
    page = Page(int(time.time() * 1000), Severity.INFO, "a test of the alerts: all is well")

    async def all_sent() -> list[dict[str, Any]]:
        async with _delivery(section) as delivery:
            results = [await delivery.send(page, route) for route in routes]
        return [
            {
                "receiver": route.receiver.value,
                "to": shown(route.url),
                "delivered": result.delivered,
                "tries": result.tries,
                "problem": result.problem,
            }
            for route, result in zip(routes, results, strict=True)
        ]

    return asyncio.run(all_sent())


def _delivery(section: AlertsSection) -> "Delivery":
    from adapters.notifier.webhook.delivery import Delivery  # noqa: PLC0415 - see above

    return Delivery(_leave(section), timeout_s=section.timeout_s, tries_max=section.tries_max)


def _leave(section: AlertsSection) -> Any:  # noqa: ANN401 - its type takes a moment to import
    from adapters.notifier.webhook.addresses import Leave  # noqa: PLC0415 - see above

    return Leave(section.allow_private, section.allow_http)
