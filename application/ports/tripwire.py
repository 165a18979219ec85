"""The tripwire: a mark outside the daemon that anyone may set to keep it from adding risk.

The kill tool sets it before it flattens. It outlives the daemon, and only a person removes it.
"""

from typing import Protocol


class Tripwire(Protocol):
    """Is set, or not."""

    def tripped(self) -> str | None:
        """Return who set it and why, None while it is not set. What cannot be read is set."""
