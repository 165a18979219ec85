"""The served venue with a client on a real socket: its stream, its faults, and who may come in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from random import Random

import aiohttp
import pytest

from adapters.exchange.served.line import Line
from adapters.exchange.served.serving import NO_WIND
from adapters.exchange.served.stream import ServedStream
from adapters.exchange.served.writer import ServedWriter
from application.errors import NotSent, VenueUnavailable
from application.secret import Secret
from domain.decision.messages import Heard
from domain.execution.messages import OrderAccepted, OrderFilled, OrderStatus, StreamTurned
from tests.hostile_server import answering, http
from tests.served_stage import TERMS, Stage, staged, until
from tests.unit.adapters.exchange.simulated.scene import AAA, BUY, SELL, entry, leave

pytestmark = pytest.mark.integration


class Heeding:
    """A stream that is listened to, and all that it said."""

    def __init__(self, line: Line, now_ms: Callable[[], int], silence_s: float) -> None:
        self.heard: list[Heard] = []
        self.rows: list[tuple[int, int]] = []
        self.over = 0
        self.pauses: list[float] = []
        self.stream = ServedStream(
            line,
            now_ms,
            lambda *row: self.rows.append(row),
            rng=Random(1),
            on_over=self._ends,
            silence_s=silence_s,
            pause=self._pause,
        )

    def _ends(self) -> None:
        self.over += 1

    async def _pause(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        await asyncio.sleep(0.01)

    @property
    def turns(self) -> list[bool]:
        return [one.up for one in self.heard if isinstance(one, StreamTurned)]


@asynccontextmanager
async def heeding(
    line: Line, now_ms: Callable[[], int], silence_s: float = 5.0
) -> AsyncIterator[Heeding]:
    one = Heeding(line, now_ms, silence_s)
    running = asyncio.create_task(one.stream.run(one.heard.append))
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def heeded(stage: Stage, one: Heeding) -> None:
    await until(lambda: bool(one.turns) and one.turns[-1])
    assert stage.served.url == stage.line.url


async def test_the_stream_tells_of_an_order_in_order_and_of_every_row_once() -> None:
    async with staged() as stage, heeding(stage.line, stage.now_ms) as one:
        await heeded(stage, one)
        await stage.writer.place(entry(BUY, "1"))
        await until(lambda: any(isinstance(each, OrderFilled) for each in one.heard))
        told = [type(each) for each in one.heard]
        assert told == [StreamTurned, OrderAccepted, OrderFilled]
        await until(lambda: len(one.rows) > 4)
        rows = [row for row, _ in one.rows]
        assert rows == list(range(rows[0], rows[0] + len(rows)))
        closes = [at_ms for _, at_ms in one.rows]
        assert {after - before for before, after in pairwise(closes)} == {50}


async def test_a_stream_that_is_cut_is_told_of_and_comes_back() -> None:
    async with staged() as stage, heeding(stage.line, stage.now_ms) as one:
        await heeded(stage, one)
        stage.served.broadcast.drop_all()
        await until(lambda: one.turns == [True, False, True])


async def test_a_stream_that_falls_silent_is_lost_though_its_connection_stands() -> None:
    async with staged() as stage, heeding(stage.line, stage.now_ms, 0.8) as one:
        await heeded(stage, one)
        stage.served.silence(on=True)
        await until(lambda: one.turns[:2] == [True, False])
        stage.served.silence(on=False)
        await until(lambda: one.turns[-1])


async def test_fills_during_a_silence_are_in_the_history() -> None:
    async with staged() as stage, heeding(stage.line, stage.now_ms) as one:
        await heeded(stage, one)
        stage.served.silence(on=True)
        await stage.writer.place(entry(BUY, "1"))
        assert len(await stage.reader.trades(0)) == 1
        assert not [each for each in one.heard if isinstance(each, OrderFilled)]


async def test_without_a_venue_the_loss_is_told_once_and_the_pauses_grow_to_a_cap() -> None:
    async with Line("http://127.0.0.1:9") as line, heeding(line, lambda: 0) as one:
        await until(lambda: len(one.pauses) > 30)
        assert one.turns == [False]
        assert max(one.pauses) <= 5.0
        assert max(one.pauses[8:]) > 10 * max(one.pauses[:1])
        assert len(set(one.pauses)) == len(one.pauses)


@pytest.mark.parametrize("answer", [b"", b"\xff" * 99, http("200 OK", b"no stream here")])
async def test_what_is_no_stream_is_tried_again(answer: bytes) -> None:
    async with (
        answering(answer) as (url, requests),
        Line(url) as line,
        heeding(line, lambda: 0) as one,
    ):
        await until(lambda: len(requests) > 2)
        assert one.turns == [False]


async def test_that_the_tape_is_over_is_told_once() -> None:
    terms = TERMS._replace(first_row=398)
    async with staged(terms) as stage, heeding(stage.line, stage.now_ms) as one:
        await until(lambda: one.over > 0)
        assert one.over == 1
        assert one.rows[-1][0] == 399


async def test_with_wait_the_tape_begins_with_the_first_stream() -> None:
    async with staged(TERMS._replace(waits=True)) as stage:
        assert (await stage.reader.hello()).row == -1
        async with heeding(stage.line, stage.now_ms) as one:
            await until(lambda: bool(one.rows))
            assert one.rows[0][0] == 0


async def test_a_lost_request_did_nothing_and_a_lost_reply_did_all() -> None:
    for weather, held in (
        (NO_WIND._replace(request_lost=1.0), False),
        (NO_WIND._replace(reply_lost=1.0), True),
    ):
        async with staged(TERMS._replace(weather=weather)) as stage:
            with pytest.raises(VenueUnavailable) as caught:
                await stage.writer.place(entry(BUY, "1"))
            assert not isinstance(caught.value, NotSent)
            found = await stage.reader.order("entry", AAA)
            assert (found is not None and found.status is OrderStatus.FILLED) is held
            assert stage.served.record.summary()["duplicates"] == []


async def test_an_accept_that_comes_late_comes() -> None:
    weather = NO_WIND._replace(late_accept=1.0, late_s_max=0.2)
    async with staged(TERMS._replace(weather=weather)) as stage:
        with pytest.raises(VenueUnavailable):
            await stage.writer.place(entry(BUY, "1"))
        await until(lambda: stage.served.record.summary()["fills"] == 1)


async def test_an_error_of_unknown_outcome_may_have_done_it_or_not() -> None:
    weather = NO_WIND._replace(server_error=1.0)
    async with staged(TERMS._replace(weather=weather)) as stage:
        names = [f"e{number}" for number in range(20)]
        codes = {(await stage.writer.place(entry(BUY, "0.1", name=name))).code for name in names}
        assert codes == {"-1007"}
        done = [await stage.reader.order(name, AAA) for name in names]
        assert 0 < done.count(None) < len(names)


async def test_the_first_closes_are_refused_as_often_as_asked() -> None:
    async with staged(TERMS._replace(refuse_closes=2)) as stage:
        await stage.writer.place(entry(BUY, "1"))
        exits = [leave(SELL, quantity="1", name=f"x{number}") for number in range(3)]
        assert [(await stage.writer.place(each)).code for each in exits] == ["-1008", "-1008", ""]
        assert (await stage.reader.account()).positions == ()


async def test_only_who_has_the_token_comes_in_and_no_web_page() -> None:
    token = Secret("a-token-of-this-test")
    async with staged(token=token) as stage, Line(stage.served.url) as stranger:
        assert (await stage.writer.place(entry(BUY, "1"))).code == ""
        refused = await ServedWriter(stranger, stage.now_ms).place(entry(BUY, "1", name="no"))
        assert refused.code == "-2015"
        page = {"Origin": "http://evil.test", "Authorization": f"Bearer {token.reveal()}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(stage.served.url + "/account", headers=page) as answer,
        ):
            assert answer.status == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b"[" * 60_000, b"\xff", b'{"client_id":"a b"}', b"x" * 100_000],
    ids=lambda body: repr(body[:12]),
)
async def test_no_request_brings_the_venue_down(body: bytes) -> None:
    async with staged() as stage, aiohttp.ClientSession() as session:
        for path in ("/order", "/cancel", "/nowhere", "/account"):
            async with session.post(stage.served.url + path, data=body) as answer:
                assert 400 <= answer.status < 500
        for query in ("since_ms=x", "since_ms=-1", "since_ms=" + "9" * 50):
            async with session.get(f"{stage.served.url}/trades?{query}") as answer:
                assert answer.status == 400
        assert (await stage.writer.place(entry(BUY, "1"))).code == ""
