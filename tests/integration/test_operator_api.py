"""The operator's interface on a real server: what it shows, what it takes, and whom it refuses."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from adapters.operator_api.server import OperatorServer, Terms
from adapters.operator_api.tokens import Role
from application.errors import BadInput
from domain.decision.messages import OperatorHalted
from tests.operator_stage import Stage, good_headers, staged

pytestmark = pytest.mark.integration

WHY = {"reason": "a drill"}
SAFE = ("halt", "release", "flatten", "pause", "unpause")


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        yield stage


async def test_what_it_shows_is_what_the_desk_knows(stage: Stage) -> None:
    stage.opens()
    state = stage.rig.state
    status = (await stage.ask("GET", "status", role=Role.READ)).body
    assert (status["equity"], status["wallet"]) == (state.equity, str(state.book.wallet))
    (position,) = (await stage.ask("GET", "positions")).body["items"]
    trade = stage.rig.trade()
    assert position["stop"] == str(trade.stop)
    assert position["trade_id"] == trade.plan.trade_id
    orders = (await stage.ask("GET", "orders")).body["items"]
    assert {one["client_id"] for one in orders} == set(state.orders)
    policy = (await stage.ask("GET", "policy")).body
    assert policy["effective"]["allow_new_trades"] is True


async def test_every_change_is_heard_with_its_actor_and_reason(stage: Stage) -> None:
    for name in ("pause", "unpause", "flatten", "halt", "release"):
        answer = await stage.ask("POST", name, WHY)
        assert (answer.status, answer.body["heard"]) == (200, True), answer
    told = [(type(one).__name__, one.actor, one.reason) for one in stage.heard]  # type: ignore[union-attr]  # all are an operator's
    names = ["EntriesPaused", "EntriesUnpaused", "OperatorFlattened"]
    names += ["OperatorHalted", "OperatorReleased"]
    assert told == [(name, "OPERATE", "a drill") for name in names]


# fmt: off
REFUSED_AT_THE_DOOR = [
    (401, {"Authorization": None}), (401, {"Authorization": "Bearer "}),
    (401, {"Authorization": "Bearer short"}), (401, {"Authorization": "Bearer " + "x" * 43}),
    (401, {"Authorization": "Bearer " + "x" * 400}), (401, {"Authorization": "Basic abc"}),
    (403, {"Host": "evil.example"}), (403, {"Host": "127.0.0.1"}), (403, {"Host": ""}),
    (403, {"Origin": "https://evil.example"}), (403, {"Origin": "null"}),
    (403, {"Sec-Fetch-Site": "cross-site"}),
    (415, {"Content-Type": "application/x-www-form-urlencoded"}),
    (415, {"Content-Type": "text/plain"}), (415, {"Content-Type": "multipart/form-data"}),
]
# fmt: on


@pytest.mark.parametrize(("status", "headers"), REFUSED_AT_THE_DOOR)
@pytest.mark.parametrize("name", ["halt", "release"])
async def test_b29_b30_who_may_not_come_in_changes_nothing(
    stage: Stage, name: str, status: int, headers: dict[str, str | None]
) -> None:
    answer = await stage.ask("POST", name, WHY, **headers)
    assert answer.status == status, answer
    assert answer.body["problem"]
    assert not stage.heard


async def test_b29_a_lower_case_scheme_is_refused(stage: Stage) -> None:
    token = stage.token[Role.OPERATE]
    answer = await stage.ask("POST", "halt", WHY, Authorization=f"bearer {token}")
    assert answer.status == 401


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization"])
async def test_b29_a_token_in_the_address_is_refused(stage: Stage, name: str) -> None:
    answer = await stage.ask("GET", f"status?{name}={stage.token[Role.READ]}")
    assert answer.status == 401


async def test_b29_wrong_tokens_are_throttled_and_a_halt_with_a_right_one_is_not(
    stage: Stage,
) -> None:
    wrong = [await stage.ask("GET", "status", Authorization="Bearer no") for _ in range(12)]
    assert [one.status for one in wrong] == [401] * 10 + [429] * 2
    assert int(wrong[-1].headers["Retry-After"]) >= 1
    assert (await stage.ask("POST", "halt", WHY)).status == 200


MAY = {
    Role.READ: {"status": 200, **dict.fromkeys(SAFE, 403)},
    Role.TRIP: {"status": 403, **dict.fromkeys(SAFE[1:], 403), "halt": 200},
}


@pytest.mark.parametrize("role", MAY)
async def test_a_role_may_what_it_may_and_no_more(stage: Stage, role: Role) -> None:
    for name, status in MAY[role].items():
        method = "GET" if name == "status" else "POST"
        answer = await stage.ask(method, name, WHY if method == "POST" else None, role=role)
        assert answer.status == status, (name, answer)


async def test_a_token_that_is_revoked_is_refused_at_once(stage: Stage) -> None:
    assert (await stage.ask("GET", "status", role=Role.READ)).status == 200
    stage.tokens.revoke("READ")
    assert (await stage.ask("GET", "status", role=Role.READ)).status == 401


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-QT-Nonce", "X-QT-Timestamp"])
@pytest.mark.parametrize("value", [None, "x", "a b c d e f g h"])
async def test_b31_a_change_without_its_headers_is_refused_and_a_halt_is_not(
    stage: Stage, name: str, value: str | None
) -> None:
    assert (await stage.ask("POST", "pause", WHY, **{name: value})).status == 400
    assert not stage.heard
    assert (await stage.ask("POST", "halt", WHY, **{name: value})).status == 200


@pytest.mark.parametrize("off_ms", [-31_000, 31_000, -10_000_000])
async def test_b31_a_stale_change_is_refused(stage: Stage, off_ms: int) -> None:
    said = str(time.time_ns() // 1_000_000 + off_ms)
    assert (await stage.ask("POST", "pause", WHY, **{"X-QT-Timestamp": said})).status == 409
    assert not stage.heard


async def test_b31_a_nonce_is_good_once(stage: Stage) -> None:
    nonce = {"X-QT-Nonce": "0123456789abcdef"}
    answers = [await stage.ask("POST", "pause", WHY, **nonce) for _ in range(2)]
    assert [one.status for one in answers] == [200, 409]
    assert len(stage.heard) == 1


@pytest.mark.parametrize("name", ["pause", "flatten", "halt"])
async def test_b31_one_key_has_one_effect_and_one_answer(stage: Stage, name: str) -> None:
    key = {"Idempotency-Key": "key-0123456789"}
    first, second = [await stage.ask("POST", name, WHY, **key) for _ in range(2)]
    assert (first.status, first.body) == (second.status, second.body) == (200, first.body)
    assert len(stage.heard) == 1
    other = await stage.ask("POST", name, {"reason": "another"}, **key)
    assert other.status == (200 if name == "halt" else 409)


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


async def test_a_stream_tells_events_after_its_first_message_and_not_without(stage: Stage) -> None:
    url = f"{stage.server.url}/api/v1/stream"
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            await socket.send_json({"token": stage.token[Role.READ]})
            assert (await socket.receive_json())["run"] == "drill"
        async with session.ws_connect(url) as socket:
            await socket.send_json({"token": "no"})
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert (await stage.ask("GET", "stream")).status == 400


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
    assert OperatorServer.__init__.__doc__
    assert Terms().bind == "127.0.0.1"
