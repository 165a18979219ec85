"""The audit trail: an append-only record that shows when it was tampered with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

AuditValue = (
    str | int | float | Decimal | bool | None | list["AuditValue"] | dict[str, "AuditValue"]
)


class AuditLog(Protocol):
    """Append-only. Raises `StoreUnavailable` when it cannot be written."""

    def append(self, kind: str, at_ms: int, fields: Mapping[str, AuditValue]) -> None:
        """Add a record of type *kind*; it is durable after the next `flush`."""

    def flush(self) -> None:
        """Return once everything appended is durable."""

    def close(self) -> None:
        """Flush and let go of the files."""
