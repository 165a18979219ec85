"""An audit log in memory."""

from collections.abc import Mapping
from typing import NamedTuple

from application.errors import StoreUnavailable
from application.ports.audit_log import AuditLog, AuditValue


class Record(NamedTuple):
    """A record as it was appended."""

    kind: str
    at_ms: int
    fields: Mapping[str, AuditValue]


class MemoryAuditLog:
    """Holds its records. `down = True` pulls the plug; `durable` counts those flushed."""

    def __init__(self) -> None:
        self.down = False
        self.records: list[Record] = []
        self.durable = 0

    def append(self, kind: str, at_ms: int, fields: Mapping[str, AuditValue]) -> None:
        self._require_power()
        self.records.append(Record(kind, at_ms, dict(fields)))

    def flush(self) -> None:
        self._require_power()
        self.durable = len(self.records)

    def close(self) -> None:
        if not self.down:
            self.flush()

    def _require_power(self) -> None:
        if self.down:
            raise StoreUnavailable("the plug is pulled")


_: type[AuditLog] = MemoryAuditLog
