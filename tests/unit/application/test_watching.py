import asyncio
from collections.abc import Awaitable, Callable

import pytest

from application.watching import Watching
from domain.decision.messages import Heard, PolicyAdopted, PolicyStoreFound, PolicyStoreLost
from tests.builders import START_MS, a_policy
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.unit

Told = tuple[Heard, ...]


class Store:
    """A watcher that answers when it is let, at most three times."""

    def __init__(self, *answers: Told) -> None:
        self.answers = list(answers)
        self.clock = FakeClock()
        self.let = asyncio.Event()
        self.asked = asyncio.Event()
        self.heard: list[Heard] = []
        self.questions: list[int] = []

    def __call__(self, at_ms: int) -> Told:
        self.questions.append(at_ms)
        return self.answers.pop(0)

    async def aside(self, work: Callable[[], Told]) -> Told:
        self.asked.set()
        if not self.answers:
            await asyncio.Event().wait()
        await self.let.wait()
        return work()

    async def runs(self, during: Awaitable[None], deadline_s: float = 5.0) -> None:
        watching = Watching(
            self, self.clock, self.aside, every_s=0.0, deadline_s=deadline_s, pause=asyncio.sleep
        )
        task = asyncio.create_task(watching.run(self.heard.append))
        await during
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_used(store: Store) -> None:
    async with asyncio.timeout(5):
        while store.answers:  # noqa: ASYNC110 - the watcher has no event to wait for
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)


async def test_what_a_watcher_says_is_heard_in_its_order() -> None:
    first = PolicyAdopted(START_MS, a_policy(version=2), "ann", "why")
    second = PolicyAdopted(START_MS, a_policy(version=3), "ann", "why")
    store = Store((first, second), (), (first,))
    store.let.set()
    await store.runs(until_used(store))
    assert store.heard == [first, second, first]


async def test_a_watcher_that_hangs_is_an_outage_until_it_answers() -> None:
    store = Store((), ())

    async def hangs() -> None:
        await store.asked.wait()
        store.clock.at_ms += 9_000
        async with asyncio.timeout(5):
            while not store.heard:  # noqa: ASYNC110 - a deadline has passed unseen
                await asyncio.sleep(0.001)
        (lost,) = store.heard
        assert lost == PolicyStoreLost(START_MS + 9_000, START_MS, "no answer for 0.01 s")
        assert store.questions == []  # one at a time
        store.let.set()
        await until_used(store)

    await store.runs(hangs(), deadline_s=0.01)
    assert store.heard[1] == PolicyStoreFound(START_MS + 9_000)


@pytest.mark.parametrize("told", [PolicyStoreFound(START_MS), PolicyStoreLost(START_MS, 0, "down")])
async def test_a_late_answer_that_speaks_of_the_store_itself_is_left_as_it_is(
    told: Heard,
) -> None:
    store = Store((told,))

    async def hangs() -> None:
        async with asyncio.timeout(5):
            while not store.heard:  # noqa: ASYNC110 - a deadline has passed unseen
                await asyncio.sleep(0.001)
        store.let.set()
        await until_used(store)

    await store.runs(hangs(), deadline_s=0.01)
    assert store.heard[1:] == [told]
