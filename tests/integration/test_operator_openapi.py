"""The interface keeps to its own document, whatever it is asked."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks

from adapters.operator_api.openapi import document
from adapters.operator_api.tokens import Role
from tests.operator_stage import Stage, good_headers

# The generator warns of its own making on newer interpreters.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

load_all_checks()
# Each by its name: the set of all would hold us to what we do on purpose, a halt never refused.
CHECKS: Any = [
    *schemathesis.checks.CHECKS.get_by_names(["not_a_server_error"]),
    *schemathesis.checks.CHECKS.get_by_names(["status_code_conformance"]),
    *schemathesis.checks.CHECKS.get_by_names(["content_type_conformance"]),
    *schemathesis.checks.CHECKS.get_by_names(["response_schema_conformance"]),
]
SCHEMA = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Serve a stage in a thread of its own: whoever asks here blocks."""
    stage = Stage(tmp_path_factory.mktemp("stage"))
    stage.opens()
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        serving.append(asyncio.current_task())
        ready.set()
        try:
            await stage.server.beside()
        except asyncio.CancelledError:
            return

    serving: list[asyncio.Task[None] | None] = []
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    yield stage
    (task,) = serving
    assert task is not None
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
    loop.close()


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_answer_breaks_the_document_and_none_is_a_fault(
    case: schemathesis.Case[Any], stage: Stage
) -> None:
    headers = good_headers(stage.token[Role.OPERATE], writes=case.method == "POST")
    case.headers.clear()  # those of replay are held elsewhere; here what is asked is looked at
    sent = {name: value for name, value in headers.items() if value is not None}
    answer = case.call(base_url=stage.server.url, headers=sent)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 429:
        return
    case.validate_response(answer, checks=CHECKS)
