"""What comes in by the operator's interface: bodies, heads, states, and requests that trickle."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from adapters.operator_api.tokens import Role
from application.errors import BadInput
from domain.decision.messages import OperatorHalted
from tests.operator_stage import Stage, good_headers, staged

pytestmark = pytest.mark.integration

WHY = {"reason": "a drill"}


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        yield stage


@pytest.mark.parametrize("size", [16_385, 1_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_b32_a_body_that_is_too_long_is_refused(
    stage: Stage,
    size: int,
    chunked: bool,  # noqa: FBT001 - a way of sending
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(size // 1_000 + 1):
            yield b"x" * 1_000

    url = f"{stage.server.url}/api/v1/pause"
    headers = {k: v or "" for k, v in good_headers(stage.token[Role.OPERATE], writes=True).items()}
    data = parts() if chunked else b"x" * size
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, data=data, headers=headers) as answer:
                assert answer.status == 413
        except aiohttp.ClientError:  # it was refused before all of it was sent
            assert size > 16_385
    assert not stage.heard


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 400), (b"[]", 422), (b"null", 422), (b'{"reason": NaN}', 400),
        (b'{"reason": 5}', 422), (b'{"reason": "x", "more": 1}', 422),
        (b'{"reason": "x", "minutes": -1}', 422), (b'{"reason": "x", "minutes": 1e99}', 422),
        (b"[" * 10_000, 400), (b"\xff\xfe", 400), (b'{"reason": "a\\r\\nb"}', 422),
        (b'{"reason": "\\u001b[31m"}', 422), (b'{"reason": "\\u202e"}', 422),
        (json.dumps({"reason": "x" * 1_000}).encode(), 422),
    ],
)  # fmt: skip
async def test_b33_b34_a_body_that_is_wrong_is_refused_and_still_halts(
    stage: Stage, body: bytes, status: int
) -> None:
    assert (await stage.ask("POST", "pause", body)).status == status
    assert not stage.heard
    assert (await stage.ask("POST", "halt", body)).status == 200
    assert isinstance(stage.heard[0], OperatorHalted)


async def test_b33_markup_in_a_reason_is_text(stage: Stage) -> None:
    await stage.ask("POST", "pause", {"reason": "</script><img src=x onerror=alert(1)>"})
    answer = await stage.ask("GET", "status")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.body["pause"]["reason"].startswith("</script>")


async def test_b35_wishes_are_held_against_the_state(stage: Stage) -> None:
    assert (await stage.ask("POST", "release", WHY)).status == 409
    assert (await stage.ask("POST", "unpause", WHY)).status == 409
    unknown = {**WHY, "symbol": "NOSUCHUSDT"}
    assert (await stage.ask("POST", "flatten", unknown)).status == 409
    assert not stage.heard
    for body in ({"reason": ""}, {}, None):
        assert (await stage.ask("POST", "halt", body)).status == 200
    assert len(stage.heard) == 3


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_what_speaks_against_it_is_told_with_503(stage: Stage, path: str) -> None:
    assert (await stage.ask("GET", path, role=None)).status == 200
    stage.vitals.against = ("decision: stuck for 12 s",)
    answer = await stage.ask("GET", path, role=None)
    assert (answer.status, answer.body["against"]) == (503, ["decision: stuck for 12 s"])


async def test_a_request_that_trickles_in_is_told_that_it_is_late(stage: Stage) -> None:
    stage.server.arrive_within(0.3)
    for head in (b"GET /livez HTTP/1.1\r\nX", b"POST /api/v1/halt HTTP/1.1\r\nHost: x\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
        writer.write(head)
        assert (await asyncio.wait_for(reader.readline(), 3)).split()[1] == b"408"
        writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /api/v1/halt HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
        b"GET /api/v1/status HTTP/1.0\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
)
async def test_b32_a_head_that_is_none_is_refused(stage: Stage, head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
    writer.write(head)
    said = await asyncio.wait_for(reader.read(2_000), 3)
    assert said.split()[1] in (b"400", b"403", b"431")
    writer.close()
    assert not stage.heard


def test_beyond_this_machine_it_needs_tls_and_a_token(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="other machines"):
        Stage(tmp_path, bind="0.0.0.0")  # noqa: S104 - it is refused
