"""Where a run's models are kept, and how they are proved before they vote."""

from pathlib import Path

from adapters.models.registry import FileModelRegistry
from adapters.models.sandbox import SandboxedProof


def proved_registry(folder: Path, keys: Path | None = None) -> FileModelRegistry:
    """Return the registry in *folder*, whose models load in a confined process first.

    *keys* holds what is trusted; None: the folder's own.
    """
    return FileModelRegistry(folder, keys, SandboxedProof())
