import asyncio

import pytest

from application.inbox import Inbox, InboxOverrun
from domain.decision.messages import (
    Heard,
    MarketAdvanced,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
)
from domain.execution.messages import Deposited, FundingSettled, OrderAccepted, OrderRejected
from tests.builders import BTC, START_MS, D, a_candidate, a_policy

pytestmark = pytest.mark.unit

QUIET = MarketAdvanced(START_MS, (), 0.0, (), ())
NEVER_SHED: tuple[Heard, ...] = (
    MarketAdvanced(START_MS, (), 0.0, (), (a_candidate(),)),
    OrderAccepted(START_MS, "id", BTC),
    OrderRejected(START_MS, "id", BTC, "code"),
    FundingSettled(START_MS, BTC, D(0), D(0)),
    Deposited(START_MS, D(1)),
    OperatorHalted(START_MS, "ann", "why"),
    OperatorReleased(START_MS, "ann", "why"),
    OperatorFlattened(START_MS, None, "ann", "why"),
    PolicyAdopted(START_MS, a_policy(), "ann", "why"),
)


async def drained(inbox: Inbox) -> list[Heard]:
    return [await inbox.get() for _ in range(len(inbox))]


async def test_what_is_no_market_comes_first_and_in_the_order_it_went_in() -> None:
    inbox = Inbox()
    for event in NEVER_SHED:
        inbox.put(event)
    assert await drained(inbox) == [*NEVER_SHED[1:], NEVER_SHED[0]]


async def test_who_waits_for_an_event_is_woken_by_it() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.put(QUIET)
    assert await waiting is QUIET


async def test_a_full_inbox_sheds_the_oldest_quiet_market_event_and_counts_it() -> None:
    inbox = Inbox(size_max=3)
    first, second = QUIET, QUIET._replace(at_ms=START_MS + 1)
    for event in (NEVER_SHED[1], first, second, NEVER_SHED[2]):
        inbox.put(event)
    assert inbox.shed == 1
    assert await drained(inbox) == [NEVER_SHED[1], NEVER_SHED[2], second]


@pytest.mark.parametrize("kept", NEVER_SHED, ids=lambda event: type(event).__name__)
async def test_what_may_not_be_lost_is_kept_beyond_the_bound(kept: Heard) -> None:
    inbox = Inbox(size_max=2)
    for _ in range(4):
        inbox.put(kept)
    assert inbox.shed == 0
    assert await drained(inbox) == [kept] * 4


@pytest.mark.parametrize("kept", NEVER_SHED, ids=lambda event: type(event).__name__)
def test_too_much_of_what_may_not_be_lost_is_said_aloud(kept: Heard) -> None:
    inbox = Inbox(size_max=2)
    for _ in range(4):
        inbox.put(kept)
    with pytest.raises(InboxOverrun, match="4 events wait"):
        inbox.put(kept)
    assert len(inbox) == 4


def test_a_quiet_event_makes_room_even_in_an_inbox_of_what_may_not_be_lost() -> None:
    inbox = Inbox(size_max=2)
    inbox.put(QUIET)
    for _ in range(4):
        inbox.put(NEVER_SHED[0])
    assert inbox.shed == 1
    assert len(inbox) == 4
