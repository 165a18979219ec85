import asyncio
import threading

import pytest

from application.errors import StoreUnavailable
from bootstrap.aside import aside

pytestmark = pytest.mark.unit


async def test_work_is_done_in_a_thread_of_its_own_and_its_result_comes_back() -> None:
    assert await aside(threading.get_ident) != threading.get_ident()


async def test_what_the_work_raises_is_raised_to_who_waits() -> None:
    def fails() -> None:
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable, match="gone"):
        await aside(fails)


async def test_the_loop_goes_on_while_the_work_hangs() -> None:
    let = threading.Event()
    hanging = asyncio.ensure_future(aside(let.wait))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not hanging.done()
    let.set()
    assert await asyncio.wait_for(hanging, timeout=5) is True


async def test_a_result_that_nobody_waits_for_any_more_is_let_go() -> None:
    let, told = threading.Event(), threading.Event()

    def work() -> None:
        let.wait()
        told.set()

    waiting = asyncio.ensure_future(aside(work))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    let.set()
    assert told.wait(timeout=5)
    for _ in range(10):
        await asyncio.sleep(0)
    assert waiting.cancelled()
