"""Work that may hang, done where it holds up neither the loop nor the end of the process."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

Done = TypeVar("Done")


async def aside(work: Callable[[], Done]) -> Done:
    """Return what *work* returns, or raise what it raises, done in a thread of its own.

    The process does not wait for a thread that hangs when it ends.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Done] = loop.create_future()

    def settle(result: Done | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast("Done", result))

    def do() -> None:
        result: Done | None = None
        problem: BaseException | None = None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits shall have it
            problem = error
        try:
            loop.call_soon_threadsafe(settle, result, problem)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=do, name="aside", daemon=True).start()
    return await future


async def alongside(work: Coroutine[Any, Any, None], *others: Coroutine[Any, Any, None]) -> None:
    """Return when *work* is done, or raise what it raises; *others* go on until then.

    One of the *others* that fails ends alone: work does not wait for who only looks on.
    """
    tasks = [asyncio.ensure_future(other) for other in others]
    try:
        await work
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
