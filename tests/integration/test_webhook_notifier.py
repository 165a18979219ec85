"""Alerts off the trading path: to notify takes no time, whatever the receiver does."""

import asyncio
import time

import pytest

from adapters.notifier.webhook.addresses import Leave
from adapters.notifier.webhook.bodies import Receiver
from adapters.notifier.webhook.delivery import Delivery, Route
from adapters.notifier.webhook.notifier import WebhookNotifier
from domain.decision.messages import Page, Severity
from tests.webhook_receiver import receiving

pytestmark = pytest.mark.integration

HERE = Leave(private=True, plain=True)


def notifier(
    url: str, severity: Severity = Severity.WARNING, queue_max: int = 256
) -> WebhookNotifier:
    return WebhookNotifier(
        [Route(Receiver.SLACK, url, severity)],
        lambda: Delivery(HERE, timeout_s=0.5, tries_max=1),
        per_minute=1_000,
        queue_max=queue_max,
    )


async def test_what_is_severe_enough_is_delivered_by_the_time_of_the_close() -> None:
    async with receiving() as received:
        bell = notifier(received.url)
        for severity in Severity:
            bell.notify(Page(1, severity, f"about {severity}"))
        await asyncio.to_thread(bell.close)
    assert [b"WARNING" in body for body in received.bodies] == [True, False]
    assert bell.counts == {"delivered": 2, "held_back": 0}


async def test_to_notify_does_not_wait_for_a_receiver_that_hangs() -> None:
    async with receiving(hold_s=30.0) as received:
        bell = notifier(received.url)
        began = time.perf_counter()
        for number in range(500):
            bell.notify(Page(1, Severity.CRITICAL, f"number {number}"))
        assert time.perf_counter() - began < 0.5
        await asyncio.to_thread(bell.close, 0.1)
    assert bell.counts["dropped"] >= 200


def test_a_full_queue_drops_what_is_least_severe() -> None:
    bell = notifier("http://127.0.0.1:1/", queue_max=3)
    route = bell._routes[0]
    for number, severity in enumerate(("WARNING", "CRITICAL", "INFO", "CRITICAL", "INFO")):
        bell._put(Page(number, Severity(severity), "x"), route)
    assert [page.at_ms for page, _ in bell._waiting] == [0, 1, 3]
    assert bell.counts["dropped"] == 2


async def test_what_cannot_be_delivered_is_counted_and_raises_nothing() -> None:
    bell = notifier("http://127.0.0.1:1/hook")
    bell.notify(Page(1, Severity.CRITICAL, "x"))
    await asyncio.to_thread(bell.close)
    assert bell.counts == {"failed": 1, "held_back": 0}
    bell.notify(Page(1, Severity.CRITICAL, "after the close"))
    assert bell.counts["failed"] == 1
