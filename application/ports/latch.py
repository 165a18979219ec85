"""The latch of the emergency stop: the one small record that survives everything.

Two copies with checksums, a monotone epoch. What cannot be read is never taken for calm.
"""

from typing import Protocol

from domain.risk.emergency_stop import Latch


class LatchStore(Protocol):
    """Keeps the latest latch."""

    def read(self) -> Latch | None:
        """Return the latch of the highest epoch that is whole; None when no copy can be read."""

    def write(self, latch: Latch) -> None:
        """Keep *latch*, durably, before returning.

        One whose epoch is below that of the one kept is refused with `IntegrityFailure`. Raises
        `StoreUnavailable` when it cannot be made durable.
        """
