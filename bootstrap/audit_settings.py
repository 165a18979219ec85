"""How the audit trail is signed, and where proofs of it go."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class AuditSettings(BaseModel):
    """Signatures of the trails of paper and live runs; a back-test can be done again, unsigned.

    `key_file`: the private key, made when it is not there; in the state directory if not given.
    `export_dir`: where every checkpoint is written a second time. It proves something only when
    the daemon can add to it but not change it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    key_file: Path | None = None
    export_dir: Path | None = None
    checkpoint_records: int = Field(default=1_000, ge=1, le=1_000)
    checkpoint_seconds: float = Field(default=60, ge=1, le=60)
