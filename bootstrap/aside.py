"""Work that may hang, done where it holds up neither the loop nor the end of the process."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar, cast

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
