"""The settings of the operator's interface."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ApiSection(BaseModel):
    """Where the daemon serves its operator; see `docs/operating.md`.

    `bind` beyond this machine needs `tls_certificate`, `tls_key` and a token. `port` 0: any free
    one, written to `api.json` of the run. `allowed_hosts` are further names, HOST or HOST:PORT, by
    which it may be called. `tokens`: the file of tokens; none: in the state directory.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )
    enabled: bool = True
    bind: str = Field(default="127.0.0.1", min_length=1, max_length=255)
    port: int = Field(default=0, ge=0, le=65_535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    allowed_hosts: tuple[str, ...] = ()
    tokens: Path | None = None
    connections: int = Field(default=256, ge=8, le=4_096)
