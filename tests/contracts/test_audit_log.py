"""What every audit log does, the fake included."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.audit.log import AuditFiles
from application.ports.audit_log import AuditLog
from tests.builders import START_MS, D
from tests.fakes.audit_log import MemoryAuditLog

pytestmark = pytest.mark.integration

MAKERS: dict[str, Callable[[Path], AuditLog]] = {
    "fake": lambda _: MemoryAuditLog(),
    "files": lambda path: AuditFiles(path / "audit"),
}


@pytest.fixture(params=MAKERS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditLog]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


def test_any_value_of_the_port_can_be_appended(log: AuditLog) -> None:
    log.append(
        "a.b",
        START_MS,
        {"s": "grün", "i": 1, "f": 0.5, "d": D("1E+2"), "n": None, "b": True, "l": [1, {"x": 2}]},
    )
    log.append("a.b", START_MS, {})
    log.flush()


def test_fields_may_be_changed_by_the_caller_afterwards(log: AuditLog) -> None:
    fields = {"x": 1}
    log.append("a.b", START_MS, fields)
    fields["x"] = 2
    log.append("a.b", START_MS, fields)
    log.flush()


def test_closing_twice_is_closing(log: AuditLog) -> None:
    log.append("a.b", START_MS, {"x": 1})
    log.close()
    log.close()
