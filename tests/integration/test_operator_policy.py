"""The policy over the interface (B34), and what is refused there: in the audit, in bounds."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.operator_api.tokens import Role
from application.ports.policy_store import PolicyRecord
from domain.decision.facts import OperatorActed
from domain.decision.messages import SessionOpened
from domain.decision.step import step
from domain.governance.policy import Policy
from tests.builders import a_policy
from tests.operator_stage import Stage, staged

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        stage.policies.put(PolicyRecord(Policy(), 1, "ann", "first"), 0)
        yield stage
        stage.policies.close()


def wish(changes: Any, version: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"changes": changes, "version": version, "reason": "a drill", **more}


def now_of(stage: Stage) -> PolicyRecord:
    current = stage.policies.current()
    assert current is not None
    return current.record


async def test_a_change_is_the_next_version_with_actor_and_reason(stage: Stage) -> None:
    answer = await stage.ask("POST", "policy/set", wish({"positions_max": "2"}, actor="bob"))
    assert answer.status == 200, answer
    assert answer.body["version"] == 2
    assert answer.body["changes"][0].startswith("positions_max: ")
    kept = now_of(stage)
    assert (kept.policy.version, kept.policy.positions_max) == (2, 2)
    assert (kept.actor, kept.reason) == ("OPERATE:bob", "a drill")
    again = await stage.ask("POST", "policy/set", wish({"positions_max": "2"}, 2))
    assert (again.body["is_new"], again.body["version"]) == (False, 2)
    assert now_of(stage) == kept


BAD = [
    (422, wish({"risk_per_trade": "NaN"})),
    (422, wish({"risk_per_trade": "inf"})),
    (422, wish({"risk_per_trade": "1e999"})),
    (422, wish({"risk_per_trade": "2"})),
    (422, wish({"positions_max": "2", "no_such_field": "1"})),
    (422, wish({"version": "9"})),
    (422, wish({"sizing": "all-in"})),
    (422, wish({"positions_max": 2})),
    (422, wish({})),
    (422, wish("positions_max=2")),
    (422, {"changes": {"positions_max": "2"}, "version": 1}),
    (422, {"changes": {"positions_max": "2"}, "reason": "a drill"}),
    (409, wish({"positions_max": "2"}, 0)),
    (409, wish({"positions_max": "2"}, 7)),
]


@pytest.mark.parametrize(("status", "body"), BAD)
async def test_b34_what_is_wrong_changes_nothing(
    stage: Stage, status: int, body: dict[str, Any]
) -> None:
    before = now_of(stage)
    answer = await stage.ask("POST", "policy/set", body)
    assert answer.status == status, answer
    assert answer.body["problem"]
    assert now_of(stage) == before


async def test_b34_nothing_goes_beyond_the_ceiling(stage: Stage) -> None:
    opened = SessionOpened(
        stage.rig.now, stage.rig.state.mode, 1, Policy(), stage.rig.state.instruments,
        a_policy(positions_max=3),
    )  # fmt: skip
    stage.rig.state = step(stage.rig.state, opened).state
    looser = str(Policy().positions_max + 1)
    answer = await stage.ask("POST", "policy/set", wish({"positions_max": looser}))
    assert answer.status == 422
    assert "beyond the ceiling" in answer.body["problem"]
    assert now_of(stage).policy.version == 1


async def test_who_may_only_look_or_halt_may_not_change_it(stage: Stage) -> None:
    for role in (Role.READ, Role.TRIP):
        answer = await stage.ask("POST", "policy/set", wish({"positions_max": "2"}), role=role)
        assert answer.status == 403
    assert now_of(stage).policy.version == 1


async def test_a_refused_wish_is_written_down_and_a_refused_look_is_not(stage: Stage) -> None:
    await stage.ask("POST", "release", {"reason": "x"}, headers={"Authorization": None})
    await stage.ask("POST", "release", {"reason": "x"}, headers={"Authorization": None})
    await stage.ask("POST", "unpause", {"reason": "x"})  # nothing is paused
    await stage.ask("GET", "status", headers={"Authorization": None})
    told = stage.refused
    assert not stage.heard
    assert [(one.action, one.reason[:3]) for one in told] == [
        ("release", "401"),
        ("unpause", "409"),
    ]
    said = step(stage.rig.state, told[0]).said
    assert [(f.action, f.reason) for f in said if isinstance(f, OperatorActed)] == [
        ("refused", f"release: {told[0].reason}")
    ]
