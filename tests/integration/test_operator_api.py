"""The operator's interface on a real server: what it shows, what it takes, and whom it refuses."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from adapters.operator_api.tokens import Role
from tests.operator_stage import Stage, staged

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
    answer = await stage.ask("POST", name, WHY, headers=headers)
    assert answer.status == status, answer
    assert answer.body["problem"]
    assert not stage.heard


async def test_b29_a_lower_case_scheme_is_refused(stage: Stage) -> None:
    token = stage.token[Role.OPERATE]
    answer = await stage.ask("POST", "halt", WHY, headers={"Authorization": f"bearer {token}"})
    assert answer.status == 401


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization"])
async def test_b29_a_token_in_the_address_is_refused(stage: Stage, name: str) -> None:
    answer = await stage.ask("GET", f"status?{name}={stage.token[Role.READ]}")
    assert answer.status == 401


async def test_b29_wrong_tokens_are_throttled_and_a_halt_with_a_right_one_is_not(
    stage: Stage,
) -> None:
    wrong = [
        await stage.ask("GET", "status", headers={"Authorization": "Bearer no"}) for _ in range(12)
    ]
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
    assert (await stage.ask("POST", "pause", WHY, headers={name: value})).status == 400
    assert not stage.heard
    assert (await stage.ask("POST", "halt", WHY, headers={name: value})).status == 200


@pytest.mark.parametrize("off_ms", [-31_000, 31_000, -10_000_000])
async def test_b31_a_stale_change_is_refused(stage: Stage, off_ms: int) -> None:
    said = str(time.time_ns() // 1_000_000 + off_ms)
    assert (await stage.ask("POST", "pause", WHY, headers={"X-QT-Timestamp": said})).status == 409
    assert not stage.heard


async def test_b31_a_nonce_is_good_once(stage: Stage) -> None:
    nonce: dict[str, str | None] = {"X-QT-Nonce": "0123456789abcdef"}
    answers = [await stage.ask("POST", "pause", WHY, headers=nonce) for _ in range(2)]
    assert [one.status for one in answers] == [200, 409]
    assert len(stage.heard) == 1


@pytest.mark.parametrize("name", ["pause", "flatten", "halt"])
async def test_b31_one_key_has_one_effect_and_one_answer(stage: Stage, name: str) -> None:
    key: dict[str, str | None] = {"Idempotency-Key": "key-0123456789"}
    first, second = [await stage.ask("POST", name, WHY, headers=key) for _ in range(2)]
    assert (first.status, first.body) == (second.status, second.body) == (200, first.body)
    assert len(stage.heard) == 1
    other = await stage.ask("POST", name, {"reason": "another"}, headers=key)
    assert other.status == (200 if name == "halt" else 409)


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
