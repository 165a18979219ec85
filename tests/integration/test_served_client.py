"""The client of the served venue against answers of every kind: it names each, and never falls."""

import socket

import pytest

from adapters.exchange.served.line import Line
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.writer import ServedWriter
from application.errors import NotSent, VenueUnavailable
from domain.execution.messages import CancelOrder
from domain.execution.outcomes import Outcome, outcome_of
from tests.hostile_server import answering, http
from tests.unit.adapters.exchange.simulated.scene import AAA, BUY, entry

pytestmark = pytest.mark.integration

ORDER = entry(BUY, "1.5", name="qt0-a-e0")
NOW = 1_750_000_000_000
DONE = b'{"client_id":"qt0-a-e0","symbol":"AAAUSDT","side":"BUY","quantity":"%s"}'


def writer_on(line: Line) -> ServedWriter:
    return ServedWriter(line, lambda: NOW)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http("200 OK", DONE % b"1.5"), ""),
        (http("200 OK", DONE % b"1.50"), ""),
        (http("400 Bad Request", b'{"code":"-2019","msg":"Margin is insufficient."}'), "-2019"),
        (http("503 Service Unavailable", b'{"code":"-1008","msg":"busy"}'), "-1008"),
        (http("503 Service Unavailable", b'{"code":"-2019","msg":"no"}'), "http 503"),
        (http("502 Bad Gateway", b"<html>Bad Gateway</html>"), "http 502"),
        (http("403 Forbidden", b"<html>captcha</html>"), "http 403"),
        (http("302 Found", b"", "Location: http://127.0.0.1:1/order"), "http 302"),
        (http("429 Too Many", b"slow down"), "http 429"),
        (http("401 Unauthorized", b""), "http 401"),
        (http("400 Bad Request", b'{"code":-2019}'), "http 400"),
        (http("400 Bad Request", b"[" * 100_000), "http 400"),
    ],
)
async def test_an_answer_has_the_code_that_it_proves(answer: bytes, code: str) -> None:
    async with answering(answer) as (url, _), Line(url) as line:
        assert (await writer_on(line).place(ORDER)).code == code


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"\x00\xff garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        http("200 OK", b""),
        http("200 OK", b"<html>welcome</html>"),
        http("200 OK", b'{"code":"-2019","msg":"no"}'),
        http("200 OK", DONE % b"1.6"),
        http("200 OK", DONE % b"NaN"),
        http("200 OK", (DONE % b"1.5").replace(b"BUY", b"SELL")),
        http("200 OK", b"[" * 100_000),
        http("200 OK", b" " * ((1 << 20) + 1)),
        http("200 OK", DONE % b"1.5", "X-Long: " + "x" * 20_000),
        http("200 OK", b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
    ],
    ids=lambda answer: repr(answer[:40] + b".." + answer[-12:]),
)
async def test_a_success_that_cannot_be_read_leaves_the_outcome_open(answer: bytes) -> None:
    async with answering(answer) as (url, requests), Line(url) as line:
        with pytest.raises(VenueUnavailable) as caught:
            await writer_on(line).place(ORDER)
        assert not isinstance(caught.value, NotSent)
        assert len(requests) == 1


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_the_bound() -> None:
    async with answering(b"", hold_s=5.0) as (url, requests), Line(url, reply_s=0.1) as line:
        with pytest.raises(VenueUnavailable) as caught:
            await writer_on(line).place(ORDER)
        assert not isinstance(caught.value, NotSent)
        assert len(requests) == 1


async def test_no_write_is_repeated_when_a_connection_that_was_kept_breaks() -> None:
    first = http("200 OK", DONE % b"1.5")
    async with answering(first, hold_s=0.05) as (url, requests), Line(url) as line:
        writer = writer_on(line)
        await writer.place(ORDER)
        with pytest.raises(VenueUnavailable):
            await writer.cancel(CancelOrder("qt0-a-e0", AAA, of_entry=True))
        assert len(requests) == 1


async def test_a_port_where_nobody_listens_was_certainly_not_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with Line(f"http://127.0.0.1:{taken.getsockname()[1]}") as line:
            with pytest.raises(NotSent):
                await writer_on(line).place(ORDER)
            with pytest.raises(VenueUnavailable):
                await ServedReader(line, lambda: NOW).account()


async def test_a_server_without_the_right_certificate_was_certainly_not_told() -> None:
    async with answering(b"\x00" * 64) as (url, _), Line(url.replace("http", "https")) as line:
        with pytest.raises(NotSent):
            await writer_on(line).place(ORDER)


async def test_a_line_that_is_closed_sends_nothing() -> None:
    line = Line("http://127.0.0.1:9")
    with pytest.raises(NotSent):
        await writer_on(line).place(ORDER)


async def test_how_long_the_venue_asks_to_be_left_alone_is_told_within_reason() -> None:
    for text, wait_ms in (("7", 7_000), ("soon", 0), ("-1", 0), ("9" * 30, 3 * 86_400_000)):
        answer = http("418 Teapot", b'{"code":"-1003","msg":"banned"}', f"Retry-After: {text}")
        async with answering(answer) as (url, _), Line(url) as line:
            reply = await writer_on(line).place(ORDER)
            assert (reply.code, reply.wait_ms) == ("-1003", wait_ms)
            assert outcome_of(reply.code, cancel=False) is Outcome.REFUSED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"positions":[{"symbol":"AAAUSDT","quantity":"NaN"}],"orders":[],"wallet":"1"}',
        b'{"positions":[],"orders":[],"wallet":"1e9"}',
        b'{"positions":[],"orders":[],"wallet":null}',
        b'{"positions":[],"orders":[{"client_id":"a b","symbol":"AAAUSDT"}],"wallet":"1"}',
        b'{"client_id":"other","symbol":"AAAUSDT","status":"LIVE","filled":"0"}',
        b'{"client_id":"qt0-a-e0","symbol":"AAAUSDT","status":"LIQUIDATED","filled":"0"}',
        b'{"code":"-2013","msg":"Order does not exist."}',
        b'{"trades":[{}]}',
    ],
)
async def test_an_answer_to_a_question_that_does_not_fit_is_no_answer(body: bytes) -> None:
    async with answering(http("200 OK", body)) as (url, _), Line(url) as line:
        reader = ServedReader(line, lambda: NOW)
        with pytest.raises(VenueUnavailable):
            await reader.account()
        with pytest.raises(VenueUnavailable):
            await reader.order("qt0-a-e0", AAA)
        with pytest.raises(VenueUnavailable):
            await reader.trades(0)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "503 Gone", "403 No"])
async def test_only_the_venue_itself_says_that_it_knows_no_order(status: str) -> None:
    body = b'{"code":"-2013","msg":"Order does not exist."}'
    async with answering(http(status, body)) as (url, _), Line(url) as line:
        with pytest.raises(VenueUnavailable):
            await ServedReader(line, lambda: NOW).order("qt0-a-e0", AAA)
